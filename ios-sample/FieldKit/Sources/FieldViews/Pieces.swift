import FieldModel
import RoadbookKit
import SwiftUI

/// Words of the core in the language of the screen.
struct Words: View {
    let label: Wording
    @Environment(\.locale) private var locale

    init(_ label: Wording) { self.label = label }
    var body: some View { Text(verbatim: label.words(in: locale)) }
}

/// A line with a caption above it: it grows with the text size, where side by side would be cut off.
struct Captioned<Content: View>: View {
    let label: Wording
    @ViewBuilder let content: Content

    init(_ label: Wording, @ViewBuilder content: () -> Content) {
        (self.label, self.content) = (label, content())
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Words(label).font(.caption).foregroundStyle(.secondary)
            content
        }
        .accessibilityElement(children: .combine)
    }
}

/// A number that is called with one tap.
struct CallLink: View {
    let number: String
    let name: String?

    init(_ number: String, of name: String? = nil) { (self.number, self.name) = (number, name) }

    var body: some View {
        if let url = number.callable {
            Link(destination: url) {
                HStack {
                    Image(.call).accessibilityHidden(true)
                    if name == nil { Text(verbatim: number) }
                }
            }
            .accessibilityLabel("contact.call \(name ?? number)")
        } else if name == nil {
            Text(verbatim: number)
        }
    }
}

/// Where a record is: saved, queued, accepted, delivered to whom.
struct WhereMark: View {
    @State private var ledger: Live<[LedgerEntry]>
    private let desk: Desk
    private let spelt: Bool

    /// A mark; `spelt` out in a card, a symbol in a row.
    init(on desk: Desk, _ record: RecordId, spelt: Bool = false) {
        (self.desk, self.spelt) = (desk, spelt)
        _ledger = State(initialValue: desk.whereabouts(of: record))
    }

    var body: some View {
        let whereabouts = Whereabouts(ledger.values)
        let holders = whereabouts.holders.compactMap { desk.name(of: $0) }
        Group {
            if let state = whereabouts.state {
                if spelt {
                    VStack(alignment: .leading) {
                        Label(state.words, state.symbol)
                        ForEach(holders, id: \.self) { Text(verbatim: $0) }
                    }
                    .font(.footnote)
                } else {
                    Image(state.symbol)
                        .accessibilityLabel(state.words)
                        .accessibilityValue(Text(verbatim: holders.joined(separator: ", ")))
                }
            }
        }
        .foregroundStyle(.secondary)
        .task { await ledger.follow() }
    }
}

extension LedgerState {
    var words: LocalizedStringKey {
        switch self {
        case .saved: "where.saved"
        case .queued: "where.queued"
        case .quarantined: "where.rejected"
        case .inReview: "where.review"
        case .refused: "where.refused"
        case .accepted: "where.accepted"
        case .delivered: "where.delivered"
        }
    }

    var symbol: Symbol {
        switch self {
        case .saved: .saved
        case .queued: .queued
        case .quarantined: .warning
        case .inReview: .review
        case .refused: .refused
        case .accepted: .check
        case .delivered: .delivered
        }
    }
}

/// What did not work, in a line of its own that covers nothing and waits for nobody.
struct ProblemLine: View {
    let problem: Problem?

    var body: some View {
        if let problem {
            HStack(alignment: .firstTextBaseline) {
                Image(.warning).accessibilityHidden(true)
                Words(problem.words)
            }
            .foregroundStyle(.red)
            .accessibilityElement(children: .combine)
        }
    }
}

/// What a record is called; its kind where it has no name or is not here.
struct TitleText: View {
    let title: Title?
    let kind: String

    var body: some View {
        if let text = title?.text { Text(verbatim: text.shortened) } else { Words(Kinds.label(of: kind)) }
    }
}

/// A record in a list: what kind, what it says, and where it is.
struct RecordRow<Detail: View>: View {
    let desk: Desk
    let title: Title
    @ViewBuilder var detail: Detail

    init(
        on desk: Desk, _ title: Title, @ViewBuilder detail: () -> Detail
    ) {
        (self.desk, self.title, self.detail) = (desk, title, detail())
    }

    var body: some View {
        HStack(alignment: .firstTextBaseline) {
            Image(Symbol(kind: title.kind)).accessibilityHidden(true)
            VStack(alignment: .leading, spacing: 2) {
                TitleText(title: title, kind: title.kind)
                detail.font(.caption).foregroundStyle(.secondary)
            }
            Spacer()
            WhereMark(on: desk, title.id)
        }
        .accessibilityElement(children: .combine)
    }
}

extension Symbol {
    init(kind: String) {
        switch kind {
        case Account.kind.name: self = .account
        case Contact.kind.name: self = .contact
        case GiftNote.kind.name: self = .gift
        case Opportunity.kind.name: self = .board
        case TaskRecord.kind.name: self = .task
        default: self = .visit
        }
    }
}

extension String {
    /// The beginning of a text that may be a megabyte long: laying all of it out would hold up the screen.
    var shortened: String { shortened(to: 200) }

