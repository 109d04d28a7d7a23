import FieldModel
import RoadbookKit
import SwiftUI

// The rows forms are made of. Each shows the field's own name, and what is wrong with it below.

/// A line or a free text.
struct TextRow: View {
    let label: Wording
    @Binding var text: String
    var problem: Wording?

    init(_ label: Wording, _ text: Binding<String>, problem: Wording? = nil) {
        (self.label, _text, self.problem) = (label, text, problem)
    }

    init(_ label: Wording, _ text: Binding<String?>, problem: Wording? = nil) {
        self.init(label, text.orEmpty, problem: problem)
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Words(label).font(.caption).foregroundStyle(.secondary).accessibilityHidden(true)
            TypedField(label, $text)
            if let problem { Words(problem).font(.caption).foregroundStyle(.red) }
        }
    }
}

/// One of a field's choices, or none.
struct ChoiceRow<C: Choice>: View {
    let label: Wording
    @Binding var choice: C?
    @Environment(\.locale) private var locale

    private let offered: [C]

    /// All of a field's choices, or only those that are offered.
    init(_ label: Wording, _ choice: Binding<C?>, among offered: [C] = Array(C.allCases)) {
        (self.label, _choice, self.offered) = (label, choice, offered)
    }

    var body: some View {
        Picker(label.words(in: locale), selection: $choice) {
            Text("value.empty").tag(C?.none)
            ForEach(choices, id: \.self) { Words($0.label).tag(C?.some($0)) }
        }
    }

    /// With one that is there already, e.g. written by a newer version of the app, so that the form shows it and keeps it.
    private var choices: [C] { offered + [choice].compactMap { $0 }.filter { !offered.contains($0) } }
}

/// Money in a currency, typed in either order. It is in the draft as it is typed, not when its field is left.
struct MoneyRow<R: Record>: View {
    let field: Field<R, Money>
    let path: WritableKeyPath<R.Form, Money?>
    let form: Form<R>
    @State private var typed: TypedMoney

    init(_ field: Field<R, Money>, _ path: WritableKeyPath<R.Form, Money?>, in form: Form<R>) {
        (self.field, self.path, self.form) = (field, path, form)
        _typed = State(initialValue: form.typed(field, path))
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Words(field.label).font(.caption).foregroundStyle(.secondary).accessibilityHidden(true)
            HStack {
                TypedField(field.label, $typed.amount, .decimalPad)
                LineField("money.currency", $typed.currency).frame(maxWidth: 80).autocorrectionDisabled()
            }
            TypedProblem(field: field, form: form)
        }
        .onChange(of: typed) { form.type(typed, field, path) }
    }
}

/// A whole number, or none.
struct NumberRow<R: Record>: View {
    let field: Field<R, Int>
    let path: WritableKeyPath<R.Form, Int?>
    let form: Form<R>
    @State private var typed: TypedNumber

    init(_ field: Field<R, Int>, _ path: WritableKeyPath<R.Form, Int?>, in form: Form<R>) {
        (self.field, self.path, self.form) = (field, path, form)
        _typed = State(initialValue: form.typed(field, path))
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Words(field.label).font(.caption).foregroundStyle(.secondary).accessibilityHidden(true)
            TypedField(field.label, $typed.text, .numberPad)
            TypedProblem(field: field, form: form)
        }
        .onChange(of: typed) { form.type(typed, field, path) }
    }
}

/// What is wrong with what is typed: it cannot be read, or the core refuses it.
private struct TypedProblem<R: Record, V: Sendable>: View {
    let field: Field<R, V>
    let form: Form<R>

    var body: some View {
        Group {
            if form.isUnread(field) { Text("typed.wrong") }
            if let problem = form.problem(with: field) { Words(problem) }
        }
        .font(.caption)
        .foregroundStyle(.red)
    }
}

/// Several texts in one line, with commas between them.
struct TextsRow: View {
    let label: Wording
    @Binding var texts: Set<String>
    @State private var typed: String

    init(_ label: Wording, _ texts: Binding<Set<String>>) {
        (self.label, _texts) = (label, texts)
        _typed = State(initialValue: texts.wrappedValue.typed)
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Words(label).font(.caption).foregroundStyle(.secondary).accessibilityHidden(true)
            TypedField(label, $typed).accessibilityHint("typed.several")
        }
        .onChange(of: typed) { texts = Set(typed: typed) }
    }
}

