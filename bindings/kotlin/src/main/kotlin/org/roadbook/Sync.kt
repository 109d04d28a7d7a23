package org.roadbook

import java.time.Instant
import org.roadbook.ffi.FfiException
import org.roadbook.ffi.FfiIdentity
import org.roadbook.ffi.FfiLedgerEntry
import org.roadbook.ffi.FfiQuarantined
import org.roadbook.ffi.FfiStatus
import org.roadbook.ffi.FfiStopReason
import org.roadbook.ffi.FfiSyncReport
import org.roadbook.ffi.FfiSyncState
import org.roadbook.ffi.FfiUnsent

/** What sync is doing. */
public sealed interface SyncState {
    /** Nothing to do, as far as this device knows. */
    public data object Idle : SyncState

    /** A sync is under way. */
    public data class Syncing(
        /** Changes the relay has taken in this sync. */
        public val sent: Long,
        /** Changes that are left to send. */
        public val toSend: Long,
        /** Changes that came in this sync. */
        public val received: Long,
        /** Log entries that are left to come. */
        public val toReceive: Long,
    ) : SyncState

    /** A sync failed; the next try comes by itself. */
    public data class Waiting(
        /** When it tries again. */
        public val until: Instant,
        /** What failed: [RoadbookException.Offline] without a connection. */
        public val because: RoadbookException,
    ) : SyncState

    /** Stopped for good. */
    public data class Stopped(
        /** Why. */
        public val because: StopReason
    ) : SyncState
}

/** Why sync stopped by itself. */
public enum class StopReason {
    /** The token is not accepted any more: enrol again. Unsent work stays on the device. */
    UNAUTHORISED,
    /** The relay does not speak this version any more: update the app. Unsent work stays on the device. */
    UPGRADE_REQUIRED,
    /** The administrator retired this device: its unsent work is on the relay, everything here is erased. */
    RETIRED,
    /** The administrator wiped this device: everything here is erased. */
    WIPED,
}

/** What a bounded sync did. */
public data class SyncReport(
    /** Requests made. */
    public val requests: Int,
    /** Changes the relay took or settled. */
    public val sent: Long,
    /** Changes that came. */
    public val received: Long,
    /** Whether everything was exchanged. If not: the time was up, or the relay asked to wait. */
    public val finished: Boolean,
    /** Why sync will not go on by itself, if so. */
    public val stopped: StopReason?,
)

/** Where a change is. It never claims more than is true. */
public enum class LedgerState {
    /** Durable on this device. */
    SAVED,
    /** On its way. */
    QUEUED,
    /** Rejected by the relay for good; see [Roadbook.quarantined]. */
    QUARANTINED,
    /** In a review tray: the record was handed over. */
    IN_REVIEW,
    /** Refused in review; kept for export. */
    REFUSED,
    /** Durable on the relay. */
    ACCEPTED,
    /** On a colleague's device. */
    DELIVERED,
}

/** One change of this device, and where it is. */
public data class LedgerEntry(
    /** The change, 64 hexadecimal digits. */
    public val change: String,
    /** Where it is. */
    public val state: LedgerState,
    /** When the relay took it, by this device's clock, to the millisecond. */
    public val acceptedAt: Instant?,
    /** Which colleagues hold it, and since when this is known. */
    public val deliveredTo: Map<MemberId, Instant>,
)

/** A record whose changes the relay rejected for good. Others flow on. */
public data class Quarantined(
    /** The record. */
    public val record: RecordId,
    /** Its kind's name. */
    public val kind: String,
    /** The relay's code, e.g. `forbidden`, `purged`, `too_large`. */
    public val code: String,
    /** Since when. */
    public val since: Instant,
    /** Changes that wait. */
    public val changes: Long,
)

/** What stands between a record's changes and the relay. */
public enum class UnsentReason {
    /** This device belongs to nobody yet: enrol it. */
    NOT_ENROLLED,
    /** The relay does not accept this device any more: enrol it again. */
    UNAUTHORISED,
    /** The relay does not speak this version any more: update the app. */
    UPGRADE_REQUIRED,
    /** The relay could not be reached. */
    OFFLINE,
    /** Nothing: it goes with the next sync. */
    NEXT_SYNC,
    /** A request carries it at this moment. */
    QUEUED,
    /**
     * The relay rejected it for good, as [Unsent.code] says: [Roadbook.retry], or [Roadbook.export] and
     * [Roadbook.discard].
     */
    QUARANTINED,
    /** It builds on a change that was lost to damage; the whole record is asked for at the next sync. */
    INCOMPLETE,
    /** The relay was restored from a backup; whether it still has it, its log will tell. */
    UNVERIFIED,
}

