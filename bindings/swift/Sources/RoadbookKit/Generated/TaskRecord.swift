// Written by roadbook-types from the core's declarations. Do not edit.
public import struct Foundation.Date

/// Task 任务. Something to do or attend, for an account or any record.
public struct TaskRecord: Record {
    /// Its id.
    public let id: RecordId
    /// What every record has.
    public let info: RecordInfo
    /// Subject 主题. A record without it is refused.
    public let subject: String
    /// Account 客户.
    public let account: RecordId?
    /// About 相关记录. The record it is about, of any kind.
    public let about: RecordId?
    /// Due 截止日期.
    public let dueOn: Day?
    /// Start 开始.
    public let startsAt: Date?
    /// End 结束.
    public let endsAt: Date?
    /// Priority 优先级.
    public let priority: TaskPriority?
    /// Status 状态.
    public let status: TaskStatus?
    /// Assignee 负责人.
    public let assignee: MemberId?
    /// Reminder 提醒.
    public let remindAt: Date?
    /// Recurrence 重复. An iCalendar RRULE.
    public let recurrence: String?
    /// Notes 备注.
    public let notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public let outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public let extra: [String: String]

    /// The kind's name and what people call it.
    public static let kind = Kind("task", Wording("Task", "任务"))

    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.
    public var draft: TaskDraft {
        TaskDraft(
            subject: subject,
            account: account,
            about: about,
            dueOn: dueOn,
            startsAt: startsAt,
            endsAt: endsAt,
            priority: priority,
            status: status,
            assignee: assignee,
            remindAt: remindAt,
            recurrence: recurrence,
            notes: notes,
            outsideId: outsideId,
            extra: extra)
    }

    /// Reads a record. The core calls it.
    public init(stored: StoredRecord) {
        let f = stored.fields
        id = stored.id
        info = stored.info
        subject = f.get("subject")
        account = f.get("account")
        about = f.get("about")
        dueOn = f.get("due_on")
        startsAt = f.get("starts_at")
        endsAt = f.get("ends_at")
        priority = f.get("priority")
        status = f.get("status")
        assignee = f.get("assignee")
        remindAt = f.get("remind_at")
        recurrence = f.get("recurrence")
        notes = f.get("notes")
        outsideId = f.get("outside_id")
        extra = f.get("extra")
    }

    /// The fields, to filter and sort by and to show.
    public enum Fields {
        /// Subject 主题. A record without it is refused.
        public static let subject = Field<TaskRecord, String>("subject", Wording("Subject", "主题"))
        /// Account 客户.
        public static let account = Field<TaskRecord, RecordId>("account", Wording("Account", "客户"))
        /// About 相关记录. The record it is about, of any kind.
        public static let about = Field<TaskRecord, RecordId>("about", Wording("About", "相关记录"))
        /// Due 截止日期.
        public static let dueOn = Field<TaskRecord, Day>("due_on", Wording("Due", "截止日期"))
        /// Start 开始.
        public static let startsAt = Field<TaskRecord, Date>("starts_at", Wording("Start", "开始"))
        /// End 结束.
        public static let endsAt = Field<TaskRecord, Date>("ends_at", Wording("End", "结束"))
        /// Priority 优先级.
        public static let priority = Field<TaskRecord, TaskPriority>("priority", Wording("Priority", "优先级"))
        /// Status 状态.
        public static let status = Field<TaskRecord, TaskStatus>("status", Wording("Status", "状态"))
        /// Assignee 负责人.
        public static let assignee = Field<TaskRecord, MemberId>("assignee", Wording("Assignee", "负责人"))
        /// Reminder 提醒.
        public static let remindAt = Field<TaskRecord, Date>("remind_at", Wording("Reminder", "提醒"))
        /// Recurrence 重复. An iCalendar RRULE.
        public static let recurrence = Field<TaskRecord, String>("recurrence", Wording("Recurrence", "重复"))
        /// Notes 备注.
        public static let notes = Field<TaskRecord, String>("notes", Wording("Notes", "备注"))
        /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
        public static let outsideId = Field<TaskRecord, String>("outside_id", Wording("Outside id", "外部编号"))
        /// Other columns 其他列. Columns of an import that no field takes, by header.
        public static let extra = Field<TaskRecord, [String: String]>("extra", Wording("Other columns", "其他列"))
    }
}

