import Observation
import RoadbookKit

/// What a screen shows and keeps current: a view runs ``follow()`` as its task, and with the view it ends.
@MainActor @Observable
public final class Live<Value: Sendable> {
    /// The newest value; nil until the first came.
    public private(set) var value: Value?
    /// Why it is not kept current.
    public private(set) var problem: Problem?
    private let source: () -> AsyncThrowingStream<Value, any Error>

    /// Follows a sequence that begins anew at each call of ``follow()``.
    public init(_ source: @escaping () -> AsyncThrowingStream<Value, any Error>) { self.source = source }

    /// Takes values until the task ends.
    public func follow() async {
        problem = nil
        do {
            for try await next in source() { value = next }
        } catch {
            problem = Problem(error)
        }
    }
}

extension Live where Value: RangeReplaceableCollection {
    /// The newest values; none until the first came.
    public var values: Value { value ?? Value() }
}
