package org.roadbook.sample

import android.content.Intent
import java.time.ZoneId
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.roadbook.*
import org.robolectric.Shadows.shadowOf

/** What a rep and her manager do in a week. */
class PersonTest : AppTest() {
    private val zhao by lazy { office.member("Zhao", "manager") }
    private val wang by lazy { office.member("Wang", "rep", zhao) }

    @Test
    fun `the whole app works from the first start without a connection`() {
        allowLocation()
        pickUp("wang")
        see(R.string.today_empty)
        see(R.string.sync_alone)
        newAccount("百草堂")
        tap(Visit.label.en)
        type("purpose", "demonstration")
        tap(R.string.check_in)
        see(R.string.place_none)
        save()
        see("demonstration")
        see(R.string.where_saved)
        runBlocking {
            val visit = roadbook.list(Visit).single()
            assertEquals("demonstration" to VisitMode.DoorVisit, visit.purpose to visit.mode)
            assertNotNull(visit.checkInAt)
            assertNull(visit.checkInPoint)
        }
    }

    @Test
    fun `a visit logged offline outlives a kill, reaches the manager and is seen to be delivered`() {
        pickUp("wang")
        enrolAs(wang)
        office.kill()
        newAccount("百草堂")
        tap(Visit.label.en)
        type("purpose", "demonstration")
        save()
        see("demonstration")
        restart("wang")
        tap(R.string.search)
        type("search", "demonstr")
        tap("demonstration")
        see(R.string.where_saved)
        seePart(words(R.string.sync_offline))
        office.restart()
        tap(R.string.back)
        syncNow()
        pickUp("zhao")
        enrolAs(zhao)
        see(R.string.team)
        tap(R.string.team)
        see(R.string.team_empty)
        tap(R.string.search)
        type("search", "百草")
        tap("百草堂")
        see("demonstration")
        syncNow()
        pickUp("wang")
        syncNow()
        tap(R.string.search)
        type("search", "demonstr")
        tap("demonstration")
        seePart("With Zhao since")
    }

    @Test
    fun `the settings say what waits to be sent, and why`() {
        pickUp("wang")
        newAccount("百草堂")
        tap(R.string.back)
        tap(R.string.settings)
        see(R.string.what_waits)
        see("百草堂")
        seePart(words(R.string.unsent_not_enrolled))
        enrolAs(wang)
        office.kill()
        runBlocking { roadbook.log(AccountDraft(name = "回春堂")) }
        tap(R.string.settings)
        see("回春堂")
        seePart(words(R.string.unsent_offline))
        office.restart()
        tap(R.string.sync_now)
        seeNot(words(R.string.what_waits))
    }

    @Test
    fun `two phones edit one account, the clash is shown with who and when, and one side is picked`() {
        clash()
        tap(R.string.decide)
        see("Ningbo")
        see("Wenzhou")
        see("Wang")
        see("Zhao")
        ui.onAllNodes(acts(words(R.string.keep_this)))[0].assertExists()
        val picked =
            runBlocking { roadbook.conflicts().single().sides.first().wrote as Conflict.Wrote.Put }.value as Value.Text
        tap(R.string.keep_this)
        see(R.string.conflicts_empty)
        syncNow()
        pickUp("zhao")
        syncNow()
        runBlocking {
            assertEquals(emptyList(), roadbook.conflicts())
            assertEquals(picked.text, roadbook.list(Account).single().region)
        }
    }

    @Test
    fun `a clash is merged by a third text`() {
        clash()
        tap(R.string.decide)
        tap(R.string.merge)
        type("merged", "Ningbo and Wenzhou")
        tap(R.string.save_merged)
        see(R.string.conflicts_empty)
        runBlocking { assertEquals("Ningbo and Wenzhou", roadbook.list(Account).single().region) }
    }

    @Test
    fun `an account's card leads to its own clashes`() {
        pickUp("wang")
        enrolAs(wang)
        clash(zhao)
        clash(zhao, "回春堂")
        tap(R.string.search)
        type("search", "回春")
        tap("回春堂")
        tap(R.string.decide)
        see("回春堂")
        seeNot("百草堂")
        tap(R.string.keep_this)
        see(R.string.conflicts_empty)
        runBlocking { assertEquals("百草堂", roadbook.get(Account, roadbook.conflicts().single().record).name) }
    }

    /** Leaves Wang's phone in hand, on today. */
    private fun clash() {
        pickUp("wang")
        enrolAs(wang)
        newAccount("百草堂")
        syncNow()
        pickUp("zhao")
        enrolAs(zhao)
        office.kill()
        region("Wenzhou")
        pickUp("wang")
        region("Ningbo")
        office.restart()
        syncNow()
        pickUp("zhao")
        syncNow()
        pickUp("wang")
        syncNow()
        see(words(R.string.conflicts_wait, 1))
    }

