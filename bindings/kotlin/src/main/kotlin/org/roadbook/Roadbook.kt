package org.roadbook

import java.io.File
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneId
import kotlin.time.Duration
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.withContext
import org.roadbook.ffi.FfiNew
import org.roadbook.ffi.FfiOptions
import org.roadbook.ffi.FfiValue
import org.roadbook.ffi.RoadbookCore
import org.roadbook.ffi.fieldLabel
import org.roadbook.ffi.salvage as ffiSalvage

/** How a store is opened. */
public data class Options(
    /** Zone assumed where a text names none. */
    public val zone: ZoneId = ZoneId.systemDefault(),
    /** ISO 4217 code of the currency assumed where a text names none. */
    public val currency: String = "CNY",
    /** PEM certificates of a company's own authority, besides the public ones. */
    public val extraRoots: String? = null,
)

/**
 * The store on this device. Open it once and keep it for the life of the app; every call is safe from any thread.
 *
 * A save returns when it is durable and never waits for a network. A cancelled coroutine loses nothing: a save that had
 * begun ends by itself, a sync keeps the pages it had committed. Calls throw [RoadbookException].
 */
public class Roadbook private constructor(private val core: RoadbookCore) : AutoCloseable {
    private val observing = Observing(core)

    /**
     * Creates a record and returns its id. [book] is for a record that hangs on no account; null is the member's own. A
     * form that may be saved twice, because its process can end after a save, gives the [id] it began with
     * ([RecordId.fresh]) and looks for it first: an id that is taken throws [RoadbookException.Invalid].
     */
    public suspend fun log(
        draft: Draft<*>,
        id: RecordId? = null,
        book: BookId? = null,
        reason: String? = null,
    ): RecordId = call { create(listOf(draft.toNew(id, book, reason))).single().id.let(::RecordId) }

    /** Creates several records in one durable transaction: all of them, or none. */
    public suspend fun logAll(drafts: List<Draft<*>>, reason: String? = null): List<RecordId> = call {
        create(drafts.map { it.toNew(null, null, reason) }).map { RecordId(it.id) }
    }

    /**
     * Changes a record, and writes only what [change] changes: whatever came in since [record] was read stays.
     *
     * ```
     * roadbook.edit(visit) { outcome = "Signed" }
     * ```
     *
     * Returns whether anything changed.
     */
    public suspend fun <D : Draft<*>> edit(
        record: EditableRecord<D>,
        reason: String? = null,
        change: D.() -> Unit,
    ): Boolean = edit(record, record.toDraft().apply(change), reason)

    /**
     * The same for a form: [draft] is what became of [record]'s [EditableRecord.toDraft]. A form that was opened at an
     * older version, before its process ended, gives that one as [at]: what others wrote since is then merged, not
     * overwritten.
     */
    public suspend fun <D : Draft<*>> edit(
        record: EditableRecord<D>,
        draft: D,
        reason: String? = null,
        at: Version = record.info.version,
    ): Boolean = call {
        val changed = changed(record, draft)
        changed.isNotEmpty() && edit(record.id.value, at.heads, changed, reason).changed
    }

    /** Marks a record as deleted. It can be restored for a month after the relay learnt of it. */
    public suspend fun delete(record: RecordId, reason: String): Unit = call { delete(record.value, reason) }

    /** Takes the mark away. */
    public suspend fun restore(record: RecordId): Unit = call { restore(record.value) }

    /** A record, deleted or not; null if it is not on this device, or of another kind. */
    public suspend fun <R : Record> find(kind: Kind<R>, id: RecordId): R? = call {
        find(id.value)?.takeIf { it.kind == kind.name }?.let(kind::read)
    }

    /** A record, deleted or not. Throws [RoadbookException.NotFound]. */
    public suspend fun <R : Record> get(kind: Kind<R>, id: RecordId): R =
        find(kind, id) ?: throw RoadbookException.NotFound(Wording("record $id is not on this device", "本机没有这条记录"), id)

