import RoadbookGenerated

/// How grave a line of the log is.
public enum LogLevel: Hashable, Sendable, CaseIterable {
    /// Something failed for good.
    case error
    /// Something is not as it should be.
    case warn
    /// What happens.
    case info
    /// Everything.
    case debug
}

extension Roadbook {
    /// Gives the core's log to the app, one line after the other, on a thread of the core, for the life of the process. Lines
    /// hold ids, counts and errors, never what a customer file says.
    ///
    /// ```swift
    /// Roadbook.setLog { level, text in print(level, text) }
    /// ```
    /// - Parameters:
    ///   - level: the least grave lines that are wanted.
    ///   - sink: what takes a line.
    /// - Returns: whether it does: the first sink wins.
    @discardableResult
    public static func setLog(
        _ level: LogLevel = .info, sink: @escaping @Sendable (LogLevel, String) -> Void
    ) -> Bool {
        // Without a thread to tell lines on, there is no log.
        (try? RoadbookGenerated.setLog(level: FfiLogLevel(level), log: Sink(line: sink))) ?? false
    }
}

private final class Sink: FfiLog {
    private let onLine: @Sendable (LogLevel, String) -> Void

    init(line: @escaping @Sendable (LogLevel, String) -> Void) { onLine = line }

    func line(level: FfiLogLevel, text: String) { onLine(LogLevel(level), text) }
}

extension LogLevel {
    fileprivate init(_ level: FfiLogLevel) {
        self =
            switch level {
            case .error: .error
            case .warn: .warn
            case .info: .info
            case .debug: .debug
            }
    }
}

extension FfiLogLevel {
    fileprivate init(_ level: LogLevel) {
        self =
            switch level {
            case .error: .error
            case .warn: .warn
            case .info: .info
            case .debug: .debug
            }
    }
}