    func shortened(to most: Int) -> String {
        var beginning = self
        return beginning.cut(to: most) ? beginning + "…" : self
    }
}

/// A field's value where its type is only known now: a choice by its label, a link by the record's title.
struct ValueText: View {
    let value: Value?
    let field: String
    let kind: String?
    let desk: Desk
    var whole = false
    @Environment(\.locale) private var locale

    init(_ value: Value?, in field: String, of kind: String?, desk: Desk, whole: Bool = false) {
        (self.value, self.field, self.kind, self.desk, self.whole) = (value, field, kind, desk, whole)
    }

    var body: some View {
        switch value {
        case nil: Text("value.empty").foregroundStyle(.secondary)
        case .text(let text):
            if let label = Choices.label(of: text, in: field, of: kind) {
                Words(label)
            } else {
                Text(verbatim: whole ? text.shortened(to: Most.laidOut) : text.shortened)
            }
        case .texts(let texts): Text(verbatim: texts.sorted().map(words).joined(separator: ", ").shortened)
        case .link(let id): LinkText(id: id, desk: desk).id(id)
        case .links(let ids):
            VStack(alignment: .leading) {
                ForEach(ids.sorted { $0.rawValue < $1.rawValue }, id: \.self) { LinkText(id: $0, desk: desk) }
            }
        case .items(let items):
            VStack(alignment: .leading) {
                ForEach(items, id: \.key) { item in
                    HStack {
                        ForEach(item.fields.keys.sorted(), id: \.self) { name in
                            ItemText(value: item.fields[name], in: "\(field).\(name)", of: kind, desk: desk)
                        }
                    }
                }
            }
        case .flag(let set): Text(set ? "value.yes" : "value.no")
        case .time(let date, _): Text(date, format: .dateTime)
        case .member(let id): Text(verbatim: desk.name(of: id) ?? "")
        case .money(let money): MoneyText(money)
        case let value?: Text(verbatim: value.plain.shortened)
        }
    }

    private func words(_ text: String) -> String {
        Choices.label(of: text, in: field, of: kind)?.words(in: locale) ?? text
    }
}

/// A field of an item: what an item holds is never an item.
private struct ItemText: View {
    let value: Value?
    let field: String
    let kind: String?
    let desk: Desk

    init(value: Value?, in field: String, of kind: String?, desk: Desk) {
        (self.value, self.field, self.kind, self.desk) = (value, field, kind, desk)
    }

    var body: some View {
        switch value {
        case .text(let text):
            if let label = Choices.label(of: text, in: field, of: kind) {
                Words(label)
            } else {
                Text(verbatim: text.shortened)
            }
        case .time(let date, _): Text(date, format: .dateTime)
        case .member(let id): Text(verbatim: desk.name(of: id) ?? "")
        case .money(let money): MoneyText(money)
        case .link(let id): LinkText(id: id, desk: desk).id(id)
        case let value?: Text(verbatim: value.plain.shortened)
        case nil: EmptyView()
        }
    }
}

/// A linked record by its title. Nothing is claimed before it was looked for.
struct LinkText: View {
    @State private var title: Live<String?>

    init(id: RecordId, desk: Desk) { _title = State(initialValue: desk.title(of: id)) }

    var body: some View {
        Group {
            switch title.value {
            case .none: Text(verbatim: "…")
            case .some(.none): Text("value.notHere").foregroundStyle(.secondary)
            case .some(let title?): Text(verbatim: title.shortened)
            }
        }
        .task { await title.follow() }
    }
}

/// What was done, said in passing, below everything.
struct NoticeLine: View {
    let desk: Desk
    @Environment(\.locale) private var locale

    var body: some View {
        if let notice = desk.notice {
            HStack(alignment: .firstTextBaseline) {
                Image(.check).accessibilityHidden(true)
                switch notice.what {
                case .logged(let name): Text("notice.logged \(name?.shortened ?? "")")
                case .saved(let kind): Text("notice.saved \(kind.words(in: locale))")
                }
            }
            .foregroundStyle(.secondary)
            .accessibilityElement(children: .combine)
        }
    }
}

extension Notice {
    /// As VoiceOver says it.
    func spoken(in locale: Locale) -> String {
        switch what {
        case .logged(let name): String(format: NSLocalizedString("notice.logged %@", comment: ""), name ?? "")
        case .saved(let kind):
            String(format: NSLocalizedString("notice.saved %@", comment: ""), kind.words(in: locale))
        }
    }
}

/// Money as people read it.
struct MoneyText: View {
    let money: Money
    init(_ money: Money) { self.money = money }
    var body: some View { Text(money.major, format: .currency(code: money.currency)) }
}

/// Who and when, as every side of a clash and every line of a history says it.
struct ByLine: View {
    let by: MemberId?
    let at: Date
    let desk: Desk

    var body: some View {
        HStack {
            if let name = desk.name(of: by) { Text(verbatim: name) } else { Text("by.unknown") }
            Text(at, format: .dateTime)
        }
        .font(.caption)
        .foregroundStyle(.secondary)
    }
}