    /** The records a query asks for. */
    public suspend fun <R : Record> list(query: Query<R>): List<R> = call {
        list(query.toFfi()).map(query.kind::read)
    }

    /** The first hundred records of a kind, newest on this device first. */
    public suspend fun <R : Record> list(kind: Kind<R>): List<R> = list(Query(kind))

    /** How many records a query has, whatever its page. */
    public suspend fun count(query: Query<*>): Long = call { count(query.toFfi()).toLong() }

    /** Records of every kind in which every word is found, newest on this device first. */
    public suspend fun search(text: String, limit: Int = 50, offset: Int = 0): List<Hit> = call {
        search(text, limit.toUInt(), offset.toUInt()).map { it.toPublic() }
    }

    /** Who changed which field when, from what to what and why, oldest first. */
    public suspend fun history(record: RecordId): List<HistoryEntry> = call {
        history(record.value).map { it.toPublic() }
    }

    /** Conflicts nobody has decided on: of one record, or of all. */
    public suspend fun conflicts(record: RecordId? = null): List<Conflict> = call {
        clashes(record?.value).map { it.toPublic() }
    }

    /** Resolves a conflict the way one of its sides wants it. A side that came in since [conflict] was read stays. */
    public suspend fun resolve(conflict: Conflict, side: Conflict.Side, reason: String? = null): Unit = call {
        resolve(conflict.record.value, conflict.field, conflict.seen.heads, side.wrote.toResolution(), reason)
    }

    /** Resolves a conflict by a value of its own, e.g. what two people agreed on; null empties the field. */
    public suspend fun resolve(conflict: Conflict, value: Value?, reason: String? = null): Unit = call {
        val resolution = Conflict.Wrote.Put(value).toResolution()
        resolve(conflict.record.value, conflict.field, conflict.seen.heads, resolution, reason)
    }

    /** What is overdue, due or coming on [today], most overdue first: of one account, or of all. */
    public suspend fun nextActions(
        today: LocalDate = LocalDate.now(),
        account: RecordId? = null,
        limit: Int = 100,
    ): List<NextAction> = call {
        val (month, day) = today.monthValue.toUInt() to today.dayOfMonth.toUInt()
        nextActions(today.year, month, day, account?.value, limit.toUInt()).map { it.toPublic() }
    }

    /** Broken rules, gravest first: about one recipient or gift note, or all. */
    public suspend fun findings(about: RecordId? = null): List<Finding> = call {
        findings(about?.value).map { it.toPublic() }
    }

    /**
     * Findings about a record as they would be if [draft] were saved: what a form shows before it is. Changes nothing.
     * A rule that blocks throws [RoadbookException.Blocked], as the save will.
     */
    public suspend fun findings(draft: Draft<*>): List<Finding> = call {
        findingsOfNew(draft.toNew(null, null, null)).map { it.toPublic() }
    }

    /** The same for a form over a record that is there already. */
    public suspend fun <D : Draft<*>> findings(record: EditableRecord<D>, draft: D): List<Finding> = call {
        findingsOfEdit(record.id.value, record.info.version.heads, changed(record, draft)).map { it.toPublic() }
    }

    /** The records of a query: at once, then whenever they change. See [changes]. */
    public fun <R : Record> observe(query: Query<R>): Flow<List<R>> =
        observing.watch({ it.concerns(query.kind) }) { list(query) }

    /** The first hundred records of a kind: at once, then whenever they change. See [changes]. */
    public fun <R : Record> observe(kind: Kind<R>): Flow<List<R>> = observe(Query(kind))

    /** One record: at once, then whenever it changes; null while it is not on this device. See [changes]. */
    public fun <R : Record> observe(kind: Kind<R>, id: RecordId): Flow<R?> =
        observing.watch({ it.concerns(kind, id) }) { find(kind, id) }

    /** What [search] finds: at once, then whenever it changes. See [changes]. */
    public fun observeSearch(text: String, limit: Int = 50): Flow<List<Hit>> =
        observing.watch({ it.concernsRecords }) { search(text, limit) }

