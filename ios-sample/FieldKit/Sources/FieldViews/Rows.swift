import FieldModel
import RoadbookKit
import SwiftUI

// The rows forms are made of. Each shows the field's own name, and what is wrong with it below.

/// A line or a free text.
struct TextRow: View {
    let label: Wording
    @Binding var text: String
    var problem: Wording?
    @Environment(\.locale) private var locale

    init(_ label: Wording, _ text: Binding<String>, problem: Wording? = nil) {
        (self.label, _text, self.problem) = (label, text, problem)
    }

    init(_ label: Wording, _ text: Binding<String?>, problem: Wording? = nil) {
        self.init(label, text.orEmpty, problem: problem)
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Words(label).font(.caption).foregroundStyle(.secondary).accessibilityHidden(true)
            TextField(label.words(in: locale), text: $text, axis: .vertical).lineLimit(1...12)
            if let problem { Words(problem).font(.caption).foregroundStyle(.red) }
        }
    }
}

/// One of a field's choices, or none.
struct ChoiceRow<C: Choice>: View {
    let label: Wording
    @Binding var choice: C?
    @Environment(\.locale) private var locale

    init(_ label: Wording, _ choice: Binding<C?>) { (self.label, _choice) = (label, choice) }

    var body: some View {
        Picker(label.words(in: locale), selection: $choice) {
            Text("value.empty").tag(C?.none)
            ForEach(choices, id: \.self) { Words($0.label).tag(C?.some($0)) }
        }
    }

    /// With one that a newer version of the app has written, so that the form shows it and keeps it.
    private var choices: [C] {
        let known = Array(C.allCases)
        return known + [choice].compactMap { $0 }.filter { !known.contains($0) }
    }
}

/// Money in a currency.
struct MoneyRow: View {
    let label: Wording
    @Binding var money: Money?
    @Environment(\.locale) private var locale

    init(_ label: Wording, _ money: Binding<Money?>) { (self.label, _money) = (label, money) }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            Words(label).font(.caption).foregroundStyle(.secondary).accessibilityHidden(true)
            HStack {
                TextField(label.words(in: locale), value: $money.major, format: .number).keyboardType(.decimalPad)
                TextField("money.currency", text: $money.currency).frame(maxWidth: 80)
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

extension Binding<Money?> {
    /// The amount in the currency's unit.
    var major: Binding<Decimal?> {
        Binding<Decimal?>(
            get: { wrappedValue?.major },
            set: { new in wrappedValue = new.flatMap { Money(major: $0, wrappedValue?.currency ?? "CNY") } })
    }

    /// The currency; the amount keeps its figures.
    var currency: Binding<String> {
        Binding<String>(
            get: { wrappedValue?.currency ?? "CNY" },
            set: { new in wrappedValue = wrappedValue.flatMap { Money(major: $0.major, new.uppercased()) } })
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
                        form.flush()
                        dismiss()
                    }
                    .accessibilityHint("form.later.hint")
                }
                ToolbarItem(placement: .confirmationAction) {
                    Button("form.save") { Task { if await form.save() != nil { dismiss() } } }.disabled(form.isSaving)
                }
            }
            .onChange(of: phase) { if phase != .active { form.flush() } }
            .onDisappear { if form.isChanged { form.flush() } }
        }
    }
}
