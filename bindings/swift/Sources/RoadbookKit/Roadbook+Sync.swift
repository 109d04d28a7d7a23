import RoadbookGenerated

extension Roadbook {
    /// Turns a one-time invitation (`https://relay/#code`) into this device's enrolment. A call that was cut can be
    /// repeated with the same invitation. Records logged before go into the member's own book.
    @discardableResult
    public func enrol(_ invitation: String, deviceName: String) async throws(RoadbookError) -> Identity {
        try await cancellable { cancel in
            Identity(try await self.core.enrol(invitation: invitation, deviceName: deviceName, cancel: cancel))
        }
    }

    /// Exchanges everything with the relay, within a time. What was committed page by page stays, whatever ends it.
    @discardableResult
    public func sync(deadline: Duration = .seconds(30)) async throws(RoadbookError) -> SyncReport {
        let (seconds, attoseconds) = deadline.components
        let milliseconds = UInt64(clamping: seconds) * 1000 + UInt64(clamping: attoseconds / 1_000_000_000_000_000)
        return try await cancellable { cancel in
            SyncReport(try await self.core.syncOnce(deadlineMs: milliseconds, cancel: cancel))
        }
    }

    /// Cancelling a task does not reach Rust by itself.
    private func cancellable<T: Sendable>(
        _ body: @Sendable @escaping (FfiCancel) async throws -> T
    ) async throws(RoadbookError) -> T {
        try await bridged {
            let cancel = FfiCancel()
            return try await withTaskCancellationHandler {
                try await body(cancel)
            } onCancel: {
                cancel.cancel()
            }
        }
    }

    /// Keeps the store in sync until ``stopLive()``: after each save, and as soon as the relay tells of something new. On a
    /// device that is not enrolled it waits until it is.
    public func startLive() throws(RoadbookError) {
        do { try core.startLive() } catch { throw RoadbookError(error) }
    }

    /// Ends live sync.
    public func stopLive() { core.stopLive() }

    /// Tells live sync to try at once: the network came back, the app came to the front.
    public func nudge() { core.nudge() }

    /// Erases everything on this device and ends live sync: what is left is an open, empty store of nobody. The relay is
    /// told if it can be reached within three seconds; if not, the administrator ends the device there. Once begun it ends by
    /// itself, also in a task that is cancelled: nobody is left with half a wipe.
    /// - Throws: ``RoadbookError/unsent(_:records:)``, and nothing is erased, while anything waits to be sent, unless it is
    ///   given up.
    public func wipe(giveUpUnsent: Bool = false) async throws(RoadbookError) {
        try await bridged { try await self.core.wipe(giveUpUnsent: giveUpUnsent) }
    }

    /// Gives this device a new token. The old one works until the new one is first used. A cancelled task does not wait for
    /// the relay; a request that is under way ends by itself, and nothing is lost either way.
    public func rotateToken() async throws(RoadbookError) {
        try await bridged {
            let (answers, continuation) = AsyncThrowingStream<Void, any Error>.makeStream()
            // The core's call cannot be cancelled.
            Task {
                do {
                    continuation.yield(try await self.core.rotateToken())
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            for try await answer in answers { return answer }
            throw CancellationError()
        }
    }

    /// Where every change is that this device made to a record, oldest first.
    public func ledger(of record: RecordId) async throws(RoadbookError) -> [LedgerEntry] {
        try await bridged { try await self.core.ledger(record: record.rawValue).map(LedgerEntry.init) }
    }

    /// The store at a glance.
    public func status() async throws(RoadbookError) -> Status {
        try await bridged { Status(try await self.core.status()) }
    }

    /// Whether anything waits to be sent that the relay would take.
    public func hasUnsentWork() async throws(RoadbookError) -> Bool {
        try await bridged { try await self.core.hasUnsentWork() }
    }

    /// Records of which something waits to be sent, and why: what waits longest first, decisions last.
    public func unsent(limit: Int = 100, offset: Int = 0) async throws(RoadbookError) -> [Unsent] {
        try await bridged {
            let (limit, offset) = (UInt32(clamping: limit), UInt32(clamping: offset))
            return try await self.core.unsent(limit: limit, offset: offset).map(Unsent.init)
        }
    }

    /// Records whose changes the relay rejected for good.
    public func quarantined() async throws(RoadbookError) -> [Quarantined] {
        try await bridged { try await self.core.quarantined().map(Quarantined.init) }
    }

    /// Sends a rejected record's changes again at the next sync.
    public func retry(_ record: RecordId) async throws(RoadbookError) {
        try await bridged { try await self.core.retryLane(record: record.rawValue) }
    }

    /// What a rejected or refused record's changes say: show or keep it before ``discard(_:)``.
    public func export(_ record: RecordId) async throws(RoadbookError) -> [HistoryEntry] {
        try await bridged { try await self.core.exportLane(record: record.rawValue).map(HistoryEntry.init) }
    }

    /// Drops what the relay rejected of a record, and what a reviewer refused, with that verdict: the record goes back to what
    /// the relay has.
    public func discard(_ record: RecordId) async throws(RoadbookError) {
        try await bridged { try await self.core.discardLane(record: record.rawValue) }
    }

    /// Who this device belongs to; nil until it is enrolled.
    public func identity() async throws(RoadbookError) -> Identity? {
        try await bridged { try await self.core.identity().map(Identity.init) }
    }

    /// Why this device cannot sync before it is enrolled again, also in a process that was started since: retired or wiped,
    /// which is all that is kept then, or not accepted any more. The next enrolment clears it.
    public func endedBecause() async throws(RoadbookError) -> StopReason? {
        try await bridged { try await self.core.endedBecause().map(StopReason.init) }
    }

    /// The books this member may read, and those that are going. Which of them this device holds: ``subscription()``.
    public func books() async throws(RoadbookError) -> [Book] {
        try await bridged { try await self.core.books().map(Book.init) }
    }

    /// The books this device holds of those it may read; nil: all of them, also those shared with it later.
    public func subscription() async throws(RoadbookError) -> [BookId]? {
        try await bridged { try await self.core.subscription()?.map(BookId.init) }
    }

    /// Chooses the books this device holds of those it may read; nil: all of them. What it holds no longer is erased with
    /// the next sync, once the relay has it all; so is what is written in a book that is not chosen, or moves to one. A book
    /// that is chosen again comes whole with the next sync.
    public func subscribe(to books: [BookId]?) async throws(RoadbookError) {
        try await bridged { try await self.core.subscribe(books: books?.map(\.rawValue)) }
    }

    /// The members this member shares a book with, and themself.
    public func members() async throws(RoadbookError) -> [Member] {
        try await bridged { try await self.core.members().map(Member.init) }
    }

    /// What waits for this member's decision, oldest first.
    public func proposals() async throws(RoadbookError) -> [Proposal] {
        try await bridged { try await self.core.proposals().map(Proposal.init) }
    }

    /// Accepts or refuses a proposal. Works offline; it is carried out at the next sync. What builds on changes that are
    /// neither here nor accepted before cannot be accepted: ``RoadbookError/outdated(_:)``. What accepted changes build on
    /// cannot be refused: ``RoadbookError/blocked(_:)``.
    public func decide(_ proposal: Proposal, accept: Bool, reason: String? = nil) async throws(RoadbookError) {
        try await bridged { try await self.core.decide(proposal: proposal.ffi, accept: accept, reason: reason) }
    }

    /// Verdicts on what this device proposed, newest first.
    public func verdicts() async throws(RoadbookError) -> [Verdict] {
        try await bridged { try await self.core.verdicts().map(Verdict.init) }
    }
}
