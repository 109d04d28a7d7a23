package org.roadbook.sample

import androidx.compose.ui.semantics.SemanticsActions
import androidx.compose.ui.semantics.SemanticsProperties
import androidx.compose.ui.semantics.getOrNull
import androidx.compose.ui.test.SemanticsMatcher
import androidx.compose.ui.test.hasClickAction
import java.time.Instant
import kotlin.test.*
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.roadbook.*

/** What who does not see the screen is told of it. */
class TalkBackTest : AppTest() {
    @Test
    fun `everything that acts has a name for TalkBack, and is large enough to be hit`() {
        val zhao = office.member("Zhao", "manager")
        val wang = office.member("Wang", "manager", zhao)
        pickUp("wang")
        tap(R.string.settings)
        tap(R.string.enrol)
        assertEverythingSpeaks("enrol")
        tap(R.string.back)
        enrolAs(wang)
        runBlocking {
            val account = roadbook.log(AccountDraft(name = "百草堂", maturity = AccountMaturity.Maturity3))
            roadbook.log(ContactDraft(account, "周总"))
            roadbook.log(OpportunityDraft("spring order", account, stage = OpportunityStage.Qualified))
            roadbook.log(VisitDraft(account, checkInAt = Instant.now().minusSeconds(4_000_000)))
        }
        for (place in listOf(R.string.today, R.string.search, R.string.board, R.string.team, R.string.settings)) {
            tap(place)
            assertEverythingSpeaks(words(place))
        }
        tap(R.string.board)
        tap(R.string.move_to, "spring order")
        see(OpportunityStage.Won.label.en)
        assertEverythingSpeaks("stages")
        tap(OpportunityStage.Lead.label.en)
        tap(R.string.search)
        type("search", "百草")
        tap("百草堂")
        see("周总")
        assertEverythingSpeaks("account")
        for (form in listOf(Visit.label.en, GiftNote.label.en, Contact.label.en)) {
            tap(form)
            see(R.string.save)
            assertEverythingSpeaks(form)
            tap(R.string.back)
        }
        tap(R.string.back)
        decisions(wang, zhao)
    }

    private fun decisions(wang: String, zhao: String) {
        clash(zhao)
        handOver(from = office.member("Li", "rep", wang), to = wang).close()
        tap(R.string.settings)
        tap(R.string.conflicts)
        see(R.string.keep_this_of, "Zhao", "Wenzhou")
        tap(R.string.merge)
        assertEverythingSpeaks("conflicts")
        tap(R.string.back)
        tap(R.string.review)
        see(R.string.accept)
        assertEverythingSpeaks("review tray")
        tap(R.string.refuse)
        see(R.string.review_empty)
        tap(R.string.back)
        tap(R.string.wipe)
        see(R.string.wipe_title)
        assertEverythingSpeaks("wipe")
        syncNow()
        lastLook()
    }

    /** What nobody took, before it is given up. */
    private fun lastLook() {
        pickUp("old")
        syncNow()
        tap(R.string.settings)
        tap(R.string.read_it)
        see(R.string.export)
        assertEverythingSpeaks("last look")
        tap(R.string.cancel)
        tap(R.string.review)
        see(R.string.verdicts)
        assertEverythingSpeaks("verdicts")
    }

    private fun assertEverythingSpeaks(where: String) {
        ui.waitForIdle()
        val acting =
            ui.onAllNodes(hasClickAction() or SemanticsMatcher.keyIsDefined(SemanticsActions.SetText))
                .fetchSemanticsNodes()
        assertTrue(acting.isNotEmpty(), where)
        val names = acting.map { node ->
            node.config.getOrNull(SemanticsProperties.ContentDescription)?.joinToString()
                ?: node.config.getOrNull(SemanticsProperties.Text)?.joinToString { it.text }
        }
        assertEquals(names.distinct(), names, "$where: two sound alike")
        for ((node, name) in acting.zip(names)) {
            assertFalse(name.isNullOrBlank(), "$where: ${node.config}")
            val smallest = with(node.layoutInfo.density) { node.touchBoundsInRoot.height.toDp().value }
            assertTrue(smallest >= 47.5f || node.touchBoundsInRoot.height == 0f, "$where: $name is $smallest dp high")
        }
    }
}
