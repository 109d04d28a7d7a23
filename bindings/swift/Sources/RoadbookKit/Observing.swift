import Foundation
import RoadbookGenerated

/// What one transaction changed.
public struct ChangeSet: Hashable, Sendable {
    /// Records created, changed, deleted or erased, with their kinds' names.
    public let records: [RecordId: String]
    /// Names of kinds of which nobody knows which records changed: read lists of them again.
    public let kinds: Set<String>
    /// Whether the ledger or the status changed.
    public let sync: Bool
    /// Whether books, members, trays or verdicts changed.
    public let access: Bool

    /// Whether a list of this kind may look different now.
    public func concerns(_ kind: Kind) -> Bool { kinds.contains(kind.name) || records.values.contains(kind.name) }

    /// Whether this record may look different now.
    public func concerns(_ kind: Kind, _ record: RecordId) -> Bool {
        kinds.contains(kind.name) || records[record] != nil
    }

    /// Whether any record may look different now.
    public var concernsRecords: Bool { !records.isEmpty || !kinds.isEmpty }

    init(_ changes: FfiChangeSet) {
        records = Dictionary(changes.records.map { (RecordId(rawValue: $0.record), $0.kind) }) { first, _ in first }
        kinds = Set(changes.kinds)
        sync = changes.sync
        access = changes.access
    }
}

extension Roadbook {
    /// Every change from now on, by record. Sequences of this class observe until the task that reads them ends. Those
    /// that give values give the first at once, then the newest whenever it changes; they wait while the store is
    /// paused, and throw what their read throws.
    public func changes() -> AsyncStream<ChangeSet> {
        AsyncStream(bufferingPolicy: .unbounded) { continuation in
            observe(Observer(changed: { continuation.yield(ChangeSet($0)) }), until: continuation)
        }
    }

