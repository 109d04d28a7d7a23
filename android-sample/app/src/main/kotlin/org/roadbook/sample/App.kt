package org.roadbook.sample

import android.app.Application
import android.content.Context
import java.io.File
import java.io.IOException
import java.time.LocalDate
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.catch
import kotlinx.coroutines.flow.collectLatest
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.retryWhen
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import org.roadbook.Roadbook
import org.roadbook.RoadbookException
import org.roadbook.SecretStore
import org.roadbook.StopReason
import org.roadbook.android.KeystoreSecrets
import org.roadbook.android.NetworkNudge
import org.roadbook.android.RoadbookHost
import org.roadbook.android.SyncWorker

/** The process: one [Phone], opened at once, used by every screen and by the worker. */
class SampleApp : Application(), RoadbookHost {
    lateinit var phone: Phone

    override fun onCreate() {
        super.onCreate()
        phone = Phone(this, home())
    }

    /** No backup takes it. A version that kept its store among the files left it there, and goes on with it. */
    internal fun home(): File = if (filesDir.resolve(Phone.STORE).exists()) filesDir else noBackupFilesDir

    /** For the worker: none while the rep has switched sync off, be it after the worker was asked for. */
    override suspend fun roadbook(): Roadbook? = if (phone.paused.value) null else phone.opened()
}

/** How the store stands. */
sealed interface Stored {
    data object Opening : Stored

    data class Open(val roadbook: Roadbook) : Stored

    data class Failed(val because: RoadbookException) : Stored
}

/** What ends a phone together with all that was on it. */
val ERASED = setOf(StopReason.WIPED, StopReason.RETIRED)

/**
 * This phone's store, its drafts, and when it syncs. Everything lives in [home], but for the secret; [today] is its
 * calendar's.
 */
