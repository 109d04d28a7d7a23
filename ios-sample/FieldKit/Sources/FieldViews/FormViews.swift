import FieldModel
import RoadbookKit
import SwiftUI

struct AccountFormView: View {
    @Bindable var form: Form<Account>
    private typealias F = Account.Fields

    var body: some View {
        FormFrame("account.title", form) {
            TextRow(F.name.label, $form.draft.name, problem: form.problem(with: F.name))
            TextsRow(F.phones.label, $form.draft.phones)
            TextRow(F.region.label, $form.draft.region)
            TextRow(F.industry.label, $form.draft.industry)
            ChoiceRow(F.tier.label, $form.draft.tier)
            ChoiceRow(F.maturity.label, $form.draft.maturity)
            FlagRow(F.strategic.label, $form.draft.strategic)
            TextsRow(F.tags.label, $form.draft.tags)
            TextRow(F.nextStep.label, $form.draft.nextStep)
            TextRow(F.notes.label, $form.draft.notes)
        }
    }
}

struct ContactFormView: View {
    @Bindable var form: Form<Contact>
    private typealias F = Contact.Fields

    var body: some View {
        FormFrame("contact.title", form) {
            CustomerRow(account: form.draft.account, desk: form.desk)
            TextRow(F.name.label, $form.draft.name, problem: form.problem(with: F.name))
            TextRow(F.title.label, $form.draft.title)
            ChoiceRow(F.role.label, $form.draft.role)
            TextsRow(F.phones.label, $form.draft.phones)
            ChoiceRow(F.recipientClass.label, $form.draft.recipientClass)
            DayRow(F.birthday.label, $form.draft.birthday)
            TextRow(F.notes.label, $form.draft.notes)
        }
    }
}

/// A visit with check-in and check-out: with a position where there is one, and without where there is none.
struct VisitFormView: View {
    @Bindable private var form: Form<Visit>
    @State private var contacts: Live<[Contact]>
    @State private var isLocating = false
    private typealias F = Visit.Fields

    init(_ form: Form<Visit>) {
        self.form = form
        _contacts = State(initialValue: form.desk.contacts(at: form.draft.account))
    }

    var body: some View {
        FormFrame("visit.title", form) {
            CustomerRow(account: form.draft.account, desk: form.desk)
            Section {
                Stamp(F.checkInAt.label, form.draft.checkInAt, form.draft.checkInPoint)
                Button("visit.checkIn") { locate { await form.checkIn() } }.disabled(isLocating)
                if form.draft.checkInInside == false {
                    TextRow(F.checkInReason.label, $form.draft.checkInReason)
                    if form.wantsReason { Text("visit.elsewhere").font(.caption).foregroundStyle(.orange) }
                }
                if form.draft.checkInAt != nil {
                    Stamp(F.checkOutAt.label, form.draft.checkOutAt, form.draft.checkOutPoint)
                    Button("visit.checkOut") { locate { await form.checkOut() } }.disabled(isLocating)
                }
            }
            ChoiceRow(F.mode.label, $form.draft.mode)
            TextRow(F.purpose.label, $form.draft.purpose, problem: form.problem(with: F.purpose))
            LinksRow(F.contacts.label, $form.draft.contacts, among: contacts.values)
            TextRow(F.talkPoints.label, $form.draft.talkPoints)
            TextRow(F.customerThinking.label, $form.draft.customerThinking)
            TextRow(F.outcome.label, $form.draft.outcome)
            TextRow(F.nextStep.label, $form.draft.nextStep)
            DayRow(F.nextVisitOn.label, $form.draft.nextVisitOn)
            TextRow(F.notes.label, $form.draft.notes)
        }
        .task { await contacts.follow() }
    }

    private func locate(_ work: @escaping @MainActor () async -> Void) {
        isLocating = true
        Task {
            await work()
            isLocating = false
        }
    }
}

/// When and where a check-in was.
private struct Stamp: View {
    let label: Wording
    let at: Date?
    let point: GeoPoint?

    init(_ label: Wording, _ at: Date?, _ point: GeoPoint?) {
        (self.label, self.at, self.point) = (label, at, point)
    }

    var body: some View {
        if let at {
            Captioned(label) {
                Text(at, format: .dateTime)
                if let accuracy = point?.accuracy { Text("visit.accuracy \(Int(accuracy.rounded()))").font(.caption) }
                if point == nil { Text("visit.noFix").font(.caption).foregroundStyle(.secondary) }
            }
        }
    }
}

