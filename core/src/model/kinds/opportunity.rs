//! Opportunity 商机: a deal one works for.

use crate::model::{Choice, Field, Kind, choice};

static STAGES: &[Choice] = &[
    choice("lead", "Lead", "线索").synonyms(&["prospecting", "new", "open"]),
    choice("qualified", "Qualified", "已确认").synonyms(&["engaging", "qualification", "needs analysis"]),
    choice("proposal", "Proposal", "方案报价").synonyms(&[
        "value proposition",
        "proposal/price quote",
        "proposal or price quote",
        "quotation",
    ]),
    choice("negotiation", "Negotiation", "谈判").synonyms(&["negotiation/review", "negotiation or review"]),
    choice("won", "Won", "赢单").synonyms(&["closed won"]),
    choice("lost", "Lost", "输单").synonyms(&["closed lost"]),
];

static LOST_REASONS: &[Choice] = &[
    choice("price", "Price", "价格"),
    choice("competitor", "Competitor", "竞争对手"),
    choice("no_budget", "No budget", "无预算"),
    choice("no_decision", "No decision", "未决策"),
    choice("product_fit", "Product does not fit", "产品不符"),
    choice("relationship", "Relationship", "客情"),
    choice("other", "Other", "其他"),
];

static PRODUCTS: &[Field] = &[
    Field::line("name", "Product", "产品").required().searched(),
    Field::integer("quantity", "Quantity", "数量"),
    Field::money("price", "Price", "单价"),
];

static COMPETITORS: &[Field] = &[
    Field::line("name", "Competitor", "竞争对手").required().searched(),
    Field::line("strengths", "Our strengths against them", "我方优势"),
    Field::line("weaknesses", "Our weaknesses against them", "我方劣势"),
];

static STAGE_HISTORY: &[Field] =
    &[Field::line("value", "Stage", "阶段").required(), Field::time("at", "At", "时间")];

/// Opportunity 商机.
pub static OPPORTUNITY: Kind = Kind::new(
    "opportunity",
    "Opportunity",
    "商机",
    &[
        Field::link("account", "account", "Account", "客户")
            .root()
            .about("May be empty for a deal whose customer is not known yet.")
            .synonyms(&["account name", "company", "organization name", "related to"]),
        Field::links("contacts", "contact", "Contacts", "联系人").synonyms(&["contact name"]),
        Field::line("name", "Name", "名称").required().searched().synonyms(&[
            "opportunity name",
            "opportunity",
            "deal",
            "deal name",
            "potential name",
        ]),
        Field::money("amount", "Amount", "金额").synonyms(&["close_value", "value", "deal value"]),
        Field::choice("stage", "Stage", "阶段", STAGES).synonyms(&[
            "deal_stage",
            "sales stage",
            "deal stage",
        ]),
        Field::items("stage_history", "Stage history", "阶段历史", STAGE_HISTORY).tracks("stage"),
        Field::integer("probability", "Probability, %", "可能性（%）")
            .range(0, 100)
            .synonyms(&["probability (%)"]),
        Field::date("opened_on", "Opened", "开始日期").synonyms(&[
            "engage_date",
            "created date",
            "open date",
        ]),
        Field::date("expected_close", "Expected close", "预计成交").synonyms(&[
            "close_date",
            "close date",
            "expected close date",
            "closing date",
        ]),
        Field::items("products", "Products", "产品", PRODUCTS).searched().synonyms(&["product"]),
        Field::items("competitors", "Competitors", "竞争对手", COMPETITORS).searched(),
        Field::line("salesperson", "Salesperson", "销售员")
            .searched()
            .about("By name, where the person is no member.")
            .synonyms(&["sales_agent", "opportunity owner", "assigned to", "owner"]),
        Field::money("cost_forecast", "Cost forecast", "成本预测"),
        Field::money("profit_forecast", "Profit forecast", "利润预测"),
        Field::line("payment_term", "Payment term", "付款条件"),
        Field::text("decision_process", "Decision process", "决策流程").searched(),
        Field::line("influence", "Influence", "影响力"),
        Field::line("consumption_cycle", "Consumption cycle", "消费周期"),
        Field::integer("share_of_wallet", "Share of wallet, %", "钱包份额（%）").range(0, 100),
        Field::choice("lost_reason", "Reason for losing", "失控原因", LOST_REASONS)
            .synonyms(&["reason lost"]),
        Field::text("lost_analysis", "Lost-deal analysis", "失控分析").searched(),
        Field::line("won_reason", "Reason for winning", "赢单原因"),
        Field::text("notes", "Notes", "备注").searched().synonyms(&["description"]),
    ],
)
.about("A deal one works for, with its stages, products, competitors and outcome.")
.title(&["name"])
.indexes(&[&["account"], &["stage"]]);