/// A ``TaskRecord`` as a form holds it: a new one for ``Roadbook/log(_:id:book:reason:)``, or a changed copy of one.
public struct TaskDraft: Draft {
    /// What becomes of it.
    public typealias Kept = TaskRecord
    /// Subject 主题. A record without it is refused.
    public var subject: String
    /// Account 客户.
    public var account: RecordId?
    /// About 相关记录. The record it is about, of any kind.
    public var about: RecordId?
    /// Due 截止日期.
    public var dueOn: Day?
    /// Start 开始.
    public var startsAt: Date?
    /// End 结束.
    public var endsAt: Date?
    /// Priority 优先级.
    public var priority: TaskPriority?
    /// Status 状态.
    public var status: TaskStatus?
    /// Assignee 负责人.
    public var assignee: MemberId?
    /// Reminder 提醒.
    public var remindAt: Date?
    /// Recurrence 重复. An iCalendar RRULE.
    public var recurrence: String?
    /// Notes 备注.
    public var notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public var outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public var extra: [String: String]

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        subject: String,
        account: RecordId? = nil,
        about: RecordId? = nil,
        dueOn: Day? = nil,
        startsAt: Date? = nil,
        endsAt: Date? = nil,
        priority: TaskPriority? = nil,
        status: TaskStatus? = nil,
        assignee: MemberId? = nil,
        remindAt: Date? = nil,
        recurrence: String? = nil,
        notes: String? = nil,
        outsideId: String? = nil,
        extra: [String: String] = [:]
    ) {
        self.subject = subject
        self.account = account
        self.about = about
        self.dueOn = dueOn
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.priority = priority
        self.status = status
        self.assignee = assignee
        self.remindAt = remindAt
        self.recurrence = recurrence
        self.notes = notes
        self.outsideId = outsideId
        self.extra = extra
    }

    /// Writes the fields. The core calls it.
    public func write(to f: inout StoredFields) {
        f.put("subject", subject)
        f.put("account", account)
        f.put("about", about)
        f.put("due_on", dueOn)
        f.put("starts_at", startsAt)
        f.put("ends_at", endsAt)
        f.put("priority", priority)
        f.put("status", status)
        f.put("assignee", assignee)
        f.put("remind_at", remindAt)
        f.put("recurrence", recurrence)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/// Priority 优先级. A value that this version does not know is kept as ``unknown(_:)``.
public enum TaskPriority: Choice {
    /// High 高.
    case high
    /// Normal 中.
    case normal
    /// Low 低.
    case low
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.high, .normal, .low]

    /// The value as stored.
    public var value: String {
        switch self {
        case .high: "high"
        case .normal: "normal"
        case .low: "low"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .high: Wording("High", "高")
        case .normal: Wording("Normal", "中")
        case .low: Wording("Low", "低")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Status 状态. A value that this version does not know is kept as ``unknown(_:)``.
public enum TaskStatus: Choice {
    /// Open 待办.
    case open
    /// In progress 进行中.
    case inProgress
    /// Done 完成.
    case done
    /// Cancelled 取消.
    case cancelled
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.open, .inProgress, .done, .cancelled]

    /// The value as stored.
    public var value: String {
        switch self {
        case .open: "open"
        case .inProgress: "in_progress"
        case .done: "done"
        case .cancelled: "cancelled"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .open: Wording("Open", "待办")
        case .inProgress: Wording("In progress", "进行中")
        case .done: Wording("Done", "完成")
        case .cancelled: Wording("Cancelled", "取消")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}
