// Written by roadbook-types from the core's declarations. Do not edit.
package org.roadbook

import org.roadbook.ffi.FfiRecord
import java.time.Instant
import java.time.LocalDate

/** Opportunity 商机. A deal one works for, with its stages, products, competitors and outcome. */
public data class Opportunity
internal constructor(
    override val id: RecordId,
    override val info: RecordInfo,
    /** Name 名称. A record without it is refused. */
    public val name: String,
    /** Account 客户. May be empty for a deal whose customer is not known yet. */
    public val account: RecordId?,
    /** Contacts 联系人. */
    public val contacts: Set<RecordId>,
    /** Amount 金额. */
    public val amount: Money?,
    /** Stage 阶段. */
    public val stage: OpportunityStage?,
    /** Stage history 阶段历史. Kept by the core: every new value of `stage` with its time. */
    public val stageHistory: List<OpportunityStageHistoryEntry>,
    /** Probability, % 可能性（%）. From 0 to 100. */
    public val probability: Long?,
    /** Opened 开始日期. */
    public val openedOn: LocalDate?,
    /** Expected close 预计成交. */
    public val expectedClose: LocalDate?,
    /** Products 产品. */
    public val products: List<OpportunityProduct>,
    /** Competitors 竞争对手. */
    public val competitors: List<OpportunityCompetitor>,
    /** Salesperson 销售员. By name, where the person is no member. */
    public val salesperson: String?,
    /** Cost forecast 成本预测. */
    public val costForecast: Money?,
    /** Profit forecast 利润预测. */
    public val profitForecast: Money?,
    /** Payment term 付款条件. */
    public val paymentTerm: String?,
    /** Decision process 决策流程. */
    public val decisionProcess: String?,
    /** Influence 影响力. */
    public val influence: String?,
    /** Consumption cycle 消费周期. */
    public val consumptionCycle: String?,
    /** Share of wallet, % 钱包份额（%）. From 0 to 100. */
    public val shareOfWallet: Long?,
    /** Reason for losing 失控原因. */
    public val lostReason: OpportunityLostReason?,
    /** Lost-deal analysis 失控分析. */
    public val lostAnalysis: String?,
    /** Reason for winning 赢单原因. */
    public val wonReason: String?,
    /** Notes 备注. */
    public val notes: String?,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public val outsideId: String?,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public val extra: Map<String, String>,
) : EditableRecord<OpportunityDraft>() {
    override fun toDraft(): OpportunityDraft =
        OpportunityDraft(
            name = name,
            account = account,
            contacts = contacts,
            amount = amount,
            stage = stage,
            probability = probability,
            openedOn = openedOn,
            expectedClose = expectedClose,
            products = products,
            competitors = competitors,
            salesperson = salesperson,
            costForecast = costForecast,
            profitForecast = profitForecast,
            paymentTerm = paymentTerm,
            decisionProcess = decisionProcess,
            influence = influence,
            consumptionCycle = consumptionCycle,
            shareOfWallet = shareOfWallet,
            lostReason = lostReason,
            lostAnalysis = lostAnalysis,
            wonReason = wonReason,
            notes = notes,
            outsideId = outsideId,
            extra = extra,
        )

    /** The fields, to filter and sort by and to show. */
    public object Fields {
        /** Account 客户. May be empty for a deal whose customer is not known yet. */
        public val account: Field<RecordId> = Field("account", Wording("Account", "客户"))
        /** Contacts 联系人. */
        public val contacts: Field<Set<RecordId>> = Field("contacts", Wording("Contacts", "联系人"))
        /** Name 名称. A record without it is refused. */
        public val name: Field<String> = Field("name", Wording("Name", "名称"))
        /** Amount 金额. */
        public val amount: Field<Money> = Field("amount", Wording("Amount", "金额"))
        /** Stage 阶段. */
        public val stage: Field<OpportunityStage> = Field("stage", Wording("Stage", "阶段"))
        /** Stage history 阶段历史. Kept by the core: every new value of `stage` with its time. */
        public val stageHistory: Field<List<OpportunityStageHistoryEntry>> = Field("stage_history", Wording("Stage history", "阶段历史"))
        /** Probability, % 可能性（%）. From 0 to 100. */
        public val probability: Field<Long> = Field("probability", Wording("Probability, %", "可能性（%）"))
        /** Opened 开始日期. */
        public val openedOn: Field<LocalDate> = Field("opened_on", Wording("Opened", "开始日期"))
        /** Expected close 预计成交. */
        public val expectedClose: Field<LocalDate> = Field("expected_close", Wording("Expected close", "预计成交"))
        /** Products 产品. */
        public val products: Field<List<OpportunityProduct>> = Field("products", Wording("Products", "产品"))
        /** Competitors 竞争对手. */
        public val competitors: Field<List<OpportunityCompetitor>> = Field("competitors", Wording("Competitors", "竞争对手"))
        /** Salesperson 销售员. By name, where the person is no member. */
        public val salesperson: Field<String> = Field("salesperson", Wording("Salesperson", "销售员"))
        /** Cost forecast 成本预测. */
        public val costForecast: Field<Money> = Field("cost_forecast", Wording("Cost forecast", "成本预测"))
        /** Profit forecast 利润预测. */
        public val profitForecast: Field<Money> = Field("profit_forecast", Wording("Profit forecast", "利润预测"))
        /** Payment term 付款条件. */
        public val paymentTerm: Field<String> = Field("payment_term", Wording("Payment term", "付款条件"))
        /** Decision process 决策流程. */
        public val decisionProcess: Field<String> = Field("decision_process", Wording("Decision process", "决策流程"))
        /** Influence 影响力. */
        public val influence: Field<String> = Field("influence", Wording("Influence", "影响力"))
        /** Consumption cycle 消费周期. */
        public val consumptionCycle: Field<String> = Field("consumption_cycle", Wording("Consumption cycle", "消费周期"))
        /** Share of wallet, % 钱包份额（%）. From 0 to 100. */
        public val shareOfWallet: Field<Long> = Field("share_of_wallet", Wording("Share of wallet, %", "钱包份额（%）"))
        /** Reason for losing 失控原因. */
        public val lostReason: Field<OpportunityLostReason> = Field("lost_reason", Wording("Reason for losing", "失控原因"))
        /** Lost-deal analysis 失控分析. */
        public val lostAnalysis: Field<String> = Field("lost_analysis", Wording("Lost-deal analysis", "失控分析"))
        /** Reason for winning 赢单原因. */
        public val wonReason: Field<String> = Field("won_reason", Wording("Reason for winning", "赢单原因"))
        /** Notes 备注. */
        public val notes: Field<String> = Field("notes", Wording("Notes", "备注"))
        /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
        public val outsideId: Field<String> = Field("outside_id", Wording("Outside id", "外部编号"))
        /** Other columns 其他列. Columns of an import that no field takes, by header. */
        public val extra: Field<Map<String, String>> = Field("extra", Wording("Other columns", "其他列"))
    }

    /** The kind. */
    public companion object : Kind<Opportunity>("opportunity", Wording("Opportunity", "商机")) {
        override fun read(record: FfiRecord): Opportunity {
            val f = FieldReader(record.fields)
            return Opportunity(
                id = RecordId(record.id),
                info = record.info(),
                name = f.text("name") ?: "",
                account = f.link("account"),
                contacts = f.links("contacts"),
                amount = f.money("amount"),
                stage = f.text("stage")?.let(OpportunityStage::of),
                stageHistory = f.items("stage_history", OpportunityStageHistoryEntry::read),
                probability = f.integer("probability"),
                openedOn = f.date("opened_on"),
                expectedClose = f.date("expected_close"),
                products = f.items("products", OpportunityProduct::read),
                competitors = f.items("competitors", OpportunityCompetitor::read),
                salesperson = f.text("salesperson"),
                costForecast = f.money("cost_forecast"),
                profitForecast = f.money("profit_forecast"),
                paymentTerm = f.text("payment_term"),
                decisionProcess = f.text("decision_process"),
                influence = f.text("influence"),
                consumptionCycle = f.text("consumption_cycle"),
                shareOfWallet = f.integer("share_of_wallet"),
                lostReason = f.text("lost_reason")?.let(OpportunityLostReason::of),
                lostAnalysis = f.text("lost_analysis"),
                wonReason = f.text("won_reason"),
                notes = f.text("notes"),
                outsideId = f.text("outside_id"),
                extra = f.map("extra"),
            )
        }
    }
}

