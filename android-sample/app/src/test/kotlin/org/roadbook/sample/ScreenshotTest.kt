package org.roadbook.sample

import kotlin.test.assertEquals
import kotlinx.coroutines.runBlocking
import org.junit.Test
import org.roadbook.*
import org.robolectric.RuntimeEnvironment

/** Draws every screen, for people to look at: target/screenshots. */
class ScreenshotTest : AppTest() {
    private val zhao by lazy { office.member("赵敏", "manager") }
    private val wang by lazy { office.member("王芳", "rep", zhao) }
    private val li by lazy { office.member("李强", "rep", zhao) }

    @Test
    fun `every screen in Chinese`() {
        RuntimeEnvironment.setQualifiers("+zh-rCN")
        tour("zh")
    }

    @Test fun `every screen in English`() = tour("en")

    @Test
    fun `dark, and with large text`() {
        fill()
        RuntimeEnvironment.setQualifiers("+zh-rCN-night")
        pickUp("wang")
        seePart("赵敏") // with whom it is
        shot("today-zh-dark")
        tap(R.string.settings)
        see(R.string.sync_switch)
        shot("settings-zh-dark")
        tap(R.string.conflicts)
        see(R.string.merge)
        shot("conflicts-zh-dark")
        account("百草堂")
        gift("保温杯", words(R.string.not_approved))
        shot("gift-zh-dark")
        tap(R.string.back)
        tap("新品演示")
        see(R.string.elsewhere)
        seePart("赵敏")
        shot("visit-elsewhere-zh-dark")
        tap(R.string.back)
        shot("account-timeline-zh-dark")
        refused(TaskRecord, "due_on", "明天", words(R.string.hint_day)) { shot("task-refused-zh-dark") }
        RuntimeEnvironment.setQualifiers("+notnight")
        RuntimeEnvironment.setFontScale(LARGE)
        pickUp("wang")
        seePart("赵敏")
        shot("today-zh-large")
        tap(R.string.board)
        see("春季订单")
        shot("board-zh-large")
        tap(R.string.move_to, "春季订单")
        see(OpportunityStage.Lost.label.zh)
        shot("board-stages-zh-large")
        tap(OpportunityStage.Won.label.zh)
        tap(R.string.settings)
        see(R.string.sync_switch)
        shot("settings-zh-large")
        tap(R.string.conflicts)
        see(R.string.merge)
        shot("conflicts-zh-large")
        account("百草堂")
        seePart("赵敏")
        shot("account-zh-large")
        show("新品演示")
        seePart("赵敏")
        shot("account-timeline-zh-large")
        gift("保温杯", words(R.string.not_approved))
        shot("gift-zh-large")
        tap(R.string.back)
        tap(Visit.label.zh)
        see(R.string.check_in)
        shot("visit-zh-large")
        RuntimeEnvironment.setQualifiers("+en-rUS")
        pickUp("wang")
        seePart("赵敏")
        shot("today-en-large")
        account("百草堂")
        refused(Opportunity, "probability", "120", "120") { shot("opportunity-refused-en-large") }
    }

    @Test
    fun `what goes wrong`() {
        office.kill()
        office.restart(daysAhead = 365)
        pickUp("wang")
        enrolAs(wang)
        tap(R.string.settings)
        seePart(words(R.string.days, 365))
        inBoth("clock")
        office.order(wang, "wipe")
        see(R.string.ended)
        inBoth("ended")
        pickUp("late")
        putDown()
        ofALaterVersion("late") {
            pickUp("late")
            see(R.string.error_newer)
            inBoth("newer")
        }
        onSmallDisk("full", "size=3m") { disk ->
            pickUp("full")
            tap(R.string.new_account)
            type("name", "百草堂")
            fillUp(disk)
            inBoth("full-disk") {
                tap(R.string.save)
                see(R.string.error_disk_full)
            }
        }
        pickUpDamaged("spoilt")
        inBoth("damaged")
        RuntimeEnvironment.setQualifiers("+zh-rCN-night")
        RuntimeEnvironment.setFontScale(LARGE)
        rotate()
        shot("damaged-zh-dark-large")
    }

    /** Draws what is on the screen in both languages; [again] brings about what a change of language takes away. */
    private fun inBoth(name: String, again: () -> Unit = {}) {
        for ((language, qualifiers) in listOf("zh" to "+zh-rCN", "en" to "+en-rUS")) {
            RuntimeEnvironment.setQualifiers(qualifiers)
            rotate()
            again()
            shot("$name-$language")
        }
    }

