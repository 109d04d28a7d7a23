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
    /// Saves a form: creates its record, or writes what the form changed at the version it was opened at.
    /// - Returns: the record's id.
    @discardableResult
    public func save<R: Record>(_ form: OpenForm<R>, reason: String? = nil) async throws(RoadbookError) -> RecordId {
        if let version = form.version {
            try await edit(form.id, at: version, from: form.opened, to: form.draft, reason: reason)
            return form.id
        }
        // The process may have ended between the last save and the moment the app forgot the form.
        if try await find(R.self, form.id) != nil { return form.id }
        return try await log(form.draft, id: form.id, reason: reason)
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