    /** [conflicts]: at once, then whenever they change. See [changes]. */
    public fun observeConflicts(record: RecordId? = null): Flow<List<Conflict>> =
        observing.watch({ it.concernsRecords }) { conflicts(record) }

    /** [findings]: at once, then whenever they change. See [changes]. */
    public fun observeFindings(about: RecordId? = null): Flow<List<Finding>> =
        observing.watch({ it.concernsRecords }) { findings(about) }

    /** [nextActions]: at once, then whenever they change. See [changes]. */
    public fun observeNextActions(today: LocalDate = LocalDate.now(), limit: Int = 100): Flow<List<NextAction>> =
        observing.watch({ it.concernsRecords }) { nextActions(today, limit = limit) }

    /** [ledger]: at once, then whenever it changes. See [changes]. */
    public fun observeLedger(record: RecordId): Flow<List<LedgerEntry>> =
        observing.watch({ it.sync || record in it.records }) { ledger(record) }

    /** [unsent]: at once, then whenever it changes, be it by the connection. See [changes]. */
    public fun observeUnsent(limit: Int = 100): Flow<List<Unsent>> =
        observing.watch({ it.sync || it.access || it.concernsRecords }, withSyncState = true) { unsent(limit) }

    /** [status]: at once, then whenever it changes. See [changes]. */
    public fun observeStatus(): Flow<Status> = observing.watch({ true }) { status() }

    /**
     * What [read] gives: at once, then after every change that [concerns] it, which is asked on a thread of the core.
     * What either throws ends the flow. For all that has no flow of its own.
     */
    public fun <T> watch(concerns: (ChangeSet) -> Boolean, read: suspend Roadbook.() -> T): Flow<T> =
        observing.watch(concerns) { read() }

    /**
     * Every change from now on, by record. Flows of this class are cold: they observe while they are collected and no
     * longer. Those that give values are conflated, wait while the store is paused, and throw what their read throws.
     */
    public fun changes(): Flow<ChangeSet> = observing.changes()

    /** What sync is doing: at once, then whenever it changes; conflated. */
    public val syncState: Flow<SyncState>
        get() = observing.syncState()

    /** Where every change is that this device made to a record, oldest first. */
    public suspend fun ledger(record: RecordId): List<LedgerEntry> = call { ledger(record.value).map { it.toPublic() } }

    /**
     * Looks for damage everywhere in the store's file: seconds for ten thousand records. Throws
     * [RoadbookException.Damaged] if there is any.
     */
    public suspend fun verify(): Unit = call { verify() }

    /** The store at a glance. */
    public suspend fun status(): Status = call { status().toPublic() }

    /** Whether anything waits to be sent that the relay would take. */
    public suspend fun hasUnsentWork(): Boolean = call { hasUnsentWork() }

    /** Records of which something waits to be sent, and why: what waits longest first, decisions last. */
    public suspend fun unsent(limit: Int = 100, offset: Int = 0): List<Unsent> = call {
        unsent(limit.toUInt(), offset.toUInt()).map { it.toPublic() }
    }

    /** Records whose changes the relay rejected for good. */
    public suspend fun quarantined(): List<Quarantined> = call { quarantined().map { it.toPublic() } }

    /** Sends a rejected record's changes again at the next sync. */
    public suspend fun retry(record: RecordId): Unit = call { retryLane(record.value) }

    /** What a rejected or refused record's changes say: show or keep it before [discard]. */
    public suspend fun export(record: RecordId): List<HistoryEntry> = call {
        exportLane(record.value).map { it.toPublic() }
    }

    /**
     * Drops what the relay rejected of a record, and what a reviewer refused, with that verdict: the record goes back
     * to what the relay has.
     */
    public suspend fun discard(record: RecordId): Unit = call { discardLane(record.value) }

    /** Who this device belongs to; null until it is enrolled. */
    public suspend fun identity(): Identity? = call { identity()?.toPublic() }

