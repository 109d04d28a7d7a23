// Written by roadbook-types from the core's declarations. Do not edit.

/// Account 客户. A company one deals with. Contacts, visits, gift notes, opportunities and tasks hang on it.
public struct Account: Record {
    /// Its id.
    public let id: RecordId
    /// What every record has.
    public let info: RecordInfo
    /// Name 客户名称. A record without it is refused.
    public let name: String
    /// Aliases 别名.
    public let aliases: Set<String>
    /// Phones 电话.
    public let phones: Set<String>
    /// Website 网址.
    public let website: String?
    /// Addresses 地址.
    public let addresses: [AccountAddress]
    /// Position 位置. Where the account is found, for nearby lists.
    public let location: GeoPoint?
    /// Industry 行业.
    public let industry: String?
    /// Region 区域.
    public let region: String?
    /// Ownership 企业性质.
    public let ownership: String?
    /// Headcount 员工人数. From 0 to 100000000.
    public let headcount: Int?
    /// Annual revenue 年营业额.
    public let revenue: Money?
    /// Parent account 上级客户.
    public let parent: RecordId?
    /// Source 来源.
    public let source: String?
    /// First dealing 首次往来.
    public let firstDealingOn: Day?
    /// Market area 市场范围.
    public let marketArea: String?
    /// Sales capacity 销售能力.
    public let salesCapacity: String?
    /// Potential 发展潜力.
    public let potential: String?
    /// Business philosophy 经营观念.
    public let businessPhilosophy: String?
    /// Business method 经营方法.
    public let businessMethod: String?
    /// Business policy 经营政策.
    public let businessPolicy: String?
    /// Financial standing 财务状况.
    public let financialStanding: String?
    /// Credit standing 信用状况.
    public let creditStanding: String?
    /// Reputation 声誉.
    public let reputation: String?
    /// Cumulative spend 累计消费. What tiers are proposed from.
    public let spendTotal: Money?
    /// Tier 客户等级. As confirmed by a manager.
    public let tier: AccountTier?
    /// Reason for the tier 定级原因.
    public let tierReason: String?
    /// Maturity class 客户分类. How near a deal is; the playbook says how often each class is contacted.
    public let maturity: AccountMaturity?
    /// Strategic 战略客户.
    public let strategic: Bool?
    /// Key-account scope 大客户范围.
    public let scope: AccountScope?
    /// Service level 服务级别.
    public let serviceLevel: String?
    /// Owner 负责人.
    public let owner: MemberId?
    /// Account team 客户团队.
    public let team: [AccountTeamEntry]
    /// Account type 客户类型.
    public let accountType: AccountType?
    /// Usage cycle 使用周期.
    public let usageCycle: String?
    /// Procurement method 采购方式.
    public let procurementMethod: String?
    /// Current suppliers 现有供应商.
    public let currentSuppliers: Set<String>
    /// Fiscal year 财年.
    public let fiscalYear: String?
    /// Development plan 发展规划.
    public let developmentPlan: String?
    /// Tags 标签.
    public let tags: Set<String>
    /// Competitors 竞争情况.
    public let competitors: [AccountCompetitor]
    /// Next step 下一步.
    public let nextStep: String?
    /// Notes 备注.
    public let notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public let outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public let extra: [String: String]

    /// The kind's name and what people call it.
    public static let kind = Kind("account", Wording("Account", "客户"))

    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.
    public var draft: AccountDraft {
        AccountDraft(
            name: name,
            aliases: aliases,
            phones: phones,
            website: website,
            addresses: addresses,
            location: location,
            industry: industry,
            region: region,
            ownership: ownership,
            headcount: headcount,
            revenue: revenue,
            parent: parent,
            source: source,
            firstDealingOn: firstDealingOn,
            marketArea: marketArea,
            salesCapacity: salesCapacity,
            potential: potential,
            businessPhilosophy: businessPhilosophy,
            businessMethod: businessMethod,
            businessPolicy: businessPolicy,
            financialStanding: financialStanding,
            creditStanding: creditStanding,
            reputation: reputation,
            spendTotal: spendTotal,
            tier: tier,
            tierReason: tierReason,
            maturity: maturity,
            strategic: strategic,
            scope: scope,
            serviceLevel: serviceLevel,
            owner: owner,
            team: team,
            accountType: accountType,
            usageCycle: usageCycle,
            procurementMethod: procurementMethod,
            currentSuppliers: currentSuppliers,
            fiscalYear: fiscalYear,
            developmentPlan: developmentPlan,
            tags: tags,
            competitors: competitors,
            nextStep: nextStep,
            notes: notes,
            outsideId: outsideId,
            extra: extra)
    }

