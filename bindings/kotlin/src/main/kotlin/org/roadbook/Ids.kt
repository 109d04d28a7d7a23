package org.roadbook

import java.util.UUID

/** A record. New ones are UUID v7, so ids sort by creation. */
@JvmInline
public value class RecordId(
    /** The UUID as text. */
    public val value: String
) {
    override fun toString(): String = value

    public companion object {
        /** No record. */
        public val NONE: RecordId = RecordId("00000000-0000-0000-0000-000000000000")

        /** An id for a record that is to be: see [Roadbook.log]. */
        public fun fresh(): RecordId {
            val random = UUID.randomUUID()
            val first = (System.currentTimeMillis() shl 16) or 0x7000L or (random.mostSignificantBits and 0x0FFFL)
            return RecordId("${UUID(first, random.leastSignificantBits)}")
        }
    }
}

/** A person of the workspace. */
@JvmInline
public value class MemberId(
    /** The UUID as text. */
    public val value: String
) {
    override fun toString(): String = value

    public companion object {
        /** Nobody. */
        public val NONE: MemberId = MemberId("00000000-0000-0000-0000-000000000000")
    }
}

/** A book: the unit of sharing and of sync. */
@JvmInline
public value class BookId(
    /** The UUID as text. */
    public val value: String
) {
    override fun toString(): String = value
}

/** One installation of one member. */
@JvmInline
public value class DeviceId(
    /** The UUID as text. */
    public val value: String
) {
    override fun toString(): String = value
}