    /**
     * Why this device cannot sync before it is enrolled again, also in a process that was started since: retired or
     * wiped, which is all that is kept then, or not accepted any more. The next enrolment clears it.
     */
    public suspend fun endedBecause(): StopReason? = call { endedBecause()?.toPublic() }

    /** [endedBecause]: at once, then whenever it changes. See [changes]. */
    public fun observeEnded(): Flow<StopReason?> = observing.watch({ it.sync || it.access }) { endedBecause() }

    /** The books this member may read, and those that are going. Which of them this device holds: [subscription]. */
    public suspend fun books(): List<Book> = call { books().map { it.toPublic() } }

    /** The books this device holds of those it may read; null: all of them, also those shared with it later. */
    public suspend fun subscription(): List<BookId>? = call { subscription()?.map(::BookId) }

    /**
     * Chooses the books this device holds of those it may read; null: all of them. What it holds no longer is erased
     * with the next sync, once the relay has it all; so is what is written in a book that is not chosen, or moves to
     * one. A book that is chosen again comes whole with the next sync.
     */
    public suspend fun subscribe(books: List<BookId>?): Unit = call { subscribe(books?.map { it.value }) }

    /** The members this member shares a book with, and themself. */
    public suspend fun members(): List<Member> = call { members().map { it.toPublic() } }

    /** What waits for this member's decision, oldest first. */
    public suspend fun proposals(): List<Proposal> = call { proposals().map(::Proposal) }

    /**
     * Accepts or refuses a proposal. Works offline; it is carried out at the next sync. What builds on changes that are
     * neither here nor accepted before cannot be accepted: [RoadbookException.Outdated]. What accepted changes build on
     * cannot be refused: [RoadbookException.Blocked].
     */
    public suspend fun decide(proposal: Proposal, accept: Boolean, reason: String? = null): Unit = call {
        decide(proposal.ffi, accept, reason)
    }

    /** Verdicts on what this device proposed, newest first. */
    public suspend fun verdicts(): List<Verdict> = call { verdicts().map { it.toPublic() } }

    /**
     * Turns a one-time invitation (`https://relay/#code`) into this device's enrolment. A call that was cut can be
     * repeated with the same invitation. Records logged before go into the member's own book.
     */
    public suspend fun enrol(invitation: String, deviceName: String): Identity = call {
        enrol(invitation, deviceName, null).toPublic()
    }

    /**
     * Exchanges everything with the relay, within [deadline]. What was committed page by page stays, whatever ends it.
     */
    public suspend fun sync(deadline: Duration = 30.seconds): SyncReport = call {
        syncOnce(deadline.inWholeMilliseconds.coerceAtLeast(0).toULong(), null).toPublic()
    }

    /** The next request of a sync, for an HTTP client of the app's own. */
    public suspend fun prepare(): PreparedRequest = call { prepare().toPublic() }

    /**
     * Takes in the answer to a prepared request: durable when it returns. [request] is that request's body, [encoding]
     * the answer's `Content-Encoding` header. Unless the report is [SyncReport.finished] or [SyncReport.stopped],
     * [prepare] the next one. A report of no request says that another sync came in between: the answer was thrown
     * away, and nothing lost.
     */
    public suspend fun apply(request: ByteArray, status: Int, encoding: String?, body: ByteArray): SyncReport = call {
        apply(request, status.coerceIn(0, 999).toUShort(), encoding, body).toPublic()
    }

    /**
     * When the next sync is wished for, for whoever wakes the app up: at once if anything is to be sent or fetched,
     * else an hour after the last one; null while there is nothing to sync with.
     */
    public suspend fun nextSync(): Instant? = call { nextSync()?.let(Instant::ofEpochMilli) }

    /**
     * Keeps the store in sync until [stopLive]: after each save, and as soon as the relay tells of something new. On a
     * device that is not enrolled it waits until it is.
     */
    public fun startLive(): Unit = bridged { core.startLive() }

    /** Ends live sync. */
    public fun stopLive(): Unit = bridged { core.stopLive() }

