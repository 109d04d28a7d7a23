package org.roadbook

import java.time.Instant
import java.time.ZoneId
import org.roadbook.ffi.FfiRecord
import org.roadbook.ffi.FfiValue

/** A record as it was read. A value: it does not change, and it is equal to one read at the same version. */
public abstract class Record internal constructor() {
    /** Its id. */
    public abstract val id: RecordId
    /** What every record has. */
    public abstract val info: RecordInfo
}

/** A record that [Roadbook.edit] can change by a draft [D]. */
public abstract class EditableRecord<D : Draft<*>> internal constructor() : Record() {
    /** A copy to be changed and given to [Roadbook.edit]. */
    public abstract fun toDraft(): D
}

/** What every record has besides its fields. */
public data class RecordInfo(
    /** The book it lives in. */
    public val book: BookId,
    /** Who created it; null if that device was not enrolled yet. */
    public val createdBy: MemberId?,
    /** When, by that device's clock, to the second. */
    public val createdAt: Instant,
    /** Who changed it last. */
    public val updatedBy: MemberId?,
    /** When, by that device's clock, to the second. */
    public val updatedAt: Instant,
    /** Why it is deleted; null if it is not. */
    public val deletedBecause: String?,
    /** Fields in which two people clashed and nobody has decided: see [Roadbook.conflicts]. */
    public val conflicts: Int,
    /** The version this was read at. */
    public val version: Version,
    private val zones: Map<String, String>,
) {
    /** The zone a time was entered in; null if the field is empty. */
    public fun zone(field: Field<Instant>): ZoneId? =
        zones[field.name]?.let { runCatching { ZoneId.of(it) }.getOrNull() }
}

/** The version of a record that something was read at. */
public class Version internal constructor(internal val heads: ByteArray) {
    override fun equals(other: Any?): Boolean = other is Version && heads.contentEquals(other.heads)

    override fun hashCode(): Int = heads.contentHashCode()

    /** For a form that outlives its process: [of] reads it again. */
    public fun toText(): String = heads.joinToString("") { "%02x".format(it) }

    override fun toString(): String = toText().take(8)

    public companion object {
        /** What [toText] gave; null for anything else. */
        public fun of(text: String): Version? =
            runCatching { text.chunked(2) { "$it".toInt(16).toByte() }.toByteArray() }
                .getOrNull()
                ?.takeIf { it.isNotEmpty() && it.size * 2 == text.length }
                ?.let(::Version)
    }
}

/** What a record is to hold: given to [Roadbook.log] or [Roadbook.edit]. */
public abstract class Draft<R : Record> internal constructor(internal val of: Kind<R>) {
    internal abstract fun write(f: FieldWriter)

    internal fun toFields(): Map<String, FfiValue> = FieldWriter().also(::write).fields
}

/** A record kind; the companion of its class, so that `roadbook.list(Visit)` gives visits. */
public abstract class Kind<R : Record>
internal constructor(
    /** Its name in the store, e.g. `gift_note`. */
    public val name: String,
    /** As people read it. */
    public val label: Wording,
) {
    internal abstract fun read(record: FfiRecord): R

    override fun toString(): String = name
}
