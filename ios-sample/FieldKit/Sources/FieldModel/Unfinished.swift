import RoadbookKit

/// A form that was left half-written, of whichever kind.
public enum Unfinished: Hashable, Sendable, Identifiable {
    /// Of a customer.
    case account(OpenForm<Account>)
    /// Of a person there.
    case contact(OpenForm<Contact>)
    /// Of a visit.
    case visit(OpenForm<Visit>)
    /// Of a gift.
    case gift(OpenForm<GiftNote>)
    /// Of a deal.
    case deal(OpenForm<Opportunity>)
    /// Of a task.
    case task(OpenForm<TaskRecord>)

    /// The record as a line of text, as far as it was written.
    public var title: Title {
        switch self {
        case .account(let form): line(form, form.draft.name, form.id)
        case .contact(let form): line(form, form.draft.name, form.draft.account)
        case .visit(let form): line(form, form.draft.purpose ?? form.draft.talkPoints, form.draft.account)
        case .gift(let form): line(form, form.draft.item, form.draft.account)
        case .deal(let form): line(form, form.draft.name, form.draft.account)
        case .task(let form): line(form, form.draft.subject, form.draft.account)
        }
    }

    /// The record's id.
    public var id: RecordId { title.id }

    private func line<R: Record>(_ form: OpenForm<R>, _ text: String?, _ account: RecordId?) -> Title {
        Title(id: form.id, kind: R.kind.name, text: text.flatMap { $0.isEmpty ? nil : $0 }, account: account)
    }
}

extension Shelf {
    /// Everything that was left half-written, oldest record first.
    public var unfinished: [Unfinished] {
        let all: [Unfinished] =
            forms(Account.self).map { .account($0) } + forms(Contact.self).map { .contact($0) }
            + forms(Visit.self).map { .visit($0) } + forms(GiftNote.self).map { .gift($0) }
            + forms(Opportunity.self).map { .deal($0) } + forms(TaskRecord.self).map { .task($0) }
        return all.sorted { $0.id.rawValue < $1.id.rawValue }
    }
}
