package org.roadbook.sample

import java.time.Instant
import java.time.LocalDate
import org.roadbook.*

/** What a rep logs in some weeks. Returns the account that most of it is about. */
internal suspend fun Roadbook.logWeeks(): RecordId {
    val now = Instant.now()
    val herbs =
        log(
            AccountDraft(
                "百草堂",
                region = "杭州",
                industry = "零售药房",
                maturity = AccountMaturity.Maturity3,
                tier = AccountTier.B,
                phones = setOf("0571-8888 1234"),
                strategic = true,
                tags = setOf("连锁", "医保定点"),
                nextStep = "送样品",
                notes = "老客户，决策人是周总。",
            )
        )
    val clinic = log(AccountDraft("仁和诊所", region = "宁波", maturity = AccountMaturity.Maturity2, tier = AccountTier.C))
    val zhou =
        log(
            ContactDraft(
                herbs,
                "周总",
                title = "总经理",
                role = ContactRole.DecisionMaker,
                phones = setOf("138 0000 1234"),
            )
        )
    val wu =
        log(
            ContactDraft(
                herbs,
                "吴会计",
                role = ContactRole.Handler,
                recipientClass = ContactRecipientClass.PrivateStaff,
            )
        )
    log(ContactDraft(clinic, "林医生", recipientClass = ContactRecipientClass.HealthcareProfessional))
    log(
        VisitDraft(
            herbs,
            mode = VisitMode.DoorVisit,
            purpose = "新品演示",
            checkInAt = now.minusSeconds(40L * 86_400),
            checkInPoint = GeoPoint(30.25, 120.17, 12.0),
            checkInInside = false,
            outcome = "看过样品",
        )
    )
    log(
        VisitDraft(
            clinic,
            contacts = emptySet(),
            mode = VisitMode.Phone,
            purpose = "新品演示",
            checkInAt = now,
            outcome = "下周签约",
        )
    )
    log(VisitDraft(clinic, mode = VisitMode.DoorVisit, purpose = "签约", plannedAt = now.plusSeconds(86_400)))
    log(TaskDraft(subject = "寄送报价单", dueOn = LocalDate.now(), account = herbs, status = TaskStatus.Open))
    for (item in listOf("茶叶礼盒", "丝巾")) {
        log(
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
    for (item in listOf("保温杯", "雨伞", "红酒")) {
        log(
            GiftNoteDraft(
                herbs,
                item,
                recipient = wu,
                occasion = GiftNoteOccasion.ThankYou,
                value = Money(8_800, "CNY"),
                meaning = "感谢协助对账",
                state = GiftNoteState.Planned,
            )
        )
    }
    log(
        OpportunityDraft(
            "春季订单",
            herbs,
            stage = OpportunityStage.Negotiation,
            amount = Money(12_800_000, "CNY"),
            expectedClose = LocalDate.now().plusDays(30),
        )
    )
    log(OpportunityDraft("门店陈列", herbs, stage = OpportunityStage.Qualified, amount = Money(3_600_000, "CNY")))
    log(OpportunityDraft("检测试剂", clinic, stage = OpportunityStage.Qualified, amount = Money(5_200_000, "CNY")))
    return herbs
}
