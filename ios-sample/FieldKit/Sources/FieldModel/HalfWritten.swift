import Observation

/// A text that is typed beside a decision, e.g. why it is so. It goes on the shelf as it is typed, and is taken off once it
/// is decided.
@MainActor @Observable
public final class HalfWritten {
    /// What it says now.
    public var text: String { didSet { shelf?.flushSoon() } }
    @ObservationIgnored private weak var shelf: Shelf?

    init(_ text: String, on shelf: Shelf) { (self.text, self.shelf) = (text, shelf) }

    /// It was decided: what was typed is in the decision.
    func forget() {
        text = ""
        shelf?.flush()
    }
}
