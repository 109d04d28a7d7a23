#if canImport(BackgroundTasks) && !os(macOS)
    import BackgroundTasks
    public import Foundation

    /// Background app refresh. The identifier must be among `BGTaskSchedulerPermittedIdentifiers` in the app's
    /// Info.plist, and `UIBackgroundModes` must hold `fetch`.
    public enum BackgroundRefresh {
        /// Registers what is done in a refresh. Call it before the app has finished launching; apps made of SwiftUI
        /// scenes use `backgroundTask(.appRefresh(…))` instead and call `syncInBackground` there.
        /// - Parameters:
        ///   - identifier: the refresh's name, as in the app's Info.plist.
        ///   - store: the app's store; nil if it cannot be opened now. Then the next refresh is asked for in an hour.
        ///   - keepOpen: whether the app is in front. A person may open it during a refresh, and its store must not be
        ///     paused under them.
        /// - Returns: whether the system knows the identifier.
        @discardableResult
        public static func register(
            _ identifier: String, store: @escaping @Sendable () async -> Roadbook?,
            keepOpen: @escaping @Sendable () async -> Bool
        ) -> Bool {
            BGTaskScheduler.shared.register(forTaskWithIdentifier: identifier, using: nil) { task in
                let moment = Moment(task)
                Task {
                    guard let roadbook = await store() else {
                        schedule(identifier, notBefore: Date(timeIntervalSinceNow: 3600))
                        return moment.complete(success: false)
                    }
                    let next = await roadbook.syncInBackground(in: moment, keepOpen: keepOpen).next
                    if let next { schedule(identifier, notBefore: next) }
                }
            }
        }

        /// Asks for a refresh, in place of one that was asked for before.
        /// - Returns: whether the system took the wish; it does not in the simulator, or where the person forbids it.
        @discardableResult
        public static func schedule(_ identifier: String, notBefore: Date) -> Bool {
            let request = BGAppRefreshTaskRequest(identifier: identifier)
            request.earliestBeginDate = notBefore
            do {
                try BGTaskScheduler.shared.submit(request)
                return true
            } catch {
                return false
            }
        }
    }

    /// The system calls its task's handler once, and lets any thread complete it.
    private final class Moment: BackgroundMoment, @unchecked Sendable {
        private let task: BGTask

        init(_ task: BGTask) { self.task = task }

        func whenOver(_ act: @escaping @Sendable () -> Void) { task.expirationHandler = act }
        func complete(success: Bool) { task.setTaskCompleted(success: success) }
    }
#endif
