package org.roadbook.sample

import java.io.File
import java.util.concurrent.CopyOnWriteArrayList
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.roadbook.*

/** What goes wrong in the field: a clear message, and nothing lost. */
class BadInputTest : AppTest() {
    private val wang by lazy { office.member("Wang", "rep") }

    @Test
    fun `an invitation that is malformed, used, of another relay or of none is refused in words`() {
        val used = office.invitation(wang)
        val other = Office(folder.newFolder("other"))
        val elsewhere = other.invitation(other.member("Li", "rep")).replace(Regex("^.*#"), "${office.address}/#")
        pickUp("wang")
        newAccount("logged before")
        tap(R.string.back)
        enrol("no invitation at all")
        seePart("nvitation")
        for (wrong in listOf(elsewhere, "${office.address}/#", "https://", "ftp://x/#y")) {
            type("invitation", wrong)
            tap(R.string.enrol)
            seePart("nvitation")
            ui.waitForIdle()
        }
        other.kill()
        type("invitation", other.address + "/#" + "0".repeat(64))
        tap(R.string.enrol)
        see(R.string.error_offline)
        type("invitation", used)
        tap(R.string.enrol)
        see(R.string.sync_switch)
        pickUp("thief")
        enrol(used)
        seePart("nvitation")
        runBlocking { assertNull(roadbook.identity()) }
        pickUp("wang")
        runBlocking { assertEquals("logged before", roadbook.list(Account).single().name) }
        other.close()
    }

    @Test
    fun `an expired invitation is refused in words`() {
        val late = office.invitation(wang)
        office.kill()
        office.restart(daysAhead = 40)
        pickUp("wang")
        enrol(late)
        seePart("expired")
        runBlocking { assertNull(roadbook.identity()) }
    }

    @Test
    fun `a clock a year off is told, and everything goes on`() {
        office.kill()
        office.restart(daysAhead = 365)
        pickUp("wang")
        enrolAs(wang)
        newAccount("百草堂")
        syncNow()
        see(R.string.where_accepted)
        tap(R.string.back)
        tap(R.string.settings)
        see(words(R.string.clock_wrong, words(R.string.days, 365)))
    }

    @Test
    fun `a store of a newer version is left alone and said to need an update`() {
        pickUp("wang")
        newAccount("百草堂")
        putDown()
        val store =
            checkNotNull(home("wang").resolve("roadbook").listFiles()).first {
                it.readBytes().decodeToString().startsWith("SQLite format 3")
            }
        val version = sql(store, "PRAGMA user_version")
        sql(store, "PRAGMA user_version = 99", "CREATE TABLE of_later (what TEXT)")
        pickUp("wang")
        see(R.string.error_newer)
        putDown()
        sql(store, "PRAGMA user_version = $version", "DROP TABLE of_later")
        pickUp("wang")
        runBlocking { assertEquals("百草堂", roadbook.list(Account).single().name) }
    }

    /**
     * What the last statement answers. Robolectric's own SQLite is another program's; Python's opens any file, its log
     * included.
     */
    private fun sql(store: File, vararg statements: String): String {
        val script =
            "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1])\n" +
                "for s in sys.argv[2:]: row = db.execute(s).fetchone()\ndb.close()\nprint(row[0] if row else '')"
        val python =
            ProcessBuilder("python3", "-c", script, store.path, *statements)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start()
        val answer = python.inputStream.readBytes().decodeToString().trim()
        assertEquals(0, python.waitFor())
        return answer
    }

    @Test
    fun `on a full disk the form keeps what was typed, and saves it once there is room`() {
        val disk = home("wang").apply { mkdirs() }
        val crashes = CopyOnWriteArrayList<Throwable>()
        val handler = Thread.getDefaultUncaughtExceptionHandler()
        Thread.setDefaultUncaughtExceptionHandler { _, crash -> crashes += crash }
        mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", disk.path)
        try {
            pickUp("wang")
            see(R.string.today_empty)
            val filler = disk.resolve("filler")
            tap(R.string.new_account)
            type("name", "百草堂")
            type("notes", "word ".repeat(4_000))
            filler.outputStream().use { out -> runCatching { while (true) out.write(ByteArray(4096)) } }
            type("region", "East".repeat(50))
            Thread.sleep(600) // the draft finds no room, and the app goes on
            tap(R.string.save)
            see(R.string.error_disk_full)
            see("百草堂")
            filler.delete()
            save()
            see(R.string.history_show)
            runBlocking {
                val saved = roadbook.list(Account).single()
                assertEquals("word ".repeat(4_000) to "East".repeat(50), saved.notes to saved.region)
            }
            assertEquals(emptyList(), crashes)
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(handler)
            putDown()
            ProcessBuilder("umount", "-l", disk.path).start().waitFor()
        }
    }

    @Test
    fun `on a disk without room for a file sync is switched off all the same`() {
        val disk = home("wang").apply { mkdirs() }
        mount("-t", "tmpfs", "-o", "size=16m,nr_inodes=40", "tmpfs", disk.path)
        try {
            pickUp("wang")
            enrolAs(wang)
            tap(R.string.settings)
            see(R.string.sync_switch)
            assertFailsWith<java.io.IOException> { repeat(100) { disk.resolve("filler$it").createNewFile() } }
            tap(R.string.sync_switch)
            see(R.string.why_paused)
        } finally {
            putDown()
            ProcessBuilder("umount", "-l", disk.path).start().waitFor()
        }
    }

    @Test
    fun `a store that is found damaged while it is used is rescued`() {
        pickUp("wang")
        newAccount("百草堂")
        runBlocking {
            for (part in (0 until 2_000).chunked(500)) roadbook.logAll(part.map { TaskDraft(subject = "task $it") })
        }
        putDown()
        pickUp("wang")
        see(R.string.today)
        val file = home("wang").resolve("roadbook/roadbook.sqlite")
        java.io.RandomAccessFile(file, "rw").use {
            for (page in 20 until it.length() / 4096) {
                it.seek(page * 4096)
                it.write(ByteArray(4096) { 0x55 })
            }
        }
        tap(R.string.search) // reads what is not in memory
        tap(R.string.salvage)
        see(R.string.new_account)
    }

    private fun mount(vararg words: String) =
        assertEquals(
            0,
            ProcessBuilder("mount", *words).inheritIO().start().waitFor(),
            "a full disk needs the right to mount",
        )

    @Test
    fun `emoji, right-to-left and a megabyte cross the border, half a pair is refused, and all stays typed`() {
        pickUp("wang")
        val names = listOf("😀👩‍👩‍👧‍👦 Ltd", "شركة النور", "e\u0301cole \u200F עברית")
        for (name in names) {
            newAccount(name)
            tap(R.string.back)
        }
        runBlocking { assertEquals(names.toSet(), roadbook.list(Account).map { it.name }.toSet()) }
        tap(R.string.new_account)
        type("name", "half \uD83D a pair")
        tap(R.string.save)
        seePart("half of a character pair")
        waitFor("the draft") { home("wang").resolve("drafts").list().orEmpty().any { !it.endsWith(".new") } }
        killAndRestart("wang")
        tap(R.string.new_account)
        see("half \uD83D a pair")
        type("name", "whole")
        type("notes", "x".repeat(1_000_000))
        tap(R.string.save)
        waitFor("saved, or a word why not") {
            runBlocking { roadbook.count(Query(Account)) } == 4L || readable().any { "large" in it || "long" in it }
        }
        if (runBlocking { roadbook.count(Query(Account)) } == 3L)
            assertEquals(1_000_000, app.phone.drafts.of("ACCOUNT_FORM - -")["notes"]?.length)
    }
}
