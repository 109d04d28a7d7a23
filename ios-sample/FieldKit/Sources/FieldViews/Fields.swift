import FieldModel
import RoadbookKit
import SwiftUI

// Where text is typed. Nothing that is pasted may hold up the screen, and nothing is cut in silence.

/// A field of a record. A text that is too long to be laid out here is shown by its beginning, and opened to be edited.
struct TypedField: View {
    let label: Wording
    @Binding var text: String
    let keyboard: UIKeyboardType
    @State private var isOpen = false
    @Environment(\.locale) private var locale

    init(_ label: Wording, _ text: Binding<String>, _ keyboard: UIKeyboardType = .default) {
        (self.label, _text, self.keyboard) = (label, text, keyboard)
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            if text.isLonger(than: Most.laidOut) {
                Text(verbatim: text.shortened)
                Text("typed.long \(text.unicodeScalars.count)").font(.caption).foregroundStyle(.secondary)
                if text.isLonger(than: Most.text) {
                    Button("typed.cut \(Most.text)") { text.cut(to: Most.text) }
                } else {
                    Button("typed.open") { isOpen = true }
                }
            } else {
                TextField(label.words(in: locale), text: $text, axis: .vertical)
                    .lineLimit(1...12)
                    .keyboardType(keyboard)
            }
        }
        .buttonStyle(.borderless)
        // On what stays: the text may become short while it is open.
        .sheet(isPresented: $isOpen) { OpenText(label: label, text: $text) }
    }
}

/// A long text on a screen of its own, which lays out what is in sight.
private struct OpenText: View {
    let label: Wording
    @Binding var text: String
    @Environment(\.dismiss) private var dismiss
    @Environment(\.locale) private var locale

    var body: some View {
        NavigationStack {
            TextEditor(text: $text)
                .accessibilityLabel(Text(verbatim: label.words(in: locale)))
                .navigationTitle(label.words(in: locale))
                .toolbar {
                    ToolbarItem(placement: .confirmationAction) { Button("typed.done") { dismiss() } }
                }
        }
    }
}

/// A line that is in no record yet: a reason, an invitation. What is pasted is cut to what is taken, and that is said.
struct LineField: View {
    let label: LocalizedStringKey
    @Binding var text: String
    let most: Int
    let axis: Axis
    @State private var isCut = false

    init(_ label: LocalizedStringKey, _ text: Binding<String>, most: Int = Most.line, axis: Axis = .horizontal) {
        (self.label, _text, self.most, self.axis) = (label, text, most, axis)
    }

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            TextField(label, text: $text, axis: axis).cuts($text, to: most, $isCut)
            CutLine(isCut: isCut, most: most)
        }
    }
}

/// Says that what was pasted was cut.
struct CutLine: View {
    let isCut: Bool
    let most: Int

    var body: some View { if isCut { Text("typed.isCut \(most)").font(.caption).foregroundStyle(.orange) } }
}

extension View {
    /// Cuts a text that is typed here, and notes that it was.
    func cuts(_ text: Binding<String>, to most: Int, _ isCut: Binding<Bool>) -> some View {
        onChange(of: text.wrappedValue) { text.wrappedValue.cut(to: most, noting: &isCut.wrappedValue) }
    }
}
