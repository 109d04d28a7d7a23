package org.roadbook.android

import android.app.Application
import android.net.ConnectivityManager
import androidx.test.core.app.ApplicationProvider
import androidx.work.ListenableWorker.Result
import androidx.work.NetworkType
import androidx.work.WorkInfo
import androidx.work.WorkManager
import androidx.work.WorkQuery
import androidx.work.testing.TestListenableWorkerBuilder
import androidx.work.testing.WorkManagerTestInitHelper
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.After
import org.junit.Rule
import org.junit.Test
import org.junit.rules.TemporaryFolder
import org.junit.runner.RunWith
import org.roadbook.Office
import org.roadbook.Roadbook
import org.roadbook.TaskDraft
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config

class HostApp : Application(), RoadbookHost {
    var store: Roadbook? = null

    override suspend fun roadbook(): Roadbook? = store
}

/** The worker with a real core and a real relay. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], application = HostApp::class)
class SyncWorkerTest {
    @get:Rule val folder = TemporaryFolder()
    private val app = ApplicationProvider.getApplicationContext<HostApp>()
    private val started = lazy { Office(folder.newFolder("office")) }
    private val office by started

    @After
    fun close() {
        app.store?.close()
        if (started.isInitialized()) office.close()
    }

    private suspend fun work() = TestListenableWorkerBuilder<SyncWorker>(app).build().doWork()

    @Test
    fun `it sends what waits, comes back while the relay is out of reach, and gives up when it is not wanted`() =
        runBlocking {
            val wang = office.member("Wang", "rep")
            val store = office.device(wang, "phone").also { app.store = it }
            store.log(TaskDraft(subject = "call back"))
            office.kill()
            assertEquals(Result.retry(), work())
            office.restart()
            assertEquals(Result.success(), work())
            assertFalse(store.hasUnsentWork())
            office.order(wang, "wipe")
            assertEquals(Result.failure(), work())
            store.close()
            app.store = null
            assertEquals(Result.failure(), work())
        }

    @Test
    fun `it waits for a network, once however often it is asked for, and can be taken back`() {
        WorkManagerTestInitHelper.initializeTestWorkManager(app)
        val waiting = {
            WorkManager.getInstance(app).getWorkInfos(WorkQuery.fromStates(WorkInfo.State.ENQUEUED)).get()
        }
        SyncWorker.enqueue(app)
        SyncWorker.enqueue(app)
        assertEquals(NetworkType.CONNECTED, waiting().single().constraints.requiredNetworkType)
        SyncWorker.enqueueRegularly(app)
        assertEquals(2, waiting().size)
        SyncWorker.cancel(app)
        assertEquals(0, waiting().size)
    }

    @Test
    fun `a network that comes back nudges until it is stopped`() {
        var nudges = 0
        val manager = shadowOf(app.getSystemService(ConnectivityManager::class.java))
        val nudge = NetworkNudge(app) { nudges++ }
        nudge.start()
        nudge.start()
        val callback = manager.networkCallbacks.single()
        callback.onAvailable(org.robolectric.shadows.ShadowNetwork.newInstance(1))
        assertEquals(1, nudges)
        nudge.stop()
        assertEquals(0, manager.networkCallbacks.size)
    }
}
