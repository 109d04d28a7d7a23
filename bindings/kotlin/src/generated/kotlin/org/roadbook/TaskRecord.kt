// Written by roadbook-types from the core's declarations. Do not edit.
package org.roadbook

import org.roadbook.ffi.FfiRecord
import java.time.Instant
import java.time.LocalDate

/** Task 任务. Something to do or attend, for an account or any record. */
public data class TaskRecord
internal constructor(
    override val id: RecordId,
    override val info: RecordInfo,
    /** Subject 主题. A record without it is refused. */
    public val subject: String,
    /** Account 客户. */
    public val account: RecordId?,
    /** About 相关记录. The record it is about, of any kind. */
    public val about: RecordId?,
    /** Due 截止日期. */
    public val dueOn: LocalDate?,
    /** Start 开始. To the millisecond. */
    public val startsAt: Instant?,
    /** End 结束. To the millisecond. */
    public val endsAt: Instant?,
    /** Priority 优先级. */
    public val priority: TaskPriority?,
    /** Status 状态. */
    public val status: TaskStatus?,
    /** Assignee 负责人. */
    public val assignee: MemberId?,
    /** Reminder 提醒. To the millisecond. */
    public val remindAt: Instant?,
    /** Recurrence 重复. An iCalendar RRULE. */
    public val recurrence: String?,
    /** Notes 备注. */
    public val notes: String?,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public val outsideId: String?,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public val extra: Map<String, String>,
) : EditableRecord<TaskDraft>() {
    override fun toDraft(): TaskDraft =
        TaskDraft(
            subject = subject,
            account = account,
            about = about,
            dueOn = dueOn,
            startsAt = startsAt,
            endsAt = endsAt,
            priority = priority,
            status = status,
            assignee = assignee,
            remindAt = remindAt,
            recurrence = recurrence,
            notes = notes,
            outsideId = outsideId,
            extra = extra,
        )

    /** The fields, to filter and sort by and to show. */
    public object Fields {
        /** Subject 主题. A record without it is refused. */
        public val subject: Field<String> = Field("subject", Wording("Subject", "主题"))
        /** Account 客户. */
        public val account: Field<RecordId> = Field("account", Wording("Account", "客户"))
        /** About 相关记录. The record it is about, of any kind. */
        public val about: Field<RecordId> = Field("about", Wording("About", "相关记录"))
        /** Due 截止日期. */
        public val dueOn: Field<LocalDate> = Field("due_on", Wording("Due", "截止日期"))
        /** Start 开始. To the millisecond. */
        public val startsAt: Field<Instant> = Field("starts_at", Wording("Start", "开始"))
        /** End 结束. To the millisecond. */
        public val endsAt: Field<Instant> = Field("ends_at", Wording("End", "结束"))
        /** Priority 优先级. */
        public val priority: Field<TaskPriority> = Field("priority", Wording("Priority", "优先级"))
        /** Status 状态. */
        public val status: Field<TaskStatus> = Field("status", Wording("Status", "状态"))
        /** Assignee 负责人. */
        public val assignee: Field<MemberId> = Field("assignee", Wording("Assignee", "负责人"))
        /** Reminder 提醒. To the millisecond. */
        public val remindAt: Field<Instant> = Field("remind_at", Wording("Reminder", "提醒"))
        /** Recurrence 重复. An iCalendar RRULE. */
        public val recurrence: Field<String> = Field("recurrence", Wording("Recurrence", "重复"))
        /** Notes 备注. */
        public val notes: Field<String> = Field("notes", Wording("Notes", "备注"))
        /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
        public val outsideId: Field<String> = Field("outside_id", Wording("Outside id", "外部编号"))
        /** Other columns 其他列. Columns of an import that no field takes, by header. */
        public val extra: Field<Map<String, String>> = Field("extra", Wording("Other columns", "其他列"))
    }

    /** The kind. */
    public companion object : Kind<TaskRecord>("task", Wording("Task", "任务")) {
        override fun read(record: FfiRecord): TaskRecord {
            val f = FieldReader(record.fields)
            return TaskRecord(
                id = RecordId(record.id),
                info = record.info(),
                subject = f.text("subject") ?: "",
                account = f.link("account"),
                about = f.link("about"),
                dueOn = f.date("due_on"),
                startsAt = f.time("starts_at"),
                endsAt = f.time("ends_at"),
                priority = f.text("priority")?.let(TaskPriority::of),
                status = f.text("status")?.let(TaskStatus::of),
                assignee = f.member("assignee"),
                remindAt = f.time("remind_at"),
                recurrence = f.text("recurrence"),
                notes = f.text("notes"),
                outsideId = f.text("outside_id"),
                extra = f.map("extra"),
            )
        }
    }
}