    private fun region(name: String) {
        tap(R.string.search)
        type("search", "百草堂")
        tap("百草堂")
        tap(R.string.edit)
        type("region", name)
        save()
        seePart(name)
        tap(R.string.back)
        tap(R.string.today)
    }

    @Test
    fun `the manager sees the team's day and approves a gift`() {
        pickUp("wang")
        enrolAs(wang)
        newAccount("百草堂")
        tap(Contact.label.en)
        type("name", "周总")
        tap(ContactRecipientClass.PrivateStaff.label.en)
        save()
        see("周总")
        tap(Visit.label.en)
        type("purpose", "demonstration")
        tap(R.string.check_in)
        tap("周总")
        save()
        see("demonstration")
        tap(GiftNote.label.en)
        tap("周总")
        type("item", "tea")
        type("value", "88.50")
        type("meaning", "her daughter's exam")
        tap(GiftNoteOccasion.ThankYou.label.en)
        see(R.string.not_approved) // what the rules say comes a moment later, and moves what is below
        save()
        tap("tea")
        see(R.string.not_approved)
        seeNot(GiftNoteState.Approved.label.en)
        runBlocking {
            roadbook.log(TaskDraft(subject = "call back", dueOn = today.minusDays(3)))
            val account = roadbook.list(Account).single().id
            val noon = { days: Long -> today.plusDays(days).atTime(12, 0).atZone(ZoneId.systemDefault()).toInstant() }
            roadbook.log(VisitDraft(account, purpose = "signing", plannedAt = noon(0)))
            roadbook.log(VisitDraft(account, purpose = "stocktaking", plannedAt = noon(1)))
        }
        syncNow()

        pickUp("zhao")
        enrolAs(zhao)
        see(R.string.team)
        tap(R.string.team)
        see(R.string.member_visits, "Wang", 1, 1)
        see(R.string.member_visits, "Zhao", 0, 0)
        seePart("demonstration")
        seePart("signing")
        see(R.string.gifts_wait)
        see("call back")
        seePart("Wang · ")
        tap(R.string.day_after)
        see(R.string.member_visits, "Wang", 0, 1)
        seePart("stocktaking")
        tap(R.string.day_before)
        tap("tea")
        tap(R.string.approve)
        type("approver_remark", "well meant")
        save()
        seeNot("tea")
        syncNow()

        pickUp("wang")
        syncNow()
        tap(R.string.search)
        type("search", "tea")
        tap("tea")
        see(words(R.string.approved_by, "Zhao"))
        runBlocking {
            val gift = roadbook.list(GiftNote).single()
            assertEquals(Money(8850, "CNY") to GiftNoteState.Approved, gift.value to gift.state)
            assertEquals("her daughter's exam" to "well meant", gift.meaning to gift.approverRemark)
        }
    }

    @Test
    fun `a gift waits for the manager if a rule asks for it, and her no is seen`() {
        pickUp("wang")
        enrolAs(wang)
        runBlocking {
            val account = roadbook.log(AccountDraft("百草堂"))
            val zhou = roadbook.log(ContactDraft(account, "周总", recipientClass = ContactRecipientClass.PrivateStaff))
            roadbook.log(GiftNoteDraft(account, "pen", recipient = zhou, branded = true, state = GiftNoteState.Planned))
            roadbook.log(GiftNoteDraft(account, "tea", recipient = zhou, state = GiftNoteState.Planned))
        }
        syncNow()

        pickUp("zhao")
        enrolAs(zhao)
        tap(R.string.team)
        see("tea")
        seeNot("pen")
        tap("tea")
        seePart("not company-branded") // what the rules say comes a moment later, and moves what is below
        tap(R.string.decline)
        see(words(R.string.declined_by, "Zhao"))
        type("approver_remark", "with our name on it, please")
        save()
        seeNot("tea")
        syncNow()

        pickUp("wang")
        syncNow()
        tap(R.string.search)
        type("search", "pen")
        tap("pen")
        see(R.string.approval_not_needed)
        tap(R.string.back)
        type("search", "tea")
        tap("tea")
        see(words(R.string.declined_by, "Zhao"))
        see("with our name on it, please")
        seeNot(GiftNoteState.Given.label.en)
        tap(GiftNoteState.Planned.label.en)
        see(R.string.not_approved)
        save()
        runBlocking {
            val tea = roadbook.list(GiftNote).single { it.item == "tea" }
            assertEquals(GiftNoteState.Planned to null, tea.state to tea.approver)
        }
    }

