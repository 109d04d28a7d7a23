package org.roadbook.android

import android.content.Context
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.ExistingWorkPolicy
import androidx.work.NetworkType
import androidx.work.OneTimeWorkRequestBuilder
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import java.time.Duration
import kotlin.time.Duration.Companion.minutes
import org.roadbook.Roadbook
import org.roadbook.RoadbookException

/** The app's Application implements it, so that [SyncWorker] finds the process's one open store. */
public interface RoadbookHost {
    /** The open store; null if it does not open, or is not to be synced now: the user switched sync off. */
    public suspend fun roadbook(): Roadbook?
}

/**
 * Syncs once while the app is not in front. It comes back later by itself when the relay was out of reach, the time was
 * up, or something was in the way that passes, and gives up when sync was stopped for good: the app says so when it is
 * next opened.
 */
public class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    /** One sync, within the time that Android gives a worker. */
    override suspend fun doWork(): Result {
        val host = applicationContext as? RoadbookHost ?: error("the Application does not implement RoadbookHost")
        val roadbook = host.roadbook() ?: return Result.failure()
        return try {
            val report = roadbook.sync(DEADLINE)
            when {
                report.stopped != null -> Result.failure()
                report.finished -> Result.success()
                else -> Result.retry()
            }
        } catch (failed: RoadbookException) {
            when (failed) {
                is RoadbookException.Offline,
                is RoadbookException.WrongClock,
                is RoadbookException.Busy,
                is RoadbookException.Paused,
                is RoadbookException.KeyLocked,
                is RoadbookException.Locked,
                is RoadbookException.DiskFull -> Result.retry()
                else -> Result.failure()
            }
        }
    }

    public companion object {
        /** WorkManager ends a worker after ten minutes; what was committed by then stays. */
        private val DEADLINE = 8.minutes
        private const val ONCE = "org.roadbook.sync"
        private const val REGULARLY = "org.roadbook.sync.regularly"
        private val online = Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build()

        /**
         * One sync as soon as there is a network. Replaces one that waits, and one that runs: what that had committed
         * stays, and the new one goes on from there.
         */
        public fun enqueue(context: Context) {
            val request =
                OneTimeWorkRequestBuilder<SyncWorker>()
                    .setConstraints(online)
                    .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, Duration.ofSeconds(30))
                    .build()
            WorkManager.getInstance(context).enqueueUniqueWork(ONCE, ExistingWorkPolicy.REPLACE, request)
        }

        /**
         * A sync every [every], at least a quarter of an hour, whether the app is used or not. Asked for again, it
         * keeps its rhythm.
         */
        public fun enqueueRegularly(context: Context, every: Duration = Duration.ofHours(4)) {
            val request = PeriodicWorkRequestBuilder<SyncWorker>(every).setConstraints(online).build()
            WorkManager.getInstance(context)
                .enqueueUniquePeriodicWork(REGULARLY, ExistingPeriodicWorkPolicy.UPDATE, request)
        }

        /** Takes back both, e.g. when the rep switches sync off, and ends one that runs. */
        public fun cancel(context: Context) {
            WorkManager.getInstance(context).run {
                cancelUniqueWork(ONCE)
                cancelUniqueWork(REGULARLY)
            }
        }
    }
}
