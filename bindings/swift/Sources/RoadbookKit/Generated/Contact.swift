// Written by roadbook-types from the core's declarations. Do not edit.

/// Contact 联系人. A person at an account.
public struct Contact: Record {
    /// Its id.
    public let id: RecordId
    /// What every record has.
    public let info: RecordInfo
    /// Account 客户. A record without it is refused.
    public let account: RecordId
    /// Name 姓名. A record without it is refused.
    public let name: String
    /// Title 职务.
    public let title: String?
    /// Role in buying 采购角色.
    public let role: ContactRole?
    /// Phones 电话.
    public let phones: Set<String>
    /// Emails 邮箱.
    public let emails: Set<String>
    /// Chat ids 微信等.
    public let chatIds: Set<String>
    /// Address 地址.
    public let address: String?
    /// Preferred channel 首选联系方式.
    public let preferredChannel: ContactPreferredChannel?
    /// Preferred hours 方便时间.
    public let preferredHours: String?
    /// Birthday 生日.
    public let birthday: Day?
    /// Other dates 其他纪念日.
    public let dates: [ContactDate]
    /// Recipient class 收礼人类别. Which gift rules apply to this person.
    public let recipientClass: ContactRecipientClass?
    /// Sex 性别.
    public let sex: String?
    /// Ethnicity 民族.
    public let ethnicity: String?
    /// Approximate age 大致年龄. From 0 to 150.
    public let age: Int?
    /// Consents 已同意的信息类别. Categories of facts the contact agreed to have recorded.
    public let consents: Set<ContactConsent>
    /// Work 工作.
    public let work: String?
    /// Family 家庭. Needs consent: family.
    public let family: String?
    /// Health 健康. Needs consent: health.
    public let health: String?
    /// Education 教育. Needs consent: personal.
    public let education: String?
    /// Personality 性格. Needs consent: personal.
    public let personality: String?
    /// Habits 习惯. Needs consent: personal.
    public let habits: String?
    /// Hobbies 爱好. Needs consent: personal.
    public let hobbies: String?
    /// Values 价值观. Needs consent: personal.
    public let personalValues: String?
    /// Likes 喜好. Needs consent: personal.
    public let likes: String?
    /// Dislikes 忌讳. Needs consent: personal.
    public let dislikes: String?
    /// Preferred service style 偏好的服务方式.
    public let preferredServiceStyle: String?
    /// Receptiveness to promotion 对促销的接受度.
    public let promotionReceptiveness: String?
    /// Notes 备注.
    public let notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public let outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public let extra: [String: String]