/** A [TaskRecord] as a form holds it: a new one for [Roadbook.log], or a changed copy for [Roadbook.edit]. */
public data class TaskDraft(
    /** Subject 主题. A record without it is refused. */
    public var subject: String,
    /** Account 客户. */
    public var account: RecordId? = null,
    /** About 相关记录. The record it is about, of any kind. */
    public var about: RecordId? = null,
    /** Due 截止日期. */
    public var dueOn: LocalDate? = null,
    /** Start 开始. To the millisecond. */
    public var startsAt: Instant? = null,
    /** End 结束. To the millisecond. */
    public var endsAt: Instant? = null,
    /** Priority 优先级. */
    public var priority: TaskPriority? = null,
    /** Status 状态. */
    public var status: TaskStatus? = null,
    /** Assignee 负责人. */
    public var assignee: MemberId? = null,
    /** Reminder 提醒. To the millisecond. */
    public var remindAt: Instant? = null,
    /** Recurrence 重复. An iCalendar RRULE. */
    public var recurrence: String? = null,
    /** Notes 备注. */
    public var notes: String? = null,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public var outsideId: String? = null,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public var extra: Map<String, String> = emptyMap(),
) : Draft<TaskRecord>(TaskRecord) {
    override fun write(f: FieldWriter) {
        f.put("subject", subject)
        f.put("account", account)
        f.put("about", about)
        f.put("due_on", dueOn)
        f.put("starts_at", startsAt)
        f.put("ends_at", endsAt)
        f.put("priority", priority?.value)
        f.put("status", status?.value)
        f.put("assignee", assignee)
        f.put("remind_at", remindAt)
        f.put("recurrence", recurrence)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/** Priority 优先级. A value that this version does not know is kept as [Unknown]. */
public sealed class TaskPriority(override val value: String, override val label: Wording) : Choice {
    /** High 高. */
    public data object High : TaskPriority("high", Wording("High", "高"))

    /** Normal 中. */
    public data object Normal : TaskPriority("normal", Wording("Normal", "中"))

    /** Low 低. */
    public data object Low : TaskPriority("low", Wording("Low", "低"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : TaskPriority(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<TaskPriority> by lazy { listOf(High, Normal, Low) }

        /** The choice with this stored value. */
        public fun of(value: String): TaskPriority = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Status 状态. A value that this version does not know is kept as [Unknown]. */
public sealed class TaskStatus(override val value: String, override val label: Wording) : Choice {
    /** Open 待办. */
    public data object Open : TaskStatus("open", Wording("Open", "待办"))

    /** In progress 进行中. */
    public data object InProgress : TaskStatus("in_progress", Wording("In progress", "进行中"))

    /** Done 完成. */
    public data object Done : TaskStatus("done", Wording("Done", "完成"))

    /** Cancelled 取消. */
    public data object Cancelled : TaskStatus("cancelled", Wording("Cancelled", "取消"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : TaskStatus(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<TaskStatus> by lazy { listOf(Open, InProgress, Done, Cancelled) }

        /** The choice with this stored value. */
        public fun of(value: String): TaskStatus = all.find { it.value == value } ?: Unknown(value)
    }
}
