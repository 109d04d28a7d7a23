package org.roadbook

import org.roadbook.ffi.FfiChangeSet

/** What one transaction changed. */
public data class ChangeSet(
    /** Records created, changed, deleted or erased, with their kinds' names. */
    public val records: Map<RecordId, String>,
    /** Names of kinds of which nobody knows which records changed: read lists of them again. */
    public val kinds: Set<String>,
    /** Whether the ledger or the status changed. */
    public val sync: Boolean,
    /** Whether books, members, trays or verdicts changed. */
    public val access: Boolean,
) {
    /** Whether a list of this kind may look different now. */
    public fun concerns(kind: Kind<*>): Boolean = kind.name in kinds || kind.name in records.values

    /** Whether this record may look different now. */
    public fun concerns(kind: Kind<*>, record: RecordId): Boolean = kind.name in kinds || record in records

    /** Whether any record may look different now. */
    public val concernsRecords: Boolean
        get() = records.isNotEmpty() || kinds.isNotEmpty()
}

internal fun FfiChangeSet.toPublic() =
    ChangeSet(records.associate { RecordId(it.record) to it.kind }, kinds.toSet(), sync, access)
