public import Foundation
import RoadbookGenerated

/// How a store is opened.
public struct Options: Hashable, Sendable {
    /// Zone assumed where a text names none.
    public var zone: TimeZone
    /// ISO 4217 code of the currency assumed where a text names none.
    public var currency: String
    /// PEM certificates of a company's own authority, besides the public ones.
    public var extraRoots: String?

    /// Options; what is left out has its default.
    public init(zone: TimeZone = .current, currency: String = "CNY", extraRoots: String? = nil) {
        self.zone = zone
        self.currency = currency
        self.extraRoots = extraRoots
    }
}

/// The store on this device. Open it once and keep it for the life of the app; every call is safe from any task.
///
/// A save returns when it is durable and never waits for a network. A cancelled task loses nothing: a save that had
/// begun ends by itself, a sync keeps the pages it had committed.
///
/// ```swift
/// let roadbook = try await Roadbook.open(in: folder)
/// let visit = try await roadbook.log(VisitDraft(account: account, purpose: "renewal"))
/// ```
public final class Roadbook: Sendable {
    let core: RoadbookCore
    let resumes = Resumes()

    private init(core: RoadbookCore) { self.core = core }

    /// Opens the store in a folder of the app, and makes both if they are not there. With `secrets`, the device's token is
    /// sealed under a key that only they have; a store that was enrolled with them needs them ever after.
    public static func open(
        in folder: URL, options: Options = Options(), secrets: (any SecretStore)? = nil
    ) async throws(RoadbookError) -> Roadbook {
        let ffi = FfiOptions(
            zone: options.zone.identifier, currency: options.currency, extraRoots: options.extraRoots)
        return try await bridged {
            let secrets = secrets.map(ForeignSecrets.init)
            return Roadbook(core: try await RoadbookCore.open(folder: folder.path, options: ffi, secrets: secrets))
        }
    }

    /// Carries what a damaged store still holds over into a fresh one in its place, and keeps the damaged file beside it.
    /// Call it after ``RoadbookError/damaged(_:)``, while no `Roadbook` of that folder is open; then open it and sync.
    public static func salvage(in folder: URL) async throws(RoadbookError) -> Salvaged {
        try await bridged { Salvaged(try await RoadbookGenerated.salvage(folder: folder.path)) }
    }

    /// Looks for damage everywhere in the store's file: seconds for ten thousand records. Throws
    /// ``RoadbookError/damaged(_:)`` if there is any.
    public func verify() async throws(RoadbookError) {
        try await bridged { try await self.core.verify() }
    }

    // MARK: Saving

    /// Creates a record and returns its id.
    /// - Parameters:
    ///   - draft: what it holds.
    ///   - id: its id, or a fresh one.
    ///   - book: for a record that hangs on no account; nil is the member's own.
    ///   - reason: why, for the history.
    @discardableResult
    public func log<D: Draft>(
        _ draft: D, id: RecordId? = nil, book: BookId? = nil, reason: String? = nil
    ) async throws(RoadbookError) -> RecordId {
        let new = new(draft, id: id, book: book, reason: reason)
        return try await bridged { RecordId(rawValue: try await self.core.create(records: [new])[0].id) }
    }

    /// Creates several records in one durable transaction: all of them, or none.
    @discardableResult
    public func logAll<D: Draft>(_ drafts: [D], reason: String? = nil) async throws(RoadbookError) -> [RecordId] {
        let records = drafts.map { new($0, id: nil, book: nil, reason: reason) }
        return try await bridged { try await self.core.create(records: records).map { RecordId(rawValue: $0.id) } }
    }

    private func new<D: Draft>(_ draft: D, id: RecordId?, book: BookId?, reason: String?) -> FfiNew {
        FfiNew(
            kind: D.Kept.kind.name, id: id?.rawValue, book: book?.rawValue, fields: draft.fields, reason: reason)
    }

