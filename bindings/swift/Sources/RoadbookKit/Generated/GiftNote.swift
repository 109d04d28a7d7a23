// Written by roadbook-types from the core's declarations. Do not edit.
public import struct Foundation.Date

/// Gift note 礼品. A gift to a recipient: occasion, meaning, value, and its way through approval.
public struct GiftNote: Record {
    /// Its id.
    public let id: RecordId
    /// What every record has.
    public let info: RecordInfo
    /// Account 客户. A record without it is refused.
    public let account: RecordId
    /// Item 礼品. A record without it is refused.
    public let item: String
    /// Recipient 收礼人. The contact it is for. Gift rules count by recipient: a note without one is not counted.
    public let recipient: RecordId?
    /// Recipient's name 收礼人姓名. For a recipient who is no contact yet.
    public let recipientName: String?
    /// Occasion 场合.
    public let occasion: GiftNoteOccasion?
    /// Company-branded 公司标识.
    public let branded: Bool?
    /// Cash or equivalent 现金或等价物. Cash, vouchers, prepaid cards.
    public let cashEquivalent: Bool?
    /// Quantity 数量. From 1 to 1000000.
    public let quantity: Int?
    /// Value 价值. Of the whole gift, not of one piece.
    public let value: Money?
    /// Meaning 寓意. Why this gift for this person.
    public let meaning: String?
    /// State 状态.
    public let state: GiftNoteState?
    /// State history 状态历史. Kept by the core: every new value of `state` with its time.
    public let stateHistory: [GiftNoteStateHistoryEntry]
    /// Planned for 计划时间.
    public let plannedAt: Date?
    /// Given at 赠出时间.
    public let givenAt: Date?
    /// Approver 审批人.
    public let approver: MemberId?
    /// Approver's remark 审批意见.
    public let approverRemark: String?
    /// Receipt 票据. Where the paper is kept.
    public let receipt: String?
    /// Notes 备注.
    public let notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public let outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public let extra: [String: String]

