public import struct Foundation.Date
import RoadbookGenerated

/// Two or more people changed the same thing without knowing of each other. Every side stays readable until somebody
/// resolves it by ``Roadbook/resolve(_:as:reason:)``.
public struct Conflict: Hashable, Sendable, Identifiable {
    /// The record.
    public let record: RecordId
    /// Its kind's name.
    public let kind: String
    /// The field's name; `competitors.0.name` for a field of an item, `competitors.0` for an item that one side removed,
    /// `deleted` for a record that one side deleted.
    public let field: String
    /// What each side did, the one that shows at present first.
    public let sides: [Side]
    let seen: Version

    /// Record and field: there is one conflict for each.
    public var id: String { "\(record) \(field)" }

    /// One side of a conflict.
    public struct Side: Hashable, Sendable {
        /// What it did.
        public let wrote: Wrote
        /// Who; nil if that device was not enrolled yet.
        public let by: MemberId?
        /// When, by that device's clock, to the second.
        public let at: Date
    }

    /// What one side did.
    public enum Wrote: Hashable, Sendable {
        /// It wrote this value; nil emptied the field.
        case put(Value?)
        /// It removed the item or deleted the record.
        case removed(because: String?)
        /// It changed the item or record that the other side removed.
        case changed

        var resolution: FfiResolution {
            switch self {
            case .put(let value): .value(value: value?.ffi)
            case .removed: .remove
            case .changed: .keep
            }
        }
    }
}

/// One line of a record's history: one field in one change.
public struct HistoryEntry: Hashable, Sendable, Identifiable {
    /// Who wrote it, as the change says; nil if that device was not enrolled yet.
    public let by: MemberId?
    /// Who pushed it to the relay, as the relay says, if that is someone else.
    public let pushedBy: MemberId?
    /// When, by that device's clock, to the second.
    public let at: Date
    /// The field's name; `deleted` for deleting and restoring.
    public let field: String
    /// What it was before; nil for empty.
    public let from: Value?
    /// What it was after; nil for empty.
    public let to: Value?
    /// Why, if a reason was given.
    public let because: String?
    /// The change, 64 hexadecimal digits: fields with the same one were changed together.
    public let change: String
    /// Change and field: there is one line for each.
    public var id: String { "\(change) \(field)" }
}

extension Conflict {
    init(_ clash: FfiClash) {
        record = RecordId(rawValue: clash.record)
        kind = clash.kind
        field = clash.field
        sides = clash.sides.map { side in
            let wrote: Wrote =
                switch side.wrote {
                case .value(let value): .put(value.map(Value.init))
                case .removed(let reason): .removed(because: reason)
                case .changed: .changed
                }
            return Side(wrote: wrote, by: side.by.map(MemberId.init), at: Date(timeIntervalSince1970: Double(side.at)))
        }
        seen = Version(heads: clash.heads)
    }
}

extension HistoryEntry {
    init(_ entry: FfiHistoryEntry) {
        by = entry.by.map(MemberId.init)
        pushedBy = entry.pushedBy.map(MemberId.init)
        at = Date(timeIntervalSince1970: Double(entry.at))
        field = entry.field
        from = entry.from.map(Value.init)
        to = entry.to.map(Value.init)
        because = entry.why
        change = entry.change
    }
}