    /// Changes a record, and writes only what `change` changes: whatever came in since it was read stays.
    ///
    /// ```swift
    /// try await roadbook.edit(visit) { $0.outcome = "Signed" }
    /// ```
    /// `change` runs on the caller's actor, so it may use what belongs to it.
    /// - Returns: whether anything changed.
    @discardableResult
    public func edit<R: Record>(
        _ record: R, reason: String? = nil, isolation: isolated (any Actor)? = #isolation,
        _ change: (inout R.Form) -> Void
    ) async throws(RoadbookError) -> Bool {
        var draft = record.draft
        change(&draft)
        return try await edit(record, as: draft, reason: reason)
    }

    /// The same for a form: `draft` is what became of the record's ``Record/draft``.
    @discardableResult
    public func edit<R: Record>(
        _ record: R, as draft: R.Form, reason: String? = nil
    ) async throws(RoadbookError) -> Bool {
        try await edit(record.id, at: record.info.version, from: record.draft, to: draft, reason: reason)
    }

    @discardableResult
    func edit<D: Draft>(
        _ record: RecordId, at version: Version, from opened: D, to draft: D, reason: String?
    ) async throws(RoadbookError) -> Bool {
        let (fields, id, base) = (changed(from: opened, to: draft), record.rawValue, version.heads)
        if fields.isEmpty { return false }
        return try await bridged {
            try await self.core.edit(record: id, base: base, fields: fields, reason: reason).changed
        }
    }

    /// Marks a record as deleted. It can be restored for a month after the relay learnt of it.
    public func delete(_ record: RecordId, reason: String) async throws(RoadbookError) {
        try await bridged { _ = try await self.core.delete(record: record.rawValue, reason: reason) }
    }

    /// Takes the mark away.
    public func restore(_ record: RecordId) async throws(RoadbookError) {
        try await bridged { _ = try await self.core.restore(record: record.rawValue) }
    }

    /// Resolves a conflict the way one of its sides wants it. A side that came in since it was read stays.
    public func resolve(
        _ conflict: Conflict, as side: Conflict.Side, reason: String? = nil
    ) async throws(RoadbookError) {
        try await resolve(conflict, wrote: side.wrote, reason: reason)
    }

    /// Resolves a conflict by a value of its own, e.g. what two people agreed on; nil empties the field.
    public func resolve(
        _ conflict: Conflict, to value: Value?, reason: String? = nil
    ) async throws(RoadbookError) {
        try await resolve(conflict, wrote: .put(value), reason: reason)
    }

    private func resolve(
        _ conflict: Conflict, wrote: Conflict.Wrote, reason: String?
    ) async throws(RoadbookError) {
        try await bridged {
            _ = try await self.core.resolve(
                record: conflict.record.rawValue, field: conflict.field, seen: conflict.seen.heads,
                resolution: wrote.resolution, reason: reason)
        }
    }

    // MARK: Reading

    /// A record, deleted or not; nil if it is not on this device, or of another kind.
    public func find<R: Record>(_: R.Type, _ id: RecordId) async throws(RoadbookError) -> R? {
        try await bridged {
            guard let record = try await self.core.find(record: id.rawValue), record.kind == R.kind.name else {
                return nil
            }
            return R(stored: StoredRecord(record: record))
        }
    }

    /// A record, deleted or not.
    /// - Throws: ``RoadbookError/notFound(_:)`` if it is not on this device, or of another kind.
    public func get<R: Record>(_ kind: R.Type, _ id: RecordId) async throws(RoadbookError) -> R {
        if let found = try await find(kind, id) { return found }
        let words = Wording("record \(id) is not on this device", "本机没有这条记录")
        throw .notFound(RoadbookError.Details(words: words, record: id, field: nil))
    }

    /// The records a query asks for.
    public func list<R: Record>(_ query: Query<R>) async throws(RoadbookError) -> [R] {
        try await bridged {
            try await self.core.list(query: query.ffi).map { R(stored: StoredRecord(record: $0)) }
        }
    }

