// A stand-in for the part of Apple's UIKit that the sample uses: declarations only.
@_exported import Foundation

public struct UIBackgroundTaskIdentifier: Hashable, Sendable { public static let invalid = Self() }
@MainActor open class UIApplication: NSObject {
    open class var shared: UIApplication { fatalError() }
    open func beginBackgroundTask(
        withName name: String?, expirationHandler: (@MainActor @Sendable () -> Void)? = nil
    ) -> UIBackgroundTaskIdentifier { .invalid }
    open func endBackgroundTask(_ identifier: UIBackgroundTaskIdentifier) {}
}
@MainActor open class UIViewController: NSObject {}
public enum UIAccessibility {
    public struct Notification: Sendable { public static let announcement = Self() }
    @MainActor public static func post(notification: Notification, argument: Any?) {}
}
