package org.roadbook.sample

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
        for (wrong in listOf(null, elsewhere, "${office.address}/#", "https://", "ftp://x/#y")) {
            wrong?.let {
                type("invitation", it)
                tap(R.string.enrol)
            }
            seePart("not an invitation of this server")
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
        seePart("used already")
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
        ofALaterVersion("wang") {
            pickUp("wang")
            see(R.string.error_newer)
        }
        pickUp("wang")
        runBlocking { assertEquals("百草堂", roadbook.list(Account).single().name) }
    }

    @Test
    fun `on a full disk the form keeps what was typed, and saves it once there is room`() {
        val crashes = CopyOnWriteArrayList<Throwable>()
        val handler = Thread.getDefaultUncaughtExceptionHandler()
        Thread.setDefaultUncaughtExceptionHandler { _, crash -> crashes += crash }
        try {
            onSmallDisk("wang", "size=3m") { disk ->
                pickUp("wang")
                see(R.string.today_empty)
                tap(R.string.new_account)
                type("name", "百草堂")
                type("notes", "word ".repeat(4_000))
                val filler = fillUp(disk)
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
            }
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(handler)
        }
        assertEquals(emptyList(), crashes)
    }

    @Test
    fun `a full disk that keeps the phone from syncing is told, and sync goes on once there is room`() {
        onSmallDisk("wang", "size=8m") { disk ->
            pickUp("wang")
            enrolAs(wang)
            val filler = fillUp(disk)
            runBlocking {
                office.device(wang, "laptop").use { laptop ->
                    laptop.logAll(List(20) { AccountDraft("shop $it", notes = "word ".repeat(19_000)) })
                    laptop.sync()
                }
            }
            see(R.string.sync_hindered)
            tap(R.string.settings)
            seePart("The disk is full: free some space")
            seePart(words(R.string.next_try, "").trim())
            shot("settings-disk-full")
            filler.delete()
            syncNow()
            waitFor("everything came") { runBlocking { roadbook.count(Query(Account)) } == 20L }
            assertEquals(0, readable().count { it == words(R.string.sync_hindered) })
        }
    }

    @Test
    fun `on a disk without room for a file sync is switched off all the same`() {
        onSmallDisk("wang", "size=16m,nr_inodes=40") { disk ->
            pickUp("wang")
            enrolAs(wang)
            tap(R.string.settings)
            see(R.string.sync_switch)
            assertFailsWith<java.io.IOException> { repeat(100) { disk.resolve("filler$it").createNewFile() } }
            tap(R.string.sync_switch)
            see(R.string.why_paused)
        }
    }

    @Test
    fun `a store that is found damaged while it is used is rescued`() {
        pickUpDamaged("wang")
        tap(R.string.salvage)
        see(R.string.new_account)
    }

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
        waitForDraft()
        restart("wang")
        tap(R.string.new_account)
        see("half \uD83D a pair")
        type("name", "whole")
        type("notes", "x".repeat(1_000_000))
        tap(R.string.save)
        seePart("too long")
        assertEquals(1_000_000, app.phone.drafts.of("ACCOUNT_FORM - -")["notes"]?.length)
        tap(R.string.long_text_cut)
        save()
        see(R.string.history_show)
        val kept = runBlocking { roadbook.list(Account).single { it.name == "whole" }.notes.orEmpty() }
        assertTrue(kept.isNotEmpty() && kept.all { it == 'x' })
    }
}