    private fun tour(language: String) {
        val shot = { name: String -> shot("$name-$language") }
        firstStart(shot)
        fill()
        pickUp("wang")
        see(words(R.string.overdue, 1))
        seePart("赵敏")
        shot("today")
        tap("寄送报价单")
        seePart("赵敏")
        shot("task")
        tap(R.string.back)
        tap(R.string.search)
        type("search", "周总")
        seePart("老客户")
        seePart("赵敏")
        shot("search")
        tap("百草堂")
        see("周总")
        see(R.string.timeline)
        shot("account")
        show("新品演示")
        seePart("赵敏")
        shot("account-timeline")
        forms(shot)
        gifts(shot)
        tap(R.string.board)
        seePart("赵敏")
        shot("board")
        tap(R.string.move_to, "春季订单")
        see(OpportunityStage.Lost.label.said())
        shot("board-stages")
        pickUp("wang")
        tap(R.string.board)
        tap("春季订单")
        seePart("赵敏")
        shot("opportunity")
        tap(R.string.back)
        decisions(shot)
        tap(R.string.today)
        see(R.string.unfinished)
        seePart("赵敏")
        shot("today-unfinished")
        tap(R.string.all_visits)
        seePart("赵敏")
        shot("visits")
        manager(shot)
        pickUp("li")
        syncNow()
        tap(R.string.settings)
        seePart("王芳")
        shot("settings-refused")
        tap(R.string.read_it)
        seePart("补货")
        shot("settings-refused-read")
        tap(R.string.cancel)
        tap(R.string.review)
        seePart("王芳")
        shot("review-verdicts")
    }

    /** Nothing is there yet, and the phone is nobody's. */
    private fun firstStart(shot: (String) -> Unit) {
        allowLocation()
        pickUp("new")
        see(R.string.today_empty)
        shot("today-empty")
        tap(R.string.all_visits)
        see(R.string.visits_empty)
        shot("visits-empty")
        tap(R.string.back)
        tap(R.string.new_account)
        tap(R.string.save)
        seePart(Wording("must not be empty", "不能为空").said())
        shot("account-refused")
        tap(R.string.back)
        tap(R.string.search)
        see(R.string.search_empty)
        shot("search-empty")
        type("search", "东方纺织")
        see(R.string.search_none, "东方纺织")
        shot("search-none")
        tap(R.string.board)
        see(R.string.board_empty)
        shot("board-empty")
        tap(R.string.settings)
        see(R.string.not_enrolled)
        shot("settings-new")
        enrol("https://relay.example/")
        seePart(Wording("not an invitation", "邀请无效").said())
        shot("enrol-error")
    }

    /** From the account's card. */
    private fun forms(shot: (String) -> Unit) {
        tap(R.string.history_show)
        seePart(" → ")
        shot("account-history")
        tap(R.string.edit)
        seePart("赵敏")
        shot("account-form")
        tap(R.string.back)
        tap("周总")
        seePart("赵敏")
        shot("contact")
        tap(R.string.back)
        refused(Contact, "birthday", "五月一日", words(R.string.hint_day)) { shot("contact-refused") }
        refused(Opportunity, "probability", "120", "120") { shot("opportunity-refused") }
        refused(TaskRecord, "due_on", "明天", words(R.string.hint_day)) { shot("task-refused") }
        tap(Visit.label.said())
        see(R.string.check_in)
        tap(R.string.check_in)
        see(R.string.place_none)
        type("purpose", "新品演示")
        shot("visit")
        tap(R.string.back)
        tap("新品演示")
        see(R.string.elsewhere)
        seePart("赵敏")
        shot("visit-elsewhere")
        tap(R.string.back)
    }

    /** A new record's form with a value that is none, which [answer] tells. */
    private fun refused(kind: Kind<*>, tag: String, text: String, answer: String, look: () -> Unit) {
        tap(kind.label.said())
        type(tag, text)
        tap(R.string.save)
        seePart(answer)
        look()
        tap(R.string.discard_draft)
        tap(R.string.back)
    }

    /** The rep's gifts, from the account's card: what rules say of them, and what her manager said. */
    private fun gifts(shot: (String) -> Unit) {
        for ((item, name, part) in
            listOf(
                Triple("茶叶礼盒", "gift", "25.00 USD"),
                Triple("保温杯", "gift-waits", words(R.string.not_approved)),
                Triple("雨伞", "gift-approved", words(R.string.approved_by, "赵敏")),
                Triple("红酒", "gift-declined", words(R.string.declined_by, "赵敏")),
            )) {
            gift(item, part)
            shot(name)
            tap(R.string.back)
        }
        tap(R.string.back)
        type("search", "仁和")
        tap("仁和诊所")
        tap(GiftNote.label.said())
        tap("林医生")
        type("item", "手表")
        tap(R.string.save)
        seePart("IFPMA")
        shot("gift-forbidden")
        tap(R.string.discard_draft)
        tap(R.string.back)
        tap(R.string.back)
    }

