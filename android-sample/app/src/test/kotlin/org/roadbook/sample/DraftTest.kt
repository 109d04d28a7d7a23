package org.roadbook.sample

import androidx.compose.ui.test.assertIsNotEnabled
import androidx.compose.ui.test.onFirst
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.roadbook.*

/** What is typed and not saved yet. */
class DraftTest : AppTest() {
    private val zhao by lazy { office.member("Zhao", "manager") }
    private val wang by lazy { office.member("Wang", "rep", zhao) }

    private fun assertNothingLeft() =
        assertEquals(emptyList(), home("wang").resolve("drafts").listFiles().orEmpty().toList())

    @Test
    fun `a draft outlives the process and is merged with what came in meanwhile`() {
        pickUp("wang")
        newAccount("百草堂")
        tap(R.string.edit)
        type("notes", "half a thought")
        rotate()
        see("half a thought")
        waitForDraft()
        restart("wang")
        runBlocking {
            roadbook.edit(roadbook.list(Account).single()) {
                region = "Ningbo"
                notes = null
            }
        }
        tap(R.string.search)
        type("search", "百草")
        tap("百草堂")
        tap(R.string.edit)
        see("half a thought")
        save()
        see(R.string.history_show)
        runBlocking {
            val account = roadbook.list(Account).single()
            assertEquals("Ningbo" to "half a thought", account.region to account.notes)
        }
        assertNothingLeft()
    }

    @Test
    fun `a new record's draft outlives the process too, and can be thrown away`() {
        pickUp("wang")
        tap(R.string.new_account)
        type("name", "never saved")
        waitForDraft()
        restart("wang")
        tap(R.string.new_account)
        see("never saved")
        tap(R.string.discard_draft)
        seeNot("never saved")
        tap(R.string.save)
        // The core's own words, under the field.
        seePart("Name must not be empty")
        runBlocking { assertEquals(0, roadbook.count(Query(Account))) }
    }

    @Test
    fun `a kill between a save and the end of its draft makes no second record, and loses nothing`() {
        pickUp("wang")
        tap(R.string.new_account)
        type("name", "百草堂")
        waitForDraft()
        val draft = drafts().single()
        val text = draft.readText()
        save()
        see(R.string.history_show)
        for (more in listOf("", "notes=half a thought")) {
            putDown()
            draft.writeText("$text\n$more\n")
            draft.resolveSibling("${draft.name}.new").writeText("half of")
            pickUp("wang")
            tap(R.string.new_account)
            see(if (more.isEmpty()) R.string.save else R.string.discard_draft)
            if (more.isEmpty()) seeNot("百草堂") else see("half a thought")
            if (more.isNotEmpty()) save()
        }
        runBlocking {
            val account = roadbook.list(Account).single()
            assertEquals("百草堂" to "half a thought", account.name to account.notes)
        }
        assertNothingLeft()
    }

    @Test
    fun `what was left half-written is offered again on today`() {
        pickUp("wang")
        tap(R.string.new_account)
        tap(R.string.save)
        seePart("must not be empty")
        tap(R.string.back)
        see(R.string.today_empty)
        seeNot(words(R.string.unfinished)) // nothing was typed
        newAccount("百草堂")
        tap(Visit.label.en)
        type("purpose", "half a visit")
        tap(R.string.back)
        tap(R.string.edit)
        type("region", "Ningbo")
        waitFor("both drafts") { drafts().size == 2 }
        restart("wang")
        see(R.string.unfinished)
        tap("百草堂")
        see("Ningbo")
        tap(R.string.discard_draft)
        tap(R.string.back)
        seeNot("百草堂")
        tap("half a visit")
        type("outcome", "signs next week")
        save()
        see(R.string.today_empty)
        seeNot(words(R.string.unfinished))
        runBlocking {
            val visit = roadbook.list(Visit).single()
            assertEquals("half a visit" to "signs next week", visit.purpose to visit.outcome)
        }
        assertNothingLeft()
    }

    @Test
    fun `a text that is made of a clash outlives the process`() {
        pickUp("wang")
        enrolAs(wang)
        clash(zhao)
        tap(R.string.decide)
        tap(R.string.merge)
        type("merged", "Ningbo and Wenzhou")
        waitForDraft()
        restart("wang")
        seeNot(words(R.string.unfinished))
        tap(R.string.decide)
        see("Ningbo and Wenzhou")
        tap(R.string.save_merged)
        see(R.string.conflicts_empty)
        runBlocking { assertEquals("Ningbo and Wenzhou", roadbook.list(Account).single().region) }
        assertNothingLeft()
    }

    @Test
    fun `the reason of a refusal outlives the process, and is said to whom it is refused`() {
        pickUp("wang")
        enrolAs(wang)
        handOver(from = office.member("Li", "rep", zhao), to = wang).use { li ->
            tap(R.string.review)
            type("reason", "logged twice")
            waitForDraft()
            restart("wang")
            tap(R.string.review)
            see("logged twice")
            tap(R.string.refuse)
            see(R.string.review_empty)
            syncNow()
            runBlocking {
                li.sync()
                assertEquals("logged twice", li.verdicts().single().because)
            }
        }
        assertNothingLeft()
    }

    @Test
    fun `an account is deleted with a reason, which outlives the process, and restored`() {
        pickUp("wang")
        newAccount("百草堂")
        val account = runBlocking { roadbook.list(Account).single().id }
        val because = { runBlocking { roadbook.get(Account, account).info.deletedBecause } }
        tap(R.string.delete_account)
        see(R.string.reason)
        ui.onAllNodes(acts(words(R.string.delete_account))).onFirst().assertIsNotEnabled()
        type("reason", "twice")
        waitForDraft()
        restart("wang")
        tap(R.string.search)
        type("search", "百草")
        tap("百草堂")
        see("twice")
        tap(R.string.delete_account)
        see(R.string.restore_account)
        assertEquals("twice", because())
        tap(R.string.restore_account)
        see(R.string.delete_account)
        assertNull(because())
        assertNothingLeft()
    }
}