    /// Reads a record. The core calls it.
    public init(stored: StoredRecord) {
        let f = stored.fields
        id = stored.id
        info = stored.info
        name = f.get("name")
        aliases = f.get("aliases")
        phones = f.get("phones")
        website = f.get("website")
        addresses = f.get("addresses")
        location = f.get("location")
        industry = f.get("industry")
        region = f.get("region")
        ownership = f.get("ownership")
        headcount = f.get("headcount")
        revenue = f.get("revenue")
        parent = f.get("parent")
        source = f.get("source")
        firstDealingOn = f.get("first_dealing_on")
        marketArea = f.get("market_area")
        salesCapacity = f.get("sales_capacity")
        potential = f.get("potential")
        businessPhilosophy = f.get("business_philosophy")
        businessMethod = f.get("business_method")
        businessPolicy = f.get("business_policy")
        financialStanding = f.get("financial_standing")
        creditStanding = f.get("credit_standing")
        reputation = f.get("reputation")
        spendTotal = f.get("spend_total")
        tier = f.get("tier")
        tierReason = f.get("tier_reason")
        maturity = f.get("maturity")
        strategic = f.get("strategic")
        scope = f.get("scope")
        serviceLevel = f.get("service_level")
        owner = f.get("owner")
        team = f.get("team")
        accountType = f.get("account_type")
        usageCycle = f.get("usage_cycle")
        procurementMethod = f.get("procurement_method")
        currentSuppliers = f.get("current_suppliers")
        fiscalYear = f.get("fiscal_year")
        developmentPlan = f.get("development_plan")
        tags = f.get("tags")
        competitors = f.get("competitors")
        nextStep = f.get("next_step")
        notes = f.get("notes")
        outsideId = f.get("outside_id")
        extra = f.get("extra")
    }