    /// The kind's name and what people call it.
    public static let kind = Kind("contact", Wording("Contact", "联系人"))

    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.
    public var draft: ContactDraft {
        ContactDraft(
            account: account,
            name: name,
            title: title,
            role: role,
            phones: phones,
            emails: emails,
            chatIds: chatIds,
            address: address,
            preferredChannel: preferredChannel,
            preferredHours: preferredHours,
            birthday: birthday,
            dates: dates,
            recipientClass: recipientClass,
            sex: sex,
            ethnicity: ethnicity,
            age: age,
            consents: consents,
            work: work,
            family: family,
            health: health,
            education: education,
            personality: personality,
            habits: habits,
            hobbies: hobbies,
            personalValues: personalValues,
            likes: likes,
            dislikes: dislikes,
            preferredServiceStyle: preferredServiceStyle,
            promotionReceptiveness: promotionReceptiveness,
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
        name = f.get("name")
        title = f.get("title")
        role = f.get("role")
        phones = f.get("phones")
        emails = f.get("emails")
        chatIds = f.get("chat_ids")
        address = f.get("address")
        preferredChannel = f.get("preferred_channel")
        preferredHours = f.get("preferred_hours")
        birthday = f.get("birthday")
        dates = f.get("dates")
        recipientClass = f.get("recipient_class")
        sex = f.get("sex")
        ethnicity = f.get("ethnicity")
        age = f.get("age")
        consents = f.get("consents")
        work = f.get("work")
        family = f.get("family")
        health = f.get("health")
        education = f.get("education")
        personality = f.get("personality")
        habits = f.get("habits")
        hobbies = f.get("hobbies")
        personalValues = f.get("personal_values")
        likes = f.get("likes")
        dislikes = f.get("dislikes")
        preferredServiceStyle = f.get("preferred_service_style")
        promotionReceptiveness = f.get("promotion_receptiveness")
        notes = f.get("notes")
        outsideId = f.get("outside_id")
        extra = f.get("extra")
    }

    /// The fields, to filter and sort by and to show.
    public enum Fields {
        /// Account 客户. A record without it is refused.
        public static let account = Field<Contact, RecordId>("account", Wording("Account", "客户"))
        /// Name 姓名. A record without it is refused.
        public static let name = Field<Contact, String>("name", Wording("Name", "姓名"))
        /// Title 职务.
        public static let title = Field<Contact, String>("title", Wording("Title", "职务"))
        /// Role in buying 采购角色.
        public static let role = Field<Contact, ContactRole>("role", Wording("Role in buying", "采购角色"))
        /// Phones 电话.
        public static let phones = Field<Contact, Set<String>>("phones", Wording("Phones", "电话"))
        /// Emails 邮箱.
        public static let emails = Field<Contact, Set<String>>("emails", Wording("Emails", "邮箱"))
        /// Chat ids 微信等.
        public static let chatIds = Field<Contact, Set<String>>("chat_ids", Wording("Chat ids", "微信等"))
        /// Address 地址.
        public static let address = Field<Contact, String>("address", Wording("Address", "地址"))
        /// Preferred channel 首选联系方式.
        public static let preferredChannel = Field<Contact, ContactPreferredChannel>("preferred_channel", Wording("Preferred channel", "首选联系方式"))
        /// Preferred hours 方便时间.
        public static let preferredHours = Field<Contact, String>("preferred_hours", Wording("Preferred hours", "方便时间"))
        /// Birthday 生日.
        public static let birthday = Field<Contact, Day>("birthday", Wording("Birthday", "生日"))
        /// Other dates 其他纪念日.
        public static let dates = Field<Contact, [ContactDate]>("dates", Wording("Other dates", "其他纪念日"))
        /// Recipient class 收礼人类别. Which gift rules apply to this person.
        public static let recipientClass = Field<Contact, ContactRecipientClass>("recipient_class", Wording("Recipient class", "收礼人类别"))
        /// Sex 性别.
        public static let sex = Field<Contact, String>("sex", Wording("Sex", "性别"))
        /// Ethnicity 民族.
        public static let ethnicity = Field<Contact, String>("ethnicity", Wording("Ethnicity", "民族"))
        /// Approximate age 大致年龄. From 0 to 150.
        public static let age = Field<Contact, Int>("age", Wording("Approximate age", "大致年龄"))
        /// Consents 已同意的信息类别. Categories of facts the contact agreed to have recorded.
        public static let consents = Field<Contact, Set<ContactConsent>>("consents", Wording("Consents", "已同意的信息类别"))
        /// Work 工作.
        public static let work = Field<Contact, String>("work", Wording("Work", "工作"))
        /// Family 家庭. Needs consent: family.
        public static let family = Field<Contact, String>("family", Wording("Family", "家庭"))
        /// Health 健康. Needs consent: health.
        public static let health = Field<Contact, String>("health", Wording("Health", "健康"))
        /// Education 教育. Needs consent: personal.
        public static let education = Field<Contact, String>("education", Wording("Education", "教育"))
        /// Personality 性格. Needs consent: personal.
        public static let personality = Field<Contact, String>("personality", Wording("Personality", "性格"))
        /// Habits 习惯. Needs consent: personal.
        public static let habits = Field<Contact, String>("habits", Wording("Habits", "习惯"))
        /// Hobbies 爱好. Needs consent: personal.
        public static let hobbies = Field<Contact, String>("hobbies", Wording("Hobbies", "爱好"))
        /// Values 价值观. Needs consent: personal.
        public static let personalValues = Field<Contact, String>("personal_values", Wording("Values", "价值观"))
        /// Likes 喜好. Needs consent: personal.
        public static let likes = Field<Contact, String>("likes", Wording("Likes", "喜好"))
        /// Dislikes 忌讳. Needs consent: personal.
        public static let dislikes = Field<Contact, String>("dislikes", Wording("Dislikes", "忌讳"))
        /// Preferred service style 偏好的服务方式.
        public static let preferredServiceStyle = Field<Contact, String>("preferred_service_style", Wording("Preferred service style", "偏好的服务方式"))
        /// Receptiveness to promotion 对促销的接受度.
        public static let promotionReceptiveness = Field<Contact, String>("promotion_receptiveness", Wording("Receptiveness to promotion", "对促销的接受度"))
        /// Notes 备注.
        public static let notes = Field<Contact, String>("notes", Wording("Notes", "备注"))
        /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
        public static let outsideId = Field<Contact, String>("outside_id", Wording("Outside id", "外部编号"))
        /// Other columns 其他列. Columns of an import that no field takes, by header.
        public static let extra = Field<Contact, [String: String]>("extra", Wording("Other columns", "其他列"))
    }
}

/// A ``Contact`` as a form holds it: a new one for ``Roadbook/log(_:id:book:reason:)``, or a changed copy of one.
public struct ContactDraft: Draft {
    /// What becomes of it.
    public typealias Kept = Contact
    /// Account 客户. A record without it is refused.
    public var account: RecordId
    /// Name 姓名. A record without it is refused.
    public var name: String
    /// Title 职务.
    public var title: String?
    /// Role in buying 采购角色.
    public var role: ContactRole?
    /// Phones 电话.
    public var phones: Set<String>
    /// Emails 邮箱.
    public var emails: Set<String>
    /// Chat ids 微信等.
    public var chatIds: Set<String>
    /// Address 地址.
    public var address: String?
    /// Preferred channel 首选联系方式.
    public var preferredChannel: ContactPreferredChannel?
    /// Preferred hours 方便时间.
    public var preferredHours: String?
    /// Birthday 生日.
    public var birthday: Day?
    /// Other dates 其他纪念日.
    public var dates: [ContactDate]
    /// Recipient class 收礼人类别. Which gift rules apply to this person.
    public var recipientClass: ContactRecipientClass?
    /// Sex 性别.
    public var sex: String?
    /// Ethnicity 民族.
    public var ethnicity: String?
    /// Approximate age 大致年龄. From 0 to 150.
    public var age: Int?
    /// Consents 已同意的信息类别. Categories of facts the contact agreed to have recorded.
    public var consents: Set<ContactConsent>
    /// Work 工作.
    public var work: String?
    /// Family 家庭. Needs consent: family.
    public var family: String?
    /// Health 健康. Needs consent: health.
    public var health: String?
    /// Education 教育. Needs consent: personal.
    public var education: String?
    /// Personality 性格. Needs consent: personal.
    public var personality: String?
    /// Habits 习惯. Needs consent: personal.
    public var habits: String?
    /// Hobbies 爱好. Needs consent: personal.
    public var hobbies: String?
    /// Values 价值观. Needs consent: personal.
    public var personalValues: String?
    /// Likes 喜好. Needs consent: personal.
    public var likes: String?
    /// Dislikes 忌讳. Needs consent: personal.
    public var dislikes: String?
    /// Preferred service style 偏好的服务方式.
    public var preferredServiceStyle: String?
    /// Receptiveness to promotion 对促销的接受度.
    public var promotionReceptiveness: String?
    /// Notes 备注.
    public var notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public var outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public var extra: [String: String]

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        account: RecordId,
        name: String,
        title: String? = nil,
        role: ContactRole? = nil,
        phones: Set<String> = [],
        emails: Set<String> = [],
        chatIds: Set<String> = [],
        address: String? = nil,
        preferredChannel: ContactPreferredChannel? = nil,
        preferredHours: String? = nil,
        birthday: Day? = nil,
        dates: [ContactDate] = [],
        recipientClass: ContactRecipientClass? = nil,
        sex: String? = nil,
        ethnicity: String? = nil,
        age: Int? = nil,
        consents: Set<ContactConsent> = [],
        work: String? = nil,
        family: String? = nil,
        health: String? = nil,
        education: String? = nil,
        personality: String? = nil,
        habits: String? = nil,
        hobbies: String? = nil,
        personalValues: String? = nil,
        likes: String? = nil,
        dislikes: String? = nil,
        preferredServiceStyle: String? = nil,
        promotionReceptiveness: String? = nil,
        notes: String? = nil,
        outsideId: String? = nil,
        extra: [String: String] = [:]
    ) {
        self.account = account
        self.name = name
        self.title = title
        self.role = role
        self.phones = phones
        self.emails = emails
        self.chatIds = chatIds
        self.address = address
        self.preferredChannel = preferredChannel
        self.preferredHours = preferredHours
        self.birthday = birthday
        self.dates = dates
        self.recipientClass = recipientClass
        self.sex = sex
        self.ethnicity = ethnicity
        self.age = age
        self.consents = consents
        self.work = work
        self.family = family
        self.health = health
        self.education = education
        self.personality = personality
        self.habits = habits
        self.hobbies = hobbies
        self.personalValues = personalValues
        self.likes = likes
        self.dislikes = dislikes
        self.preferredServiceStyle = preferredServiceStyle
        self.promotionReceptiveness = promotionReceptiveness
        self.notes = notes
        self.outsideId = outsideId
        self.extra = extra
    }