/** A [Opportunity] as a form holds it: a new one for [Roadbook.log], or a changed copy for [Roadbook.edit]. */
public data class OpportunityDraft(
    /** Name 名称. A record without it is refused. */
    public var name: String,
    /** Account 客户. May be empty for a deal whose customer is not known yet. */
    public var account: RecordId? = null,
    /** Contacts 联系人. */
    public var contacts: Set<RecordId> = emptySet(),
    /** Amount 金额. */
    public var amount: Money? = null,
    /** Stage 阶段. */
    public var stage: OpportunityStage? = null,
    /** Probability, % 可能性（%）. From 0 to 100. */
    public var probability: Long? = null,
    /** Opened 开始日期. */
    public var openedOn: LocalDate? = null,
    /** Expected close 预计成交. */
    public var expectedClose: LocalDate? = null,
    /** Products 产品. */
    public var products: List<OpportunityProduct> = emptyList(),
    /** Competitors 竞争对手. */
    public var competitors: List<OpportunityCompetitor> = emptyList(),
    /** Salesperson 销售员. By name, where the person is no member. */
    public var salesperson: String? = null,
    /** Cost forecast 成本预测. */
    public var costForecast: Money? = null,
    /** Profit forecast 利润预测. */
    public var profitForecast: Money? = null,
    /** Payment term 付款条件. */
    public var paymentTerm: String? = null,
    /** Decision process 决策流程. */
    public var decisionProcess: String? = null,
    /** Influence 影响力. */
    public var influence: String? = null,
    /** Consumption cycle 消费周期. */
    public var consumptionCycle: String? = null,
    /** Share of wallet, % 钱包份额（%）. From 0 to 100. */
    public var shareOfWallet: Long? = null,
    /** Reason for losing 失控原因. */
    public var lostReason: OpportunityLostReason? = null,
    /** Lost-deal analysis 失控分析. */
    public var lostAnalysis: String? = null,
    /** Reason for winning 赢单原因. */
    public var wonReason: String? = null,
    /** Notes 备注. */
    public var notes: String? = null,
    /** Outside id 外部编号. The record's id in the system it was imported from; imports link by it. */
    public var outsideId: String? = null,
    /** Other columns 其他列. Columns of an import that no field takes, by header. */
    public var extra: Map<String, String> = emptyMap(),
) : Draft<Opportunity>(Opportunity) {
    override fun write(f: FieldWriter) {
        f.put("name", name)
        f.put("account", account)
        f.put("contacts", contacts)
        f.put("amount", amount)
        f.put("stage", stage?.value)
        f.put("probability", probability)
        f.put("opened_on", openedOn)
        f.put("expected_close", expectedClose)
        f.items("products", products) { it.key to it::write }
        f.items("competitors", competitors) { it.key to it::write }
        f.put("salesperson", salesperson)
        f.put("cost_forecast", costForecast)
        f.put("profit_forecast", profitForecast)
        f.put("payment_term", paymentTerm)
        f.put("decision_process", decisionProcess)
        f.put("influence", influence)
        f.put("consumption_cycle", consumptionCycle)
        f.put("share_of_wallet", shareOfWallet)
        f.put("lost_reason", lostReason?.value)
        f.put("lost_analysis", lostAnalysis)
        f.put("won_reason", wonReason)
        f.put("notes", notes)
        f.put("outside_id", outsideId)
        f.put("extra", extra)
    }
}

