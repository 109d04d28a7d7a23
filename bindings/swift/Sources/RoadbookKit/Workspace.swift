public import Foundation
import RoadbookGenerated

/// What a member may do in a book.
public enum Right: Hashable, Sendable {
    /// Reads.
    case reader
    /// Reads and writes.
    case editor
    /// Reads, writes, and is the one accountable.
    case owner
}

/// A book that this member may read.
public struct Book: Hashable, Sendable, Identifiable {
    /// The book.
    public let id: BookId
    /// Its name.
    public let name: String
    /// Its owner; nil for the workspace's common book.
    public let owner: MemberId?
    /// What this member may do in it.
    public let right: Right
    /// Whether it is the workspace's common book.
    public let common: Bool
    /// Whether this member decides on its review tray.
    public let reviews: Bool
    /// Access is gone; it is erased once unsent work is in the tray.
    public let leaving: Bool
}

/// A member's role in the workspace.
public enum Role: Hashable, Sendable {
    /// Field rep: sees their own books.
    case rep
    /// Works on a manager's accounts.
    case support
    /// Edits the books of everyone below them.
    case manager
    /// Reads every book of the workspace.
    case director
    /// Finance.
    case finance
    /// Administers the workspace; sees no book by that alone.
    case admin
}

/// A member of the workspace.
public struct Member: Hashable, Sendable, Identifiable {
    /// The member.
    public let id: MemberId
    /// Their name.
    public let name: String
    /// Their role.
    public let role: Role
    /// The member above, if any.
    public let reportsTo: MemberId?
}

/// What one device proposes for one record that was handed over: accepted or refused as a whole.
public struct Proposal: Hashable, Sendable, Identifiable {
    let ffi: FfiProposal
    /// The book whose tray it is in.
    public var book: BookId { BookId(rawValue: ffi.book) }
    /// The record.
    public var record: RecordId { RecordId(rawValue: ffi.record) }
    /// Record and device: there is one proposal for each.
    public var id: String { "\(ffi.record) \(ffi.device)" }
    /// Its kind's name, if this app knows it.
    public var kind: String? { ffi.kind }
    /// Whether the record is new.
    public var isNew: Bool { ffi.isNew }
    /// Whose device it came from.
    public var member: MemberId { MemberId(rawValue: ffi.member) }
    /// What would change; empty if that cannot be shown without changes that are missing here.
    public var changes: [ProposedChange] {
        ffi.changes.map { ProposedChange(field: $0.field, from: $0.from.map(Value.init), to: $0.to.map(Value.init)) }
    }
}

/// One field that a proposal would change.
public struct ProposedChange: Hashable, Sendable, Identifiable {
    /// The field's name.
    public let field: String
    /// What it says now; nil for empty.
    public let from: Value?
    /// What it would say; nil for empty.
    public let to: Value?
    /// The field's name: there is one change for each.
    public var id: String { field }
}

/// A verdict on what this device proposed.
public struct Verdict: Hashable, Sendable, Identifiable {
    /// The record.
    public let record: RecordId
    /// Accepted or refused.
    public let accepted: Bool
    /// Who decided.
    public let by: MemberId
    /// When, by the relay's clock; nil if the relay does not say.
    public let at: Date?
    /// Why.
    public let because: String?
    /// The record's kind's name, if something of it is still here.
    public let kind: String?
    /// Changes that were refused and are kept here: ``Roadbook/export(_:)`` and ``Roadbook/discard(_:)``.
    public let kept: Int
    /// The record, when and what: one record may have several verdicts.
    public var id: String { "\(record) \(at?.timeIntervalSince1970 ?? 0) \(accepted)" }
}

extension Book {
    init(_ book: FfiBook) {
        let right: Right =
            switch book.right {
            case .reader: .reader
            case .editor: .editor
            case .owner: .owner
            }
        self.init(
            id: BookId(rawValue: book.id), name: book.name, owner: book.owner.map(MemberId.init), right: right,
            common: book.common, reviews: book.reviews, leaving: book.leaving)
    }
}

extension Member {
    init(_ member: FfiMember) {
        let role: Role =
            switch member.role {
            case .rep: .rep
            case .support: .support
            case .manager: .manager
            case .director: .director
            case .finance: .finance
            case .admin: .admin
            }
        self.init(
            id: MemberId(rawValue: member.id), name: member.name, role: role,
            reportsTo: member.reportsTo.map(MemberId.init))
    }
}

extension Verdict {
    init(_ verdict: FfiVerdict) {
        self.init(
            record: RecordId(rawValue: verdict.record), accepted: verdict.accepted, by: MemberId(rawValue: verdict.by),
            at: verdict.at.map { Date(timeIntervalSince1970: Double($0) / 1000) }, because: verdict.reason,
            kind: verdict.kind, kept: Int(verdict.kept))
    }
}
