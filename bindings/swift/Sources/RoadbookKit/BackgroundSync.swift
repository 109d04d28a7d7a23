public import struct Foundation.Date

/// A moment in which the system lets an app in the background run.
public protocol BackgroundMoment: Sendable {
    /// Has the system call `act` when the moment is nearly over.
    func whenOver(_ act: @escaping @Sendable () -> Void)
    /// Tells the system that the app is done. It may suspend the process at once.
    func complete(success: Bool)
}

extension Roadbook {
    /// What an app does when the system lets it run for a moment: opens the store's file if it is let go of, syncs, and
    /// lets go of it again, whatever happened. To end it early, cancel the task.
    ///
    /// An app that holds a lock when the system suspends it is killed; so this returns only after the file is let go of.
    /// - Parameters:
    ///   - deadline: time for the sync. iOS gives a refresh about 30 seconds.
    ///   - keepOpen: asked at the end: whether the app came to the front meanwhile and goes on using the store.
    /// - Returns: what the sync did, or why it did not end.
    @discardableResult
    public func syncInBackground(
        deadline: Duration = .seconds(20), keepOpen: @Sendable () async -> Bool = { false }
    ) async -> Result<SyncReport, RoadbookError> {
        let result: Result<SyncReport, RoadbookError>
        do throws(RoadbookError) {
            try await resume()
            result = .success(try await sync(deadline: deadline))
        } catch {
            result = .failure(error)
        }
        if await keepOpen() { return result }
        do throws(RoadbookError) { try await pause() } catch { return .failure(error) }
        return result
    }

    /// The same in a moment that the system gave: when it is nearly over the sync is cancelled, then the file is let go
    /// of, and only then is the moment complete.
    public func syncInBackground(
        in moment: some BackgroundMoment, deadline: Duration = .seconds(20),
        keepOpen: @escaping @Sendable () async -> Bool = { false }
    ) async {
        let work = Task { await syncInBackground(deadline: deadline, keepOpen: keepOpen) }
        moment.whenOver { work.cancel() }
        if case .success(let report) = await work.value {
            moment.complete(success: report.finished)
        } else {
            moment.complete(success: false)
        }
    }
}

/// When to ask the system for the next moment.
public enum BackgroundWish {
    /// Sooner where work waits. The system decides, and is usually later.
    public static func next(unsent: Bool, after now: Date = Date()) -> Date {
        now.addingTimeInterval(unsent ? 5 * 60 : 60 * 60)
    }
}
