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
    ///   - keepOpen: asked at the end: whether the app came to the front meanwhile and goes on using the store. An app
    ///     whose store a person may be using says so here; without it the store is paused whatever happens.
    /// - Returns: what the sync did, and when the next one is wished for.
    @discardableResult
    public func syncInBackground(
        deadline: Duration = .seconds(20), keepOpen: @Sendable () async -> Bool = { false }
    ) async -> BackgroundReport {
        var report = BackgroundReport()
        do throws(RoadbookError) {
            try await resume()
            report.sync = .success(try await sync(deadline: deadline))
        } catch {
            report.sync = .failure(error)
        }
        report.next = (try? await nextSync()) ?? nil
        do throws(RoadbookError) {
            while !(await keepOpen()) {
                try await pause()
                if !(await keepOpen()) { break }
                // It came to the front while the file was being let go of, and may leave while it is being opened.
                try await resume()
            }
        } catch {
            report.sync = .failure(error)
        }
        return report
    }

    /// The same in a moment that the system gave: when it is nearly over the sync is cancelled, then the file is let go
    /// of, and only then is the moment complete.
    /// - Returns: what the sync did, and when the next one is wished for.
    @discardableResult
    public func syncInBackground(
        in moment: some BackgroundMoment, deadline: Duration = .seconds(20),
        keepOpen: @escaping @Sendable () async -> Bool = { false }
    ) async -> BackgroundReport {
        let work = Task { await syncInBackground(deadline: deadline, keepOpen: keepOpen) }
        moment.whenOver { work.cancel() }
        let report = await work.value
        moment.complete(success: report.finished)
        return report
    }
}

/// What became of a sync in the background.
public struct BackgroundReport: Hashable, Sendable {
    /// What the sync did, or why it did not end; nil before it began.
    public internal(set) var sync: Result<SyncReport, RoadbookError>?
    /// When the next sync is wished for; nil while there is nothing to sync with.
    public internal(set) var next: Date?
    /// Whether everything was exchanged.
    public var finished: Bool { if case .success(let report) = sync { report.finished } else { false } }
}
