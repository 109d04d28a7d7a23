// Written by roadbook-types from the core's declarations. Do not edit.
public import struct Foundation.Date

/// Visit 拜访. A visit, call or meeting at an account: planned, checked in, written up.
public struct Visit: Record {
    /// Its id.
    public let id: RecordId
    /// What every record has.
    public let info: RecordInfo
    /// Account 客户. A record without it is refused.
    public let account: RecordId
    /// Contacts met 会见联系人.
    public let contacts: Set<RecordId>
    /// Participants 参与人. Everyone there, those without a contact of their own included.
    public let participants: [VisitParticipant]
    /// Mode 方式.
    public let mode: VisitMode?
    /// Purpose 目的.
    public let purpose: String?
    /// Planned start 计划开始.
    public let plannedAt: Date?
    /// Planned end 计划结束.
    public let plannedUntil: Date?
    /// Check-in 签到时间.
    public let checkInAt: Date?
    /// Check-in position 签到位置.
    public let checkInPoint: GeoPoint?
    /// Checked in at the account 签到在围栏内. Whether the check-in position was inside the account's geofence.
    public let checkInInside: Bool?
    /// Reason for checking in elsewhere 异地签到原因.
    public let checkInReason: String?
    /// Check-out 签退时间.
    public let checkOutAt: Date?
    /// Check-out position 签退位置.
    public let checkOutPoint: GeoPoint?
    /// Materials taken 携带资料.
    public let materials: Set<String>
    /// Main talk points 主要谈话内容.
    public let talkPoints: String?
    /// Customer's thinking 客户想法. Interest points and objections.
    public let customerThinking: String?
    /// Competitors seen 所见竞品.
    public let competitorsSeen: Set<String>
    /// Outcome 结果.
    public let outcome: String?
    /// Next-step advice 下一步建议.
    public let nextStep: String?
    /// Next visit 下次拜访. A promised next visit; it becomes a next action.
    public let nextVisitOn: Day?
    /// Samples left 留样.
    public let samples: Set<String>
    /// Notes 备注.
    public let notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public let outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public let extra: [String: String]

    /// The kind's name and what people call it.
    public static let kind = Kind("visit", Wording("Visit", "拜访"))

    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.
    public var draft: VisitDraft {
        VisitDraft(
            account: account,
            contacts: contacts,
            participants: participants,
            mode: mode,
            purpose: purpose,
            plannedAt: plannedAt,
            plannedUntil: plannedUntil,
            checkInAt: checkInAt,
            checkInPoint: checkInPoint,
            checkInInside: checkInInside,
            checkInReason: checkInReason,
            checkOutAt: checkOutAt,
            checkOutPoint: checkOutPoint,
            materials: materials,
            talkPoints: talkPoints,
            customerThinking: customerThinking,
            competitorsSeen: competitorsSeen,
            outcome: outcome,
            nextStep: nextStep,
            nextVisitOn: nextVisitOn,
            samples: samples,
            notes: notes,
            outsideId: outsideId,
            extra: extra)
    }

    /// Reads a record. The core calls it.
    public init(stored: StoredRecord) {
        let f = stored.fields
        id = stored.id
        info = stored.info
        account = f.get("account")
        contacts = f.get("contacts")
        participants = f.get("participants")
        mode = f.get("mode")
        purpose = f.get("purpose")
        plannedAt = f.get("planned_at")
        plannedUntil = f.get("planned_until")
        checkInAt = f.get("check_in_at")
        checkInPoint = f.get("check_in_point")
        checkInInside = f.get("check_in_inside")
        checkInReason = f.get("check_in_reason")
        checkOutAt = f.get("check_out_at")
        checkOutPoint = f.get("check_out_point")
        materials = f.get("materials")
        talkPoints = f.get("talk_points")
        customerThinking = f.get("customer_thinking")
        competitorsSeen = f.get("competitors_seen")
        outcome = f.get("outcome")
        nextStep = f.get("next_step")
        nextVisitOn = f.get("next_visit_on")
        samples = f.get("samples")
        notes = f.get("notes")
        outsideId = f.get("outside_id")
        extra = f.get("extra")
    }

