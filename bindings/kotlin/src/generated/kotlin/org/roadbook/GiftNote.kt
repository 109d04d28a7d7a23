// Written by roadbook-types from the core's declarations. Do not edit.
package org.roadbook

import org.roadbook.ffi.FfiRecord
import java.time.Instant

/** Gift note 礼品. A gift to a recipient: occasion, meaning, value, and its way through approval. */
public data class GiftNote
internal constructor(
    override val id: RecordId,
    override val info: RecordInfo,
    /** Account 客户. A record without it is refused. */
    public val account: RecordId,
    /** Item 礼品. A record without it is refused. */
    public val item: String,
    /** Recipient 收礼人. The contact it is for. Gift rules count by recipient: a note without one is not counted. */
    public val recipient: RecordId?,
    /** Recipient's name 收礼人姓名. For a recipient who is no contact yet. */
    public val recipientName: String?,
    /** Occasion 场合. */
    public val occasion: GiftNoteOccasion?,
    /** Company-branded 公司标识. */
    public val branded: Boolean?,
    /** Cash or equivalent 现金或等价物. Cash, vouchers, prepaid cards. */
    public val cashEquivalent: Boolean?,
    /** Quantity 数量. From 1 to 1000000. */
    public val quantity: Long?,
    /** Value 价值. Of the whole gift, not of one piece. */
    public val value: Money?,
    /** Meaning 寓意. Why this gift for this person. */
    public val meaning: String?,
    /** State 状态. */
    public val state: GiftNoteState?,
    /** State history 状态历史. Kept by the core: every new value of `state` with its time. */
    public val stateHistory: List<GiftNoteStateHistoryEntry>,
    /** Planned for 计划时间. To the millisecond. */
    public val plannedAt: Instant?,
    /** Given at 赠出时间. To the millisecond. */
    public val givenAt: Instant?,
    /** Approver 审批人. */
    public val approver: MemberId?,
    /** Approver's remark 审批意见. */
    public val approverRemark: String?,
    /** Receipt 票据. Where the paper is kept. */
    public val receipt: String?,
    /** Notes 备注. */
    public val notes: String?,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public val outsideId: String?,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public val extra: Map<String, String>,
) : EditableRecord<GiftNoteDraft>() {
    override fun toDraft(): GiftNoteDraft =
        GiftNoteDraft(
            account = account,
            item = item,
            recipient = recipient,
            recipientName = recipientName,
            occasion = occasion,
            branded = branded,
            cashEquivalent = cashEquivalent,
            quantity = quantity,
            value = value,
            meaning = meaning,
            state = state,
            plannedAt = plannedAt,
            givenAt = givenAt,
            approver = approver,
            approverRemark = approverRemark,
            receipt = receipt,
            notes = notes,
            outsideId = outsideId,
            extra = extra,
        )

    /** The fields, to filter and sort by and to show. */
    public object Fields {
        /** Account 客户. A record without it is refused. */
        public val account: Field<RecordId> = Field("account", Wording("Account", "客户"))
        /** Recipient 收礼人. The contact it is for. Gift rules count by recipient: a note without one is not counted. */
        public val recipient: Field<RecordId> = Field("recipient", Wording("Recipient", "收礼人"))
        /** Recipient's name 收礼人姓名. For a recipient who is no contact yet. */
        public val recipientName: Field<String> = Field("recipient_name", Wording("Recipient's name", "收礼人姓名"))
        /** Occasion 场合. */
        public val occasion: Field<GiftNoteOccasion> = Field("occasion", Wording("Occasion", "场合"))
        /** Item 礼品. A record without it is refused. */
        public val item: Field<String> = Field("item", Wording("Item", "礼品"))
        /** Company-branded 公司标识. */
        public val branded: Field<Boolean> = Field("branded", Wording("Company-branded", "公司标识"))
        /** Cash or equivalent 现金或等价物. Cash, vouchers, prepaid cards. */
        public val cashEquivalent: Field<Boolean> = Field("cash_equivalent", Wording("Cash or equivalent", "现金或等价物"))
        /** Quantity 数量. From 1 to 1000000. */
        public val quantity: Field<Long> = Field("quantity", Wording("Quantity", "数量"))
        /** Value 价值. Of the whole gift, not of one piece. */
        public val value: Field<Money> = Field("value", Wording("Value", "价值"))
        /** Meaning 寓意. Why this gift for this person. */
        public val meaning: Field<String> = Field("meaning", Wording("Meaning", "寓意"))
        /** State 状态. */
        public val state: Field<GiftNoteState> = Field("state", Wording("State", "状态"))
        /** State history 状态历史. Kept by the core: every new value of `state` with its time. */
        public val stateHistory: Field<List<GiftNoteStateHistoryEntry>> = Field("state_history", Wording("State history", "状态历史"))
        /** Planned for 计划时间. To the millisecond. */
        public val plannedAt: Field<Instant> = Field("planned_at", Wording("Planned for", "计划时间"))
        /** Given at 赠出时间. To the millisecond. */
        public val givenAt: Field<Instant> = Field("given_at", Wording("Given at", "赠出时间"))
        /** Approver 审批人. */
        public val approver: Field<MemberId> = Field("approver", Wording("Approver", "审批人"))
        /** Approver's remark 审批意见. */
        public val approverRemark: Field<String> = Field("approver_remark", Wording("Approver's remark", "审批意见"))
        /** Receipt 票据. Where the paper is kept. */
        public val receipt: Field<String> = Field("receipt", Wording("Receipt", "票据"))
        /** Notes 备注. */
        public val notes: Field<String> = Field("notes", Wording("Notes", "备注"))
        /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
        public val outsideId: Field<String> = Field("outside_id", Wording("Outside id", "外部编号"))
        /** Other columns 其他列. Columns of an import that no field takes, by header. */
        public val extra: Field<Map<String, String>> = Field("extra", Wording("Other columns", "其他列"))
    }

    /** The kind. */
    public companion object : Kind<GiftNote>("gift_note", Wording("Gift note", "礼品")) {
        override fun read(record: FfiRecord): GiftNote {
            val f = FieldReader(record.fields)
            return GiftNote(
                id = RecordId(record.id),
                info = record.info(),
                account = f.link("account") ?: RecordId.NONE,
                item = f.text("item") ?: "",
                recipient = f.link("recipient"),
                recipientName = f.text("recipient_name"),
                occasion = f.text("occasion")?.let(GiftNoteOccasion::of),
                branded = f.flag("branded"),
                cashEquivalent = f.flag("cash_equivalent"),
                quantity = f.integer("quantity"),
                value = f.money("value"),
                meaning = f.text("meaning"),
                state = f.text("state")?.let(GiftNoteState::of),
                stateHistory = f.items("state_history", GiftNoteStateHistoryEntry::read),
                plannedAt = f.time("planned_at"),
                givenAt = f.time("given_at"),
                approver = f.member("approver"),
                approverRemark = f.text("approver_remark"),
                receipt = f.text("receipt"),
                notes = f.text("notes"),
                outsideId = f.text("outside_id"),
                extra = f.map("extra"),
            )
        }
    }
}