    /// Writes the fields. The core calls it.
    public func write(to f: inout StoredFields) {
        f.put("account", account)
        f.put("name", name)
        f.put("title", title)
        f.put("role", role)
        f.put("phones", phones)
        f.put("emails", emails)
        f.put("chat_ids", chatIds)
        f.put("address", address)
        f.put("preferred_channel", preferredChannel)
        f.put("preferred_hours", preferredHours)
        f.put("birthday", birthday)
        f.put("dates", dates)
        f.put("recipient_class", recipientClass)
        f.put("sex", sex)
        f.put("ethnicity", ethnicity)
        f.put("age", age)
        f.put("consents", consents)
        f.put("work", work)
        f.put("family", family)
        f.put("health", health)
        f.put("education", education)
        f.put("personality", personality)
        f.put("habits", habits)
        f.put("hobbies", hobbies)
        f.put("personal_values", personalValues)
        f.put("likes", likes)
        f.put("dislikes", dislikes)
        f.put("preferred_service_style", preferredServiceStyle)
        f.put("promotion_receptiveness", promotionReceptiveness)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/// One of the dates of a ``Contact``.
public struct ContactDate: Hashable, Sendable, StoredItem {
    /// Occasion 事由. A record without it is refused.
    public var label: String
    /// Day 日期. A record without it is refused.
    public var on: Day
    /// Every year 每年.
    public var yearly: Bool?
    /// Its key in the collection; empty for a new one.
    public var key: String

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        label: String,
        on: Day,
        yearly: Bool? = nil,
        key: String = ""
    ) {
        self.label = label
        self.on = on
        self.yearly = yearly
        self.key = key
    }

    init(key: String, stored f: StoredFields) {
        label = f.get("label")
        on = f.get("on")
        yearly = f.get("yearly")
        self.key = key
    }

    func write(to f: inout StoredFields) {
        f.put("label", label)
        f.put("on", on)
        f.put("yearly", yearly)
    }
}

/// Role in buying 采购角色. A value that this version does not know is kept as ``unknown(_:)``.
public enum ContactRole: Choice {
    /// Decision maker 关键决策人 KP.
    case decisionMaker
    /// Handler 经办人.
    case handler
    /// Influencer 影响者.
    case influencer
    /// User 使用者.
    case user
    /// Gatekeeper 把关人.
    case gatekeeper
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.decisionMaker, .handler, .influencer, .user, .gatekeeper]

