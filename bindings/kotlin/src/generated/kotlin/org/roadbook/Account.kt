// Written by roadbook-types from the core's declarations. Do not edit.
package org.roadbook

import org.roadbook.ffi.FfiRecord
import java.time.LocalDate

/** Account 客户. A company one deals with. Contacts, visits, gift notes, opportunities and tasks hang on it. */
public data class Account
internal constructor(
    override val id: RecordId,
    override val info: RecordInfo,
    /** Name 客户名称. A record without it is refused. */
    public val name: String,
    /** Aliases 别名. */
    public val aliases: Set<String>,
    /** Phones 电话. */
    public val phones: Set<String>,
    /** Website 网址. */
    public val website: String?,
    /** Addresses 地址. */
    public val addresses: List<AccountAddress>,
    /** Position 位置. Where the account is found, for nearby lists. */
    public val location: GeoPoint?,
    /** Industry 行业. */
    public val industry: String?,
    /** Region 区域. */
    public val region: String?,
    /** Ownership 企业性质. */
    public val ownership: String?,
    /** Headcount 员工人数. From 0 to 100000000. */
    public val headcount: Long?,
    /** Annual revenue 年营业额. */
    public val revenue: Money?,
    /** Parent account 上级客户. */
    public val parent: RecordId?,
    /** Source 来源. */
    public val source: String?,
    /** First dealing 首次往来. */
    public val firstDealingOn: LocalDate?,
    /** Market area 市场范围. */
    public val marketArea: String?,
    /** Sales capacity 销售能力. */
    public val salesCapacity: String?,
    /** Potential 发展潜力. */
    public val potential: String?,
    /** Business philosophy 经营观念. */
    public val businessPhilosophy: String?,
    /** Business method 经营方法. */
    public val businessMethod: String?,
    /** Business policy 经营政策. */
    public val businessPolicy: String?,
    /** Financial standing 财务状况. */
    public val financialStanding: String?,
    /** Credit standing 信用状况. */
    public val creditStanding: String?,
    /** Reputation 声誉. */
    public val reputation: String?,
    /** Cumulative spend 累计消费. What tiers are proposed from. */
    public val spendTotal: Money?,
    /** Tier 客户等级. As confirmed by a manager. */
    public val tier: AccountTier?,
    /** Reason for the tier 定级原因. */
    public val tierReason: String?,
    /** Maturity class 客户分类. How near a deal is; the playbook says how often each class is contacted. */
    public val maturity: AccountMaturity?,
    /** Strategic 战略客户. */
    public val strategic: Boolean?,
    /** Key-account scope 大客户范围. */
    public val scope: AccountScope?,
    /** Service level 服务级别. */
    public val serviceLevel: String?,
    /** Owner 负责人. */
    public val owner: MemberId?,
    /** Account team 客户团队. */
    public val team: List<AccountTeamEntry>,
    /** Account type 客户类型. */
    public val accountType: AccountType?,
    /** Usage cycle 使用周期. */
    public val usageCycle: String?,
    /** Procurement method 采购方式. */
    public val procurementMethod: String?,
    /** Current suppliers 现有供应商. */
    public val currentSuppliers: Set<String>,
    /** Fiscal year 财年. */
    public val fiscalYear: String?,
    /** Development plan 发展规划. */
    public val developmentPlan: String?,
    /** Tags 标签. */
    public val tags: Set<String>,
    /** Competitors 竞争情况. */
    public val competitors: List<AccountCompetitor>,
    /** Next step 下一步. */
    public val nextStep: String?,
    /** Notes 备注. */
    public val notes: String?,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public val outsideId: String?,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public val extra: Map<String, String>,
) : EditableRecord<AccountDraft>() {
    override fun toDraft(): AccountDraft =
        AccountDraft(
            name = name,
            aliases = aliases,
            phones = phones,
            website = website,
            addresses = addresses,
            location = location,
            industry = industry,
            region = region,
            ownership = ownership,
            headcount = headcount,
            revenue = revenue,
            parent = parent,
            source = source,
            firstDealingOn = firstDealingOn,
            marketArea = marketArea,
            salesCapacity = salesCapacity,
            potential = potential,
            businessPhilosophy = businessPhilosophy,
            businessMethod = businessMethod,
            businessPolicy = businessPolicy,
            financialStanding = financialStanding,
            creditStanding = creditStanding,
            reputation = reputation,
            spendTotal = spendTotal,
            tier = tier,
            tierReason = tierReason,
            maturity = maturity,
            strategic = strategic,
            scope = scope,
            serviceLevel = serviceLevel,
            owner = owner,
            team = team,
            accountType = accountType,
            usageCycle = usageCycle,
            procurementMethod = procurementMethod,
            currentSuppliers = currentSuppliers,
            fiscalYear = fiscalYear,
            developmentPlan = developmentPlan,
            tags = tags,
            competitors = competitors,
            nextStep = nextStep,
            notes = notes,
            outsideId = outsideId,
            extra = extra,
        )

    /** The fields, to filter and sort by and to show. */
    public object Fields {
        /** Name 客户名称. A record without it is refused. */
        public val name: Field<String> = Field("name", Wording("Name", "客户名称"))
        /** Aliases 别名. */
        public val aliases: Field<Set<String>> = Field("aliases", Wording("Aliases", "别名"))
        /** Phones 电话. */
        public val phones: Field<Set<String>> = Field("phones", Wording("Phones", "电话"))
        /** Website 网址. */
        public val website: Field<String> = Field("website", Wording("Website", "网址"))
        /** Addresses 地址. */
        public val addresses: Field<List<AccountAddress>> = Field("addresses", Wording("Addresses", "地址"))
        /** Position 位置. Where the account is found, for nearby lists. */
        public val location: Field<GeoPoint> = Field("location", Wording("Position", "位置"))
        /** Industry 行业. */
        public val industry: Field<String> = Field("industry", Wording("Industry", "行业"))
        /** Region 区域. */
        public val region: Field<String> = Field("region", Wording("Region", "区域"))
        /** Ownership 企业性质. */
        public val ownership: Field<String> = Field("ownership", Wording("Ownership", "企业性质"))
        /** Headcount 员工人数. From 0 to 100000000. */
        public val headcount: Field<Long> = Field("headcount", Wording("Headcount", "员工人数"))
        /** Annual revenue 年营业额. */
        public val revenue: Field<Money> = Field("revenue", Wording("Annual revenue", "年营业额"))
        /** Parent account 上级客户. */
        public val parent: Field<RecordId> = Field("parent", Wording("Parent account", "上级客户"))
        /** Source 来源. */
        public val source: Field<String> = Field("source", Wording("Source", "来源"))
        /** First dealing 首次往来. */
        public val firstDealingOn: Field<LocalDate> = Field("first_dealing_on", Wording("First dealing", "首次往来"))
        /** Market area 市场范围. */
        public val marketArea: Field<String> = Field("market_area", Wording("Market area", "市场范围"))
        /** Sales capacity 销售能力. */
        public val salesCapacity: Field<String> = Field("sales_capacity", Wording("Sales capacity", "销售能力"))
        /** Potential 发展潜力. */
        public val potential: Field<String> = Field("potential", Wording("Potential", "发展潜力"))
        /** Business philosophy 经营观念. */
        public val businessPhilosophy: Field<String> = Field("business_philosophy", Wording("Business philosophy", "经营观念"))
        /** Business method 经营方法. */
        public val businessMethod: Field<String> = Field("business_method", Wording("Business method", "经营方法"))
        /** Business policy 经营政策. */
        public val businessPolicy: Field<String> = Field("business_policy", Wording("Business policy", "经营政策"))
        /** Financial standing 财务状况. */
        public val financialStanding: Field<String> = Field("financial_standing", Wording("Financial standing", "财务状况"))
        /** Credit standing 信用状况. */
        public val creditStanding: Field<String> = Field("credit_standing", Wording("Credit standing", "信用状况"))
        /** Reputation 声誉. */
        public val reputation: Field<String> = Field("reputation", Wording("Reputation", "声誉"))
        /** Cumulative spend 累计消费. What tiers are proposed from. */
        public val spendTotal: Field<Money> = Field("spend_total", Wording("Cumulative spend", "累计消费"))
        /** Tier 客户等级. As confirmed by a manager. */
        public val tier: Field<AccountTier> = Field("tier", Wording("Tier", "客户等级"))
        /** Reason for the tier 定级原因. */
        public val tierReason: Field<String> = Field("tier_reason", Wording("Reason for the tier", "定级原因"))
        /** Maturity class 客户分类. How near a deal is; the playbook says how often each class is contacted. */
        public val maturity: Field<AccountMaturity> = Field("maturity", Wording("Maturity class", "客户分类"))
        /** Strategic 战略客户. */
        public val strategic: Field<Boolean> = Field("strategic", Wording("Strategic", "战略客户"))
        /** Key-account scope 大客户范围. */
        public val scope: Field<AccountScope> = Field("scope", Wording("Key-account scope", "大客户范围"))
        /** Service level 服务级别. */
        public val serviceLevel: Field<String> = Field("service_level", Wording("Service level", "服务级别"))
        /** Owner 负责人. */
        public val owner: Field<MemberId> = Field("owner", Wording("Owner", "负责人"))
        /** Account team 客户团队. */
        public val team: Field<List<AccountTeamEntry>> = Field("team", Wording("Account team", "客户团队"))
        /** Account type 客户类型. */
        public val accountType: Field<AccountType> = Field("account_type", Wording("Account type", "客户类型"))
        /** Usage cycle 使用周期. */
        public val usageCycle: Field<String> = Field("usage_cycle", Wording("Usage cycle", "使用周期"))
        /** Procurement method 采购方式. */
        public val procurementMethod: Field<String> = Field("procurement_method", Wording("Procurement method", "采购方式"))
        /** Current suppliers 现有供应商. */
        public val currentSuppliers: Field<Set<String>> = Field("current_suppliers", Wording("Current suppliers", "现有供应商"))
        /** Fiscal year 财年. */
        public val fiscalYear: Field<String> = Field("fiscal_year", Wording("Fiscal year", "财年"))
        /** Development plan 发展规划. */
        public val developmentPlan: Field<String> = Field("development_plan", Wording("Development plan", "发展规划"))
        /** Tags 标签. */
        public val tags: Field<Set<String>> = Field("tags", Wording("Tags", "标签"))
        /** Competitors 竞争情况. */
        public val competitors: Field<List<AccountCompetitor>> = Field("competitors", Wording("Competitors", "竞争情况"))
        /** Next step 下一步. */
        public val nextStep: Field<String> = Field("next_step", Wording("Next step", "下一步"))
        /** Notes 备注. */
        public val notes: Field<String> = Field("notes", Wording("Notes", "备注"))
        /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
        public val outsideId: Field<String> = Field("outside_id", Wording("Outside id", "外部编号"))
        /** Other columns 其他列. Columns of an import that no field takes, by header. */
        public val extra: Field<Map<String, String>> = Field("extra", Wording("Other columns", "其他列"))
    }

    /** The kind. */
    public companion object : Kind<Account>("account", Wording("Account", "客户")) {
        override fun read(record: FfiRecord): Account {
            val f = FieldReader(record.fields)
            return Account(
                id = RecordId(record.id),
                info = record.info(),
                name = f.text("name") ?: "",
                aliases = f.set("aliases"),
                phones = f.set("phones"),
                website = f.text("website"),
                addresses = f.items("addresses", AccountAddress::read),
                location = f.point("location"),
                industry = f.text("industry"),
                region = f.text("region"),
                ownership = f.text("ownership"),
                headcount = f.integer("headcount"),
                revenue = f.money("revenue"),
                parent = f.link("parent"),
                source = f.text("source"),
                firstDealingOn = f.date("first_dealing_on"),
                marketArea = f.text("market_area"),
                salesCapacity = f.text("sales_capacity"),
                potential = f.text("potential"),
                businessPhilosophy = f.text("business_philosophy"),
                businessMethod = f.text("business_method"),
                businessPolicy = f.text("business_policy"),
                financialStanding = f.text("financial_standing"),
                creditStanding = f.text("credit_standing"),
                reputation = f.text("reputation"),
                spendTotal = f.money("spend_total"),
                tier = f.text("tier")?.let(AccountTier::of),
                tierReason = f.text("tier_reason"),
                maturity = f.text("maturity")?.let(AccountMaturity::of),
                strategic = f.flag("strategic"),
                scope = f.text("scope")?.let(AccountScope::of),
                serviceLevel = f.text("service_level"),
                owner = f.member("owner"),
                team = f.items("team", AccountTeamEntry::read),
                accountType = f.text("account_type")?.let(AccountType::of),
                usageCycle = f.text("usage_cycle"),
                procurementMethod = f.text("procurement_method"),
                currentSuppliers = f.set("current_suppliers"),
                fiscalYear = f.text("fiscal_year"),
                developmentPlan = f.text("development_plan"),
                tags = f.set("tags"),
                competitors = f.items("competitors", AccountCompetitor::read),
                nextStep = f.text("next_step"),
                notes = f.text("notes"),
                outsideId = f.text("outside_id"),
                extra = f.map("extra"),
            )
        }
    }
}