/** A record of which this device holds something the relay does not have. */
public data class Unsent(
    /** The record. */
    public val record: RecordId,
    /** Its kind's name, if it is known here. */
    public val kind: String?,
    /** Changes that wait. */
    public val changes: Long,
    /** Decisions of this member on proposals for it that wait. */
    public val decisions: Long,
    /**
     * When the first change that waits was made, by its device's clock, to the second; null if only a decision waits.
     */
    public val since: Instant?,
    /** Why. */
    public val because: UnsentReason,
    /** The relay's code, for a record that is quarantined. */
    public val code: String?,
)

/** The store at a glance. */
public data class Status(
    /** Changes the relay does not have yet. */
    public val unsent: Long,
    /** Records whose changes were rejected for good. */
    public val quarantined: Long,
    /** Changes of this device in review trays. */
    public val inReview: Long,
    /** Changes of this device that were refused in review. */
    public val refused: Long,
    /** Changes that came before one they build on. */
    public val waiting: Long,
    /** Changes that could not be read; they are kept aside and stop nothing. */
    public val aside: Long,
    /** Records with a conflict nobody has decided on. */
    public val conflicts: Long,
    /** Proposals that wait for this member's decision. */
    public val proposals: Long,
    /** Seconds this device's clock is behind the relay's. */
    public val clockOffsetSeconds: Int,
    /** The last sync that brought or took anything. */
    public val syncedAt: Instant?,
    /** Entries that are not here yet, as of the last sync. */
    public val behind: Long,
)

/** Who this device belongs to. */
public data class Identity(
    /** The relay's base address. */
    public val relay: String,
    /** This device. */
    public val device: DeviceId,
    /** Its member. */
    public val member: MemberId,
    /** The workspace's name. */
    public val workspace: String,
)

internal fun FfiSyncState.toPublic(): SyncState =
    when (this) {
        FfiSyncState.Idle -> SyncState.Idle
        is FfiSyncState.Syncing ->
            SyncState.Syncing(sent.toLong(), toSend.toLong(), received.toLong(), toReceive.toLong())
        is FfiSyncState.Waiting ->
            when (val failed = because) {
                is FfiException.Failed -> SyncState.Waiting(Instant.ofEpochMilli(until), failed.toPublic())
            }
        is FfiSyncState.Stopped -> SyncState.Stopped(reason.toPublic())
    }

internal fun FfiStopReason.toPublic() = StopReason.valueOf(name)

internal fun FfiSyncReport.toPublic() =
    SyncReport(requests.toInt(), sent.toLong(), received.toLong(), finished, stopped?.toPublic())

internal fun FfiLedgerEntry.toPublic() =
    LedgerEntry(
        change,
        LedgerState.valueOf(state.name),
        acceptedAt?.let(Instant::ofEpochMilli),
        delivered.associate { MemberId(it.member) to Instant.ofEpochMilli(it.at) },
    )

internal fun FfiQuarantined.toPublic() =
    Quarantined(RecordId(record), kind, code, Instant.ofEpochMilli(since), changes.toLong())

internal fun FfiUnsent.toPublic() =
    Unsent(
        RecordId(record),
        kind,
        changes.toLong(),
        decisions.toLong(),
        since?.let(Instant::ofEpochMilli),
        UnsentReason.valueOf(because.name),
        code,
    )

internal fun FfiStatus.toPublic() =
    Status(
        unsent = unsent.toLong(),
        quarantined = quarantined.toLong(),
        inReview = inReview.toLong(),
        refused = refused.toLong(),
        waiting = waiting.toLong(),
        aside = aside.toLong(),
        conflicts = clashes.toLong(),
        proposals = proposals.toLong(),
        clockOffsetSeconds = clockOffset,
        syncedAt = syncedAt?.let(Instant::ofEpochMilli),
        behind = behind.toLong(),
    )

internal fun FfiIdentity.toPublic() = Identity(relay, DeviceId(device), MemberId(member), workspaceName)