    /// The value as stored.
    public var value: String {
        switch self {
        case .decisionMaker: "decision_maker"
        case .handler: "handler"
        case .influencer: "influencer"
        case .user: "user"
        case .gatekeeper: "gatekeeper"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .decisionMaker: Wording("Decision maker", "关键决策人 KP")
        case .handler: Wording("Handler", "经办人")
        case .influencer: Wording("Influencer", "影响者")
        case .user: Wording("User", "使用者")
        case .gatekeeper: Wording("Gatekeeper", "把关人")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Preferred channel 首选联系方式. A value that this version does not know is kept as ``unknown(_:)``.
public enum ContactPreferredChannel: Choice {
    /// Phone 电话.
    case phone
    /// Chat 即时通讯.
    case chat
    /// Email 邮件.
    case email
    /// Visit 上门.
    case visit
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.phone, .chat, .email, .visit]

    /// The value as stored.
    public var value: String {
        switch self {
        case .phone: "phone"
        case .chat: "chat"
        case .email: "email"
        case .visit: "visit"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .phone: Wording("Phone", "电话")
        case .chat: Wording("Chat", "即时通讯")
        case .email: Wording("Email", "邮件")
        case .visit: Wording("Visit", "上门")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Recipient class 收礼人类别. A value that this version does not know is kept as ``unknown(_:)``.
public enum ContactRecipientClass: Choice {
    /// Private staff 民企员工.
    case privateStaff
    /// State-owned staff 国企员工.
    case stateOwnedStaff
    /// Public official 公职人员.
    case publicOfficial
    /// Healthcare professional 医疗卫生专业人士.
    case healthcareProfessional
    /// Own family 本人亲属.
    case ownFamily
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.privateStaff, .stateOwnedStaff, .publicOfficial, .healthcareProfessional, .ownFamily]

    /// The value as stored.
    public var value: String {
        switch self {
        case .privateStaff: "private_staff"
        case .stateOwnedStaff: "state_owned_staff"
        case .publicOfficial: "public_official"
        case .healthcareProfessional: "healthcare_professional"
        case .ownFamily: "own_family"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .privateStaff: Wording("Private staff", "民企员工")
        case .stateOwnedStaff: Wording("State-owned staff", "国企员工")
        case .publicOfficial: Wording("Public official", "公职人员")
        case .healthcareProfessional: Wording("Healthcare professional", "医疗卫生专业人士")
        case .ownFamily: Wording("Own family", "本人亲属")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Consents 已同意的信息类别. A value that this version does not know is kept as ``unknown(_:)``.
public enum ContactConsent: Choice {
    /// Personal facts 个人信息.
    case personal
    /// Family 家庭.
    case family
    /// Health 健康.
    case health
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.personal, .family, .health]

    /// The value as stored.
    public var value: String {
        switch self {
        case .personal: "personal"
        case .family: "family"
        case .health: "health"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .personal: Wording("Personal facts", "个人信息")
        case .family: Wording("Family", "家庭")
        case .health: Wording("Health", "健康")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}
