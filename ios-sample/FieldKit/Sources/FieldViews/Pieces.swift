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
        Group {
            if let state = whereabouts.state {
                if spelt {
                    VStack(alignment: .leading) {
                        Label(state.words, state.symbol)
                        ForEach(whereabouts.holders, id: \.self) { Text(verbatim: desk.name(of: $0) ?? "") }
                    }
                    .font(.footnote)
                } else {
                    Image(state.symbol).accessibilityLabel(state.words)
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

/// A record in a list: what kind, what it says, and where it is.
struct RecordRow<Detail: View>: View {
    let desk: Desk
    let id: RecordId
    let kind: String
    let text: String?
    @ViewBuilder var detail: Detail

    init(
        on desk: Desk, _ title: Title, @ViewBuilder detail: () -> Detail
    ) {
        (self.desk, id, kind, text, self.detail) = (desk, title.id, title.kind, title.text, detail())
    }

    var body: some View {
        HStack(alignment: .firstTextBaseline) {
            Image(Symbol(kind: kind)).accessibilityHidden(true)
            VStack(alignment: .leading, spacing: 2) {
                if let text { Text(verbatim: text.shortened) } else { Words(Kinds.label(of: kind)) }
                detail.font(.caption).foregroundStyle(.secondary)
            }
            Spacer()
            WhereMark(on: desk, id)
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
    var shortened: String { count(upTo: 201) > 200 ? prefix(200) + "…" : self }

    private func count(upTo most: Int) -> Int { prefix(most).count }
}

/// A field's value where its type is only known now.
struct ValueText: View {
    let value: Value?
    let desk: Desk
    var whole = false

    var body: some View {
        switch value {
        case nil: Text("value.empty").foregroundStyle(.secondary)
        case .text(let text): Text(verbatim: whole ? text : text.shortened)
        case .flag(let set): Text(set ? "value.yes" : "value.no")
        case .time(let date, _): Text(date, format: .dateTime)
        case .member(let id): Text(verbatim: desk.name(of: id) ?? "")
        case .money(let money): MoneyText(money)
        case let value?: Text(verbatim: value.plain.shortened)
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
