import Foundation
import RoadbookKit

/// How far from the customer a check-in still counts as there, metres.
private let geofence = 200.0

extension Form where R == Visit {
    /// Checks in: now, and where the phone is if it knows. Without a fix it is a check-in all the same.
    public func checkIn(now: Date = .now) async {
        draft.checkInAt = now
        guard let fix = await desk.locator.fix() else { return }
        draft.checkInPoint = fix
        let account = try? await desk.roadbook.find(Account.self, draft.account)
        draft.checkInInside = account?.location.map { $0.distance(to: fix) <= geofence + (fix.accuracy ?? 0) }
    }

    /// Checks out: now, and where the phone is if it knows.
    public func checkOut(now: Date = .now) async {
        draft.checkOutAt = now
        draft.checkOutPoint = await desk.locator.fix()
    }

    /// Whether the check-in was elsewhere and wants a reason.
    public var wantsReason: Bool { draft.checkInInside == false && (draft.checkInReason ?? "").isEmpty }
}

extension GeoPoint {
    /// Metres along the earth's surface.
    func distance(to other: GeoPoint) -> Double {
        func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
        let (north, east) = (radians(other.lat - lat) / 2, radians(other.lon - lon) / 2)
        let a = pow(sin(north), 2) + cos(radians(lat)) * cos(radians(other.lat)) * pow(sin(east), 2)
        return 2 * 6_371_000 * asin(min(1, a.squareRoot()))
    }
}
