import Observation
import RoadbookKit

/// What a screen shows and keeps current: a view runs ``follow()`` as its task, and with the view it ends.
@MainActor @Observable
public final class Live<Value: Sendable> {
    /// The newest value; nil until the first came.
    public private(set) var value: Value?
    private let desk: Desk
    private let source: () -> Observed<Value>

    /// Follows a sequence that begins anew at each call of ``follow()``. Why it ended is the desk's problem.
    public init(on desk: Desk, _ source: @escaping () -> Observed<Value>) {
        (self.desk, self.source) = (desk, source)
    }

    /// Takes values until the task ends.
    public func follow() async {
        do {
            for try await next in source() { value = next }
        } catch {
            desk.problem = Problem(error)
        }
    }
}

extension Live where Value: RangeReplaceableCollection {
    /// The newest values; none until the first came.
    public var values: Value { value ?? Value() }
}
