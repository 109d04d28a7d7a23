package org.roadbook

import java.io.File
import org.roadbook.ffi.FfiSalvaged

/** What a salvage kept, and what it could not. */
public data class Salvaged(
    /** The damaged file. Nobody deletes it but an administrator's order to this device. */
    public val damaged: File,
    /** Whether the device is still enrolled. If not, enrol it again as the same member. */
    public val enrolled: Boolean,
    /** Records that can be read at once; the others come with the next sync. */
    public val records: Long,
    /** Changes that wait to be sent, and are kept. */
    public val unsent: Long,
    /** The record of each unsent change that is lost; null where it is not known any more. */
    public val lost: List<RecordId?>,
)

internal fun FfiSalvaged.toPublic() =
    Salvaged(File(damaged), enrolled, records.toLong(), unsent.toLong(), lost.map { it?.let(::RecordId) })
