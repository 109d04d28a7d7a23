// Written by roadbook-types from the core's declarations. Do not edit.
package org.roadbook

import org.roadbook.ffi.FfiRecord
import java.time.Instant
import java.time.LocalDate

/** Visit 拜访. A visit, call or meeting at an account: planned, checked in, written up. */
public data class Visit
internal constructor(
    override val id: RecordId,
    override val info: RecordInfo,
    /** Account 客户. A record without it is refused. */
    public val account: RecordId,
    /** Contacts met 会见联系人. */
    public val contacts: Set<RecordId>,
    /** Participants 参与人. Everyone there, those without a contact of their own included. */
    public val participants: List<VisitParticipant>,
    /** Mode 方式. */
    public val mode: VisitMode?,
    /** Purpose 目的. */
    public val purpose: String?,
    /** Planned start 计划开始. To the millisecond. */
    public val plannedAt: Instant?,
    /** Planned end 计划结束. To the millisecond. */
    public val plannedUntil: Instant?,
    /** Check-in 签到时间. To the millisecond. */
    public val checkInAt: Instant?,
    /** Check-in position 签到位置. */
    public val checkInPoint: GeoPoint?,
    /** Checked in at the account 签到在围栏内. Whether the check-in position was inside the account's geofence. */
    public val checkInInside: Boolean?,
    /** Reason for checking in elsewhere 异地签到原因. */
    public val checkInReason: String?,
    /** Check-out 签退时间. To the millisecond. */
    public val checkOutAt: Instant?,
    /** Check-out position 签退位置. */
    public val checkOutPoint: GeoPoint?,
    /** Materials taken 携带资料. */
    public val materials: Set<String>,
    /** Main talk points 主要谈话内容. */
    public val talkPoints: String?,
    /** Customer's thinking 客户想法. Interest points and objections. */
    public val customerThinking: String?,
    /** Competitors seen 所见竞品. */
    public val competitorsSeen: Set<String>,
    /** Outcome 结果. */
    public val outcome: String?,
    /** Next-step advice 下一步建议. */
    public val nextStep: String?,
    /** Next visit 下次拜访. A promised next visit; it becomes a next action. */
    public val nextVisitOn: LocalDate?,
    /** Samples left 留样. */
    public val samples: Set<String>,
    /** Notes 备注. */
    public val notes: String?,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public val outsideId: String?,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public val extra: Map<String, String>,
) : EditableRecord<VisitDraft>() {
    override fun toDraft(): VisitDraft =
        VisitDraft(
            account = account,
            contacts = contacts,
            participants = participants,
            mode = mode,
            purpose = purpose,
            plannedAt = plannedAt,
            plannedUntil = plannedUntil,
            checkInAt = checkInAt,
            checkInPoint = checkInPoint,
            checkInInside = checkInInside,
            checkInReason = checkInReason,
            checkOutAt = checkOutAt,
            checkOutPoint = checkOutPoint,
            materials = materials,
            talkPoints = talkPoints,
            customerThinking = customerThinking,
            competitorsSeen = competitorsSeen,
            outcome = outcome,
            nextStep = nextStep,
            nextVisitOn = nextVisitOn,
            samples = samples,
            notes = notes,
            outsideId = outsideId,
            extra = extra,
        )

    /** The fields, to filter and sort by and to show. */
    public object Fields {
        /** Account 客户. A record without it is refused. */
        public val account: Field<RecordId> = Field("account", Wording("Account", "客户"))
        /** Contacts met 会见联系人. */
        public val contacts: Field<Set<RecordId>> = Field("contacts", Wording("Contacts met", "会见联系人"))
        /** Participants 参与人. Everyone there, those without a contact of their own included. */
        public val participants: Field<List<VisitParticipant>> = Field("participants", Wording("Participants", "参与人"))
        /** Mode 方式. */
        public val mode: Field<VisitMode> = Field("mode", Wording("Mode", "方式"))
        /** Purpose 目的. */
        public val purpose: Field<String> = Field("purpose", Wording("Purpose", "目的"))
        /** Planned start 计划开始. To the millisecond. */
        public val plannedAt: Field<Instant> = Field("planned_at", Wording("Planned start", "计划开始"))
        /** Planned end 计划结束. To the millisecond. */
        public val plannedUntil: Field<Instant> = Field("planned_until", Wording("Planned end", "计划结束"))
        /** Check-in 签到时间. To the millisecond. */
        public val checkInAt: Field<Instant> = Field("check_in_at", Wording("Check-in", "签到时间"))
        /** Check-in position 签到位置. */
        public val checkInPoint: Field<GeoPoint> = Field("check_in_point", Wording("Check-in position", "签到位置"))
        /** Checked in at the account 签到在围栏内. Whether the check-in position was inside the account's geofence. */
        public val checkInInside: Field<Boolean> = Field("check_in_inside", Wording("Checked in at the account", "签到在围栏内"))
        /** Reason for checking in elsewhere 异地签到原因. */
        public val checkInReason: Field<String> = Field("check_in_reason", Wording("Reason for checking in elsewhere", "异地签到原因"))
        /** Check-out 签退时间. To the millisecond. */
        public val checkOutAt: Field<Instant> = Field("check_out_at", Wording("Check-out", "签退时间"))
        /** Check-out position 签退位置. */
        public val checkOutPoint: Field<GeoPoint> = Field("check_out_point", Wording("Check-out position", "签退位置"))
        /** Materials taken 携带资料. */
        public val materials: Field<Set<String>> = Field("materials", Wording("Materials taken", "携带资料"))
        /** Main talk points 主要谈话内容. */
        public val talkPoints: Field<String> = Field("talk_points", Wording("Main talk points", "主要谈话内容"))
        /** Customer's thinking 客户想法. Interest points and objections. */
        public val customerThinking: Field<String> = Field("customer_thinking", Wording("Customer's thinking", "客户想法"))
        /** Competitors seen 所见竞品. */
        public val competitorsSeen: Field<Set<String>> = Field("competitors_seen", Wording("Competitors seen", "所见竞品"))
        /** Outcome 结果. */
        public val outcome: Field<String> = Field("outcome", Wording("Outcome", "结果"))
        /** Next-step advice 下一步建议. */
        public val nextStep: Field<String> = Field("next_step", Wording("Next-step advice", "下一步建议"))
        /** Next visit 下次拜访. A promised next visit; it becomes a next action. */
        public val nextVisitOn: Field<LocalDate> = Field("next_visit_on", Wording("Next visit", "下次拜访"))
        /** Samples left 留样. */
        public val samples: Field<Set<String>> = Field("samples", Wording("Samples left", "留样"))
        /** Notes 备注. */
        public val notes: Field<String> = Field("notes", Wording("Notes", "备注"))
        /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
        public val outsideId: Field<String> = Field("outside_id", Wording("Outside id", "外部编号"))
        /** Other columns 其他列. Columns of an import that no field takes, by header. */
        public val extra: Field<Map<String, String>> = Field("extra", Wording("Other columns", "其他列"))
    }

    /** The kind. */
    public companion object : Kind<Visit>("visit", Wording("Visit", "拜访")) {
        override fun read(record: FfiRecord): Visit {
            val f = FieldReader(record.fields)
            return Visit(
                id = RecordId(record.id),
                info = record.info(),
                account = f.link("account") ?: RecordId.NONE,
                contacts = f.links("contacts"),
                participants = f.items("participants", VisitParticipant::read),
                mode = f.text("mode")?.let(VisitMode::of),
                purpose = f.text("purpose"),
                plannedAt = f.time("planned_at"),
                plannedUntil = f.time("planned_until"),
                checkInAt = f.time("check_in_at"),
                checkInPoint = f.point("check_in_point"),
                checkInInside = f.flag("check_in_inside"),
                checkInReason = f.text("check_in_reason"),
                checkOutAt = f.time("check_out_at"),
                checkOutPoint = f.point("check_out_point"),
                materials = f.set("materials"),
                talkPoints = f.text("talk_points"),
                customerThinking = f.text("customer_thinking"),
                competitorsSeen = f.set("competitors_seen"),
                outcome = f.text("outcome"),
                nextStep = f.text("next_step"),
                nextVisitOn = f.date("next_visit_on"),
                samples = f.set("samples"),
                notes = f.text("notes"),
                outsideId = f.text("outside_id"),
                extra = f.map("extra"),
            )
        }
    }
}