    /// The fields, to filter and sort by and to show.
    public enum Fields {
        /// Account 客户. A record without it is refused.
        public static let account = Field<Visit, RecordId>("account", Wording("Account", "客户"))
        /// Contacts met 会见联系人.
        public static let contacts = Field<Visit, Set<RecordId>>("contacts", Wording("Contacts met", "会见联系人"))
        /// Participants 参与人. Everyone there, those without a contact of their own included.
        public static let participants = Field<Visit, [VisitParticipant]>("participants", Wording("Participants", "参与人"))
        /// Mode 方式.
        public static let mode = Field<Visit, VisitMode>("mode", Wording("Mode", "方式"))
        /// Purpose 目的.
        public static let purpose = Field<Visit, String>("purpose", Wording("Purpose", "目的"))
        /// Planned start 计划开始.
        public static let plannedAt = Field<Visit, Date>("planned_at", Wording("Planned start", "计划开始"))
        /// Planned end 计划结束.
        public static let plannedUntil = Field<Visit, Date>("planned_until", Wording("Planned end", "计划结束"))
        /// Check-in 签到时间.
        public static let checkInAt = Field<Visit, Date>("check_in_at", Wording("Check-in", "签到时间"))
        /// Check-in position 签到位置.
        public static let checkInPoint = Field<Visit, GeoPoint>("check_in_point", Wording("Check-in position", "签到位置"))
        /// Checked in at the account 签到在围栏内. Whether the check-in position was inside the account's geofence.
        public static let checkInInside = Field<Visit, Bool>("check_in_inside", Wording("Checked in at the account", "签到在围栏内"))
        /// Reason for checking in elsewhere 异地签到原因.
        public static let checkInReason = Field<Visit, String>("check_in_reason", Wording("Reason for checking in elsewhere", "异地签到原因"))
        /// Check-out 签退时间.
        public static let checkOutAt = Field<Visit, Date>("check_out_at", Wording("Check-out", "签退时间"))
        /// Check-out position 签退位置.
        public static let checkOutPoint = Field<Visit, GeoPoint>("check_out_point", Wording("Check-out position", "签退位置"))
        /// Materials taken 携带资料.
        public static let materials = Field<Visit, Set<String>>("materials", Wording("Materials taken", "携带资料"))
        /// Main talk points 主要谈话内容.
        public static let talkPoints = Field<Visit, String>("talk_points", Wording("Main talk points", "主要谈话内容"))
        /// Customer's thinking 客户想法. Interest points and objections.
        public static let customerThinking = Field<Visit, String>("customer_thinking", Wording("Customer's thinking", "客户想法"))
        /// Competitors seen 所见竞品.
        public static let competitorsSeen = Field<Visit, Set<String>>("competitors_seen", Wording("Competitors seen", "所见竞品"))
        /// Outcome 结果.
        public static let outcome = Field<Visit, String>("outcome", Wording("Outcome", "结果"))
        /// Next-step advice 下一步建议.
        public static let nextStep = Field<Visit, String>("next_step", Wording("Next-step advice", "下一步建议"))
        /// Next visit 下次拜访. A promised next visit; it becomes a next action.
        public static let nextVisitOn = Field<Visit, Day>("next_visit_on", Wording("Next visit", "下次拜访"))
        /// Samples left 留样.
        public static let samples = Field<Visit, Set<String>>("samples", Wording("Samples left", "留样"))
        /// Notes 备注.
        public static let notes = Field<Visit, String>("notes", Wording("Notes", "备注"))
        /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
        public static let outsideId = Field<Visit, String>("outside_id", Wording("Outside id", "外部编号"))
        /// Other columns 其他列. Columns of an import that no field takes, by header.
        public static let extra = Field<Visit, [String: String]>("extra", Wording("Other columns", "其他列"))
    }
}

