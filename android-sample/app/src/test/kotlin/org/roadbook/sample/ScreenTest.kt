package org.roadbook.sample

import android.content.Intent
import androidx.compose.ui.test.assertIsDisplayed
import androidx.compose.ui.test.hasTestTag
import androidx.compose.ui.test.hasText
import androidx.compose.ui.test.performScrollToIndex
import androidx.work.WorkInfo
import androidx.work.WorkManager
import androidx.work.WorkQuery
import java.time.Instant
import java.time.LocalDate
import kotlin.test.*
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.roadbook.*
import org.robolectric.Shadows.shadowOf

/** What one phone can do by itself. */
class ScreenTest : AppTest() {
    @Test
    fun `one tap logs what is due, and a task is done by another`() {
        pickUp("wang")
        val account = runBlocking {
            val account = roadbook.log(AccountDraft(name = "百草堂", maturity = AccountMaturity.Maturity3))
            roadbook.log(
                VisitDraft(account, checkInAt = Instant.now().minusSeconds(40L * 86_400), mode = VisitMode.Phone)
            )
            roadbook.log(TaskDraft(subject = "send the offer", dueOn = LocalDate.now(), status = TaskStatus.Open))
            account
        }
        see(words(R.string.overdue, 1))
        tap(R.string.log_for, "百草堂")
        see(words(R.string.logged, "百草堂"))
        seeNot(words(R.string.overdue, 1))
        tap(R.string.log_for, "send the offer")
        seeNot("send the offer")
        runBlocking {
            assertEquals(2, roadbook.count(Query(Visit).where(Visit.Fields.account eq account)))
            assertEquals(TaskStatus.Done, roadbook.list(TaskRecord).single().status)
        }
        tap(R.string.details)
        type("outcome", "signs next week")
        save()
        see(R.string.today)
        waitFor("the outcome") { runBlocking { roadbook.list(Visit).any { it.outcome == "signs next week" } } }
    }

    @Test
    fun `a task is opened from today, and stands on its account's card`() {
        pickUp("wang")
        runBlocking {
            val account = roadbook.log(AccountDraft(name = "百草堂"))
            roadbook.log(TaskDraft(subject = "send the offer", dueOn = LocalDate.now(), account = account))
        }
        tap("send the offer")
        see("百草堂")
        type("subject", "send the new offer")
        save()
        tap(R.string.search)
        type("search", "百草")
        tap("百草堂")
        tap("send the new offer")
        see(R.string.save)
    }

    @Test
    fun `an account's card tells what it is, and all that happened there by time, as far back as one looks`() {
        pickUp("wang")
        newAccount("百草堂")
        val now = Instant.now()
        runBlocking {
            val account = roadbook.list(Account).single().id
            roadbook.edit(roadbook.get(Account, account)) {
                strategic = true
                tags = setOf("pharmacy", "chain")
            }
            roadbook.log(OpportunityDraft("spring order", account)) // written now
            roadbook.logAll(
                (1..50).map { VisitDraft(account, purpose = "visit $it", checkInAt = now.minusSeconds(it * 86_400L)) }
            )
            // Written last, but happened before.
            roadbook.log(VisitDraft(account, purpose = "signing", plannedAt = now.plusSeconds(86_400)))
            roadbook.log(GiftNoteDraft(account, "tea", givenAt = now.minusSeconds(90_000)))
            roadbook.log(TaskDraft(subject = "stocktaking", account = account, startsAt = now.minusSeconds(180_000)))
        }
        seePart(Account.Fields.strategic.label.en)
        see(R.string.field_is, Account.Fields.tags.label.en, "chain, pharmacy")
        val expected = listOf("signing", "spring order", "visit 1", "tea", "visit 2", "stocktaking", "visit 3")
        tap(R.string.earlier)
        for ((earlier, later) in expected.zipWithNext()) above(earlier, later)
        seePart("Gift note · ")
        tap("stocktaking")
        see(R.string.save)
        tap(R.string.back)
        tap(R.string.earlier)
        tap("visit 50")
        see(R.string.save)
        tap(R.string.back)
        waitFor("where one was") { runCatching { ui.onNode(hasText("visit 45")).assertIsDisplayed() }.isSuccess }
    }

    private fun above(upper: String, lower: String) {
        show(upper)
        val tops = listOf(upper, lower).map { ui.onNode(hasText(it)).fetchSemanticsNode().positionInRoot.y }
        assertTrue(tops[0] < tops[1], "$upper is not above $lower")
    }

    @Test
    fun `a field that is refused comes into sight, however far up it is`() {
        pickUp("wang")
        tap(R.string.new_account)
        val name = ui.onNode(hasTestTag("name"))
        type("notes", "at the end of the form")
        tap(R.string.save)
        waitFor("the name") { runCatching { name.assertIsDisplayed() }.isSuccess }
        seePart("must not be empty")
    }

