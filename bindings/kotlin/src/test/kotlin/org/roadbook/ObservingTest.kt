package org.roadbook

import app.cash.turbine.test
import java.io.File
import java.util.concurrent.CountDownLatch
import java.util.concurrent.atomic.AtomicInteger
import kotlin.test.*
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import org.junit.jupiter.api.AfterEach
import org.junit.jupiter.api.BeforeEach
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

/** What a flow promises, whoever collects it. */
@Timeout(60)
class ObservingTest {
    @TempDir lateinit var folder: File
    private lateinit var roadbook: Roadbook

    @BeforeEach fun open(): Unit = runBlocking { roadbook = Roadbook.open(folder.resolve("phone")) }

    @AfterEach fun close() = roadbook.close()

    private suspend fun subjects(): List<String> = roadbook.list(Query(TaskRecord).page(1000)).map { it.subject }

    @Test
    fun `a slow collector gets the latest value, not each one`(): Unit = runBlocking {
        val (read, seen) = AtomicInteger() to mutableListOf<Int>()
        val watching = launch {
            roadbook
                .watch({ it.concerns(TaskRecord) }) { subjects().also { read.incrementAndGet() } }
                .collect {
                    seen += it.size
                    delay(500.milliseconds)
                }
        }
        while (seen.isEmpty()) delay(20.milliseconds)
        repeat(40) { roadbook.log(TaskDraft(subject = "task $it")) }
        while (seen.last() < 40) delay(20.milliseconds)
        delay(1.seconds) // whatever else it would read
        watching.cancelAndJoin()
        assertTrue(read.get() <= 10, "${read.get()} reads for $seen")
    }

    @Test
    fun `who stops collecting is not told any more`(): Unit = runBlocking {
        val told = AtomicInteger()
        val watching = launch { roadbook.watch({ told.incrementAndGet() > 0 }) { subjects() }.collect {} }
        while (told.get() == 0) {
            roadbook.log(TaskDraft(subject = "seen"))
            delay(20.milliseconds)
        }
        watching.cancelAndJoin()
        delay(200.milliseconds) // what was on its way
        val before = told.get()
        roadbook.changes().test {
            roadbook.log(TaskDraft(subject = "not seen"))
            awaitItem()
            cancelAndIgnoreRemainingEvents()
        }
        delay(200.milliseconds)
        assertEquals(before, told.get())
    }

    @Test
    fun `what a predicate or a read of the app throws ends its own flow, and nothing else`(): Unit = runBlocking {
        roadbook.observe(TaskRecord).test(timeout = 20.seconds) {
            assertEquals(0, awaitItem().size)
            roadbook
                .watch({ error("a predicate that fails") }) { subjects() }
                .test(timeout = 20.seconds) {
                    assertEquals(emptyList(), awaitItem())
                    roadbook.log(TaskDraft(subject = "saved all the same"))
                    assertEquals("a predicate that fails", awaitError().message)
                }
            roadbook
                .watch({ true }) { error("a read that fails") }
                .test(timeout = 20.seconds) {
                    assertEquals("a read that fails", awaitError().message)
                }
            assertEquals(listOf("saved all the same"), awaitItem().map { it.subject })
        }
    }

    @Test
    fun `predicates that hang stop nothing else`(): Unit = runBlocking {
        Office(folder).use { office ->
            roadbook.enrol(office.invitation(office.member("王", "rep")), "phone")
            val (hanging, end) = AtomicInteger() to CountDownLatch(1)
            val watching =
                List(HANGING) {
                    launch {
                        roadbook
                            .watch({
                                hanging.incrementAndGet()
                                end.await()
                                true
                            }) {}
                            .collect {}
                    }
                }
            try {
                withTimeout(20.seconds) {
                    while (hanging.get() < HANGING) {
                        roadbook.log(TaskDraft(subject = "saved all the same"))
                        delay(20.milliseconds)
                    }
                    assertTrue(roadbook.sync().finished)
                }
            } finally {
                end.countDown()
                watching.forEach { it.cancelAndJoin() }
            }
        }
    }

    @Test
    fun `a sync says how much is left, both ways`(): Unit = runBlocking {
        Office(folder).use { office ->
            val wang = office.member("王", "rep")
            roadbook.enrol(office.invitation(wang), "phone")
            roadbook.logAll(List(COUNT.toInt()) { TaskDraft(subject = "任务 $it", notes = "x".repeat(2_000)) })
            assertEquals(COUNT, roadbook.status().unsent)
            val sending = progress(roadbook)
            assertTrue(sending.any { it.toSend in 1 until COUNT }, "$sending")
            assertTrue(sending.all { it.sent + it.toSend == COUNT }, "$sending")
            office.device(wang, "tablet").use { tablet ->
                val fetching = progress(tablet)
                assertTrue(fetching.any { it.toReceive in 1 until COUNT }, "$fetching")
                // Before the first answer nobody knows how much there is.
                val told = fetching.filter { it.received > 0 }
                assertTrue(told.all { it.received + it.toReceive == COUNT }, "$fetching")
            }
        }
    }

    /** What a sync says of itself until it ends. */
    private suspend fun progress(device: Roadbook): List<SyncState.Syncing> = coroutineScope {
        val seen = mutableListOf<SyncState.Syncing>()
        val watching = launch { device.syncState.filterIsInstance<SyncState.Syncing>().toList(seen) }
        assertTrue(device.sync().finished)
        watching.cancelAndJoin()
        seen
    }

    private companion object {
        const val COUNT = 3_000L
        /** More than the core has threads for what waits. */
        const val HANGING = 4
    }
}
