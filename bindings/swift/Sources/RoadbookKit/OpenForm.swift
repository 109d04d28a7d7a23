import Foundation
import RoadbookGenerated

/// A form on a record, new or read: what was there when it was opened, and what became of it.
///
/// It is `Codable`, so that a half-written form survives the end of the app's process. Saved after that, it is still an
/// edit at the version it was opened at: what came in meanwhile stays, a true clash is shown.
///
/// ```swift
/// var form = OpenForm(visit)
/// form.draft.outcome = "Signed"
/// try await roadbook.save(form)
/// ```
public struct OpenForm<R: Record>: Hashable, Sendable, Identifiable {
    /// The record's id. A new one has its id before it is saved, so that saving twice makes one record.
    public let id: RecordId
    /// What the form holds now.
    public var draft: R.Form
    let opened: R.Form
    let version: Version?

    /// A form on a record as it was read.
    public init(_ record: R) {
        (id, draft, opened, version) = (record.id, record.draft, record.draft, record.info.version)
    }

    /// A form on a record that is to be.
    public init(new draft: R.Form) {
        (id, self.draft, opened, version) = (.fresh(), draft, draft, nil)
    }

    /// Whether the record is yet to be.
    public var isNew: Bool { version == nil }
    /// Whether anything differs from what was there when the form was opened.
    public var isChanged: Bool { draft != opened }
}

extension OpenForm: Codable {
    private enum Keys: String, CodingKey { case id, draft, opened, heads }

    /// Reads a form back.
    public init(from decoder: any Decoder) throws {
        let kept = try decoder.container(keyedBy: Keys.self)
        let id = try kept.decode(RecordId.self, forKey: .id)
        func form(_ key: Keys) throws -> R.Form {
            let fields = try kept.decode([String: Value].self, forKey: key).mapValues(\.ffi)
            return R(stored: StoredRecord(record: FfiRecord(id: id, kind: R.kind, fields: fields))).draft
        }
        self.id = id
        draft = try form(.draft)
        opened = try form(.opened)
        version = try kept.decodeIfPresent(Data.self, forKey: .heads).map(Version.init)
    }

    /// Writes a form down.
    public func encode(to encoder: any Encoder) throws {
        var kept = encoder.container(keyedBy: Keys.self)
        try kept.encode(id, forKey: .id)
        try kept.encode(draft.fields.mapValues(Value.init), forKey: .draft)
        try kept.encode(opened.fields.mapValues(Value.init), forKey: .opened)
        try kept.encodeIfPresent(version?.heads, forKey: .heads)
    }
}

extension Roadbook {
    /// Saves a form: creates its record, or writes what the form changed at the version it was opened at. A new form that
    /// was saved before writes what was typed since.
    /// - Returns: the record's id.
    @discardableResult
    public func save<R: Record>(_ form: OpenForm<R>, reason: String? = nil) async throws(RoadbookError) -> RecordId {
        if let version = form.version {
            try await edit(form.id, at: version, from: form.opened, to: form.draft, reason: reason)
            return form.id
        }
        if try await find(R.self, form.id) == nil { return try await log(form.draft, id: form.id, reason: reason) }
        try await saveAgain(form, reason: reason)
        return form.id
    }

    /// A new form whose record is there already: the process may have ended between a save and the moment the app forgot
    /// the form, and more may have been typed since. That is an edit at the version up to which its writer alone had
    /// written, so that what a colleague did meanwhile stays or is a clash.
    private func saveAgain<R: Record>(_ form: OpenForm<R>, reason: String?) async throws(RoadbookError) {
        let history = try await history(of: form.id)
        let own = history.prefix { $0.by == history[0].by }
        guard let base = own.last.flatMap({ Version(change: $0.change) }) else { return }
        let saved: [String: FfiValue] = own.reduce(into: [:]) { $0[$1.field] = $1.to?.ffi }
        let before = R(stored: StoredRecord(record: FfiRecord(id: form.id, kind: R.kind, fields: saved))).draft.fields
        let (opened, after) = (form.opened.fields, form.draft.fields)
        var fields: [String: FfiValue?] = [:]
        for name in Set(before.keys).union(after.keys) where !isSame(before[name], after[name]) {
            // Collections that the core keeps, e.g. the history of a stage, are in no new form.
            if case .items = before[name], after[name] == nil, opened[name] == nil { continue }
            fields.updateValue(after[name], forKey: name)
        }
        if fields.isEmpty { return }
        let (id, heads, changed) = (form.id.rawValue, base.heads, fields)
        try await bridged { _ = try await self.core.edit(record: id, base: heads, fields: changed, reason: reason) }
    }
}

/// Whether two values say the same. A thing in a new form has no key yet.
private func isSame(_ before: FfiValue?, _ after: FfiValue?) -> Bool {
    guard case .items(let before) = before, case .items(let after) = after else { return before == after }
    return before.map(\.fields) == after.map(\.fields)
}

extension Version {
    /// The version that a change made, by its 64 hexadecimal digits.
    fileprivate init?(change: String) {
        let digits = change.compactMap(\.hexDigitValue)
        if digits.count != 64 { return nil }
        self.init(heads: Data(stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }))
    }
}

extension Roadbook {
    /// Findings about a form's record as they would be if it were saved: what the form shows before that. Changes nothing.
    /// - Throws: ``RoadbookError/blocked(_:)`` for a rule that blocks, as the save will.
    public func findings<R: Record>(for form: OpenForm<R>) async throws(RoadbookError) -> [Finding] {
        guard let version = form.version else { return try await findings(for: form.draft) }
        let (fields, id, base) = (changed(from: form.opened, to: form.draft), form.id.rawValue, version.heads)
        return try await bridged {
            try await self.core.findingsOfEdit(record: id, base: base, fields: fields).map(Finding.init)
        }
    }
}

extension RecordId {
    /// A fresh UUID v7.
    static func fresh() -> RecordId {
        var bytes = UUID().uuid
        let now = UInt64(max(0, Date().milliseconds))
        withUnsafeMutableBytes(of: &bytes) { bytes in
            for place in 0..<6 { bytes[place] = UInt8(truncatingIfNeeded: now >> (40 - 8 * UInt64(place))) }
            bytes[6] = 0x70 | bytes[6] & 0x0F
        }
        return RecordId(rawValue: UUID(uuid: bytes).uuidString.lowercased())
    }
}

extension FfiRecord {
    /// A record of which nothing but the fields is asked.
    fileprivate init(id: RecordId, kind: Kind, fields: [String: FfiValue]) {
        self.init(
            id: id.rawValue, kind: kind.name, book: BookId.none.rawValue, createdBy: nil, createdAt: 0, updatedBy: nil,
            updatedAt: 0, deleted: nil, clashes: 0, heads: Data(), fields: fields)
    }
}