/** A [Account] as a form holds it: a new one for [Roadbook.log], or a changed copy for [Roadbook.edit]. */
public data class AccountDraft(
    /** Name 客户名称. A record without it is refused. */
    public var name: String,
    /** Aliases 别名. */
    public var aliases: Set<String> = emptySet(),
    /** Phones 电话. */
    public var phones: Set<String> = emptySet(),
    /** Website 网址. */
    public var website: String? = null,
    /** Addresses 地址. */
    public var addresses: List<AccountAddress> = emptyList(),
    /** Position 位置. Where the account is found, for nearby lists. */
    public var location: GeoPoint? = null,
    /** Industry 行业. */
    public var industry: String? = null,
    /** Region 区域. */
    public var region: String? = null,
    /** Ownership 企业性质. */
    public var ownership: String? = null,
    /** Headcount 员工人数. From 0 to 100000000. */
    public var headcount: Long? = null,
    /** Annual revenue 年营业额. */
    public var revenue: Money? = null,
    /** Parent account 上级客户. */
    public var parent: RecordId? = null,
    /** Source 来源. */
    public var source: String? = null,
    /** First dealing 首次往来. */
    public var firstDealingOn: LocalDate? = null,
    /** Market area 市场范围. */
    public var marketArea: String? = null,
    /** Sales capacity 销售能力. */
    public var salesCapacity: String? = null,
    /** Potential 发展潜力. */
    public var potential: String? = null,
    /** Business philosophy 经营观念. */
    public var businessPhilosophy: String? = null,
    /** Business method 经营方法. */
    public var businessMethod: String? = null,
    /** Business policy 经营政策. */
    public var businessPolicy: String? = null,
    /** Financial standing 财务状况. */
    public var financialStanding: String? = null,
    /** Credit standing 信用状况. */
    public var creditStanding: String? = null,
    /** Reputation 声誉. */
    public var reputation: String? = null,
    /** Cumulative spend 累计消费. What tiers are proposed from. */
    public var spendTotal: Money? = null,
    /** Tier 客户等级. As confirmed by a manager. */
    public var tier: AccountTier? = null,
    /** Reason for the tier 定级原因. */
    public var tierReason: String? = null,
    /** Maturity class 客户分类. How near a deal is; the playbook says how often each class is contacted. */
    public var maturity: AccountMaturity? = null,
    /** Strategic 战略客户. */
    public var strategic: Boolean? = null,
    /** Key-account scope 大客户范围. */
    public var scope: AccountScope? = null,
    /** Service level 服务级别. */
    public var serviceLevel: String? = null,
    /** Owner 负责人. */
    public var owner: MemberId? = null,
    /** Account team 客户团队. */
    public var team: List<AccountTeamEntry> = emptyList(),
    /** Account type 客户类型. */
    public var accountType: AccountType? = null,
    /** Usage cycle 使用周期. */
    public var usageCycle: String? = null,
    /** Procurement method 采购方式. */
    public var procurementMethod: String? = null,
    /** Current suppliers 现有供应商. */
    public var currentSuppliers: Set<String> = emptySet(),
    /** Fiscal year 财年. */
    public var fiscalYear: String? = null,
    /** Development plan 发展规划. */
    public var developmentPlan: String? = null,
    /** Tags 标签. */
    public var tags: Set<String> = emptySet(),
    /** Competitors 竞争情况. */
    public var competitors: List<AccountCompetitor> = emptyList(),
    /** Next step 下一步. */
    public var nextStep: String? = null,
    /** Notes 备注. */
    public var notes: String? = null,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public var outsideId: String? = null,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public var extra: Map<String, String> = emptyMap(),
) : Draft<Account>(Account) {
    override fun write(f: FieldWriter) {
        f.put("name", name)
        f.put("aliases", aliases)
        f.put("phones", phones)
        f.put("website", website)
        f.items("addresses", addresses) { it.key to it::write }
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
        f.put("tier", tier?.value)
        f.put("tier_reason", tierReason)
        f.put("maturity", maturity?.value)
        f.put("strategic", strategic)
        f.put("scope", scope?.value)
        f.put("service_level", serviceLevel)
        f.put("owner", owner)
        f.items("team", team) { it.key to it::write }
        f.put("account_type", accountType?.value)
        f.put("usage_cycle", usageCycle)
        f.put("procurement_method", procurementMethod)
        f.put("current_suppliers", currentSuppliers)
        f.put("fiscal_year", fiscalYear)
        f.put("development_plan", developmentPlan)
        f.put("tags", tags)
        f.items("competitors", competitors) { it.key to it::write }
        f.put("next_step", nextStep)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/** One of the addresses of a [Account]. */
public data class AccountAddress(
    /** Label 名称. */
    public val label: String? = null,
    /** Street 街道. */
    public val street: String? = null,
    /** City 城市. */
    public val city: String? = null,
    /** State or province 省份. */
    public val region: String? = null,
    /** Postcode 邮编. */
    public val postcode: String? = null,
    /** Country 国家. */
    public val country: String? = null,
    /** Position 位置. */
    public val point: GeoPoint? = null,
    /** Its key in the collection; empty for a new one. */
    public val key: String = "",
) {
    internal fun write(f: FieldWriter) {
        f.put("label", label)
        f.put("street", street)
        f.put("city", city)
        f.put("region", region)
        f.put("postcode", postcode)
        f.put("country", country)
        f.put("point", point)
    }

    internal companion object {
        fun read(key: String, f: FieldReader): AccountAddress =
            AccountAddress(
                label = f.text("label"),
                street = f.text("street"),
                city = f.text("city"),
                region = f.text("region"),
                postcode = f.text("postcode"),
                country = f.text("country"),
                point = f.point("point"),
                key = key,
            )
    }
}

/** One of the team of a [Account]. */
public data class AccountTeamEntry(
    /** Function 职能. A record without it is refused. */
    public val function: AccountTeamEntryFunction,
    /** Member 成员. */
    public val member: MemberId? = null,
    /** Its key in the collection; empty for a new one. */
    public val key: String = "",
) {
    internal fun write(f: FieldWriter) {
        f.put("function", function.value)
        f.put("member", member)
    }

    internal companion object {
        fun read(key: String, f: FieldReader): AccountTeamEntry =
            AccountTeamEntry(
                function = f.text("function")?.let(AccountTeamEntryFunction::of) ?: AccountTeamEntryFunction.Unknown(""),
                member = f.member("member"),
                key = key,
            )
    }
}

/** One of the competitors of a [Account]. */
public data class AccountCompetitor(
    /** Competitor 竞争对手. A record without it is refused. */
    public val name: String,
    /** Share of wallet, % 钱包份额（%）. From 0 to 100. */
    public val sharePercent: Long? = null,
    /** Note 说明. */
    public val note: String? = null,
    /** Its key in the collection; empty for a new one. */
    public val key: String = "",
) {
    internal fun write(f: FieldWriter) {
        f.put("name", name)
        f.put("share_percent", sharePercent)
        f.put("note", note)
    }

    internal companion object {
        fun read(key: String, f: FieldReader): AccountCompetitor =
            AccountCompetitor(
                name = f.text("name") ?: "",
                sharePercent = f.integer("share_percent"),
                note = f.text("note"),
                key = key,
            )
    }
}

/** Tier 客户等级. A value that this version does not know is kept as [Unknown]. */
public sealed class AccountTier(override val value: String, override val label: Wording) : Choice {
    /** A A 级. */
    public data object A : AccountTier("A", Wording("A", "A 级"))

    /** B B 级. */
    public data object B : AccountTier("B", Wording("B", "B 级"))

    /** C C 级. */
    public data object C : AccountTier("C", Wording("C", "C 级"))

    /** D D 级. */
    public data object D : AccountTier("D", Wording("D", "D 级"))

    /** E E 级. */
    public data object E : AccountTier("E", Wording("E", "E 级"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : AccountTier(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<AccountTier> by lazy { listOf(A, B, C, D, E) }

        /** The choice with this stored value. */
        public fun of(value: String): AccountTier = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Maturity class 客户分类. A value that this version does not know is kept as [Unknown]. */
public sealed class AccountMaturity(override val value: String, override val label: Wording) : Choice {
    /** 0 newly assigned 0 类 新分配. */
    public data object Maturity0 : AccountMaturity("0", Wording("0 newly assigned", "0 类 新分配"))

    /** 1 contract returned, unpaid 1 类 回传未付款. */
    public data object Maturity1 : AccountMaturity("1", Wording("1 contract returned, unpaid", "1 类 回传未付款"))

    /** 2 willing, no objection 2 类 有意向无异议. */
    public data object Maturity2 : AccountMaturity("2", Wording("2 willing, no objection", "2 类 有意向无异议"))

    /** 3+ budget or clear interest 3+ 类 有预算或明确兴趣. */
    public data object Maturity3Plus : AccountMaturity("3+", Wording("3+ budget or clear interest", "3+ 类 有预算或明确兴趣"))

    /** 3 recognises us 3 类 认可. */
    public data object Maturity3 : AccountMaturity("3", Wording("3 recognises us", "3 类 认可"))

    /** key 4 重点四类. */
    public data object Key4 : AccountMaturity("key4", Wording("key 4", "重点四类"))

    /** 4 decision maker known 4 类 认可度低. */
    public data object Maturity4 : AccountMaturity("4", Wording("4 decision maker known", "4 类 认可度低"))

    /** 5 not the decision maker 5 类 非负责人. */
    public data object Maturity5 : AccountMaturity("5", Wording("5 not the decision maker", "5 类 非负责人"))

    /** 6 broke a promise 6 类 失信. */
    public data object Maturity6 : AccountMaturity("6", Wording("6 broke a promise", "6 类 失信"))

    /** 7 possible within half a year 7 类 半年内有可能. */
    public data object Maturity7 : AccountMaturity("7", Wording("7 possible within half a year", "7 类 半年内有可能"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : AccountMaturity(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<AccountMaturity> by lazy { listOf(Maturity0, Maturity1, Maturity2, Maturity3Plus, Maturity3, Key4, Maturity4, Maturity5, Maturity6, Maturity7) }

        /** The choice with this stored value. */
        public fun of(value: String): AccountMaturity = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Key-account scope 大客户范围. A value that this version does not know is kept as [Unknown]. */
public sealed class AccountScope(override val value: String, override val label: Wording) : Choice {
    /** Global 全球. */
    public data object Global : AccountScope("global", Wording("Global", "全球"))

    /** National 全国. */
    public data object National : AccountScope("national", Wording("National", "全国"))

    /** Local 本地. */
    public data object Local : AccountScope("local", Wording("Local", "本地"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : AccountScope(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<AccountScope> by lazy { listOf(Global, National, Local) }

        /** The choice with this stored value. */
        public fun of(value: String): AccountScope = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Function 职能. A value that this version does not know is kept as [Unknown]. */
public sealed class AccountTeamEntryFunction(override val value: String, override val label: Wording) : Choice {
    /** Account manager 客户经理. */
    public data object Manager : AccountTeamEntryFunction("manager", Wording("Account manager", "客户经理"))

    /** On-site executive 驻场主管. */
    public data object OnSiteExecutive : AccountTeamEntryFunction("on_site_executive", Wording("On-site executive", "驻场主管"))

    /** Technical 技术. */
    public data object Technical : AccountTeamEntryFunction("technical", Wording("Technical", "技术"))

    /** Marketing 市场. */
    public data object Marketing : AccountTeamEntryFunction("marketing", Wording("Marketing", "市场"))

    /** Maintenance 维护. */
    public data object Maintenance : AccountTeamEntryFunction("maintenance", Wording("Maintenance", "维护"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : AccountTeamEntryFunction(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<AccountTeamEntryFunction> by lazy { listOf(Manager, OnSiteExecutive, Technical, Marketing, Maintenance) }

        /** The choice with this stored value. */
        public fun of(value: String): AccountTeamEntryFunction = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Account type 客户类型. A value that this version does not know is kept as [Unknown]. */
public sealed class AccountType(override val value: String, override val label: Wording) : Choice {
    /** Important 重要客户. */
    public data object Important : AccountType("important", Wording("Important", "重要客户"))

    /** Strategic fit 战略匹配. */
    public data object StrategicFit : AccountType("strategic_fit", Wording("Strategic fit", "战略匹配"))

    /** Potential 潜力客户. */
    public data object Potential : AccountType("potential", Wording("Potential", "潜力客户"))

    /** Ending 拟终止. */
    public data object Ending : AccountType("ending", Wording("Ending", "拟终止"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : AccountType(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<AccountType> by lazy { listOf(Important, StrategicFit, Potential, Ending) }

        /** The choice with this stored value. */
        public fun of(value: String): AccountType = all.find { it.value == value } ?: Unknown(value)
    }
}
