// Written by roadbook-types from the core's declarations. Do not edit.
public import struct Foundation.Date

/// Opportunity 商机. A deal one works for, with its stages, products, competitors and outcome.
public struct Opportunity: Record {
    /// Its id.
    public let id: RecordId
    /// What every record has.
    public let info: RecordInfo
    /// Name 名称. A record without it is refused.
    public let name: String
    /// Account 客户. May be empty for a deal whose customer is not known yet.
    public let account: RecordId?
    /// Contacts 联系人.
    public let contacts: Set<RecordId>
    /// Amount 金额.
    public let amount: Money?
    /// Stage 阶段.
    public let stage: OpportunityStage?
    /// Stage history 阶段历史. Kept by the core: every new value of `stage` with its time.
    public let stageHistory: [OpportunityStageHistoryEntry]
    /// Probability, % 可能性（%）. From 0 to 100.
    public let probability: Int?
    /// Opened 开始日期.
    public let openedOn: Day?
    /// Expected close 预计成交.
    public let expectedClose: Day?
    /// Products 产品.
    public let products: [OpportunityProduct]
    /// Competitors 竞争对手.
    public let competitors: [OpportunityCompetitor]
    /// Salesperson 销售员. By name, where the person is no member.
    public let salesperson: String?
    /// Cost forecast 成本预测.
    public let costForecast: Money?
    /// Profit forecast 利润预测.
    public let profitForecast: Money?
    /// Payment term 付款条件.
    public let paymentTerm: String?
    /// Decision process 决策流程.
    public let decisionProcess: String?
    /// Influence 影响力.
    public let influence: String?
    /// Consumption cycle 消费周期.
    public let consumptionCycle: String?
    /// Share of wallet, % 钱包份额（%）. From 0 to 100.
    public let shareOfWallet: Int?
    /// Reason for losing 失控原因.
    public let lostReason: OpportunityLostReason?
    /// Lost-deal analysis 失控分析.
    public let lostAnalysis: String?
    /// Reason for winning 赢单原因.
    public let wonReason: String?
    /// Notes 备注.
    public let notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public let outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public let extra: [String: String]

    /// The kind's name and what people call it.
    public static let kind = Kind("opportunity", Wording("Opportunity", "商机"))