    /// The kind's name and what people call it.
    public static let kind = Kind("gift_note", Wording("Gift note", "礼品"))

    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.
    public var draft: GiftNoteDraft {
        GiftNoteDraft(
            account: account,
            item: item,
            recipient: recipient,
            recipientName: recipientName,
            occasion: occasion,
            branded: branded,
            cashEquivalent: cashEquivalent,
            quantity: quantity,
            value: value,
            meaning: meaning,
            state: state,
            plannedAt: plannedAt,
            givenAt: givenAt,
            approver: approver,
            approverRemark: approverRemark,
            receipt: receipt,
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
        item = f.get("item")
        recipient = f.get("recipient")
        recipientName = f.get("recipient_name")
        occasion = f.get("occasion")
        branded = f.get("branded")
        cashEquivalent = f.get("cash_equivalent")
        quantity = f.get("quantity")
        value = f.get("value")
        meaning = f.get("meaning")
        state = f.get("state")
        stateHistory = f.get("state_history")
        plannedAt = f.get("planned_at")
        givenAt = f.get("given_at")
        approver = f.get("approver")
        approverRemark = f.get("approver_remark")
        receipt = f.get("receipt")
        notes = f.get("notes")
        outsideId = f.get("outside_id")
        extra = f.get("extra")
    }

    /// The fields, to filter and sort by and to show.
    public enum Fields {
        /// Account 客户. A record without it is refused.
        public static let account = Field<GiftNote, RecordId>("account", Wording("Account", "客户"))
        /// Recipient 收礼人. The contact it is for. Gift rules count by recipient: a note without one is not counted.
        public static let recipient = Field<GiftNote, RecordId>("recipient", Wording("Recipient", "收礼人"))
        /// Recipient's name 收礼人姓名. For a recipient who is no contact yet.
        public static let recipientName = Field<GiftNote, String>("recipient_name", Wording("Recipient's name", "收礼人姓名"))
        /// Occasion 场合.
        public static let occasion = Field<GiftNote, GiftNoteOccasion>("occasion", Wording("Occasion", "场合"))
        /// Item 礼品. A record without it is refused.
        public static let item = Field<GiftNote, String>("item", Wording("Item", "礼品"))
        /// Company-branded 公司标识.
        public static let branded = Field<GiftNote, Bool>("branded", Wording("Company-branded", "公司标识"))
        /// Cash or equivalent 现金或等价物. Cash, vouchers, prepaid cards.
        public static let cashEquivalent = Field<GiftNote, Bool>("cash_equivalent", Wording("Cash or equivalent", "现金或等价物"))
        /// Quantity 数量. From 1 to 1000000.
        public static let quantity = Field<GiftNote, Int>("quantity", Wording("Quantity", "数量"))
        /// Value 价值. Of the whole gift, not of one piece.
        public static let value = Field<GiftNote, Money>("value", Wording("Value", "价值"))
        /// Meaning 寓意. Why this gift for this person.
        public static let meaning = Field<GiftNote, String>("meaning", Wording("Meaning", "寓意"))
        /// State 状态.
        public static let state = Field<GiftNote, GiftNoteState>("state", Wording("State", "状态"))
        /// State history 状态历史. Kept by the core: every new value of `state` with its time.
        public static let stateHistory = Field<GiftNote, [GiftNoteStateHistoryEntry]>("state_history", Wording("State history", "状态历史"))
        /// Planned for 计划时间.
        public static let plannedAt = Field<GiftNote, Date>("planned_at", Wording("Planned for", "计划时间"))
        /// Given at 赠出时间.
        public static let givenAt = Field<GiftNote, Date>("given_at", Wording("Given at", "赠出时间"))
        /// Approver 审批人.
        public static let approver = Field<GiftNote, MemberId>("approver", Wording("Approver", "审批人"))
        /// Approver's remark 审批意见.
        public static let approverRemark = Field<GiftNote, String>("approver_remark", Wording("Approver's remark", "审批意见"))
        /// Receipt 票据. Where the paper is kept.
        public static let receipt = Field<GiftNote, String>("receipt", Wording("Receipt", "票据"))
        /// Notes 备注.
        public static let notes = Field<GiftNote, String>("notes", Wording("Notes", "备注"))
        /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
        public static let outsideId = Field<GiftNote, String>("outside_id", Wording("Outside id", "外部编号"))
        /// Other columns 其他列. Columns of an import that no field takes, by header.
        public static let extra = Field<GiftNote, [String: String]>("extra", Wording("Other columns", "其他列"))
    }
}

/// A ``GiftNote`` as a form holds it: a new one for ``Roadbook/log(_:id:book:reason:)``, or a changed copy of one.
public struct GiftNoteDraft: Draft {
    /// What becomes of it.
    public typealias Kept = GiftNote
    /// Account 客户. A record without it is refused.
    public var account: RecordId
    /// Item 礼品. A record without it is refused.
    public var item: String
    /// Recipient 收礼人. The contact it is for. Gift rules count by recipient: a note without one is not counted.
    public var recipient: RecordId?
    /// Recipient's name 收礼人姓名. For a recipient who is no contact yet.
    public var recipientName: String?
    /// Occasion 场合.
    public var occasion: GiftNoteOccasion?
    /// Company-branded 公司标识.
    public var branded: Bool?
    /// Cash or equivalent 现金或等价物. Cash, vouchers, prepaid cards.
    public var cashEquivalent: Bool?
    /// Quantity 数量. From 1 to 1000000.
    public var quantity: Int?
    /// Value 价值. Of the whole gift, not of one piece.
    public var value: Money?
    /// Meaning 寓意. Why this gift for this person.
    public var meaning: String?
    /// State 状态.
    public var state: GiftNoteState?
    /// Planned for 计划时间.
    public var plannedAt: Date?
    /// Given at 赠出时间.
    public var givenAt: Date?
    /// Approver 审批人.
    public var approver: MemberId?
    /// Approver's remark 审批意见.
    public var approverRemark: String?
    /// Receipt 票据. Where the paper is kept.
    public var receipt: String?
    /// Notes 备注.
    public var notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public var outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public var extra: [String: String]

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        account: RecordId,
        item: String,
        recipient: RecordId? = nil,
        recipientName: String? = nil,
        occasion: GiftNoteOccasion? = nil,
        branded: Bool? = nil,
        cashEquivalent: Bool? = nil,
        quantity: Int? = nil,
        value: Money? = nil,
        meaning: String? = nil,
        state: GiftNoteState? = nil,
        plannedAt: Date? = nil,
        givenAt: Date? = nil,
        approver: MemberId? = nil,
        approverRemark: String? = nil,
        receipt: String? = nil,
        notes: String? = nil,
        outsideId: String? = nil,
        extra: [String: String] = [:]
    ) {
        self.account = account
        self.item = item
        self.recipient = recipient
        self.recipientName = recipientName
        self.occasion = occasion
        self.branded = branded
        self.cashEquivalent = cashEquivalent
        self.quantity = quantity
        self.value = value
        self.meaning = meaning
        self.state = state
        self.plannedAt = plannedAt
        self.givenAt = givenAt
        self.approver = approver
        self.approverRemark = approverRemark
        self.receipt = receipt
        self.notes = notes
        self.outsideId = outsideId
        self.extra = extra
    }

