package org.roadbook

import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.flow.conflate
import kotlinx.coroutines.flow.distinctUntilChanged
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.map
import org.roadbook.ffi.FfiChangeSet
import org.roadbook.ffi.FfiObserver
import org.roadbook.ffi.FfiSubscription
import org.roadbook.ffi.FfiSyncState
import org.roadbook.ffi.RoadbookCore

/** Flows over the core's callbacks. */
internal class Observing(private val core: RoadbookCore) {
    /** Raised by each resume: who met a paused store waits for it. */
    private val resumes = MutableStateFlow(0)

    fun resumed() {
        resumes.value++
    }

    fun changes(): Flow<ChangeSet> =
        callbackFlow {
                val subscription = subscribe(changed = { trySend(it.toPublic()) })
                awaitClose { subscription.close() }
            }
            .buffer(Channel.UNLIMITED)

    fun syncState(): Flow<SyncState> =
        callbackFlow {
                val subscription = subscribe(syncState = { trySend(it.toPublic()) })
                awaitClose { subscription.close() }
            }
            .conflate()
            .distinctUntilChanged()

    /**
     * What [read] gives: at once, and again after every change that concerns it, if asked for of the sync state too.
     */
    fun <T> watch(concerns: (ChangeSet) -> Boolean, withSyncState: Boolean = false, read: suspend () -> T): Flow<T> =
        callbackFlow {
                // Subscribed before the first read, so that nothing falls between.
                val subscription =
                    subscribe(
                        // The core would drop what the app's predicate throws: the flow would go on with an old value.
                        changed = {
                            runCatching { if (concerns(it.toPublic())) trySend(Unit) }
                                .onFailure { failed -> close(failed) }
                        },
                        syncState = { if (withSyncState) trySend(Unit) },
                    )
                trySend(Unit)
                awaitClose { subscription.close() }
            }
            .conflate()
            .map { whenOpen(read) }
            .distinctUntilChanged()

    private suspend fun <T> whenOpen(read: suspend () -> T): T {
        while (true) {
            val before = resumes.value
            try {
                return read()
            } catch (_: RoadbookException.Paused) {
                resumes.first { it != before }
            }
        }
    }

    private fun subscribe(
        changed: (FfiChangeSet) -> Unit = {},
        syncState: (FfiSyncState) -> Unit = {},
    ): FfiSubscription = bridged {
        core.observe(
            object : FfiObserver {
                override fun changed(changes: FfiChangeSet) = changed(changes)

                override fun syncState(state: FfiSyncState) = syncState(state)
            }
        )
    }
}