    /// The fields, to filter and sort by and to show.
    public enum Fields {
        /// Name 客户名称. A record without it is refused.
        public static let name = Field<Account, String>("name", Wording("Name", "客户名称"))
        /// Aliases 别名.
        public static let aliases = Field<Account, Set<String>>("aliases", Wording("Aliases", "别名"))
        /// Phones 电话.
        public static let phones = Field<Account, Set<String>>("phones", Wording("Phones", "电话"))
        /// Website 网址.
        public static let website = Field<Account, String>("website", Wording("Website", "网址"))
        /// Addresses 地址.
        public static let addresses = Field<Account, [AccountAddress]>("addresses", Wording("Addresses", "地址"))
        /// Position 位置. Where the account is found, for nearby lists.
        public static let location = Field<Account, GeoPoint>("location", Wording("Position", "位置"))
        /// Industry 行业.
        public static let industry = Field<Account, String>("industry", Wording("Industry", "行业"))
        /// Region 区域.
        public static let region = Field<Account, String>("region", Wording("Region", "区域"))
        /// Ownership 企业性质.
        public static let ownership = Field<Account, String>("ownership", Wording("Ownership", "企业性质"))
        /// Headcount 员工人数. From 0 to 100000000.
        public static let headcount = Field<Account, Int>("headcount", Wording("Headcount", "员工人数"))
        /// Annual revenue 年营业额.
        public static let revenue = Field<Account, Money>("revenue", Wording("Annual revenue", "年营业额"))
        /// Parent account 上级客户.
        public static let parent = Field<Account, RecordId>("parent", Wording("Parent account", "上级客户"))
        /// Source 来源.
        public static let source = Field<Account, String>("source", Wording("Source", "来源"))
        /// First dealing 首次往来.
        public static let firstDealingOn = Field<Account, Day>("first_dealing_on", Wording("First dealing", "首次往来"))
        /// Market area 市场范围.
        public static let marketArea = Field<Account, String>("market_area", Wording("Market area", "市场范围"))
        /// Sales capacity 销售能力.
        public static let salesCapacity = Field<Account, String>("sales_capacity", Wording("Sales capacity", "销售能力"))
        /// Potential 发展潜力.
        public static let potential = Field<Account, String>("potential", Wording("Potential", "发展潜力"))
        /// Business philosophy 经营观念.
        public static let businessPhilosophy = Field<Account, String>("business_philosophy", Wording("Business philosophy", "经营观念"))
        /// Business method 经营方法.
        public static let businessMethod = Field<Account, String>("business_method", Wording("Business method", "经营方法"))
        /// Business policy 经营政策.
        public static let businessPolicy = Field<Account, String>("business_policy", Wording("Business policy", "经营政策"))
        /// Financial standing 财务状况.
        public static let financialStanding = Field<Account, String>("financial_standing", Wording("Financial standing", "财务状况"))
        /// Credit standing 信用状况.
        public static let creditStanding = Field<Account, String>("credit_standing", Wording("Credit standing", "信用状况"))
        /// Reputation 声誉.
        public static let reputation = Field<Account, String>("reputation", Wording("Reputation", "声誉"))
        /// Cumulative spend 累计消费. What tiers are proposed from.
        public static let spendTotal = Field<Account, Money>("spend_total", Wording("Cumulative spend", "累计消费"))
        /// Tier 客户等级. As confirmed by a manager.
        public static let tier = Field<Account, AccountTier>("tier", Wording("Tier", "客户等级"))
        /// Reason for the tier 定级原因.
        public static let tierReason = Field<Account, String>("tier_reason", Wording("Reason for the tier", "定级原因"))
        /// Maturity class 客户分类. How near a deal is; the playbook says how often each class is contacted.
        public static let maturity = Field<Account, AccountMaturity>("maturity", Wording("Maturity class", "客户分类"))
        /// Strategic 战略客户.
        public static let strategic = Field<Account, Bool>("strategic", Wording("Strategic", "战略客户"))
        /// Key-account scope 大客户范围.
        public static let scope = Field<Account, AccountScope>("scope", Wording("Key-account scope", "大客户范围"))
        /// Service level 服务级别.
        public static let serviceLevel = Field<Account, String>("service_level", Wording("Service level", "服务级别"))
        /// Owner 负责人.
        public static let owner = Field<Account, MemberId>("owner", Wording("Owner", "负责人"))
        /// Account team 客户团队.
        public static let team = Field<Account, [AccountTeamEntry]>("team", Wording("Account team", "客户团队"))
        /// Account type 客户类型.
        public static let accountType = Field<Account, AccountType>("account_type", Wording("Account type", "客户类型"))
        /// Usage cycle 使用周期.
        public static let usageCycle = Field<Account, String>("usage_cycle", Wording("Usage cycle", "使用周期"))
        /// Procurement method 采购方式.
        public static let procurementMethod = Field<Account, String>("procurement_method", Wording("Procurement method", "采购方式"))
        /// Current suppliers 现有供应商.
        public static let currentSuppliers = Field<Account, Set<String>>("current_suppliers", Wording("Current suppliers", "现有供应商"))
        /// Fiscal year 财年.
        public static let fiscalYear = Field<Account, String>("fiscal_year", Wording("Fiscal year", "财年"))
        /// Development plan 发展规划.
        public static let developmentPlan = Field<Account, String>("development_plan", Wording("Development plan", "发展规划"))
        /// Tags 标签.
        public static let tags = Field<Account, Set<String>>("tags", Wording("Tags", "标签"))
        /// Competitors 竞争情况.
        public static let competitors = Field<Account, [AccountCompetitor]>("competitors", Wording("Competitors", "竞争情况"))
        /// Next step 下一步.
        public static let nextStep = Field<Account, String>("next_step", Wording("Next step", "下一步"))
        /// Notes 备注.
        public static let notes = Field<Account, String>("notes", Wording("Notes", "备注"))
        /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
        public static let outsideId = Field<Account, String>("outside_id", Wording("Outside id", "外部编号"))
        /// Other columns 其他列. Columns of an import that no field takes, by header.
        public static let extra = Field<Account, [String: String]>("extra", Wording("Other columns", "其他列"))
    }
}