    /** Tells live sync to try at once: the network came back, the app came to the front. */
    public fun nudge(): Unit = bridged { core.nudge() }

    /** Gives this device a new token. The old one works until the new one is first used. */
    public suspend fun rotateToken(): Unit = call { rotateToken() }

    /**
     * Erases everything on this device and ends live sync: what is left is an open, empty store of nobody. The relay is
     * told if it can be reached within three seconds; if not, the administrator ends the device there. Throws
     * [RoadbookException.Unsent], and erases nothing, while anything waits to be sent, unless [giveUpUnsent].
     */
    public suspend fun wipe(giveUpUnsent: Boolean = false): Unit = call { wipe(giveUpUnsent) }

    /**
     * Lets go of the store's file: returns once every transaction has ended and every lock is given up. Later calls
     * throw [RoadbookException.Paused] until [resume].
     */
    public suspend fun pause(): Unit = call { pause() }

    /**
     * Opens the file again. Live sync and flows go on by themselves. Wait for a [pause] first: of two under way at once
     * either may be the last to act.
     */
    public suspend fun resume() {
        currentCoroutineContext().ensureActive()
        // The core opens the file even if nobody waits for it any more: the flows have to hear of it.
        withContext(NonCancellable) {
            call { resume() }
            observing.resumed()
        }
    }

    /** Whether the store is paused. */
    public val isPaused: Boolean
        get() = bridged { core.isPaused() }

    /**
     * Ends live sync and lets go of the store, without waiting for calls that are under way: [pause] first where the
     * file is to be moved, deleted or salvaged. Later calls throw [RoadbookException.Closed].
     */
    override fun close() {
        core.close()
    }

    private suspend fun <T> call(block: suspend RoadbookCore.() -> T): T = onCore { core.block() }

    public companion object {
        /**
         * Opens the store in a folder of the app, and makes both if they are not there. With [secrets], the device's
         * token is sealed under a key that only they have; a store that was enrolled with them needs them ever after.
         */
        public suspend fun open(
            folder: File,
            options: Options = Options(),
            secrets: SecretStore? = null,
        ): Roadbook = onCore {
            val ffi = FfiOptions(options.zone.id, options.currency, options.extraRoots)
            Roadbook(RoadbookCore.open(folder.path, ffi, secrets?.let(::ForeignSecrets)))
        }

        /**
         * Gives the core's log to the app, down to [level], for the life of the process. Returns whether it does: the
         * first sink wins.
         */
        public fun setLog(level: LogLevel = LogLevel.INFO, sink: LogSink): Boolean = bridged { install(level, sink) }

        /**
         * Carries what a damaged store still holds over into a fresh one in its place, and keeps the damaged file
         * beside it. Call it after [RoadbookException.Damaged], with the store closed; then open it and sync.
         */
        public suspend fun salvage(folder: File): Salvaged = onCore { ffiSalvage(folder.path).toPublic() }

        /**
         * What people call a field of which only the stored name is known: in a conflict, a history, a proposal or a
         * problem. The name itself if no kind has it. [kind] is the name of the record's kind, if it is known.
         */
        public fun label(field: String, kind: String? = null): Wording = bridged {
            fieldLabel(field, kind)?.let { Wording(it.en, it.zh) } ?: Wording(field, field)
        }

        /** Away from the main thread: what crosses the border is unpacked by the caller. */
        private suspend fun <T> onCore(block: suspend () -> T): T =
            withContext(Dispatchers.Default) { bridged { block() } }
    }
}

private fun Draft<*>.toNew(id: RecordId?, book: BookId?, reason: String?) =
    FfiNew(of.name, id?.value, book?.value, toFields(), reason)

private fun <D : Draft<*>> changed(record: EditableRecord<D>, draft: D): Map<String, FfiValue?> {
    val (before, after) = record.toDraft().toFields() to draft.toFields()
    return (before.keys + after.keys).filter { before[it] != after[it] }.associateWith { after[it] }
}
