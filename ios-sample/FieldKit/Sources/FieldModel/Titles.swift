import Foundation
import RoadbookKit

/// A record as a line of text.
public struct Title: Hashable, Sendable, Identifiable {
    /// The record.
    public let id: RecordId
    /// Its kind's name.
    public let kind: String
    /// Its name; nil where it has none.
    public let text: String?
    /// The account it hangs on, or the account itself.
    public let account: RecordId?
}

/// A record that a line of text stands for.
public protocol Titled: Record {
    /// Its name; nil where it has none.
    var title: String? { get }
    /// The account it hangs on, or the account itself.
    var home: RecordId? { get }
}

extension Account: Titled {
    /// Its name.
    public var title: String? { name }
    /// Itself.
    public var home: RecordId? { id }
}
extension Contact: Titled {
    /// The person's name.
    public var title: String? { name }
    /// The person's account.
    public var home: RecordId? { account }
}
extension Visit: Titled {
    /// What for.
    public var title: String? { purpose ?? outcome }
    /// Where.
    public var home: RecordId? { account }
}
extension GiftNote: Titled {
    /// The gift.
    public var title: String? { item }
    /// The recipient's account.
    public var home: RecordId? { account }
}
extension Opportunity: Titled {
    /// Its name.
    public var title: String? { name }
    /// The customer, if known.
    public var home: RecordId? { account }
}
extension TaskRecord: Titled {
    /// What to do.
    public var title: String? { subject }
    /// The customer, if it is about one.
    public var home: RecordId? { account }
}

extension Titled {
    /// As a line of text.
    public var line: Title { Title(id: id, kind: Self.kind.name, text: title, account: home) }
}

extension Hit {
    /// As a line of text; the account it hangs on is asked for when somebody goes there.
    public var line: Title { Title(id: id, kind: kind, text: title, account: nil) }
}

/// The kinds this app knows, and what is asked of all of them alike.
public enum Kinds {
    static let all: [any Titled.Type] = [
        Account.self, Contact.self, Visit.self, GiftNote.self, Opportunity.self, TaskRecord.self,
    ]

    /// What people call a kind; its name if this app does not know it.
    public static func label(of kind: String) -> Wording {
        all.first { $0.kind.name == kind }?.kind.label ?? Wording(kind, kind)
    }
}

extension Roadbook {
    /// A record of any kind as a line of text; nil if it is not on this device.
    public func title(of record: RecordId, kind: String) async throws(RoadbookError) -> Title? {
        guard let kind = Kinds.all.first(where: { $0.kind.name == kind }) else { return nil }
        return try await title(of: record, kind)
    }

    private func title<R: Titled>(of record: RecordId, _: R.Type) async throws(RoadbookError) -> Title? {
        try await find(R.self, record)?.line
    }
}