/// A gift: what the rules say stands above the save button, and so does where its approval is.
struct GiftFormView: View {
    @Bindable private var form: Form<GiftNote>
    @State private var check: GiftCheck
    @State private var contacts: Live<[Contact]>
    @Environment(\.dismiss) private var dismiss
    private typealias F = GiftNote.Fields

    init(_ form: Form<GiftNote>) {
        self.form = form
        _check = State(initialValue: GiftCheck(form))
        _contacts = State(initialValue: form.desk.contacts(at: form.draft.account))
    }

    var body: some View {
        FormFrame("gift.title", form) {
            CustomerRow(account: form.draft.account, desk: form.desk)
            Picker("gift.recipient", selection: $form.draft.recipient) {
                Text("value.empty").tag(RecordId?.none)
                ForEach(contacts.values) { Text(verbatim: $0.name).tag(RecordId?.some($0.id)) }
            }
            TextRow(F.item.label, $form.draft.item, problem: form.problem(with: F.item))
            ChoiceRow(F.occasion.label, $form.draft.occasion)
            MoneyRow(F.value, \.value, in: form)
            TextRow(F.meaning.label, $form.draft.meaning)
            FlagRow(F.branded.label, $form.draft.branded)
            FlagRow(F.cashEquivalent.label, $form.draft.cashEquivalent)
            ChoiceRow(F.state.label, $form.draft.stateOfTheGiver, among: GiftNoteState.ofTheGiver)
            Section("gift.rules") {
                ForEach(check.given.values, id: \.self) { sum in
                    LabeledContent("gift.given") { MoneyText(sum) }
                }
                if let blocked = check.blocked {
                    HStack {
                        Image(.warning).accessibilityHidden(true)
                        Words(blocked)
                    }
                    .foregroundStyle(.red)
                }
                ForEach(check.findings) { finding in
                    HStack {
                        Image(.warning).accessibilityHidden(true)
                        Words(finding.words)
                    }
                    .foregroundStyle(finding.severity == .warn ? .orange : .red)
                }
                switch form.draft.approval(under: check.findings) {
                case .notNeeded: Text("approval.notNeeded").foregroundStyle(.secondary)
                case .needed:
                    Text("approval.needed").foregroundStyle(.orange)
                    if form.mayDecide(under: check.findings) {
                        GiftWord(gift: form.draft, remark: form.remark) {
                            if await form.decide(approve: $0) != nil { dismiss() }
                        }
                    }
                case .given(let by): LabeledContent("approval.given") { Text(verbatim: form.desk.name(of: by) ?? "") }
                case .refused(let by):
                    LabeledContent("approval.refused") { Text(verbatim: form.desk.name(of: by) ?? "") }
                }
                if let remark = form.draft.approverRemark {
                    Captioned(F.approverRemark.label) { Text(verbatim: remark) }
                }
            }
        }
        .task { await contacts.follow() }
        .task(id: form.draft) {
            // A moment later, so that the rules are not asked at each key.
            try? await Task.sleep(for: .milliseconds(300))
            if Task.isCancelled { return }
            check = GiftCheck(form)
            await check.follow()
        }
    }
}

struct DealFormView: View {
    @Bindable var form: Form<Opportunity>
    private typealias F = Opportunity.Fields

    var body: some View {
        FormFrame("deal.title", form) {
            CustomerRow(account: form.draft.account, desk: form.desk)
            TextRow(F.name.label, $form.draft.name, problem: form.problem(with: F.name))
            ChoiceRow(F.stage.label, $form.draft.stage)
            MoneyRow(F.amount, \.amount, in: form)
            NumberRow(F.probability, \.probability, in: form)
            DayRow(F.expectedClose.label, $form.draft.expectedClose)
            if form.draft.stage == .lost {
                ChoiceRow(F.lostReason.label, $form.draft.lostReason)
                TextRow(F.lostAnalysis.label, $form.draft.lostAnalysis)
            }
            TextRow(F.notes.label, $form.draft.notes)
        }
    }
}

struct TaskFormView: View {
    @Bindable var form: Form<TaskRecord>
    private typealias F = TaskRecord.Fields

    var body: some View {
        FormFrame("task.title", form) {
            CustomerRow(account: form.draft.account, desk: form.desk)
            TextRow(F.subject.label, $form.draft.subject, problem: form.problem(with: F.subject))
            DayRow(F.dueOn.label, $form.draft.dueOn)
            ChoiceRow(F.priority.label, $form.draft.priority)
            ChoiceRow(F.status.label, $form.draft.status)
            TextRow(F.notes.label, $form.draft.notes)
        }
    }
}
