import Observation

/// A text that is typed beside a decision, e.g. why it is so. It goes on the shelf as it is typed, and is taken off once it
/// is decided.
@MainActor @Observable
public final class HalfWritten {
    /// What it says now.
    public var text: String { didSet { later.does { [weak self] in self?.flush() } } }

    private let name: String
    @ObservationIgnored private weak var shelf: Shelf?
    @ObservationIgnored private let later = Later()

    init(on shelf: Shelf, _ name: String) {
        (self.shelf, self.name) = (shelf, name)
        text = shelf.take(String.self, name) ?? ""
    }

    /// It was decided: what was typed is in the decision.
    func forget() {
        text = ""
        flush()
    }

    func flush() {
        later.stop()
        if text.isEmpty { shelf?.drop(name) } else { try? shelf?.put(text, name) }
    }

    func stop() { later.stop() }
}

/// Does something a moment later, so that a long text is not written at each key.
@MainActor
final class Later {
    private var task: Task<Void, Never>?

    func does(_ work: @escaping @MainActor () -> Void) {
        if task != nil { return }
        task = Task {
            try? await Task.sleep(for: .milliseconds(300))
            if !Task.isCancelled { work() }
        }
    }

    func stop() {
        task?.cancel()
        task = nil
    }
}
