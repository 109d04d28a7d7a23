import Foundation
import Observation
import RoadbookKit

/// A form on the screen. What is typed goes on the shelf as it is typed, and is taken off by saving or by giving up. Once
/// it is saved, given up or left, nothing of it comes back on the shelf.
@MainActor @Observable
public final class Form<R: Record>: Identifiable {
    /// What it holds now.
    public var draft: R.Form {
        get { open.draft }
        set {
            open.draft = newValue
            shelve()
        }
    }
    /// What was typed and cannot be read as its field's value, in its parts, by the field's name. The draft has no value there.
    public private(set) var unread: [String: [String]]
    /// Why the last attempt to save did not work.
    public var problem: Problem?
    /// Whether it is being saved.
    public private(set) var isSaving = false
    /// The desk it lies on.
    public let desk: Desk

    private(set) var open: OpenForm<R>
    @ObservationIgnored private let shelving = Later()
    @ObservationIgnored private var isDone = false
    @ObservationIgnored private var isSaved = false
    @ObservationIgnored private var late: [(inout R.Form) -> Void] = []

    /// A form on a record that is to be.
    public convenience init(on desk: Desk, new draft: R.Form) { self.init(on: desk, OpenForm(new: draft)) }

    /// A form on a record that is there; as it was left, if it was left half-written.
    public convenience init(on desk: Desk, editing record: R) {
        let left = desk.shelf.forms(R.self).first { $0.id == record.id }
        self.init(on: desk, left ?? OpenForm(record))
    }

    /// A form that was left half-written.
    public init(on desk: Desk, _ form: OpenForm<R>) {
        (self.desk, open) = (desk, form)
        unread = desk.shelf.unread(in: form)
    }

    /// The record's id, also before it is saved.
    public nonisolated var id: ObjectIdentifier { ObjectIdentifier(self) }
    /// The record's id, also before it is saved.
    public var record: RecordId { open.id }
    /// Whether the record is yet to be.
    public var isNew: Bool { open.isNew }
    /// Whether leaving the form would lose anything.
    public var isChanged: Bool { open.isChanged || !unread.isEmpty }
    /// What is wrong with a field.
    public func problem<V>(with field: Field<R, V>) -> Wording? { problem?.fields[field.name] }

    /// What a field shows that is typed as a text: what was left there, else its value.
    public func typed<T: Typed>(_ field: Field<R, T.Value>, _ path: KeyPath<R.Form, T.Value?>) -> T {
        unread[field.name].flatMap { T(parts: $0) } ?? T(draft[keyPath: path])
    }

    /// Puts what is typed into the draft; what cannot be read is kept as it is.
    public func type<T: Typed>(
        _ typed: T, _ field: Field<R, T.Value>, _ path: WritableKeyPath<R.Form, T.Value?>
    ) {
        unread[field.name] = typed.isWrong ? typed.parts : nil
        draft[keyPath: path] = typed.value
    }

    /// Whether what is typed in a field cannot be read.
    public func isUnread<V>(_ field: Field<R, V>) -> Bool { unread[field.name] != nil }

    /// Saves and takes the form off the shelf; nil with ``problem`` set if that did not work, and nothing is lost. Nil, too,
    /// for a second tap while it is being saved.
    @discardableResult
    public func save(reason: String? = nil) async -> RecordId? {
        if isSaving { return nil }
        if !unread.isEmpty {
            // Saved without it, a value that was there would be gone.
            problem = Problem(Wording("A number or an amount was not understood.", "有数字或金额无法识别。"))
            flush()
            return nil
        }
        isSaving = true
        do {
            let saved = try await desk.roadbook.save(open, reason: reason)
            problem = nil
            discard()
            (isSaved, isSaving) = (true, false)
            await amendRecord(with: late)
            desk.tell(.saved(R.kind.label))
            return saved
        } catch {
            isSaving = false
            late.forEach { $0(&draft) }
            late = []
            flush()
            problem = Problem(error)
            desk.hear(of: problem)
            return nil
        }
    }

    /// Puts in what comes late, e.g. a position: into what is typed, or into the record if that was saved meanwhile. A form
    /// that was given up or left takes nothing.
    func amend(_ change: @escaping (inout R.Form) -> Void) async {
        if isSaving {
            late.append(change)
        } else if isSaved {
            await amendRecord(with: [change])
        } else if !isDone {
            change(&draft)
        }
    }

    private func amendRecord(with changes: [(inout R.Form) -> Void]) async {
        late = []
        if changes.isEmpty { return }
        // What is saved is saved; nobody waits for the rest.
        guard let record = try? await desk.roadbook.find(R.self, open.id) else { return }
        _ = try? await desk.roadbook.edit(record) { draft in changes.forEach { $0(&draft) } }
    }

    /// Gives up what was typed.
    public func discard() {
        isDone = true
        shelving.stop()
        desk.shelf.drop(Shelf.name(open))
    }

    /// The form leaves the screen: what was typed is kept for later.
    public func leave() {
        flush()
        isDone = true
    }

    /// Puts on the shelf now what would go there in a moment: the app is leaving the screen.
    public func flush() {
        shelving.stop()
        if isDone { return }
        guard isChanged else { return desk.shelf.drop(Shelf.name(open)) }
        // A full disk says so when the form is saved; here there is nobody to tell.
        try? desk.shelf.put(LeftForm(form: open, unread: unread), Shelf.name(open))
    }

    private func shelve() { if !isDone { shelving.does { [weak self] in self?.flush() } } }
}

/// A form on the shelf: in its own file also what was typed that no draft can hold.
private struct LeftForm<R: Record>: Encodable {
    let form: OpenForm<R>
    let unread: [String: [String]]

    func encode(to encoder: any Encoder) throws {
        try form.encode(to: encoder)
        try Unread(unread: unread).encode(to: encoder)
    }
}

private struct Unread: Codable { let unread: [String: [String]] }

extension Shelf {
    fileprivate func unread<R: Record>(in form: OpenForm<R>) -> [String: [String]] {
        take(Unread.self, Self.name(form))?.unread ?? [:]
    }
}