    private fun gift(item: String, part: String) {
        tap(item)
        seePart("赵敏")
        seePart(part)
    }

    /** What two changed, and what waits after a handover. */
    private fun decisions(shot: (String) -> Unit) {
        tap(R.string.settings)
        see(R.string.sync_switch)
        shot("settings")
        tap(R.string.conflicts)
        see(R.string.merge)
        shot("conflicts")
        tap(R.string.merge)
        see(R.string.save_merged)
        shot("conflicts-merge")
        tap(R.string.save_merged)
        see(R.string.conflicts_empty)
        shot("conflicts-empty")
        tap(R.string.back)
        tap(R.string.review)
        type("reason", Wording("Logged twice", "重复登记").said())
        shot("review")
        tap(R.string.refuse)
        see(R.string.review_empty)
        shot("review-empty")
        tap(R.string.back)
        syncNow()
    }

    private fun manager(shot: (String) -> Unit) {
        pickUp("zhao")
        enrolAs(zhao)
        tap(R.string.team)
        seePart("新品演示")
        shot("team")
        tap("保温杯")
        see(R.string.decline)
        shot("gift-decide")
        tap(R.string.decline)
        see(R.string.declined_by, "赵敏")
        shot("gift-decided")
        tap(R.string.discard_draft)
        tap(R.string.back)
        tap(R.string.day_after)
        seePart("签约")
        shot("team-planned")
        tap(R.string.day_before)
        tap(R.string.day_before)
        see(R.string.team_empty)
        shot("team-empty")
        tap(R.string.settings)
        office.kill()
        runBlocking { roadbook.log(TaskDraft(subject = "回电")) }
        seePart(words(R.string.sync_offline))
        seePart("回电")
        seePart(words(R.string.unsent_offline))
        shot("settings-offline")
        tap(R.string.wipe)
        see(R.string.wipe_loses, 1)
        shot("settings-wipe")
        tap(R.string.cancel)
        office.restart()
    }

    /** From wherever the phone at hand is. */
    private fun account(name: String) {
        while (ui.onAllNodes(acts(words(R.string.search))).fetchSemanticsNodes().isEmpty()) tap(R.string.back)
        tap(R.string.search)
        type("search", name)
        tap(name)
        see("周总")
    }

    /** What stands on Wang's phone after some weeks, with a clash and a handover. */
    private fun fill() {
        app.phone.close()
        app.phone = phone("wang")
        runBlocking {
            roadbook.enrol(office.invitation(wang), "phone")
            val boss = office.device(zhao, "laptop")
            val herbs = roadbook.logWeeks()
            roadbook.sync()
            boss.sync()
            boss.edit(boss.get(Account, herbs), reason = "电话") { region = "绍兴" }
            roadbook.edit(roadbook.get(Account, herbs)) { region = "杭州、湖州" }
            decide(boss)
            boss.sync()
            handOver(boss)
            roadbook.sync()
            boss.sync()
            roadbook.sync()
            assertEquals(1, roadbook.status().conflicts)
            assertEquals(1, roadbook.status().proposals)
            boss.close()
        }
    }

    private suspend fun decide(boss: Roadbook) {
        val me = checkNotNull(boss.identity()).member
        val said =
            mapOf(
                "雨伞" to (GiftNoteState.Approved to "可以"),
                "红酒" to (GiftNoteState.Declined to "太贵重，换成样品"),
            )
        for (gift in boss.list(GiftNote)) {
            val (decision, remark) = said[gift.item] ?: continue
            boss.edit(gift) {
                state = decision
                approver = me
                approverRemark = remark
            }
        }
    }

    /** Li's account is Wang's now, and Li, who has not heard of it, logs a visit. */
    private suspend fun handOver(boss: Roadbook) {
        val phone = phone("li")
        val old = checkNotNull(phone.opened())
        old.enrol(office.invitation(li), "phone")
        val account = old.log(AccountDraft("同济药房"))
        old.sync()
        roadbook.sync()
        office.move(account.value, li, wang)
        old.log(VisitDraft(account, purpose = "补货", mode = VisitMode.DoorVisit, outcome = "下月再订"))
        old.sync()
        phone.close()
        boss.sync()
    }

    private companion object {
        const val LARGE = 1.6f
    }
}
