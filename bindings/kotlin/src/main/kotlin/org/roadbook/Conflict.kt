package org.roadbook

import java.time.Instant
import org.roadbook.ffi.FfiClash
import org.roadbook.ffi.FfiHistoryEntry
import org.roadbook.ffi.FfiResolution
import org.roadbook.ffi.FfiWrote

/**
 * Two or more people changed the same thing without knowing of each other. Every side stays readable until somebody
 * resolves it by [Roadbook.resolve].
 */
public data class Conflict(
    /** The record. */
    public val record: RecordId,
    /** Its kind's name. */
    public val kind: String,
    /**
     * The field's name; `competitors.0.name` for a field of an item, `competitors.0` for an item that one side removed,
     * `deleted` for a record that one side deleted.
     */
    public val field: String,
    /** What each side did, the one that shows at present first. */
    public val sides: List<Side>,
    internal val seen: Version,
) {
    /** One side of a conflict. */
    public data class Side(
        /** What it did. */
        public val wrote: Wrote,
        /** Who; null if that device was not enrolled yet. */
        public val by: MemberId?,
        /** When, by that device's clock, to the second. */
        public val at: Instant,
    )

    /** What one side did. */
    public sealed interface Wrote {
        /** It wrote this value; null emptied the field. */
        public data class Put(
            /** The value; null for empty. */
            public val value: Value?
        ) : Wrote

        /** It removed the item or deleted the record. */
        public data class Removed(
            /** Why, if a reason was given. */
            public val because: String?
        ) : Wrote

        /** It changed the item or record that the other side removed. */
        public data object Changed : Wrote
    }
}

/** One line of a record's history: one field in one change. */
public data class HistoryEntry(
    /** Who wrote it, as the change says; null if that device was not enrolled yet. */
    public val by: MemberId?,
    /** Who pushed it to the relay, as the relay says, if that is someone else. */
    public val pushedBy: MemberId?,
    /** When, by that device's clock, to the second. */
    public val at: Instant,
    /** The field's name; `deleted` for deleting and restoring. */
    public val field: String,
    /** What it was before; null for empty. */
    public val from: Value?,
    /** What it was after; null for empty. */
    public val to: Value?,
    /** Why, if a reason was given. */
    public val because: String?,
    /** The change, 64 hexadecimal digits: fields with the same one were changed together. */
    public val change: String,
)

internal fun FfiClash.toPublic() =
    Conflict(
        RecordId(record),
        kind,
        field,
        sides.map { Conflict.Side(it.wrote.toPublic(), it.by?.let(::MemberId), Instant.ofEpochSecond(it.at)) },
        Version(heads),
    )

private fun FfiWrote.toPublic(): Conflict.Wrote =
    when (this) {
        is FfiWrote.Value -> Conflict.Wrote.Put(value?.toValue())
        is FfiWrote.Removed -> Conflict.Wrote.Removed(reason)
        FfiWrote.Changed -> Conflict.Wrote.Changed
    }

internal fun Conflict.Wrote.toResolution(): FfiResolution =
    when (this) {
        is Conflict.Wrote.Put -> FfiResolution.Value(value?.toFfi())
        is Conflict.Wrote.Removed -> FfiResolution.Remove
        Conflict.Wrote.Changed -> FfiResolution.Keep
    }

internal fun FfiHistoryEntry.toPublic() =
    HistoryEntry(
        by?.let(::MemberId),
        pushedBy?.let(::MemberId),
        Instant.ofEpochSecond(at),
        field,
        from?.toValue(),
        to?.toValue(),
        why,
        change,
    )