    @Test
    fun `a revoked phone wipes, says so, and can be enrolled again`() {
        pickUp("wang")
        enrolAs(wang)
        newAccount("百草堂")
        syncNow()
        office.order(wang, "wipe")
        see(R.string.ended)
        val left =
            home("wang").walk().filter(java.io.File::isFile).flatMap {
                it.readBytes().decodeToString().windowedSequence(3)
            }
        assertFalse("百草堂" in left)
        restart("wang")
        see(R.string.ended)
        tap(R.string.start_again)
        see(R.string.sync_alone)
        enrolAs(wang)
        tap(R.string.search)
        type("search", "百草")
        see("百草堂")
    }

    /** Wang's account was handed over to Li, whose phone is picked up and shows what Wang did to it since. */
    private fun proposeALateVisit() {
        val li = office.member("Li", "rep", zhao)
        pickUp("wang")
        enrolAs(wang)
        newAccount("百草堂")
        syncNow()
        val account = runBlocking { roadbook.list(Account).single().id }
        pickUp("li")
        enrolAs(li)
        putDown()
        office.move(account.value, wang, li)
        // Wang's phone has not heard of it.
        app.phone = phone("wang")
        runBlocking {
            roadbook.log(VisitDraft(account, purpose = "late visit"))
            roadbook.sync()
        }
        pickUp("li")
        syncNow()
        tap(R.string.review)
        see(words(R.string.proposes_new, "Wang", Visit.label.en))
    }

    @Test
    fun `the old rep's late visit waits in the new one's review tray and is taken`() {
        proposeALateVisit()
        tap(R.string.accept)
        see(R.string.review_empty)
        syncNow()
        runBlocking { assertEquals("late visit", roadbook.list(Visit).single().purpose) }
        toldToWang(R.string.accepted)
    }

    /** On Wang's phone, in the tray, also in the next process. */
    private fun toldToWang(verdict: Int) {
        pickUp("wang")
        syncNow()
        restart("wang")
        tap(R.string.settings)
        tap(R.string.review)
        see(R.string.verdicts)
        seePart("${words(verdict)} · Li · ")
    }

    @Test
    fun `what a reviewer refuses is seen, read, sent elsewhere and given up`() {
        proposeALateVisit()
        type("reason", "logged twice")
        tap(R.string.refuse)
        see(R.string.review_empty)
        syncNow()
        toldToWang(R.string.refused)
        see("late visit")
        seePart("logged twice")
        tap(R.string.back)
        seePart("late visit: refused by Li")
        givenUp("late visit")
        seeGone("refused by Li")
        runBlocking { assertEquals(0L to 0, roadbook.status().refused to roadbook.verdicts().size) }
    }

    @Test
    fun `what the relay rejects for good is seen, read, sent elsewhere and given up, and the rest flows on`() {
        pickUp("zhao")
        enrolAs(zhao)
        pickUp("wang")
        enrolAs(wang)
        newAccount("百草堂")
        syncNow()
        val account = runBlocking { roadbook.list(Account).single().id }
        putDown()
        app.phone = phone("zhao")
        runBlocking {
            roadbook.sync()
            roadbook.delete(account, "twice")
            roadbook.sync()
        }
        putDown()
        app.phone = phone("wang")
        runBlocking {
            roadbook.edit(roadbook.get(Account, account)) { region = "Ningbo" }
            roadbook.log(TaskDraft(subject = "call back"))
        }
        // A month later the deleted account is purged on the relay.
        office.kill()
        office.restart(daysAhead = 40)
        pickUp("wang")
        tap(R.string.settings)
        seePart("the server does not take this (purged)")
        runBlocking { assertFalse(roadbook.hasUnsentWork(), "the rest flows on") }
        givenUp("Ningbo")
        seeGone("(purged)")
        runBlocking { assertEquals(0, roadbook.status().quarantined) }
    }

    /** Reads what was not taken, sends it to another app, and gives it up. */
    private fun givenUp(text: String) {
        tap(R.string.read_it)
        seePart(text)
        tap(R.string.export)
        val chosen = generateSequence { shadowOf(app).nextStartedActivity }.first { it.action == Intent.ACTION_CHOOSER }
        val sent =
            checkNotNull(chosen.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java))
                .getStringExtra(Intent.EXTRA_TEXT)
        assertTrue(text in sent.orEmpty(), sent)
        tap(R.string.discard)
    }

    private fun seeGone(part: String) = waitFor("no $part") { readable().none { part in it } }
}