/** A [GiftNote] as a form holds it: a new one for [Roadbook.log], or a changed copy for [Roadbook.edit]. */
public data class GiftNoteDraft(
    /** Account 客户. A record without it is refused. */
    public var account: RecordId,
    /** Item 礼品. A record without it is refused. */
    public var item: String,
    /** Recipient 收礼人. The contact it is for. Gift rules count by recipient: a note without one is not counted. */
    public var recipient: RecordId? = null,
    /** Recipient's name 收礼人姓名. For a recipient who is no contact yet. */
    public var recipientName: String? = null,
    /** Occasion 场合. */
    public var occasion: GiftNoteOccasion? = null,
    /** Company-branded 公司标识. */
    public var branded: Boolean? = null,
    /** Cash or equivalent 现金或等价物. Cash, vouchers, prepaid cards. */
    public var cashEquivalent: Boolean? = null,
    /** Quantity 数量. From 1 to 1000000. */
    public var quantity: Long? = null,
    /** Value 价值. Of the whole gift, not of one piece. */
    public var value: Money? = null,
    /** Meaning 寓意. Why this gift for this person. */
    public var meaning: String? = null,
    /** State 状态. */
    public var state: GiftNoteState? = null,
    /** Planned for 计划时间. To the millisecond. */
    public var plannedAt: Instant? = null,
    /** Given at 赠出时间. To the millisecond. */
    public var givenAt: Instant? = null,
    /** Approver 审批人. */
    public var approver: MemberId? = null,
    /** Approver's remark 审批意见. */
    public var approverRemark: String? = null,
    /** Receipt 票据. Where the paper is kept. */
    public var receipt: String? = null,
    /** Notes 备注. */
    public var notes: String? = null,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public var outsideId: String? = null,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public var extra: Map<String, String> = emptyMap(),
) : Draft<GiftNote>(GiftNote) {
    override fun write(f: FieldWriter) {
        f.put("account", account)
        f.put("item", item)
        f.put("recipient", recipient)
        f.put("recipient_name", recipientName)
        f.put("occasion", occasion?.value)
        f.put("branded", branded)
        f.put("cash_equivalent", cashEquivalent)
        f.put("quantity", quantity)
        f.put("value", value)
        f.put("meaning", meaning)
        f.put("state", state?.value)
        f.put("planned_at", plannedAt)
        f.put("given_at", givenAt)
        f.put("approver", approver)
        f.put("approver_remark", approverRemark)
        f.put("receipt", receipt)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/** One of the stateHistory of a [GiftNote]. */
public data class GiftNoteStateHistoryEntry(
    /** State 状态. A record without it is refused. */
    public val value: String,
    /** At 时间. To the millisecond. */
    public val at: Instant? = null,
    /** Its key in the collection; empty for a new one. */
    public val key: String = "",
) {
    internal fun write(f: FieldWriter) {
        f.put("value", value)
        f.put("at", at)
    }

    internal companion object {
        fun read(key: String, f: FieldReader): GiftNoteStateHistoryEntry =
            GiftNoteStateHistoryEntry(
                value = f.text("value") ?: "",
                at = f.time("at"),
                key = key,
            )
    }
}

/** Occasion 场合. A value that this version does not know is kept as [Unknown]. */
public sealed class GiftNoteOccasion(override val value: String, override val label: Wording) : Choice {
    /** First week 首周. */
    public data object FirstWeek : GiftNoteOccasion("first_week", Wording("First week", "首周"))

    /** Legal holiday 法定节日. */
    public data object LegalHoliday : GiftNoteOccasion("legal_holiday", Wording("Legal holiday", "法定节日"))

    /** Birthday 生日. */
    public data object Birthday : GiftNoteOccasion("birthday", Wording("Birthday", "生日"))

    /** Event 活动. */
    public data object Event : GiftNoteOccasion("event", Wording("Event", "活动"))

    /** Thank-you 答谢. */
    public data object ThankYou : GiftNoteOccasion("thank_you", Wording("Thank-you", "答谢"))

    /** Apology 致歉. */
    public data object Apology : GiftNoteOccasion("apology", Wording("Apology", "致歉"))

    /** Annual customer meeting 客户年会. */
    public data object AnnualMeeting : GiftNoteOccasion("annual_meeting", Wording("Annual customer meeting", "客户年会"))

    /** Other 其他. */
    public data object Other : GiftNoteOccasion("other", Wording("Other", "其他"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : GiftNoteOccasion(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<GiftNoteOccasion> by lazy { listOf(FirstWeek, LegalHoliday, Birthday, Event, ThankYou, Apology, AnnualMeeting, Other) }

        /** The choice with this stored value. */
        public fun of(value: String): GiftNoteOccasion = all.find { it.value == value } ?: Unknown(value)
    }
}

/** State 状态. A value that this version does not know is kept as [Unknown]. */
public sealed class GiftNoteState(override val value: String, override val label: Wording) : Choice {
    /** Planned 计划. */
    public data object Planned : GiftNoteState("planned", Wording("Planned", "计划"))

    /** Approved 已批准. */
    public data object Approved : GiftNoteState("approved", Wording("Approved", "已批准"))

    /** Given 已赠出. */
    public data object Given : GiftNoteState("given", Wording("Given", "已赠出"))

    /** Declined 被谢绝. */
    public data object Declined : GiftNoteState("declined", Wording("Declined", "被谢绝"))

    /** Returned 退回. */
    public data object Returned : GiftNoteState("returned", Wording("Returned", "退回"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : GiftNoteState(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<GiftNoteState> by lazy { listOf(Planned, Approved, Given, Declined, Returned) }

        /** The choice with this stored value. */
        public fun of(value: String): GiftNoteState = all.find { it.value == value } ?: Unknown(value)
    }
}