    @Test
    fun `what is due is asked for again when another day has come`() {
        pickUp("wang")
        runBlocking { roadbook.log(TaskDraft(subject = "call back", dueOn = today, status = TaskStatus.Open)) }
        see(words(R.string.due, 1))
        see(R.string.where_saved)
        lookAway { today = today.plusDays(1) }
        see(words(R.string.overdue, 1))
        seePart(words(R.string.days_late, 1))
    }

    @Test
    fun `a search is cut off between characters`() {
        pickUp("wang")
        tap(R.string.search)
        type("search", "a".repeat(199) + "😀")
        see(words(R.string.search_none, "a".repeat(199)))
    }

    @Test
    fun `what a recipient got this year is counted as the rules count it`() {
        pickUp("wang")
        newAccount("百草堂")
        runBlocking {
            val account = roadbook.list(Account).single().id
            val zhou = roadbook.log(ContactDraft(account, "周总"))
            val gift = { item: String, cents: Long, state: GiftNoteState, at: Instant? ->
                GiftNoteDraft(
                    account,
                    item,
                    recipient = zhou,
                    value = Money(cents, "CNY"),
                    state = state,
                    givenAt = at,
                )
            }
            val notes =
                listOf(
                    gift("planned", 1_000, GiftNoteState.Planned, null),
                    gift("given", 2_000, GiftNoteState.Given, Instant.now()),
                    gift("long ago", 4_000, GiftNoteState.Given, Instant.now().minusSeconds(400L * 86_400)),
                    gift("declined", 8_000, GiftNoteState.Declined, Instant.now()),
                    gift("returned", 16_000, GiftNoteState.Returned, null),
                )
            roadbook.logAll(notes)
        }
        tap(GiftNote.label.en)
        tap("周总")
        seePart("30.00")
    }

    @Test
    fun `ten thousand visits scroll without being read all`() {
        pickUp("wang")
        runBlocking {
            val account = roadbook.log(AccountDraft(name = "百草堂"))
            val start = Instant.parse("2026-01-01T00:00:00Z")
            for (part in (0 until 10_000).chunked(1_000)) {
                roadbook.logAll(
                    part.map { VisitDraft(account, purpose = "visit $it", checkInAt = start.plusSeconds(it * 60L)) }
                )
            }
        }
        tap(R.string.all_visits)
        seePart("visit 9999")
        val before = Pages.recordsRead
        scrollUntil("visit 0", 9_999)
        scrollUntil("visit 4999", 5_000)
        assertTrue(Pages.recordsRead > before)
        assertTrue(Pages.recordsRead < 20 * Pages.SIZE, "${Pages.recordsRead} records were read")
    }

    /** A line grows when its page has come, so that what was at the end is pushed out of sight once. */
    private fun scrollUntil(text: String, index: Int) =
        waitFor(text) {
            ui.onNode(hasTestTag("visits")).performScrollToIndex(index)
            ui.onAllNodes(hasText(text, substring = true)).fetchSemanticsNodes().isNotEmpty()
        }

    @Test
    fun `opportunities stand by stage, move on by one tap and to any stage by two`() {
        pickUp("wang")
        tap(R.string.board)
        see(R.string.board_empty)
        runBlocking {
            val account = roadbook.log(AccountDraft(name = "百草堂"))
            roadbook.log(
                OpportunityDraft(
                    "spring order",
                    account,
                    stage = OpportunityStage.Qualified,
                    amount = Money(120_000, "CNY"),
                )
            )
            roadbook.log(
                OpportunityDraft(
                    "autumn order",
                    account,
                    stage = OpportunityStage.Qualified,
                    amount = Money(80_000, "CNY"),
                )
            )
        }
        seePart("Qualified (2) · CN¥2,000.00")
        tap(R.string.move_on_to, "spring order", "Proposal")
        seePart("Proposal (1) · CN¥1,200.00")
        runBlocking {
            val moved =
                roadbook.list(Query(Opportunity).where(Opportunity.Fields.stage eq OpportunityStage.Proposal)).single()
            assertEquals("spring order", moved.name)
        }
        tap(R.string.move_to, "spring order")
        tap(OpportunityStage.Won.label.en)
        seePart("Won (1) · CN¥1,200.00")
        tap(R.string.move_to, "spring order") // back, too
        tap(OpportunityStage.Lead.label.en)
        seePart("Lead (1) · CN¥1,200.00")
        restart("wang")
        tap(R.string.board)
        seePart("Lead (1) · CN¥1,200.00")
        tap(R.string.move_to, "spring order")
        see(OpportunityStage.Won.label.en)
        assertEquals(0, ui.onAllNodes(acts(OpportunityStage.Lead.label.en)).fetchSemanticsNodes().size)
    }

