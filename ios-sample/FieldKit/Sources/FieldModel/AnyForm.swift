import RoadbookKit

/// A form of whichever kind.
public enum AnyForm: Hashable, Sendable, Identifiable {
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
    public var unfinished: [AnyForm] {
        let all: [AnyForm] =
            forms(Account.self).map { .account($0) } + forms(Contact.self).map { .contact($0) }
            + forms(Visit.self).map { .visit($0) } + forms(GiftNote.self).map { .gift($0) }
            + forms(Opportunity.self).map { .deal($0) } + forms(TaskRecord.self).map { .task($0) }
        return all.sorted { $0.id.rawValue < $1.id.rawValue }
    }
}

extension Desk {
    /// A form on a record of whichever kind, as it was left if it was left half-written; nil if it is not on this device,
    /// or of a kind without a form.
    public func form(of record: RecordId, kind: String) async -> AnyForm? {
        func open<R: Record>(_: R.Type) async throws -> OpenForm<R> {
            let there = OpenForm(try await roadbook.get(R.self, record))
            return shelf.forms(R.self).first { $0.id == record } ?? there
        }
        var form: AnyForm?
        await attempt {
            switch kind {
            case Account.kind.name: form = .account(try await open(Account.self))
            case Contact.kind.name: form = .contact(try await open(Contact.self))
            case Visit.kind.name: form = .visit(try await open(Visit.self))
            case GiftNote.kind.name: form = .gift(try await open(GiftNote.self))
            case Opportunity.kind.name: form = .deal(try await open(Opportunity.self))
            case TaskRecord.kind.name: form = .task(try await open(TaskRecord.self))
            default: break
            }
        }
        return form
    }
}
