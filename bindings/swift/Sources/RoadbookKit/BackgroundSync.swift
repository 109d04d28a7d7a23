extension Roadbook {
    /// What an app does when the system lets it run for a moment: opens the store's file if it is let go of, syncs, and
    /// lets go of it again, whatever happened. When the time is up, cancel the task.
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
}