    /// A copy to be changed and given to ``Roadbook/edit(_:as:reason:)``.
    public var draft: OpportunityDraft {
        OpportunityDraft(
            name: name,
            account: account,
            contacts: contacts,
            amount: amount,
            stage: stage,
            probability: probability,
            openedOn: openedOn,
            expectedClose: expectedClose,
            products: products,
            competitors: competitors,
            salesperson: salesperson,
            costForecast: costForecast,
            profitForecast: profitForecast,
            paymentTerm: paymentTerm,
            decisionProcess: decisionProcess,
            influence: influence,
            consumptionCycle: consumptionCycle,
            shareOfWallet: shareOfWallet,
            lostReason: lostReason,
            lostAnalysis: lostAnalysis,
            wonReason: wonReason,
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
        account = f.get("account")
        contacts = f.get("contacts")
        amount = f.get("amount")
        stage = f.get("stage")
        stageHistory = f.get("stage_history")
        probability = f.get("probability")
        openedOn = f.get("opened_on")
        expectedClose = f.get("expected_close")
        products = f.get("products")
        competitors = f.get("competitors")
        salesperson = f.get("salesperson")
        costForecast = f.get("cost_forecast")
        profitForecast = f.get("profit_forecast")
        paymentTerm = f.get("payment_term")
        decisionProcess = f.get("decision_process")
        influence = f.get("influence")
        consumptionCycle = f.get("consumption_cycle")
        shareOfWallet = f.get("share_of_wallet")
        lostReason = f.get("lost_reason")
        lostAnalysis = f.get("lost_analysis")
        wonReason = f.get("won_reason")
        notes = f.get("notes")
        outsideId = f.get("outside_id")
        extra = f.get("extra")
    }

    /// The fields, to filter and sort by and to show.
    public enum Fields {
        /// Account 客户. May be empty for a deal whose customer is not known yet.
        public static let account = Field<Opportunity, RecordId>("account", Wording("Account", "客户"))
        /// Contacts 联系人.
        public static let contacts = Field<Opportunity, Set<RecordId>>("contacts", Wording("Contacts", "联系人"))
        /// Name 名称. A record without it is refused.
        public static let name = Field<Opportunity, String>("name", Wording("Name", "名称"))
        /// Amount 金额.
        public static let amount = Field<Opportunity, Money>("amount", Wording("Amount", "金额"))
        /// Stage 阶段.
        public static let stage = Field<Opportunity, OpportunityStage>("stage", Wording("Stage", "阶段"))
        /// Stage history 阶段历史. Kept by the core: every new value of `stage` with its time.
        public static let stageHistory = Field<Opportunity, [OpportunityStageHistoryEntry]>("stage_history", Wording("Stage history", "阶段历史"))
        /// Probability, % 可能性（%）. From 0 to 100.
        public static let probability = Field<Opportunity, Int>("probability", Wording("Probability, %", "可能性（%）"))
        /// Opened 开始日期.
        public static let openedOn = Field<Opportunity, Day>("opened_on", Wording("Opened", "开始日期"))
        /// Expected close 预计成交.
        public static let expectedClose = Field<Opportunity, Day>("expected_close", Wording("Expected close", "预计成交"))
        /// Products 产品.
        public static let products = Field<Opportunity, [OpportunityProduct]>("products", Wording("Products", "产品"))
        /// Competitors 竞争对手.
        public static let competitors = Field<Opportunity, [OpportunityCompetitor]>("competitors", Wording("Competitors", "竞争对手"))
        /// Salesperson 销售员. By name, where the person is no member.
        public static let salesperson = Field<Opportunity, String>("salesperson", Wording("Salesperson", "销售员"))
        /// Cost forecast 成本预测.
        public static let costForecast = Field<Opportunity, Money>("cost_forecast", Wording("Cost forecast", "成本预测"))
        /// Profit forecast 利润预测.
        public static let profitForecast = Field<Opportunity, Money>("profit_forecast", Wording("Profit forecast", "利润预测"))
        /// Payment term 付款条件.
        public static let paymentTerm = Field<Opportunity, String>("payment_term", Wording("Payment term", "付款条件"))
        /// Decision process 决策流程.
        public static let decisionProcess = Field<Opportunity, String>("decision_process", Wording("Decision process", "决策流程"))
        /// Influence 影响力.
        public static let influence = Field<Opportunity, String>("influence", Wording("Influence", "影响力"))
        /// Consumption cycle 消费周期.
        public static let consumptionCycle = Field<Opportunity, String>("consumption_cycle", Wording("Consumption cycle", "消费周期"))
        /// Share of wallet, % 钱包份额（%）. From 0 to 100.
        public static let shareOfWallet = Field<Opportunity, Int>("share_of_wallet", Wording("Share of wallet, %", "钱包份额（%）"))
        /// Reason for losing 失控原因.
        public static let lostReason = Field<Opportunity, OpportunityLostReason>("lost_reason", Wording("Reason for losing", "失控原因"))
        /// Lost-deal analysis 失控分析.
        public static let lostAnalysis = Field<Opportunity, String>("lost_analysis", Wording("Lost-deal analysis", "失控分析"))
        /// Reason for winning 赢单原因.
        public static let wonReason = Field<Opportunity, String>("won_reason", Wording("Reason for winning", "赢单原因"))
        /// Notes 备注.
        public static let notes = Field<Opportunity, String>("notes", Wording("Notes", "备注"))
        /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
        public static let outsideId = Field<Opportunity, String>("outside_id", Wording("Outside id", "外部编号"))
        /// Other columns 其他列. Columns of an import that no field takes, by header.
        public static let extra = Field<Opportunity, [String: String]>("extra", Wording("Other columns", "其他列"))
    }
}

/// A ``Opportunity`` as a form holds it: a new one for ``Roadbook/log(_:id:book:reason:)``, or a changed copy of one.
public struct OpportunityDraft: Draft {
    /// What becomes of it.
    public typealias Kept = Opportunity
    /// Name 名称. A record without it is refused.
    public var name: String
    /// Account 客户. May be empty for a deal whose customer is not known yet.
    public var account: RecordId?
    /// Contacts 联系人.
    public var contacts: Set<RecordId>
    /// Amount 金额.
    public var amount: Money?
    /// Stage 阶段.
    public var stage: OpportunityStage?
    /// Probability, % 可能性（%）. From 0 to 100.
    public var probability: Int?
    /// Opened 开始日期.
    public var openedOn: Day?
    /// Expected close 预计成交.
    public var expectedClose: Day?
    /// Products 产品.
    public var products: [OpportunityProduct]
    /// Competitors 竞争对手.
    public var competitors: [OpportunityCompetitor]
    /// Salesperson 销售员. By name, where the person is no member.
    public var salesperson: String?
    /// Cost forecast 成本预测.
    public var costForecast: Money?
    /// Profit forecast 利润预测.
    public var profitForecast: Money?
    /// Payment term 付款条件.
    public var paymentTerm: String?
    /// Decision process 决策流程.
    public var decisionProcess: String?
    /// Influence 影响力.
    public var influence: String?
    /// Consumption cycle 消费周期.
    public var consumptionCycle: String?
    /// Share of wallet, % 钱包份额（%）. From 0 to 100.
    public var shareOfWallet: Int?
    /// Reason for losing 失控原因.
    public var lostReason: OpportunityLostReason?
    /// Lost-deal analysis 失控分析.
    public var lostAnalysis: String?
    /// Reason for winning 赢单原因.
    public var wonReason: String?
    /// Notes 备注.
    public var notes: String?
    /// Outside id 外部编号. The record's id in the system it was imported from; imports link by it.
    public var outsideId: String?
    /// Other columns 其他列. Columns of an import that no field takes, by header.
    public var extra: [String: String]

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        name: String,
        account: RecordId? = nil,
        contacts: Set<RecordId> = [],
        amount: Money? = nil,
        stage: OpportunityStage? = nil,
        probability: Int? = nil,
        openedOn: Day? = nil,
        expectedClose: Day? = nil,
        products: [OpportunityProduct] = [],
        competitors: [OpportunityCompetitor] = [],
        salesperson: String? = nil,
        costForecast: Money? = nil,
        profitForecast: Money? = nil,
        paymentTerm: String? = nil,
        decisionProcess: String? = nil,
        influence: String? = nil,
        consumptionCycle: String? = nil,
        shareOfWallet: Int? = nil,
        lostReason: OpportunityLostReason? = nil,
        lostAnalysis: String? = nil,
        wonReason: String? = nil,
        notes: String? = nil,
        outsideId: String? = nil,
        extra: [String: String] = [:]
    ) {
        self.name = name
        self.account = account
        self.contacts = contacts
        self.amount = amount
        self.stage = stage
        self.probability = probability
        self.openedOn = openedOn
        self.expectedClose = expectedClose
        self.products = products
        self.competitors = competitors
        self.salesperson = salesperson
        self.costForecast = costForecast
        self.profitForecast = profitForecast
        self.paymentTerm = paymentTerm
        self.decisionProcess = decisionProcess
        self.influence = influence
        self.consumptionCycle = consumptionCycle
        self.shareOfWallet = shareOfWallet
        self.lostReason = lostReason
        self.lostAnalysis = lostAnalysis
        self.wonReason = wonReason
        self.notes = notes
        self.outsideId = outsideId
        self.extra = extra
    }

