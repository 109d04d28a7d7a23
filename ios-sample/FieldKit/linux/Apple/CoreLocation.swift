// A stand-in for the part of Apple's CoreLocation that the sample uses: declarations only.
@_exported import Foundation

public struct CLLocationCoordinate2D: Sendable { public var latitude = 0.0, longitude = 0.0 }
open class CLLocation: NSObject, @unchecked Sendable {
    open var coordinate: CLLocationCoordinate2D { .init() }
    open var horizontalAccuracy: Double { 0 }
}
public enum CLAuthorizationStatus: Int32, Sendable { case notDetermined, restricted, denied, authorizedAlways, authorizedWhenInUse }
open class CLLocationManager: NSObject {
    open var authorizationStatus: CLAuthorizationStatus { .denied }
    open func requestWhenInUseAuthorization() {}
}
public struct CLLocationUpdate: Sendable {
    public var location: CLLocation? { nil }
    public struct Updates: AsyncSequence, Sendable {
        public struct Iterator: AsyncIteratorProtocol { public mutating func next() async throws -> CLLocationUpdate? { nil } }
        public func makeAsyncIterator() -> Iterator { Iterator() }
    }
    public static func liveUpdates() -> Updates { Updates() }
}
