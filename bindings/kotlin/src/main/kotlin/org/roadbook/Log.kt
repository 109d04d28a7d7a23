package org.roadbook

import org.roadbook.ffi.FfiLog
import org.roadbook.ffi.FfiLogLevel
import org.roadbook.ffi.setLog

/** How grave a line of the log is. */
public enum class LogLevel {
    /** Something failed for good. */
    ERROR,
    /** Something is not as it should be. */
    WARN,
    /** What happens. */
    INFO,
    /** Everything. */
    DEBUG,
}

/**
 * Takes the core's log, one line after the other, on a thread of the core. Lines hold ids, counts and errors, never
 * what a customer file says. What [line] throws is dropped.
 *
 * ```
 * Roadbook.setLog { level, text -> Log.i("roadbook", text) }
 * ```
 */
public fun interface LogSink {
    /** A line of the log. */
    public fun line(level: LogLevel, text: String)
}

internal fun install(level: LogLevel, sink: LogSink): Boolean =
    setLog(
        FfiLogLevel.valueOf(level.name),
        object : FfiLog {
            override fun line(level: FfiLogLevel, text: String) = sink.line(LogLevel.valueOf(level.name), text)
        },
    )