/// Any number of an account's people.
struct LinksRow: View {
    let label: Wording
    @Binding var chosen: Set<RecordId>
    let contacts: [Contact]

    init(_ label: Wording, _ chosen: Binding<Set<RecordId>>, among contacts: [Contact]) {
        (self.label, _chosen, self.contacts) = (label, chosen, contacts)
    }

    var body: some View {
        if !contacts.isEmpty {
            Section {
                ForEach(contacts) { contact in Toggle(contact.name.shortened, isOn: $chosen.has(contact.id)) }
            } header: {
                Words(label)
            }
        }
    }
}

/// A day, or none.
struct DayRow: View {
    let label: Wording
    @Binding var day: Day?
    @Environment(\.locale) private var locale

    init(_ label: Wording, _ day: Binding<Day?>) { (self.label, _day) = (label, day) }

    var body: some View {
        Toggle(label.words(in: locale), isOn: $day.isSet)
        if day != nil {
            DatePicker(label.words(in: locale), selection: $day.date, displayedComponents: .date)
        }
    }
}

/// Yes or no.
struct FlagRow: View {
    let label: Wording
    @Binding var flag: Bool?
    @Environment(\.locale) private var locale

    init(_ label: Wording, _ flag: Binding<Bool?>) { (self.label, _flag) = (label, flag) }

    var body: some View { Toggle(label.words(in: locale), isOn: $flag.isOn) }
}

extension Binding<String?> {
    /// An empty text is no text.
    var orEmpty: Binding<String> {
        Binding<String>(get: { wrappedValue ?? "" }, set: { wrappedValue = $0.isEmpty ? nil : $0 })
    }
}

extension Binding<Bool?> {
    /// Not said is no.
    var isOn: Binding<Bool> { Binding<Bool>(get: { wrappedValue ?? false }, set: { wrappedValue = $0 }) }
}

extension Binding<Set<RecordId>> {
    /// Whether a record is among them.
    func has(_ id: RecordId) -> Binding<Bool> {
        Binding<Bool>(
            get: { wrappedValue.contains(id) },
            set: { wrappedValue = $0 ? wrappedValue.union([id]) : wrappedValue.subtracting([id]) })
    }
}

extension Binding<Day?> {
    /// Whether there is a day; a new one is tomorrow.
    var isSet: Binding<Bool> {
        Binding<Bool>(
            get: { wrappedValue != nil },
            set: { wrappedValue = $0 ? Day(Date.now.addingTimeInterval(86_400)) : nil })
    }

    /// The day's noon, so that no change of clocks makes it another day.
    var date: Binding<Date> {
        Binding<Date>(
            get: { wrappedValue?.noon() ?? .now },
            set: { wrappedValue = Day($0) })
    }
}

/// Which customer a form is about.
struct CustomerRow: View {
    let account: RecordId?
    let desk: Desk

    var body: some View { if let account { Captioned(Account.kind.label) { LinkText(id: account, desk: desk) } } }
}

/// A form in a sheet: leaving keeps what was typed, saving never waits for a network.
struct FormFrame<R: Record, Content: View>: View {
    @Bindable var form: Form<R>
    let title: LocalizedStringKey
    @ViewBuilder let content: Content
    @Environment(\.dismiss) private var dismiss
    @Environment(\.scenePhase) private var phase

    init(_ title: LocalizedStringKey, _ form: Form<R>, @ViewBuilder content: () -> Content) {
        (self.title, self.form, self.content) = (title, form, content())
    }

    var body: some View {
        NavigationStack {
            SwiftUI.Form {
                ProblemLine(problem: form.problem)
                content
                if !form.isNew { WhereMark(on: form.desk, form.record, spelt: true) }
                if form.isChanged {
                    Button("form.discard", role: .destructive) {
                        form.discard()
                        dismiss()
                    }
                }
            }
            .navigationTitle(title)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button("form.later") {
                        form.leave()
                        dismiss()
                    }
                    .accessibilityHint("form.later.hint")
                }
                ToolbarItem(placement: .confirmationAction) {
                    Button("form.save") { Task { if await form.save() != nil { dismiss() } } }.disabled(form.isSaving)
                }
            }
            .onChange(of: phase) { if phase != .active { form.flush() } }
        }
        .onDisappear { form.leave() }
    }
}
