package org.roadbook.sample

import java.time.Instant
import java.time.LocalDate
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
        RuntimeEnvironment.setQualifiers("+notnight")
        RuntimeEnvironment.setFontScale(1.6f)
        pickUp("wang")
        seePart("赵敏")
        shot("today-zh-large")
        account("百草堂")
        shot("account-zh-large")
        tap(Visit.label.zh)
        see(R.string.check_in)
        shot("visit-zh-large")
    }

    private fun tour(language: String) {
        val shot = { name: String -> shot("$name-$language") }
        allowLocation()
        pickUp("new")
        see(R.string.today_empty)
        shot("today-empty")
        enrol("https://relay.example/")
        seePart(if (language == "zh") "邀请" else "nvitation")
        waitFor("the refusal") { readable().size > 5 }
        shot("enrol-error")
        fill()
        pickUp("wang")
        see(words(R.string.overdue, 1))
        seePart("赵敏")
        shot("today")
        tap(R.string.search)
        type("search", "周总")
        seePart("老客户")
        seePart("赵敏")
        shot("search")
        tap("百草堂")
        see("周总")
        shot("account")
        tap(R.string.history_show)
        shot("account-history")
        tap(Visit.label.let { if (language == "zh") it.zh else it.en })
        see(R.string.check_in)
        tap(R.string.check_in)
        see(R.string.place_none)
        type("purpose", "新品演示")
        shot("visit")
        tap(R.string.back)
        tap("茶叶礼盒")
        seePart("USD")
        seePart("25.00 USD")
        shot("gift")
        tap(R.string.back)
        tap(R.string.back)
        tap(R.string.board)
        see("春季订单")
        shot("board")
        tap(R.string.settings)
        see(R.string.sync_switch)
        shot("settings")
        tap(R.string.conflicts)
        see(R.string.merge)
        shot("conflicts")
        tap(R.string.back)
        tap(R.string.review)
        see(R.string.accept)
        shot("review")
        tap(R.string.back)
        tap(R.string.today)
        tap(R.string.all_visits)
        seePart("新品演示")
        shot("visits")
        pickUp("zhao")
        enrolAs(zhao)
        tap(R.string.team)
        seePart("新品演示")
        shot("team")
        tap(R.string.settings)
        office.kill()
        runBlocking { roadbook.log(TaskDraft(subject = "回电")) }
        seePart(words(R.string.sync_offline))
        seePart("回电")
        seePart(words(R.string.unsent_offline))
        shot("settings-offline")
    }

    private fun account(name: String) {
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
            val now = Instant.now()
            val herbs =
                roadbook.log(
                    AccountDraft(
                        "百草堂",
                        region = "杭州",
                        industry = "零售药房",
                        maturity = AccountMaturity.Maturity3,
                        tier = AccountTier.B,
                        phones = setOf("0571-8888 1234"),
                        nextStep = "送样品",
                        notes = "老客户，决策人是周总。",
                    )
                )
            val clinic =
                roadbook.log(
                    AccountDraft("仁和诊所", region = "宁波", maturity = AccountMaturity.Maturity2, tier = AccountTier.C)
                )
            val zhou =
                roadbook.log(
                    ContactDraft(
                        herbs,
                        "周总",
                        title = "总经理",
                        role = ContactRole.DecisionMaker,
                        phones = setOf("138 0000 1234"),
                    )
                )
            roadbook.log(ContactDraft(herbs, "吴会计", role = ContactRole.Handler))
            roadbook.log(
                VisitDraft(
                    herbs,
                    mode = VisitMode.DoorVisit,
                    purpose = "新品演示",
                    checkInAt = now.minusSeconds(40L * 86_400),
                    outcome = "看过样品",
                )
            )
            roadbook.log(
                VisitDraft(
                    clinic,
                    contacts = emptySet(),
                    mode = VisitMode.Phone,
                    purpose = "新品演示",
                    checkInAt = now,
                    outcome = "下周签约",
                )
            )
            roadbook.log(
                VisitDraft(clinic, mode = VisitMode.DoorVisit, purpose = "签约", plannedAt = now.plusSeconds(86_400))
            )
            roadbook.log(
                TaskDraft(subject = "寄送报价单", dueOn = LocalDate.now(), account = herbs, status = TaskStatus.Open)
            )
            for (item in listOf("茶叶礼盒", "丝巾")) {
                roadbook.log(
                    GiftNoteDraft(
                        herbs,
                        item,
                        recipient = zhou,
                        occasion = GiftNoteOccasion.LegalHoliday,
                        value = Money(1_500, "USD"),
                        meaning = "中秋问候",
                        state = if (item == "丝巾") GiftNoteState.Given else GiftNoteState.Planned,
                        givenAt = now,
                    )
                )
            }
            roadbook.log(
                OpportunityDraft(
                    "春季订单",
                    herbs,
                    stage = OpportunityStage.Negotiation,
                    amount = Money(12_800_000, "CNY"),
                    expectedClose = LocalDate.now().plusDays(30),
                )
            )
            roadbook.log(
                OpportunityDraft("门店陈列", herbs, stage = OpportunityStage.Qualified, amount = Money(3_600_000, "CNY"))
            )
            roadbook.log(
                OpportunityDraft("检测试剂", clinic, stage = OpportunityStage.Qualified, amount = Money(5_200_000, "CNY"))
            )
            roadbook.sync()
            boss.sync()
            boss.edit(boss.get(Account, herbs), reason = "电话") { region = "绍兴" }
            roadbook.edit(roadbook.get(Account, herbs)) { region = "杭州、湖州" }
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

    private suspend fun handOver(boss: Roadbook) {
        val old = office.device(li, "old")
        val account = old.log(AccountDraft("同济药房"))
        old.sync()
        roadbook.sync()
        office.move(account.value, li, wang)
        old.log(VisitDraft(account, purpose = "补货", mode = VisitMode.DoorVisit, outcome = "下月再订"))
        old.sync()
        old.close()
        boss.sync()
    }
}