/// A ``Account`` as a form holds it: a new one for ``Roadbook/log(_:id:book:reason:)``, or a changed copy of one.
public struct AccountDraft: Draft {
    /// What becomes of it.
    public typealias Kept = Account
    /// Name 客户名称. A record without it is refused.
    public var name: String
    /// Aliases 别名.
    public var aliases: Set<String>
    /// Phones 电话.
    public var phones: Set<String>
    /// Website 网址.
    public var website: String?
    /// Addresses 地址.
    public var addresses: [AccountAddress]
    /// Position 位置. Where the account is found, for nearby lists.
    public var location: GeoPoint?
    /// Industry 行业.
    public var industry: String?
    /// Region 区域.
    public var region: String?
    /// Ownership 企业性质.
    public var ownership: String?
    /// Headcount 员工人数. From 0 to 100000000.
    public var headcount: Int?
    /// Annual revenue 年营业额.
    public var revenue: Money?
    /// Parent account 上级客户.
    public var parent: RecordId?
    /// Source 来源.
    public var source: String?
    /// First dealing 首次往来.
    public var firstDealingOn: Day?
    /// Market area 市场范围.
    public var marketArea: String?
    /// Sales capacity 销售能力.
    public var salesCapacity: String?
    /// Potential 发展潜力.
    public var potential: String?
    /// Business philosophy 经营观念.
    public var businessPhilosophy: String?
    /// Business method 经营方法.
    public var businessMethod: String?
    /// Business policy 经营政策.
    public var businessPolicy: String?
    /// Financial standing 财务状况.
    public var financialStanding: String?
    /// Credit standing 信用状况.
    public var creditStanding: String?
    /// Reputation 声誉.
    public var reputation: String?
    /// Cumulative spend 累计消费. What tiers are proposed from.
    public var spendTotal: Money?
    /// Tier 客户等级. As confirmed by a manager.
    public var tier: AccountTier?
    /// Reason for the tier 定级原因.
    public var tierReason: String?
    /// Maturity class 客户分类. How near a deal is; the playbook says how often each class is contacted.
    public var maturity: AccountMaturity?
    /// Strategic 战略客户.
    public var strategic: Bool?
    /// Key-account scope 大客户范围.
    public var scope: AccountScope?
    /// Service level 服务级别.
    public var serviceLevel: String?
    /// Owner 负责人.
    public var owner: MemberId?
    /// Account team 客户团队.
    public var team: [AccountTeamEntry]
    /// Account type 客户类型.
    public var accountType: AccountType?
    /// Usage cycle 使用周期.
    public var usageCycle: String?
    /// Procurement method 采购方式.
    public var procurementMethod: String?
    /// Current suppliers 现有供应商.
    public var currentSuppliers: Set<String>
    /// Fiscal year 财年.
    public var fiscalYear: String?
    /// Development plan 发展规划.
    public var developmentPlan: String?
    /// Tags 标签.
    public var tags: Set<String>
    /// Competitors 竞争情况.
    public var competitors: [AccountCompetitor]
    /// Next step 下一步.
    public var nextStep: String?
    /// Notes 备注.
    public var notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public var outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public var extra: [String: String]

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        name: String,
        aliases: Set<String> = [],
        phones: Set<String> = [],
        website: String? = nil,
        addresses: [AccountAddress] = [],
        location: GeoPoint? = nil,
        industry: String? = nil,
        region: String? = nil,
        ownership: String? = nil,
        headcount: Int? = nil,
        revenue: Money? = nil,
        parent: RecordId? = nil,
        source: String? = nil,
        firstDealingOn: Day? = nil,
        marketArea: String? = nil,
        salesCapacity: String? = nil,
        potential: String? = nil,
        businessPhilosophy: String? = nil,
        businessMethod: String? = nil,
        businessPolicy: String? = nil,
        financialStanding: String? = nil,
        creditStanding: String? = nil,
        reputation: String? = nil,
        spendTotal: Money? = nil,
        tier: AccountTier? = nil,
        tierReason: String? = nil,
        maturity: AccountMaturity? = nil,
        strategic: Bool? = nil,
        scope: AccountScope? = nil,
        serviceLevel: String? = nil,
        owner: MemberId? = nil,
        team: [AccountTeamEntry] = [],
        accountType: AccountType? = nil,
        usageCycle: String? = nil,
        procurementMethod: String? = nil,
        currentSuppliers: Set<String> = [],
        fiscalYear: String? = nil,
        developmentPlan: String? = nil,
        tags: Set<String> = [],
        competitors: [AccountCompetitor] = [],
        nextStep: String? = nil,
        notes: String? = nil,
        outsideId: String? = nil,
        extra: [String: String] = [:]
    ) {
        self.name = name
        self.aliases = aliases
        self.phones = phones
        self.website = website
        self.addresses = addresses
        self.location = location
        self.industry = industry
        self.region = region
        self.ownership = ownership
        self.headcount = headcount
        self.revenue = revenue
        self.parent = parent
        self.source = source
        self.firstDealingOn = firstDealingOn
        self.marketArea = marketArea
        self.salesCapacity = salesCapacity
        self.potential = potential
        self.businessPhilosophy = businessPhilosophy
        self.businessMethod = businessMethod
        self.businessPolicy = businessPolicy
        self.financialStanding = financialStanding
        self.creditStanding = creditStanding
        self.reputation = reputation
        self.spendTotal = spendTotal
        self.tier = tier
        self.tierReason = tierReason
        self.maturity = maturity
        self.strategic = strategic
        self.scope = scope
        self.serviceLevel = serviceLevel
        self.owner = owner
        self.team = team
        self.accountType = accountType
        self.usageCycle = usageCycle
        self.procurementMethod = procurementMethod
        self.currentSuppliers = currentSuppliers
        self.fiscalYear = fiscalYear
        self.developmentPlan = developmentPlan
        self.tags = tags
        self.competitors = competitors
        self.nextStep = nextStep
        self.notes = notes
        self.outsideId = outsideId
        self.extra = extra
    }

    /// Writes the fields. The core calls it.
    public func write(to f: inout StoredFields) {
        f.put("name", name)
        f.put("aliases", aliases)
        f.put("phones", phones)
        f.put("website", website)
        f.put("addresses", addresses)
        f.put("location", location)
        f.put("industry", industry)
        f.put("region", region)
        f.put("ownership", ownership)
        f.put("headcount", headcount)
        f.put("revenue", revenue)
        f.put("parent", parent)
        f.put("source", source)
        f.put("first_dealing_on", firstDealingOn)
        f.put("market_area", marketArea)
        f.put("sales_capacity", salesCapacity)
        f.put("potential", potential)
        f.put("business_philosophy", businessPhilosophy)
        f.put("business_method", businessMethod)
        f.put("business_policy", businessPolicy)
        f.put("financial_standing", financialStanding)
        f.put("credit_standing", creditStanding)
        f.put("reputation", reputation)
        f.put("spend_total", spendTotal)
        f.put("tier", tier)
        f.put("tier_reason", tierReason)
        f.put("maturity", maturity)
        f.put("strategic", strategic)
        f.put("scope", scope)
        f.put("service_level", serviceLevel)
        f.put("owner", owner)
        f.put("team", team)
        f.put("account_type", accountType)
        f.put("usage_cycle", usageCycle)
        f.put("procurement_method", procurementMethod)
        f.put("current_suppliers", currentSuppliers)
        f.put("fiscal_year", fiscalYear)
        f.put("development_plan", developmentPlan)
        f.put("tags", tags)
        f.put("competitors", competitors)
        f.put("next_step", nextStep)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/// One of the addresses of a ``Account``.
public struct AccountAddress: Hashable, Sendable, StoredItem {
    /// Label 名称.
    public var label: String?
    /// Street 街道.
    public var street: String?
    /// City 城市.
    public var city: String?
    /// State or province 省份.
    public var region: String?
    /// Postcode 邮编.
    public var postcode: String?
    /// Country 国家.
    public var country: String?
    /// Position 位置.
    public var point: GeoPoint?
    /// Its key in the collection; empty for a new one.
    public var key: String

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        label: String? = nil,
        street: String? = nil,
        city: String? = nil,
        region: String? = nil,
        postcode: String? = nil,
        country: String? = nil,
        point: GeoPoint? = nil,
        key: String = ""
    ) {
        self.label = label
        self.street = street
        self.city = city
        self.region = region
        self.postcode = postcode
        self.country = country
        self.point = point
        self.key = key
    }

    init(key: String, stored f: StoredFields) {
        label = f.get("label")
        street = f.get("street")
        city = f.get("city")
        region = f.get("region")
        postcode = f.get("postcode")
        country = f.get("country")
        point = f.get("point")
        self.key = key
    }

    func write(to f: inout StoredFields) {
        f.put("label", label)
        f.put("street", street)
        f.put("city", city)
        f.put("region", region)
        f.put("postcode", postcode)
        f.put("country", country)
        f.put("point", point)
    }
}