class Phone(
    private val context: Context,
    private val home: File,
    private val secrets: SecretStore = KeystoreSecrets(context),
    val today: () -> LocalDate = LocalDate::now,
) {
    /** Outlives every screen: a save that was begun is never cut by leaving a form. */
    val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    val drafts = Drafts(home.resolve("drafts"), scope)
    val positions: Positions = Positions(context)
    private val folder = home.resolve(STORE)
    private val pausedMark = home.resolve("sync-paused")
    private val state = MutableStateFlow<Stored>(Stored.Opening)
    private val changing = Mutex()
    private val marking = Mutex()
    private val network = NetworkNudge(context) { attempt { (state.value as? Stored.Open)?.roadbook?.nudge() } }
    @Volatile private var inFront = false

    val stored: StateFlow<Stored> = state.asStateFlow()

    private val pausedState = MutableStateFlow(pausedMark.exists())
    /** Whether the rep has switched sync off. */
    val paused: StateFlow<Boolean> = pausedState.asStateFlow()

    private val endedState = MutableStateFlow<StopReason?>(null)
    /** Why this phone cannot sync before it is enrolled again, if so. The core keeps it, also through a restart. */
    val ended: StateFlow<StopReason?> = endedState.asStateFlow()

    init {
        open()
        scope.launch {
            stored.collectLatest { now ->
                if (now is Stored.Open) now.roadbook.observeEnded().steadily { damaged(it) }.collect(::note)
            }
        }
    }

    private fun note(because: StopReason?) {
        // The core has erased its own; what is half-written here goes with it.
        if (because in ERASED) drafts.clear()
        endedState.value = because
    }

    /** Tries to open the store, again if it failed before. */
    fun open() {
        scope.launch { changing.withLock { reopen() } }
    }

    /** The store once it is open; null if it does not open. */
    suspend fun opened(): Roadbook? = (stored.first { it != Stored.Opening } as? Stored.Open)?.roadbook

    /** The app is visible: live sync. */
    fun front() {
        inFront = true
        network.start()
        if (!paused.value) SyncWorker.enqueueRegularly(context)
        scope.launch { opened()?.let(::live) }
    }

    /** The app is not visible any more: what waits is left to the worker, which needs no app. */
    fun back() {
        inFront = false
        network.stop()
        scope.launch(Dispatchers.IO) { mark() } // there may be room for it by now
        scope.launch {
            val roadbook = opened() ?: return@launch
            live(roadbook)
            attempt {
                // Unless it came back at once.
                if (!inFront && !paused.value && roadbook.hasUnsentWork()) SyncWorker.enqueue(context)
            }
        }
    }

    fun setPaused(paused: Boolean) {
        pausedState.value = paused
        if (paused) SyncWorker.cancel(context) else SyncWorker.enqueueRegularly(context)
        scope.launch(Dispatchers.IO) { mark() }
        scope.launch { opened()?.let(::live) }
    }

    /** For the next process. On a full disk the switch holds for this one, until there is room. */
    private suspend fun mark() = marking.withLock {
        try {
            if (paused.value) pausedMark.createNewFile() else pausedMark.delete()
        } catch (_: IOException) {}
    }

    /**
     * Live sync while it may be, decided and done in one: of two threads either may be the last to act. Before
     * enrolment there is nobody to talk to: it waits.
     */
    @Synchronized
    fun live(roadbook: Roadbook) = attempt {
        if (inFront && !paused.value) roadbook.startLive() else roadbook.stopLive()
    }

    /**
     * Erases everything of this phone and starts again with an empty store. Refused while anything is unsent that is
     * not given up.
     */
    suspend fun wipe(giveUpUnsent: Boolean = false) {
        val roadbook = opened() ?: return
        roadbook.wipe(giveUpUnsent)
        drafts.clear()
        pausedState.value = false
        withContext(Dispatchers.IO) { mark() }
    }

    /** The store was found damaged while it was in use: it is let go of, and a screen offers what helps. */
    fun damaged(because: RoadbookException.Damaged) {
        scope.launch {
            changing.withLock {
                if (state.value !is Stored.Open) return@withLock
                letGo()
                state.value = Stored.Failed(because)
            }
        }
    }

    /** Carries what a damaged store holds over into a fresh one. */
    suspend fun salvage() = changing.withLock {
        letGo()
        state.value =
            try {
                Roadbook.salvage(folder)
                Stored.Open(Roadbook.open(folder, secrets = secrets).also(::live))
            } catch (failed: RoadbookException) {
                Stored.Failed(failed)
            }
    }

    /** Lets go of the store, as the end of the process does. */
    fun close() {
        (state.value as? Stored.Open)?.roadbook?.close()
        state.value = Stored.Opening
    }

    /**
     * The same, and waits until the file is closed: what is under way would close it later, and the next store's with
     * it.
     */
    private suspend fun letGo() {
        val open = state.value as? Stored.Open
        try {
            open?.roadbook?.pause()
        } catch (_: RoadbookException) {
            // A damaged store is let go of all the same.
        }
        close()
    }

    private suspend fun reopen() {
        if (state.value is Stored.Open) return
        state.value = Stored.Opening
        state.value =
            try {
                home.mkdirs()
                val roadbook = Roadbook.open(folder, secrets = secrets)
                // Before the first screen, so that none is seen that is not for an ended phone.
                attempt { note(roadbook.endedBecause()) }
                live(roadbook)
                Stored.Open(roadbook)
            } catch (failed: RoadbookException) {
                Stored.Failed(failed)
            }
    }

    /** What has no screen to show an error on: a store that is closed or ended says so on the next screen. */
    private inline fun attempt(call: () -> Unit) {
        try {
            call()
        } catch (found: RoadbookException.Damaged) {
            damaged(found)
        } catch (_: RoadbookException) {}
    }

    companion object {
        /** The store's folder. */
        const val STORE = "roadbook"
    }
}

/**
 * Goes on after what passes by itself: a file that another process holds, a full disk. Anything else ends it: a store
 * that was closed says nothing more, and one that is damaged is told to [damaged].
 */
internal fun <T> Flow<T>.steadily(damaged: (RoadbookException.Damaged) -> Unit): Flow<T> =
    retryWhen { failed, _ ->
            (failed is RoadbookException.Locked ||
                    failed is RoadbookException.DiskFull ||
                    failed is RoadbookException.Storage)
                .also { passes -> if (passes) delay(AGAIN) }
        }
        .catch { failed ->
            if (failed is RoadbookException.Damaged) damaged(failed) else if (failed !is RoadbookException) throw failed
        }

private val AGAIN = 2.seconds