/** A [Visit] as a form holds it: a new one for [Roadbook.log], or a changed copy for [Roadbook.edit]. */
public data class VisitDraft(
    /** Account 客户. A record without it is refused. */
    public var account: RecordId,
    /** Contacts met 会见联系人. */
    public var contacts: Set<RecordId> = emptySet(),
    /** Participants 参与人. Everyone there, those without a contact of their own included. */
    public var participants: List<VisitParticipant> = emptyList(),
    /** Mode 方式. */
    public var mode: VisitMode? = null,
    /** Purpose 目的. */
    public var purpose: String? = null,
    /** Planned start 计划开始. To the millisecond. */
    public var plannedAt: Instant? = null,
    /** Planned end 计划结束. To the millisecond. */
    public var plannedUntil: Instant? = null,
    /** Check-in 签到时间. To the millisecond. */
    public var checkInAt: Instant? = null,
    /** Check-in position 签到位置. */
    public var checkInPoint: GeoPoint? = null,
    /** Checked in at the account 签到在围栏内. Whether the check-in position was inside the account's geofence. */
    public var checkInInside: Boolean? = null,
    /** Reason for checking in elsewhere 异地签到原因. */
    public var checkInReason: String? = null,
    /** Check-out 签退时间. To the millisecond. */
    public var checkOutAt: Instant? = null,
    /** Check-out position 签退位置. */
    public var checkOutPoint: GeoPoint? = null,
    /** Materials taken 携带资料. */
    public var materials: Set<String> = emptySet(),
    /** Main talk points 主要谈话内容. */
    public var talkPoints: String? = null,
    /** Customer's thinking 客户想法. Interest points and objections. */
    public var customerThinking: String? = null,
    /** Competitors seen 所见竞品. */
    public var competitorsSeen: Set<String> = emptySet(),
    /** Outcome 结果. */
    public var outcome: String? = null,
    /** Next-step advice 下一步建议. */
    public var nextStep: String? = null,
    /** Next visit 下次拜访. A promised next visit; it becomes a next action. */
    public var nextVisitOn: LocalDate? = null,
    /** Samples left 留样. */
    public var samples: Set<String> = emptySet(),
    /** Notes 备注. */
    public var notes: String? = null,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public var outsideId: String? = null,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public var extra: Map<String, String> = emptyMap(),
) : Draft<Visit>(Visit) {
    override fun write(f: FieldWriter) {
        f.put("account", account)
        f.put("contacts", contacts)
        f.items("participants", participants) { it.key to it::write }
        f.put("mode", mode?.value)
        f.put("purpose", purpose)
        f.put("planned_at", plannedAt)
        f.put("planned_until", plannedUntil)
        f.put("check_in_at", checkInAt)
        f.put("check_in_point", checkInPoint)
        f.put("check_in_inside", checkInInside)
        f.put("check_in_reason", checkInReason)
        f.put("check_out_at", checkOutAt)
        f.put("check_out_point", checkOutPoint)
        f.put("materials", materials)
        f.put("talk_points", talkPoints)
        f.put("customer_thinking", customerThinking)
        f.put("competitors_seen", competitorsSeen)
        f.put("outcome", outcome)
        f.put("next_step", nextStep)
        f.put("next_visit_on", nextVisitOn)
        f.put("samples", samples)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/** One of the participants of a [Visit]. */
public data class VisitParticipant(
    /** Name 姓名. A record without it is refused. */
    public val name: String,
    /** Role 角色. */
    public val role: String? = null,
    /** Contact 联系人. */
    public val contact: RecordId? = null,
    /** Its key in the collection; empty for a new one. */
    public val key: String = "",
) {
    internal fun write(f: FieldWriter) {
        f.put("name", name)
        f.put("role", role)
        f.put("contact", contact)
    }

    internal companion object {
        fun read(key: String, f: FieldReader): VisitParticipant =
            VisitParticipant(
                name = f.text("name") ?: "",
                role = f.text("role"),
                contact = f.link("contact"),
                key = key,
            )
    }
}

/** Mode 方式. A value that this version does not know is kept as [Unknown]. */
public sealed class VisitMode(override val value: String, override val label: Wording) : Choice {
    /** Door visit 上门拜访. */
    public data object DoorVisit : VisitMode("door_visit", Wording("Door visit", "上门拜访"))

    /** Phone 电话. */
    public data object Phone : VisitMode("phone", Wording("Phone", "电话"))

    /** Video 视频. */
    public data object Video : VisitMode("video", Wording("Video", "视频"))

    /** Walk-in 来店. */
    public data object WalkIn : VisitMode("walk_in", Wording("Walk-in", "来店"))

    /** Call-in 来电. */
    public data object CallIn : VisitMode("call_in", Wording("Call-in", "来电"))

    /** Executive visit 高层拜访. */
    public data object ExecutiveVisit : VisitMode("executive_visit", Wording("Executive visit", "高层拜访"))

    /** Event 活动. */
    public data object Event : VisitMode("event", Wording("Event", "活动"))

    /** Roving 巡访. */
    public data object Roving : VisitMode("roving", Wording("Roving", "巡访"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : VisitMode(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<VisitMode> by lazy { listOf(DoorVisit, Phone, Video, WalkIn, CallIn, ExecutiveVisit, Event, Roving) }

        /** The choice with this stored value. */
        public fun of(value: String): VisitMode = all.find { it.value == value } ?: Unknown(value)
    }
}
