#if canImport(CoreLocation) && canImport(UIKit)
    import CoreLocation
    import FieldModel
    import RoadbookKit
    import UIKit

    /// The phone's own position.
    public final class PhoneLocator: Locator {
        /// A locator that asks the person the first time a position is wanted.
        public init() {}

        /// One fix within five seconds; nil if there is none, or the person does not want it.
        @MainActor public func fix() async -> GeoPoint? {
            let manager = CLLocationManager()
            if manager.authorizationStatus == .notDetermined { manager.requestWhenInUseAuthorization() }
            return await withTaskGroup(of: GeoPoint?.self) { group in
                group.addTask {
                    do {
                        for try await update in CLLocationUpdate.liveUpdates() {
                            guard let location = update.location, location.horizontalAccuracy >= 0 else { continue }
                            return GeoPoint(
                                lat: location.coordinate.latitude, lon: location.coordinate.longitude,
                                accuracy: location.horizontalAccuracy)
                        }
                    } catch {}
                    return nil
                }
                group.addTask {
                    try? await Task.sleep(for: .seconds(5))
                    return nil
                }
                defer { group.cancelAll() }
                return await group.next() ?? nil
            }
        }
    }

    extension Session {
        /// The refresh's name, as in the app's Info.plist.
        public nonisolated static let refreshIdentifier = "org.roadbook.field.sync"

        /// A session on this phone: its position, its keychain.
        public static func onThisPhone() -> Session {
            let service = Bundle.main.bundleIdentifier ?? refreshIdentifier
            return Session(locator: PhoneLocator(), secrets: KeychainItem(service: service))
        }

        /// Asks the system for the next refresh, when the core wishes for one.
        public func scheduleRefresh() {
            if let nextRefresh { BackgroundRefresh.schedule(Self.refreshIdentifier, notBefore: nextRefresh) }
        }
    }

    /// A moment that the system grants after the app left the screen.
    @MainActor
    public final class BackgroundAssertion {
        private var task = UIBackgroundTaskIdentifier.invalid

        /// Begins it. The system ends it if the app does not.
        public init(_ name: String) {
            task = UIApplication.shared.beginBackgroundTask(withName: name) { [weak self] in self?.end() }
        }

        /// Ends it.
        public func end() {
            if task == .invalid { return }
            UIApplication.shared.endBackgroundTask(task)
            task = .invalid
        }
    }
#endif

#if canImport(UIKit)
    /// Has VoiceOver say what is shown in passing.
    @MainActor func announce(_ words: String) { UIAccessibility.post(notification: .announcement, argument: words) }
#else
    @MainActor func announce(_ words: String) {}
#endif