/** One of the stageHistory of a [Opportunity]. */
public data class OpportunityStageHistoryEntry(
    /** Stage 阶段. A record without it is refused. */
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
        fun read(key: String, f: FieldReader): OpportunityStageHistoryEntry =
            OpportunityStageHistoryEntry(
                value = f.text("value") ?: "",
                at = f.time("at"),
                key = key,
            )
    }
}

/** One of the products of a [Opportunity]. */
public data class OpportunityProduct(
    /** Product 产品. A record without it is refused. */
    public val name: String,
    /** Quantity 数量. */
    public val quantity: Long? = null,
    /** Price 单价. */
    public val price: Money? = null,
    /** Its key in the collection; empty for a new one. */
    public val key: String = "",
) {
    internal fun write(f: FieldWriter) {
        f.put("name", name)
        f.put("quantity", quantity)
        f.put("price", price)
    }

    internal companion object {
        fun read(key: String, f: FieldReader): OpportunityProduct =
            OpportunityProduct(
                name = f.text("name") ?: "",
                quantity = f.integer("quantity"),
                price = f.money("price"),
                key = key,
            )
    }
}

/** One of the competitors of a [Opportunity]. */
public data class OpportunityCompetitor(
    /** Competitor 竞争对手. A record without it is refused. */
    public val name: String,
    /** Our strengths against them 我方优势. */
    public val strengths: String? = null,
    /** Our weaknesses against them 我方劣势. */
    public val weaknesses: String? = null,
    /** Its key in the collection; empty for a new one. */
    public val key: String = "",
) {
    internal fun write(f: FieldWriter) {
        f.put("name", name)
        f.put("strengths", strengths)
        f.put("weaknesses", weaknesses)
    }

    internal companion object {
        fun read(key: String, f: FieldReader): OpportunityCompetitor =
            OpportunityCompetitor(
                name = f.text("name") ?: "",
                strengths = f.text("strengths"),
                weaknesses = f.text("weaknesses"),
                key = key,
            )
    }
}