    /// Writes the fields. The core calls it.
    public func write(to f: inout StoredFields) {
        f.put("account", account)
        f.put("item", item)
        f.put("recipient", recipient)
        f.put("recipient_name", recipientName)
        f.put("occasion", occasion)
        f.put("branded", branded)
        f.put("cash_equivalent", cashEquivalent)
        f.put("quantity", quantity)
        f.put("value", value)
        f.put("meaning", meaning)
        f.put("state", state)
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

/// One of the stateHistory of a ``GiftNote``.
public struct GiftNoteStateHistoryEntry: Hashable, Sendable, StoredItem {
    /// State 状态. A record without it is refused.
    public var value: String
    /// At 时间.
    public var at: Date?
    /// Its key in the collection; empty for a new one.
    public var key: String

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        value: String,
        at: Date? = nil,
        key: String = ""
    ) {
        self.value = value
        self.at = at
        self.key = key
    }

    init(key: String, stored f: StoredFields) {
        value = f.get("value")
        at = f.get("at")
        self.key = key
    }

    func write(to f: inout StoredFields) {
        f.put("value", value)
        f.put("at", at)
    }
}

/// Occasion 场合. A value that this version does not know is kept as ``unknown(_:)``.
public enum GiftNoteOccasion: Choice {
    /// First week 首周.
    case firstWeek
    /// Legal holiday 法定节日.
    case legalHoliday
    /// Birthday 生日.
    case birthday
    /// Event 活动.
    case event
    /// Thank-you 答谢.
    case thankYou
    /// Apology 致歉.
    case apology
    /// Annual customer meeting 客户年会.
    case annualMeeting
    /// Other 其他.
    case other
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.firstWeek, .legalHoliday, .birthday, .event, .thankYou, .apology, .annualMeeting, .other]

    /// The value as stored.
    public var value: String {
        switch self {
        case .firstWeek: "first_week"
        case .legalHoliday: "legal_holiday"
        case .birthday: "birthday"
        case .event: "event"
        case .thankYou: "thank_you"
        case .apology: "apology"
        case .annualMeeting: "annual_meeting"
        case .other: "other"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .firstWeek: Wording("First week", "首周")
        case .legalHoliday: Wording("Legal holiday", "法定节日")
        case .birthday: Wording("Birthday", "生日")
        case .event: Wording("Event", "活动")
        case .thankYou: Wording("Thank-you", "答谢")
        case .apology: Wording("Apology", "致歉")
        case .annualMeeting: Wording("Annual customer meeting", "客户年会")
        case .other: Wording("Other", "其他")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// State 状态. A value that this version does not know is kept as ``unknown(_:)``.
public enum GiftNoteState: Choice {
    /// Planned 计划.
    case planned
    /// Approved 已批准.
    case approved
    /// Given 已赠出.
    case given
    /// Declined 被谢绝.
    case declined
    /// Returned 退回.
    case returned
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.planned, .approved, .given, .declined, .returned]

    /// The value as stored.
    public var value: String {
        switch self {
        case .planned: "planned"
        case .approved: "approved"
        case .given: "given"
        case .declined: "declined"
        case .returned: "returned"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .planned: Wording("Planned", "计划")
        case .approved: Wording("Approved", "已批准")
        case .given: Wording("Given", "已赠出")
        case .declined: Wording("Declined", "被谢绝")
        case .returned: Wording("Returned", "退回")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}
