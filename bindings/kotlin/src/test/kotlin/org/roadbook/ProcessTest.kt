package org.roadbook

import java.io.File
import kotlin.concurrent.thread
import kotlin.random.Random
import kotlin.test.*
import kotlin.time.Duration.Companion.seconds
import kotlin.time.measureTimedValue
import kotlinx.coroutines.async
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Timeout
import org.junit.jupiter.api.io.TempDir

/** Another process on the same store: one that holds it, and one that is killed. */
@Timeout(120)
class ProcessTest {
    @TempDir lateinit var folder: File

    @Test
    fun `while another process holds a store, who would save or open waits and is told that it is locked`(): Unit =
        runBlocking {
            val (open, closed) = listOf(folder.resolve("open"), folder.resolve("closed"))
            Roadbook.open(closed).use { it.log(AccountDraft(name = "德仁堂")) }
            Roadbook.open(open).use { roadbook ->
                val account = roadbook.log(AccountDraft(name = "百草堂"))
                val holders = listOf(hold(open), hold(closed))
                val opening = async { refusedAfterAWait { Roadbook.open(closed).close() } }
                refusedAfterAWait { roadbook.log(TaskDraft(subject = "回电")).let {} }
                assertEquals("百草堂", roadbook.get(Account, account).name, "reading waits for nobody")
                opening.await()
                holders.forEach(::letGo)
                roadbook.log(TaskDraft(subject = "再回电"))
                assertEquals("再回电", roadbook.list(TaskRecord).single().subject)
                roadbook.verify()
            }
            Roadbook.open(closed).use { assertEquals("德仁堂", it.list(Account).single().name) }
        }

    @Test
    fun `a store that one process has open twice keeps its log when another process closes it`(): Unit = runBlocking {
        Roadbook.open(folder).use { roadbook ->
            val account = roadbook.log(AccountDraft(name = "百草堂"))
            Roadbook.open(folder).close()
            letGo(hold(folder)) // it closes the store: is it the last one to?
            roadbook.log(TaskDraft(subject = "回电"))
            Roadbook.open(folder).use { second ->
                assertEquals("百草堂", second.get(Account, account).name)
                assertEquals("回电", second.list(TaskRecord).single().subject)
            }
        }
    }

    private suspend fun refusedAfterAWait(call: suspend () -> Unit) {
        val (locked, waited) = measureTimedValue { assertFailsWith<RoadbookException.Locked> { call() } }
        assertTrue(waited >= 9.seconds, "it waited $waited")
        assertNotEquals(locked.words.en, locked.words.zh)
    }

    /** Another process begins to write, and goes on until [letGo]. */
    private fun hold(store: File): Process {
        val script =
            "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], isolation_level=None)\n" +
                "db.execute('BEGIN IMMEDIATE')\nprint('held', flush=True)\nsys.stdin.read()"
        val holder =
            ProcessBuilder("python3", "-c", script, store.resolve("roadbook.sqlite").path)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
        assertEquals("held", holder.inputStream.bufferedReader().readLine())
        return holder
    }

    private fun letGo(holder: Process) {
        holder.outputStream.close()
        assertEquals(0, holder.waitFor())
    }

    @Test
    fun `a process that is killed while it saves loses nothing that it was told is saved`(): Unit = runBlocking {
        val random = Random(7)
        val saved = mutableListOf<RecordId>()
        repeat(4) {
            val process = saver()
            val lines = process.inputStream.bufferedReader()
            saved += ids(checkNotNull(lines.readLine()))
            thread {
                Thread.sleep(random.nextLong(0, 300))
                // The process itself would close its output, and with it what it has said.
                process.toHandle().destroyForcibly()
            }
            saved += lines.readLines().flatMap(::ids)
            assertEquals(SIGKILL, process.waitFor())
            Roadbook.open(folder).use { roadbook ->
                val visits = roadbook.list(Query(Visit).page(10_000))
                assertTrue(visits.map { it.id }.containsAll(saved), "what was acknowledged is there")
                val cut = visits.groupBy { it.purpose }.values.filter { it.size != AT_ONCE }
                assertTrue(cut.isEmpty(), "a transaction was cut: $cut")
                roadbook.verify()
            }
        }
    }

    private fun saver(): Process {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val classes = System.getProperty("java.class.path")
        return ProcessBuilder(java, "-cp", classes, Saver::class.java.name, folder.path)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
    }

    private fun ids(line: String) = line.split(' ').map(::RecordId)

    /** The process that is killed: it saves, one transaction after the other, and says what was saved. */
    object Saver {
        @JvmStatic
        fun main(arguments: Array<String>): Unit = runBlocking {
            val roadbook = Roadbook.open(File(arguments.single()))
            val account = roadbook.log(AccountDraft(name = "百草堂"))
            while (true) {
                val purpose = RecordId.fresh().value
                println(roadbook.logAll(List(AT_ONCE) { VisitDraft(account, purpose = purpose) }).joinToString(" "))
            }
        }
    }

    private companion object {
        const val AT_ONCE = 3
        const val SIGKILL = 137
    }
}
