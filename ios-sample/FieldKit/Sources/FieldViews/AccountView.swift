import FieldModel
import RoadbookKit
import SwiftUI

/// A customer with people and what happened.
struct AccountView: View {
    @State private var card: AccountCard
    @State private var day = Day.today
    @Environment(\.scenePhase) private var phase
    @Environment(Navigator.self) private var navigator
    private let desk: Desk

    init(on desk: Desk, _ id: RecordId) {
        self.desk = desk
        _card = State(initialValue: AccountCard(on: desk, id))
    }

    var body: some View {
        @Bindable var reason = card.reason
        List {
            if let account = card.account.value ?? nil {
                facts(account)
                Section("account.contacts") {
                    ForEach(card.contacts.values) { contact in
                        HStack {
                            Button {
                                navigator.sheet = .contact(Form(on: desk, editing: contact))
                            } label: {
                                RecordRow(on: desk, contact.line) { if let role = contact.role { Words(role.label) } }
                            }
                            if let phone = contact.phones.sorted().first { CallLink(phone, of: contact.name) }
                        }
                        .buttonStyle(.borderless)
                    }
                    Button("contact.new") {
                        navigator.sheet = .contact(Form(on: desk, new: ContactDraft(account: card.id, name: "")))
                    }
                }
                Section("account.timeline") {
                    ForEach(card.timeline.values) { entry in
                        Button {
                            Task { await navigator.open(entry.id, kind: entry.title.kind, on: desk) }
                        } label: {
                            RecordRow(on: desk, entry.title) { Text(entry.at, format: .dateTime) }
                        }
                    }
                }
                Section {
                    NavigationLink("account.history", value: Place.history(card.id, Account.kind.name))
                    if account.info.deletedBecause != nil {
                        Button("account.restore") { Task { await card.restore() } }
                    } else {
                        LineField("account.reason", $reason.text)
                        Button("account.delete", role: .destructive) { Task { await card.delete() } }
                            .disabled(reason.text.isEmpty)
                    }
                }
            } else if card.account.value != nil {
                ContentUnavailableView("account.gone", systemImage: Symbol.locked.rawValue)
            }
        }
        .navigationTitle(card.account.value??.name.shortened ?? "")
        .toolbar {
            ToolbarItem(placement: .primaryAction) {
                Menu {
                    Button("visit.new") { navigator.sheet = .visit(Form(on: desk, new: VisitDraft(account: card.id))) }
                    Button("gift.new") {
                        let draft = GiftNoteDraft(account: card.id, item: "", state: .planned)
                        navigator.sheet = .gift(Form(on: desk, new: draft))
                    }
                    Button("deal.new") {
                        let draft = OpportunityDraft(name: "", account: card.id, stage: .lead)
                        navigator.sheet = .deal(Form(on: desk, new: draft))
                    }
                    Button("task.new") {
                        navigator.sheet = .task(Form(on: desk, new: TaskDraft(subject: "", account: card.id)))
                    }
                } label: {
                    Label("account.add", .plus)
                }
            }
        }
        .task(id: day) { await card.follow() }
        .onChange(of: phase) { day = .today }
    }

    @ViewBuilder private func facts(_ account: Account) -> some View {
        Section {
            if account.info.conflicts > 0 {
                NavigationLink(value: Place.conflicts(card.id)) {
                    Label("today.conflicts \(account.info.conflicts)", .conflict).foregroundStyle(.orange)
                }
            }
            if account.strategic == true { Words(Account.Fields.strategic.label) }
            if let tier = account.tier { Captioned(Account.Fields.tier.label) { Words(tier.label) } }
            if let maturity = account.maturity { Captioned(Account.Fields.maturity.label) { Words(maturity.label) } }
            if let region = account.region { Captioned(Account.Fields.region.label) { Text(verbatim: region) } }
            ForEach(account.phones.sorted(), id: \.self) { CallLink($0) }
            if !account.tags.isEmpty {
                Captioned(Account.Fields.tags.label) { Text(verbatim: account.tags.typed.shortened) }
            }
            if let next = card.next.value ?? nil {
                Text("account.nextDue \(Text(next.dueTo.noon(), format: .dateTime.month().day()))")
                    .foregroundStyle(next.urgency == .overdue ? Color.red : Color.primary)
            }
            if let step = account.nextStep {
                Captioned(Account.Fields.nextStep.label) { Text(verbatim: step.shortened) }
            }
            if let notes = account.notes { Captioned(Account.Fields.notes.label) { Text(verbatim: notes.shortened) } }
            WhereMark(on: desk, card.id, spelt: true)
            Button("account.edit") { navigator.sheet = .account(Form(on: desk, editing: account)) }
        }
    }
}

/// Who changed what, newest first.
struct HistoryView: View {
    @State private var history: Live<[HistoryEntry]>
    private let desk: Desk
    private let kind: String

    init(on desk: Desk, _ record: RecordId, _ kind: String) {
        (self.desk, self.kind) = (desk, kind)
        _history = State(initialValue: desk.history(of: record))
    }

    var body: some View {
        List(history.values) { entry in
            Captioned(Roadbook.label(of: entry.field, in: kind)) {
                ValueText(entry.from, in: entry.field, of: kind, desk: desk).strikethrough()
                ValueText(entry.to, in: entry.field, of: kind, desk: desk)
                if let because = entry.because { Text(verbatim: because).italic() }
                ByLine(by: entry.by, at: entry.at, desk: desk)
            }
        }
        .navigationTitle("account.history")
        .task { await history.follow() }
    }
}