    /// What sync is doing: at once, then whenever it changes.
    public func syncState() -> AsyncStream<SyncState> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            observe(Observer(syncState: { continuation.yield(SyncState($0)) }), until: continuation)
        }
    }

    /// The records of a query: at once, then whenever they change. See ``changes()``.
    public func observe<R: Record>(_ query: Query<R>) -> Observed<[R]> {
        watch({ $0.concerns(R.kind) }) { try await self.list(query) }
    }

    /// The first hundred records of a kind: at once, then whenever they change. See ``changes()``.
    public func observe<R: Record>(_: R.Type) -> Observed<[R]> { observe(Query<R>()) }

    /// One record: at once, then whenever it changes; nil while it is not on this device. See ``changes()``.
    public func observe<R: Record>(_ kind: R.Type, _ id: RecordId) -> Observed<R?> {
        watch({ $0.concerns(R.kind, id) }) { try await self.find(kind, id) }
    }

    /// What ``search(_:limit:offset:)`` finds: at once, then whenever it changes. See ``changes()``.
    public func observeSearch(_ text: String, limit: Int = 50) -> Observed<[Hit]> {
        watch({ $0.concernsRecords }) { try await self.search(text, limit: limit) }
    }

    /// ``conflicts(in:)``: at once, then whenever they change. See ``changes()``.
    public func observeConflicts(in record: RecordId? = nil) -> Observed<[Conflict]> {
        watch({ $0.concernsRecords }) { try await self.conflicts(in: record) }
    }

    /// ``findings(about:)``: at once, then whenever they change. See ``changes()``.
    public func observeFindings(about record: RecordId? = nil) -> Observed<[Finding]> {
        watch({ $0.concernsRecords }) { try await self.findings(about: record) }
    }

    /// ``nextActions(on:account:limit:)``: at once, then whenever they change. See ``changes()``.
    public func observeNextActions(
        on today: Day = .today, limit: Int = 100
    ) -> Observed<[NextAction]> {
        watch({ $0.concernsRecords }) { try await self.nextActions(on: today, limit: limit) }
    }

    /// ``ledger(of:)``: at once, then whenever it changes. See ``changes()``.
    public func observeLedger(of record: RecordId) -> Observed<[LedgerEntry]> {
        watch({ $0.sync || $0.records[record] != nil }) { try await self.ledger(of: record) }
    }

    /// ``unsent(limit:offset:)``: at once, then whenever it changes, be it by the connection. See ``changes()``.
    public func observeUnsent(limit: Int = 100) -> Observed<[Unsent]> {
        watch({ $0.sync || $0.access || $0.concernsRecords }, withSyncState: true) {
            try await self.unsent(limit: limit)
        }
    }

    /// ``status()``: at once, then whenever it changes. See ``changes()``.
    public func observeStatus() -> Observed<Status> {
        watch({ _ in true }) { try await self.status() }
    }

    /// ``Roadbook/endedBecause()``: at once, then whenever it changes. See ``changes()``.
    public func observeEnded() -> Observed<StopReason?> {
        watch({ $0.sync || $0.access }) { try await self.endedBecause() }
    }

    /// What `read` gives: at once, then whenever that is something else after a change that `concerns` it. For reads
    /// that have no sequence of their own. All that a value is made of is to be read in `read`: elsewhere a pause is an
    /// error. See ``changes()``.
    /// - Parameters:
    ///   - concerns: whether the value may be another after a change.
    ///   - withSyncState: whether it may be another when sync does something else, e.g. loses its connection.
    ///   - read: how the value is read. An error of the app's own that it throws is ``RoadbookError/internal(_:)``.
    public func watch<T: Equatable & Sendable>(
        _ concerns: @escaping @Sendable (ChangeSet) -> Bool, withSyncState: Bool = false,
        _ read: @escaping @Sendable () async throws -> T
    ) -> Observed<T> {
        let values = AsyncThrowingStream<T, any Error>(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let task = Task {
                // Subscribed before the first read, so that nothing falls between.
                let signals = AsyncStream<Void>(bufferingPolicy: .bufferingNewest(1)) { signal in
                    let observer = Observer(
                        changed: { if concerns(ChangeSet($0)) { signal.yield() } },
                        syncState: { _ in if withSyncState { signal.yield() } })
                    self.observe(observer, until: signal)
                    signal.yield()
                }
                var last: T?
                do {
                    for await _ in signals {
                        guard let now = try await whenOpen(read) else { break }
                        if now != last { continuation.yield(now) }
                        last = now
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
        return Observed(values: values)
    }

    /// What `read` gives once the store is open; nil if nobody waits for it any more.
    private func whenOpen<T: Sendable>(
        _ read: @Sendable () async throws -> T
    ) async throws(RoadbookError) -> T? {
        while !Task.isCancelled {
            let before = resumes.count
            do {
                return try await bridged(read)
            } catch RoadbookError.paused {
                await resumes.wait(past: before)
            }
        }
        return nil
    }

    private func observe<T>(_ observer: Observer, until continuation: AsyncStream<T>.Continuation) {
        guard let subscription = try? core.observe(observer: observer) else { return continuation.finish() }
        continuation.onTermination = { _ in withExtendedLifetime(subscription) {} }
    }
}

/// What a value of the store is, again and again: see ``Roadbook/changes()``. Ends with a ``RoadbookError`` if it cannot
/// be read.
public struct Observed<Element: Sendable>: AsyncSequence, Sendable {
    /// What reading throws.
    public typealias Failure = RoadbookError

    let values: AsyncThrowingStream<Element, any Error>

    /// Gives one value after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// What reading throws.
        public typealias Failure = RoadbookError

        var values: AsyncThrowingStream<Element, any Error>.AsyncIterator

        /// The value as it is now, once it is another one than that given last; nil once the task that reads is
        /// cancelled.
        public mutating func next() async throws(RoadbookError) -> Element? {
            do {
                return try await values.next()
            } catch {
                throw RoadbookError(error)
            }
        }
    }

    /// Begins to read.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(values: values.makeAsyncIterator()) }
}

/// Tells those who met a paused store that it is open again.
final class Resumes: @unchecked Sendable {
    private let lock = NSLock()
    private var raised = 0
    private var waiting: [AsyncStream<Void>.Continuation] = []

    /// How often the store was resumed.
    var count: Int { lock.withLock { raised } }

    /// Waits until the store was resumed more often than that, or the task is cancelled.
    func wait(past seen: Int) async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let over = lock.withLock {
            if raised == seen { waiting.append(continuation) }
            return raised != seen
        }
        if over { return }
        for await _ in stream {}
    }

    func raise() {
        let woken = lock.withLock {
            raised += 1
            defer { waiting = [] }
            return waiting
        }
        woken.forEach { $0.finish() }
    }
}

private final class Observer: FfiObserver {
    private let onChange: @Sendable (FfiChangeSet) -> Void
    private let onState: @Sendable (FfiSyncState) -> Void

    init(
        changed: @escaping @Sendable (FfiChangeSet) -> Void = { _ in },
        syncState: @escaping @Sendable (FfiSyncState) -> Void = { _ in }
    ) {
        onChange = changed
        onState = syncState
    }

    func changed(changes: FfiChangeSet) { onChange(changes) }
    func syncState(state: FfiSyncState) { onState(state) }
}