/** Stage 阶段. A value that this version does not know is kept as [Unknown]. */
public sealed class OpportunityStage(override val value: String, override val label: Wording) : Choice {
    /** Lead 线索. */
    public data object Lead : OpportunityStage("lead", Wording("Lead", "线索"))

    /** Qualified 已确认. */
    public data object Qualified : OpportunityStage("qualified", Wording("Qualified", "已确认"))

    /** Proposal 方案报价. */
    public data object Proposal : OpportunityStage("proposal", Wording("Proposal", "方案报价"))

    /** Negotiation 谈判. */
    public data object Negotiation : OpportunityStage("negotiation", Wording("Negotiation", "谈判"))

    /** Won 赢单. */
    public data object Won : OpportunityStage("won", Wording("Won", "赢单"))

    /** Lost 输单. */
    public data object Lost : OpportunityStage("lost", Wording("Lost", "输单"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : OpportunityStage(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<OpportunityStage> by lazy { listOf(Lead, Qualified, Proposal, Negotiation, Won, Lost) }

        /** The choice with this stored value. */
        public fun of(value: String): OpportunityStage = all.find { it.value == value } ?: Unknown(value)
    }
}

/** Reason for losing 失控原因. A value that this version does not know is kept as [Unknown]. */
public sealed class OpportunityLostReason(override val value: String, override val label: Wording) : Choice {
    /** Price 价格. */
    public data object Price : OpportunityLostReason("price", Wording("Price", "价格"))

    /** Competitor 竞争对手. */
    public data object Competitor : OpportunityLostReason("competitor", Wording("Competitor", "竞争对手"))

    /** No budget 无预算. */
    public data object NoBudget : OpportunityLostReason("no_budget", Wording("No budget", "无预算"))

    /** No decision 未决策. */
    public data object NoDecision : OpportunityLostReason("no_decision", Wording("No decision", "未决策"))

    /** Product does not fit 产品不符. */
    public data object ProductFit : OpportunityLostReason("product_fit", Wording("Product does not fit", "产品不符"))

    /** Relationship 客情. */
    public data object Relationship : OpportunityLostReason("relationship", Wording("Relationship", "客情"))

    /** Other 其他. */
    public data object Other : OpportunityLostReason("other", Wording("Other", "其他"))

    /** A value of a newer version. */
    public data class Unknown(override val value: String) : OpportunityLostReason(value, Wording(value, value))

    /** The choices, and any value as one of them. */
    public companion object {
        /** Every choice this version knows, in the order to show them. */
        public val all: List<OpportunityLostReason> by lazy { listOf(Price, Competitor, NoBudget, NoDecision, ProductFit, Relationship, Other) }

        /** The choice with this stored value. */
        public fun of(value: String): OpportunityLostReason = all.find { it.value == value } ?: Unknown(value)
    }
}
