public import Foundation
import RoadbookGenerated

/// A record as it was read. A value: it is equal to one read at the same version.
public protocol Record: Hashable, Sendable, Identifiable where ID == RecordId {
    /// What a form holds of it.
    associatedtype Form: Draft where Form.Kept == Self
    /// The kind's name and what people call it.
    static var kind: Kind { get }
    /// Its id.
    var id: RecordId { get }
    /// What every record has.
    var info: RecordInfo { get }
    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.
    var draft: Form { get }
    /// Reads a record. The core calls it.
    init(stored: StoredRecord)
}

/// What a record is to hold: given to ``Roadbook/log(_:id:book:reason:)`` or ``Roadbook/edit(_:as:reason:)``.
public protocol Draft: Hashable, Sendable {
    /// What becomes of it.
    associatedtype Kept: Record
    /// Writes the fields. The core calls it.
    func write(to fields: inout StoredFields)
}

extension Draft {
    var fields: [String: FfiValue] {
        var stored = StoredFields()
        write(to: &stored)
        return stored.values
    }
}

/// A record kind.
public struct Kind: Hashable, Sendable, CustomStringConvertible {
    /// Its name in the store, e.g. `gift_note`.
    public let name: String
    /// As people read it.
    public let label: Wording
    /// The name.
    public var description: String { name }

    init(_ name: String, _ label: Wording) {
        self.name = name
        self.label = label
    }
}

/// A field of a kind: what a query filters and sorts by, and what a form shows as its label.
public struct Field<Of: Record, Holds: Sendable>: Sendable, CustomStringConvertible {
    /// Its name in the store, e.g. `next_visit_on`.
    public let name: String
    /// As people read it.
    public let label: Wording
    /// The name.
    public var description: String { name }

    init(_ name: String, _ label: Wording) {
        self.name = name
        self.label = label
    }
}

/// The version of a record that something was read at.
public struct Version: Hashable, Sendable {
    let heads: Data
}

/// What every record has besides its fields.
public struct RecordInfo: Hashable, Sendable {
    /// The book it lives in.
    public let book: BookId
    /// Who created it; nil if that device was not enrolled yet.
    public let createdBy: MemberId?
    /// When, by that device's clock, to the second.
    public let createdAt: Date
    /// Who changed it last.
    public let updatedBy: MemberId?
    /// When, by that device's clock, to the second.
    public let updatedAt: Date
    /// Why it is deleted; nil if it is not.
    public let deletedBecause: String?
    /// Fields in which two people clashed and nobody has decided: see ``Roadbook/conflicts(in:)``.
    public let conflicts: Int
    /// The version this was read at.
    public let version: Version
    private let zones: [String: String]

    /// The zone a time was entered in; nil if the field is empty.
    public func zone<R>(of field: Field<R, Date>) -> TimeZone? {
        zones[field.name].flatMap(TimeZone.init(identifier:))
    }

    init(_ record: FfiRecord) {
        book = BookId(rawValue: record.book)
        createdBy = record.createdBy.map(MemberId.init)
        createdAt = Date(timeIntervalSince1970: Double(record.createdAt))
        updatedBy = record.updatedBy.map(MemberId.init)
        updatedAt = Date(timeIntervalSince1970: Double(record.updatedAt))
        deletedBecause = record.deleted
        conflicts = Int(record.clashes)
        version = Version(heads: record.heads)
        zones = record.fields.compactMapValues { if case .time(_, let zone) = $0 { zone } else { nil } }
    }
}

/// A record as the core hands it over. Nothing of it is for apps.
public struct StoredRecord: Sendable {
    let record: FfiRecord

    var id: RecordId { RecordId(rawValue: record.id) }
    var info: RecordInfo { RecordInfo(record) }
    var fields: StoredFields { StoredFields(values: record.fields) }
}