    /// The first hundred records of a kind, newest on this device first.
    public func list<R: Record>(_: R.Type) async throws(RoadbookError) -> [R] { try await list(Query<R>()) }

    /// How many records a query has, whatever its page.
    public func count<R>(_ query: Query<R>) async throws(RoadbookError) -> Int {
        try await bridged { Int(try await self.core.count(query: query.ffi)) }
    }

    /// Records of every kind in which every word is found, newest on this device first.
    public func search(_ text: String, limit: Int = 50, offset: Int = 0) async throws(RoadbookError) -> [Hit] {
        try await bridged {
            let (limit, offset) = (UInt32(clamping: limit), UInt32(clamping: offset))
            return try await self.core.search(text: text, limit: limit, offset: offset).map(Hit.init)
        }
    }

    /// Who changed which field when, from what to what and why, oldest first.
    public func history(of record: RecordId) async throws(RoadbookError) -> [HistoryEntry] {
        try await bridged { try await self.core.history(record: record.rawValue).map(HistoryEntry.init) }
    }

    /// Conflicts nobody has decided on: of one record, or of all.
    public func conflicts(in record: RecordId? = nil) async throws(RoadbookError) -> [Conflict] {
        try await bridged { try await self.core.clashes(record: record?.rawValue).map(Conflict.init) }
    }

    /// What is overdue, due or coming on a day, most overdue first: of one account, or of all.
    public func nextActions(
        on today: Day = .today, account: RecordId? = nil, limit: Int = 100
    ) async throws(RoadbookError) -> [NextAction] {
        try await bridged {
            try await self.core.nextActions(
                year: Int32(clamping: today.year), month: UInt32(clamping: today.month),
                day: UInt32(clamping: today.day),
                account: account?.rawValue, limit: UInt32(clamping: limit)
            ).map(NextAction.init)
        }
    }

    /// Findings about a record as they would be if a draft were saved: what a form shows before it is. Changes nothing.
    /// - Throws: ``RoadbookError/blocked(_:)`` for a rule that blocks, as the save will.
    public func findings<D: Draft>(for draft: D) async throws(RoadbookError) -> [Finding] {
        let new = new(draft, id: nil, book: nil, reason: nil)
        return try await bridged { try await self.core.findingsOfNew(record: new).map(Finding.init) }
    }

    /// What people call a field of which only the stored name is known: in a conflict, a history, a proposal or a problem.
    /// The name itself if no kind has it. `kind` is the name of the record's kind, if it is known.
    public static func label(of field: String, in kind: String? = nil) -> Wording {
        fieldLabel(field: field, kind: kind).map { Wording($0.en, $0.zh) } ?? Wording(field, field)
    }

    /// Broken rules, gravest first: about one recipient or gift note, or all.
    public func findings(about record: RecordId? = nil) async throws(RoadbookError) -> [Finding] {
        try await bridged { try await self.core.findings(about: record?.rawValue).map(Finding.init) }
    }

    // MARK: In the background

    /// Lets go of the store's file: returns once every transaction has ended and every lock is given up. Later calls
    /// throw ``RoadbookError/paused(_:)`` until ``resume()``.
    public func pause() async throws(RoadbookError) {
        try await bridged { try await self.core.pause() }
    }

    /// Opens the file again. Live sync and observations go on by themselves. Await a ``pause()`` first: of two under way at
    /// once either may be the last to act.
    public func resume() async throws(RoadbookError) {
        try await bridged { try await self.core.resume() }
        resumes.raise()
    }

    /// Whether the store is paused.
    public var isPaused: Bool { core.isPaused() }
}

func changed<D: Draft>(from opened: D, to draft: D) -> [String: FfiValue?] {
    let (before, after) = (opened.fields, draft.fields)
    var changed: [String: FfiValue?] = [:]
    for name in Set(before.keys).union(after.keys) where before[name] != after[name] {
        changed.updateValue(after[name], forKey: name)
    }
    return changed
}
