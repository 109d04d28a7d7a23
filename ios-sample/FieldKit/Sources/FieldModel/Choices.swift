import RoadbookKit

/// What people call a choice of which only the stored value is known: in a conflict, a history, a proposal.
public enum Choices {
    /// The choice's label; nil if the field holds none. A field of an item is named as in `team.0.function`.
    public static func label(of value: String, in field: String, of kind: String?) -> Wording? {
        let name = field.split(separator: ".").filter { Int($0) == nil }.joined(separator: ".")
        let known = labels.filter { $0.key.field == name && (kind == nil || $0.key.kind == kind) }
        // Without the kind a name may mean two things: then it is not claimed to be either.
        return known.count == 1 ? known.first?.value(value) : nil
    }

    private struct Name: Hashable {
        let kind: String
        let field: String
    }

    private static let labels: [Name: @Sendable (String) -> Wording] = Dictionary(
        uniqueKeysWithValues: [
            of(Account.Fields.tier), of(Account.Fields.maturity), of(Account.Fields.scope),
            of(Account.Fields.accountType),
            of(Account.Fields.team, "function", AccountTeamEntryFunction.self),
            of(Contact.Fields.role), of(Contact.Fields.preferredChannel), of(Contact.Fields.recipientClass),
            several(Contact.Fields.consents), of(Visit.Fields.mode), of(GiftNote.Fields.occasion),
            of(GiftNote.Fields.state), of(GiftNote.Fields.stateHistory, "value", GiftNoteState.self),
            of(Opportunity.Fields.stage), of(Opportunity.Fields.stageHistory, "value", OpportunityStage.self),
            of(Opportunity.Fields.lostReason), of(TaskRecord.Fields.priority), of(TaskRecord.Fields.status),
        ])

    private typealias Entry = (Name, @Sendable (String) -> Wording)

    private static func of<R, C: Choice>(_ field: Field<R, C>) -> Entry {
        (Name(kind: R.kind.name, field: field.name), { C(value: $0).label })
    }

    private static func several<R, C: Choice>(_ field: Field<R, Set<C>>) -> Entry {
        (Name(kind: R.kind.name, field: field.name), { C(value: $0).label })
    }

    private static func of<R, I, C: Choice>(_ field: Field<R, [I]>, _ inner: String, _: C.Type) -> Entry {
        (Name(kind: R.kind.name, field: "\(field.name).\(inner)"), { C(value: $0).label })
    }
}

extension Roadbook {
    /// What a linked record is called, of whichever kind it is: one without a name by its account's. Nil if it is not on this
    /// device.
    public func title(of link: RecordId) async throws(RoadbookError) -> String? {
        for kind in Kinds.all {
            guard let title = try await title(of: link, kind: kind.kind.name) else { continue }
            if let text = title.text { return text }
            guard let account = title.account else { return nil }
            return try await find(Account.self, account)?.name
        }
        return nil
    }
}

extension Desk {
    /// What a linked record is called, kept current.
    public func title(of link: RecordId) -> Live<String?> {
        Live(on: self) { [roadbook] in roadbook.watch({ $0.concernsRecords }, { try await roadbook.title(of: link) }) }
    }
}