    /// Writes the fields. The core calls it.
    public func write(to f: inout StoredFields) {
        f.put("name", name)
        f.put("account", account)
        f.put("contacts", contacts)
        f.put("amount", amount)
        f.put("stage", stage)
        f.put("probability", probability)
        f.put("opened_on", openedOn)
        f.put("expected_close", expectedClose)
        f.put("products", products)
        f.put("competitors", competitors)
        f.put("salesperson", salesperson)
        f.put("cost_forecast", costForecast)
        f.put("profit_forecast", profitForecast)
        f.put("payment_term", paymentTerm)
        f.put("decision_process", decisionProcess)
        f.put("influence", influence)
        f.put("consumption_cycle", consumptionCycle)
        f.put("share_of_wallet", shareOfWallet)
        f.put("lost_reason", lostReason)
        f.put("lost_analysis", lostAnalysis)
        f.put("won_reason", wonReason)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/// One of the stageHistory of a ``Opportunity``.
public struct OpportunityStageHistoryEntry: Hashable, Sendable, StoredItem {
    /// Stage 阶段. A record without it is refused.
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

/// One of the products of a ``Opportunity``.
public struct OpportunityProduct: Hashable, Sendable, StoredItem {
    /// Product 产品. A record without it is refused.
    public var name: String
    /// Quantity 数量.
    public var quantity: Int?
    /// Price 单价.
    public var price: Money?
    /// Its key in the collection; empty for a new one.
    public var key: String

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        name: String,
        quantity: Int? = nil,
        price: Money? = nil,
        key: String = ""
    ) {
        self.name = name
        self.quantity = quantity
        self.price = price
        self.key = key
    }

    init(key: String, stored f: StoredFields) {
        name = f.get("name")
        quantity = f.get("quantity")
        price = f.get("price")
        self.key = key
    }

    func write(to f: inout StoredFields) {
        f.put("name", name)
        f.put("quantity", quantity)
        f.put("price", price)
    }
}

/// One of the competitors of a ``Opportunity``.
public struct OpportunityCompetitor: Hashable, Sendable, StoredItem {
    /// Competitor 竞争对手. A record without it is refused.
    public var name: String
    /// Our strengths against them 我方优势.
    public var strengths: String?
    /// Our weaknesses against them 我方劣势.
    public var weaknesses: String?
    /// Its key in the collection; empty for a new one.
    public var key: String

    /// Makes one of these fields; all but the needed ones may be left out.
    public init(
        name: String,
        strengths: String? = nil,
        weaknesses: String? = nil,
        key: String = ""
    ) {
        self.name = name
        self.strengths = strengths
        self.weaknesses = weaknesses
        self.key = key
    }

    init(key: String, stored f: StoredFields) {
        name = f.get("name")
        strengths = f.get("strengths")
        weaknesses = f.get("weaknesses")
        self.key = key
    }

    func write(to f: inout StoredFields) {
        f.put("name", name)
        f.put("strengths", strengths)
        f.put("weaknesses", weaknesses)
    }
}

/// Stage 阶段. A value that this version does not know is kept as ``unknown(_:)``.
public enum OpportunityStage: Choice {
    /// Lead 线索.
    case lead
    /// Qualified 已确认.
    case qualified
    /// Proposal 方案报价.
    case proposal
    /// Negotiation 谈判.
    case negotiation
    /// Won 赢单.
    case won
    /// Lost 输单.
    case lost
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.lead, .qualified, .proposal, .negotiation, .won, .lost]

    /// The value as stored.
    public var value: String {
        switch self {
        case .lead: "lead"
        case .qualified: "qualified"
        case .proposal: "proposal"
        case .negotiation: "negotiation"
        case .won: "won"
        case .lost: "lost"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .lead: Wording("Lead", "线索")
        case .qualified: Wording("Qualified", "已确认")
        case .proposal: Wording("Proposal", "方案报价")
        case .negotiation: Wording("Negotiation", "谈判")
        case .won: Wording("Won", "赢单")
        case .lost: Wording("Lost", "输单")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}

/// Reason for losing 失控原因. A value that this version does not know is kept as ``unknown(_:)``.
public enum OpportunityLostReason: Choice {
    /// Price 价格.
    case price
    /// Competitor 竞争对手.
    case competitor
    /// No budget 无预算.
    case noBudget
    /// No decision 未决策.
    case noDecision
    /// Product does not fit 产品不符.
    case productFit
    /// Relationship 客情.
    case relationship
    /// Other 其他.
    case other
    /// A value of a newer version.
    case unknown(String)

    /// Every choice this version knows, in the order to show them.
    public static let allCases: [Self] = [.price, .competitor, .noBudget, .noDecision, .productFit, .relationship, .other]

    /// The value as stored.
    public var value: String {
        switch self {
        case .price: "price"
        case .competitor: "competitor"
        case .noBudget: "no_budget"
        case .noDecision: "no_decision"
        case .productFit: "product_fit"
        case .relationship: "relationship"
        case .other: "other"
        case .unknown(let value): value
        }
    }

    /// As people read it.
    public var label: Wording {
        switch self {
        case .price: Wording("Price", "价格")
        case .competitor: Wording("Competitor", "竞争对手")
        case .noBudget: Wording("No budget", "无预算")
        case .noDecision: Wording("No decision", "未决策")
        case .productFit: Wording("Product does not fit", "产品不符")
        case .relationship: Wording("Relationship", "客情")
        case .other: Wording("Other", "其他")
        case .unknown(let value): Wording(value, value)
        }
    }

    /// The choice with this stored value.
    public init(value: String) {
        self = Self.allCases.first { $0.value == value } ?? .unknown(value)
    }
}