/// A ``Visit`` as a form holds it: a new one for ``Roadbook/log(_:id:book:reason:)``, or a changed copy of one.
public struct VisitDraft: Draft {
    /// What becomes of it.
    public typealias Kept = Visit
    /// Account 客户. A record without it is refused.
    public var account: RecordId
    /// Contacts met 会见联系人.
    public var contacts: Set<RecordId>
    /// Participants 参与人. Everyone there, those without a contact of their own included.
    public var participants: [VisitParticipant]
    /// Mode 方式.
    public var mode: VisitMode?
    /// Purpose 目的.
    public var purpose: String?
    /// Planned start 计划开始.
    public var plannedAt: Date?
    /// Planned end 计划结束.
    public var plannedUntil: Date?
    /// Check-in 签到时间.
    public var checkInAt: Date?
    /// Check-in position 签到位置.
    public var checkInPoint: GeoPoint?
    /// Checked in at the account 签到在围栏内. Whether the check-in position was inside the account's geofence.
    public var checkInInside: Bool?
    /// Reason for checking in elsewhere 异地签到原因.
    public var checkInReason: String?
    /// Check-out 签退时间.
    public var checkOutAt: Date?
    /// Check-out position 签退位置.
    public var checkOutPoint: GeoPoint?
    /// Materials taken 携带资料.
    public var materials: Set<String>
    /// Main talk points 主要谈话内容.
    public var talkPoints: String?
    /// Customer's thinking 客户想法. Interest points and objections.
    public var customerThinking: String?
    /// Competitors seen 所见竞品.
    public var competitorsSeen: Set<String>
    /// Outcome 结果.
    public var outcome: String?
    /// Next-step advice 下一步建议.
    public var nextStep: String?
    /// Next visit 下次拜访. A promised next visit; it becomes a next action.
    public var nextVisitOn: Day?
    /// Samples left 留样.
    public var samples: Set<String>
    /// Notes 备注.
    public var notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public var outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public var extra: [String: String]

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        account: RecordId,
        contacts: Set<RecordId> = [],
        participants: [VisitParticipant] = [],
        mode: VisitMode? = nil,
        purpose: String? = nil,
        plannedAt: Date? = nil,
        plannedUntil: Date? = nil,
        checkInAt: Date? = nil,
        checkInPoint: GeoPoint? = nil,
        checkInInside: Bool? = nil,
        checkInReason: String? = nil,
        checkOutAt: Date? = nil,
        checkOutPoint: GeoPoint? = nil,
        materials: Set<String> = [],
        talkPoints: String? = nil,
        customerThinking: String? = nil,
        competitorsSeen: Set<String> = [],
        outcome: String? = nil,
        nextStep: String? = nil,
        nextVisitOn: Day? = nil,
        samples: Set<String> = [],
        notes: String? = nil,
        outsideId: String? = nil,
        extra: [String: String] = [:]
    ) {
        self.account = account
        self.contacts = contacts
        self.participants = participants
        self.mode = mode
        self.purpose = purpose
        self.plannedAt = plannedAt
        self.plannedUntil = plannedUntil
        self.checkInAt = checkInAt
        self.checkInPoint = checkInPoint
        self.checkInInside = checkInInside
        self.checkInReason = checkInReason
        self.checkOutAt = checkOutAt
        self.checkOutPoint = checkOutPoint
        self.materials = materials
        self.talkPoints = talkPoints
        self.customerThinking = customerThinking
        self.competitorsSeen = competitorsSeen
        self.outcome = outcome
        self.nextStep = nextStep
        self.nextVisitOn = nextVisitOn
        self.samples = samples
        self.notes = notes
        self.outsideId = outsideId
        self.extra = extra
    }

    /// Writes the fields. The core calls it.
    public func write(to f: inout StoredFields) {
        f.put("account", account)
        f.put("contacts", contacts)
        f.put("participants", participants)
        f.put("mode", mode)
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

/// One of the participants of a ``Visit``.
public struct VisitParticipant: Hashable, Sendable, StoredItem {
    /// Name 姓名. A record without it is refused.
    public var name: String
    /// Role 角色.
    public var role: String?
    /// Contact 联系人.
    public var contact: RecordId?
    /// Its key in the collection; empty for a new one.
    public var key: String

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        name: String,
        role: String? = nil,
        contact: RecordId? = nil,
        key: String = ""
    ) {
        self.name = name
        self.role = role
        self.contact = contact
        self.key = key
    }

    init(key: String, stored f: StoredFields) {
        name = f.get("name")
        role = f.get("role")
        contact = f.get("contact")
        self.key = key
    }

    func write(to f: inout StoredFields) {
        f.put("name", name)
        f.put("role", role)
        f.put("contact", contact)
    }
}

/// Mode 方式. A value that this version does not know is kept as ``unknown(_:)``.
public enum VisitMode: Choice {
    /// Door visit 上门拜访.
    case doorVisit
    /// Phone 电话.
    case phone
    /// Video 视频.
    case video
    /// Walk-in 来店.
    case walkIn
    /// Call-in 来电.
    case callIn
    /// Executive visit 高层拜访.
    case executiveVisit
    /// Event 活动.
    case event
    /// Roving 巡访.
    case roving
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.doorVisit, .phone, .video, .walkIn, .callIn, .executiveVisit, .event, .roving]

    /// The value as stored.
    public var value: String {
        switch self {
        case .doorVisit: "door_visit"
        case .phone: "phone"
        case .video: "video"
        case .walkIn: "walk_in"
        case .callIn: "call_in"
        case .executiveVisit: "executive_visit"
        case .event: "event"
        case .roving: "roving"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .doorVisit: Wording("Door visit", "上门拜访")
        case .phone: Wording("Phone", "电话")
        case .video: Wording("Video", "视频")
        case .walkIn: Wording("Walk-in", "来店")
        case .callIn: Wording("Call-in", "来电")
        case .executiveVisit: Wording("Executive visit", "高层拜访")
        case .event: Wording("Event", "活动")
        case .roving: Wording("Roving", "巡访")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}