/// One of the team of a ``Account``.
public struct AccountTeamEntry: Hashable, Sendable, StoredItem {
    /// Function 职能. A record without it is refused.
    public var function: AccountTeamEntryFunction
    /// Member 成员.
    public var member: MemberId?
    /// Its key in the collection; empty for a new one.
    public var key: String

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        function: AccountTeamEntryFunction,
        member: MemberId? = nil,
        key: String = ""
    ) {
        self.function = function
        self.member = member
        self.key = key
    }

    init(key: String, stored f: StoredFields) {
        function = f.get("function")
        member = f.get("member")
        self.key = key
    }

    func write(to f: inout StoredFields) {
        f.put("function", function)
        f.put("member", member)
    }
}

/// One of the competitors of a ``Account``.
public struct AccountCompetitor: Hashable, Sendable, StoredItem {
    /// Competitor 竞争对手. A record without it is refused.
    public var name: String
    /// Share of wallet, % 钱包份额（%）. From 0 to 100.
    public var sharePercent: Int?
    /// Note 说明.
    public var note: String?
    /// Its key in the collection; empty for a new one.
    public var key: String

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        name: String,
        sharePercent: Int? = nil,
        note: String? = nil,
        key: String = ""
    ) {
        self.name = name
        self.sharePercent = sharePercent
        self.note = note
        self.key = key
    }

    init(key: String, stored f: StoredFields) {
        name = f.get("name")
        sharePercent = f.get("share_percent")
        note = f.get("note")
        self.key = key
    }

    func write(to f: inout StoredFields) {
        f.put("name", name)
        f.put("share_percent", sharePercent)
        f.put("note", note)
    }
}