    @Test
    fun `why an opportunity was lost is asked once it is lost`() {
        pickUp("wang")
        runBlocking { roadbook.log(OpportunityDraft("spring order", stage = OpportunityStage.Proposal)) }
        tap(R.string.board)
        tap("spring order")
        see(R.string.save)
        seeNot(Opportunity.Fields.lostReason.label.en)
        tap(OpportunityStage.Lost.label.en)
        tap(OpportunityLostReason.Price.label.en)
        save()
        see(R.string.today)
        runBlocking { assertEquals(OpportunityLostReason.Price, roadbook.list(Opportunity).single().lostReason) }
    }

    @Test
    fun `a number is called with one tap, an account's and a contact's`() {
        pickUp("wang")
        newAccount("百草堂")
        runBlocking {
            val account = roadbook.list(Account).single()
            roadbook.edit(account) { phones = setOf("0571-8888 1234") }
            roadbook.log(ContactDraft(account.id, "周总", phones = setOf("138 0000 1234")))
        }
        for ((whom, number) in listOf("0571-8888 1234" to "0571-8888 1234", "周总" to "138 0000 1234")) {
            tap(R.string.call, whom)
            val asked = shadowOf(app).nextStartedActivity
            assertEquals(Intent.ACTION_DIAL to number, asked.action to asked.data?.schemeSpecificPart)
        }
    }

    @Test
    fun `a forbidden gift is refused with the rule's words before it is saved, and stays typed`() {
        pickUp("wang")
        newAccount("百草堂")
        runBlocking {
            val account = roadbook.list(Account).single().id
            roadbook.log(
                ContactDraft(account, "Dr. Lin", recipientClass = ContactRecipientClass.HealthcareProfessional)
            )
        }
        tap(GiftNote.label.en)
        tap("Dr. Lin")
        type("item", "watch")
        seePart("no gifts to this class of recipients")
        tap(R.string.save)
        seePart("no gifts to this class of recipients")
        see("watch")
        runBlocking { assertEquals(0, roadbook.count(Query(GiftNote))) }
    }

    @Test
    fun `what waits is told with the reason, sync can be switched off, and a wipe says what is lost`() {
        val wang = office.member("Wang", "rep")
        pickUp("wang")
        enrolAs(wang)
        tap(R.string.settings)
        tap(R.string.sync_switch)
        see(R.string.why_paused)
        tap(R.string.today)
        newAccount("百草堂")
        tap(R.string.back)
        tap(R.string.settings)
        see(words(R.string.waiting_to_be_sent, 1))
        tap(R.string.wipe)
        see(words(R.string.wipe_loses, 1))
        tap(R.string.cancel)
        tap(R.string.sync_switch)
        see(words(R.string.waiting_to_be_sent, 0))
        office.kill()
        runBlocking { roadbook.log(TaskDraft(subject = "call back")) }
        see(R.string.error_offline)
        seePart(words(R.string.next_try, "").trim())
        office.restart()
        tap(R.string.wipe)
        tap(R.string.wipe_confirm)
        see(R.string.sync_alone)
        runBlocking { assertEquals(0, roadbook.count(Query(Account))) }
    }

    @Test
    fun `what is unsent when the app goes is left to the worker`() {
        val wang = office.member("Wang", "rep")
        pickUp("wang")
        enrolAs(wang)
        office.kill()
        newAccount("百草堂")
        leave()
        // One that is at once, besides the regular one.
        waitFor("work") { waiting() == 2 }
        // Switched off now, it does not sync any more.
        pickUp("wang")
        tap(R.string.settings)
        tap(R.string.sync_switch)
        see(R.string.why_paused)
        waitFor("no work") { waiting() == 0 }
        runBlocking { assertNull(app.roadbook()) }
        leave()
        restart("wang")
        runBlocking { assertNull(app.roadbook()) }
        tap(R.string.settings)
        tap(R.string.sync_switch)
        waitFor("regular work") { waiting() == 1 }
        runBlocking { assertEquals(roadbook, app.roadbook()) }
        office.restart()
    }

    private fun waiting() =
        WorkManager.getInstance(app).getWorkInfos(WorkQuery.fromStates(WorkInfo.State.ENQUEUED)).get().size

    @Test
    fun `the store is where no backup takes it, or where an older version left it`() {
        assertEquals(app.noBackupFilesDir, app.home())
        app.filesDir.resolve(Phone.STORE).mkdirs()
        assertEquals(app.filesDir, app.home())
    }

    @Test
    fun `what is watched goes on after what passes, and tells of damage`() = runBlocking {
        // What the core throws when another process holds the file, and when the file is damaged.
        val (locked, damaged) =
            listOf(RoadbookException.Locked::class, RoadbookException.Damaged::class).map {
                it.java.declaredConstructors.single().newInstance(Wording("", "")) as RoadbookException
            }
        var begun = 0
        var told: RoadbookException? = null
        val flow = flow {
            begun++
            emit(begun)
            throw if (begun == 1) locked else damaged
        }
        assertEquals(listOf(1, 2), flow.steadily { told = it }.toList())
        assertEquals(damaged, told)
    }
}