/// Tier 客户等级. A value that this version does not know is kept as ``unknown(_:)``.
public enum AccountTier: Choice {
    /// A A 级.
    case a
    /// B B 级.
    case b
    /// C C 级.
    case c
    /// D D 级.
    case d
    /// E E 级.
    case e
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.a, .b, .c, .d, .e]

    /// The value as stored.
    public var value: String {
        switch self {
        case .a: "A"
        case .b: "B"
        case .c: "C"
        case .d: "D"
        case .e: "E"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .a: Wording("A", "A 级")
        case .b: Wording("B", "B 级")
        case .c: Wording("C", "C 级")
        case .d: Wording("D", "D 级")
        case .e: Wording("E", "E 级")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Maturity class 客户分类. A value that this version does not know is kept as ``unknown(_:)``.
public enum AccountMaturity: Choice {
    /// 0 newly assigned 0 类 新分配.
    case maturity0
    /// 1 contract returned, unpaid 1 类 回传未付款.
    case maturity1
    /// 2 willing, no objection 2 类 有意向无异议.
    case maturity2
    /// 3+ budget or clear interest 3+ 类 有预算或明确兴趣.
    case maturity3Plus
    /// 3 recognises us 3 类 认可.
    case maturity3
    /// key 4 重点四类.
    case key4
    /// 4 decision maker known 4 类 认可度低.
    case maturity4
    /// 5 not the decision maker 5 类 非负责人.
    case maturity5
    /// 6 broke a promise 6 类 失信.
    case maturity6
    /// 7 possible within half a year 7 类 半年内有可能.
    case maturity7
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.maturity0, .maturity1, .maturity2, .maturity3Plus, .maturity3, .key4, .maturity4, .maturity5, .maturity6, .maturity7]

    /// The value as stored.
    public var value: String {
        switch self {
        case .maturity0: "0"
        case .maturity1: "1"
        case .maturity2: "2"
        case .maturity3Plus: "3+"
        case .maturity3: "3"
        case .key4: "key4"
        case .maturity4: "4"
        case .maturity5: "5"
        case .maturity6: "6"
        case .maturity7: "7"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .maturity0: Wording("0 newly assigned", "0 类 新分配")
        case .maturity1: Wording("1 contract returned, unpaid", "1 类 回传未付款")
        case .maturity2: Wording("2 willing, no objection", "2 类 有意向无异议")
        case .maturity3Plus: Wording("3+ budget or clear interest", "3+ 类 有预算或明确兴趣")
        case .maturity3: Wording("3 recognises us", "3 类 认可")
        case .key4: Wording("key 4", "重点四类")
        case .maturity4: Wording("4 decision maker known", "4 类 认可度低")
        case .maturity5: Wording("5 not the decision maker", "5 类 非负责人")
        case .maturity6: Wording("6 broke a promise", "6 类 失信")
        case .maturity7: Wording("7 possible within half a year", "7 类 半年内有可能")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Key-account scope 大客户范围. A value that this version does not know is kept as ``unknown(_:)``.
public enum AccountScope: Choice {
    /// Global 全球.
    case global
    /// National 全国.
    case national
    /// Local 本地.
    case local
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.global, .national, .local]

    /// The value as stored.
    public var value: String {
        switch self {
        case .global: "global"
        case .national: "national"
        case .local: "local"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .global: Wording("Global", "全球")
        case .national: Wording("National", "全国")
        case .local: Wording("Local", "本地")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Function 职能. A value that this version does not know is kept as ``unknown(_:)``.
public enum AccountTeamEntryFunction: Choice {
    /// Account manager 客户经理.
    case manager
    /// On-site executive 驻场主管.
    case onSiteExecutive
    /// Technical 技术.
    case technical
    /// Marketing 市场.
    case marketing
    /// Maintenance 维护.
    case maintenance
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.manager, .onSiteExecutive, .technical, .marketing, .maintenance]

    /// The value as stored.
    public var value: String {
        switch self {
        case .manager: "manager"
        case .onSiteExecutive: "on_site_executive"
        case .technical: "technical"
        case .marketing: "marketing"
        case .maintenance: "maintenance"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .manager: Wording("Account manager", "客户经理")
        case .onSiteExecutive: Wording("On-site executive", "驻场主管")
        case .technical: Wording("Technical", "技术")
        case .marketing: Wording("Marketing", "市场")
        case .maintenance: Wording("Maintenance", "维护")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Account type 客户类型. A value that this version does not know is kept as ``unknown(_:)``.
public enum AccountType: Choice {
    /// Important 重要客户.
    case important
    /// Strategic fit 战略匹配.
    case strategicFit
    /// Potential 潜力客户.
    case potential
    /// Ending 拟终止.
    case ending
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.important, .strategicFit, .potential, .ending]

    /// The value as stored.
    public var value: String {
        switch self {
        case .important: "important"
        case .strategicFit: "strategic_fit"
        case .potential: "potential"
        case .ending: "ending"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .important: Wording("Important", "重要客户")
        case .strategicFit: Wording("Strategic fit", "战略匹配")
        case .potential: Wording("Potential", "潜力客户")
        case .ending: Wording("Ending", "拟终止")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}
