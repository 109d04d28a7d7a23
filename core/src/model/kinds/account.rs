//! Account 客户: a company one deals with, and the root most other records hang on.

use crate::model::{Choice, Field, Kind, choice};

static TIERS: &[Choice] = &[
    choice("A", "A", "A 级"),
    choice("B", "B", "B 级"),
    choice("C", "C", "C 级"),
    choice("D", "D", "D 级"),
    choice("E", "E", "E 级"),
];

/// DOMAIN §3.2; how often each is contacted is in the playbook.
static MATURITY: &[Choice] = &[
    choice("0", "0 newly assigned", "0 类 新分配"),
    choice("1", "1 contract returned, unpaid", "1 类 回传未付款"),
    choice("2", "2 willing, no objection", "2 类 有意向无异议"),
    choice("3+", "3+ budget or clear interest", "3+ 类 有预算或明确兴趣"),
    choice("3", "3 recognises us", "3 类 认可"),
    choice("key4", "key 4", "重点四类"),
    choice("4", "4 decision maker known", "4 类 认可度低"),
    choice("5", "5 not the decision maker", "5 类 非负责人"),
    choice("6", "6 broke a promise", "6 类 失信"),
    choice("7", "7 possible within half a year", "7 类 半年内有可能"),
];

static SCOPES: &[Choice] = &[
    choice("global", "Global", "全球"),
    choice("national", "National", "全国"),
    choice("local", "Local", "本地"),
];

static TYPES: &[Choice] = &[
    choice("important", "Important", "重要客户"),
    choice("strategic_fit", "Strategic fit", "战略匹配"),
    choice("potential", "Potential", "潜力客户"),
    choice("ending", "Ending", "拟终止"),
];

static FUNCTIONS: &[Choice] = &[
    choice("manager", "Account manager", "客户经理"),
    choice("on_site_executive", "On-site executive", "驻场主管"),
    choice("technical", "Technical", "技术"),
    choice("marketing", "Marketing", "市场"),
    choice("maintenance", "Maintenance", "维护"),
];

static ADDRESS: &[Field] = &[
    Field::line("label", "Label", "名称"),
    Field::line("street", "Street", "街道"),
    Field::line("city", "City", "城市"),
    Field::line("region", "State or province", "省份"),
    Field::line("postcode", "Postcode", "邮编"),
    Field::line("country", "Country", "国家"),
    Field::point("point", "Position", "位置"),
];

static TEAM: &[Field] = &[
    Field::choice("function", "Function", "职能", FUNCTIONS).required(),
    Field::member("member", "Member", "成员"),
];

static COMPETITORS: &[Field] = &[
    Field::line("name", "Competitor", "竞争对手").required().searched(),
    Field::integer("share_percent", "Share of wallet, %", "钱包份额（%）").range(0, 100),
    Field::line("note", "Note", "说明"),
];

/// Account 客户.
pub static ACCOUNT: Kind = Kind::new(
    "account",
    "Account",
    "客户",
    &[
        Field::line("name", "Name", "客户名称").required().searched().synonyms(&[
            "account name",
            "account",
            "company",
            "company name",
            "organization name",
            "customer",
            "retailer_name",
            "公司",
            "公司名称",
            "名称",
        ]),
        Field::set("aliases", "Aliases", "别名").searched(),
        Field::set("phones", "Phones", "电话").searched().synonyms(&[
            "phone",
            "telephone",
            "office phone",
            "电话号码",
        ]),
        Field::line("website", "Website", "网址").searched().synonyms(&["web site", "url"]),
        Field::items("addresses", "Addresses", "地址", ADDRESS),
        Field::point("location", "Position", "位置").about("Where the account is found, for nearby lists."),
        Field::line("industry", "Industry", "行业").searched().synonyms(&["sector", "branch"]),
        Field::line("region", "Region", "区域").searched().synonyms(&[
            "office_location",
            "territory",
            "district",
            "billing state/province",
            "地区",
        ]),
        Field::line("ownership", "Ownership", "企业性质").synonyms(&["structure"]),
        Field::integer("headcount", "Headcount", "员工人数").range(0, 100_000_000).synonyms(&[
            "employees",
            "number of employees",
            "人数",
        ]),
        Field::money("revenue", "Annual revenue", "年营业额").synonyms(&[
            "annual revenue",
            "turnover",
            "营业额",
        ]),
        Field::link("parent", "account", "Parent account", "上级客户").synonyms(&[
            "subsidiary_of",
            "parent account",
            "member of",
        ]),
        Field::line("source", "Source", "来源").synonyms(&["account source", "lead source"]),
        Field::date("first_dealing_on", "First dealing", "首次往来").synonyms(&["customer since"]),
        Field::line("market_area", "Market area", "市场范围"),
        Field::line("sales_capacity", "Sales capacity", "销售能力"),
        Field::line("potential", "Potential", "发展潜力"),
        Field::line("business_philosophy", "Business philosophy", "经营观念"),
        Field::line("business_method", "Business method", "经营方法"),
        Field::line("business_policy", "Business policy", "经营政策"),
        Field::line("financial_standing", "Financial standing", "财务状况"),
        Field::line("credit_standing", "Credit standing", "信用状况"),
        Field::line("reputation", "Reputation", "声誉"),
        Field::money("spend_total", "Cumulative spend", "累计消费").about("What tiers are proposed from."),
        Field::choice("tier", "Tier", "客户等级", TIERS)
            .about("As confirmed by a manager.")
            .synonyms(&["rating"]),
        Field::line("tier_reason", "Reason for the tier", "定级原因"),
        Field::choice("maturity", "Maturity class", "客户分类", MATURITY)
            .about("How near a deal is; the playbook says how often each class is contacted."),
        Field::flag("strategic", "Strategic", "战略客户"),
        Field::choice("scope", "Key-account scope", "大客户范围", SCOPES),
        Field::line("service_level", "Service level", "服务级别"),
        Field::member("owner", "Owner", "负责人"),
        Field::items("team", "Account team", "客户团队", TEAM),
        Field::choice("account_type", "Account type", "客户类型", TYPES).synonyms(&["type"]),
        Field::line("usage_cycle", "Usage cycle", "使用周期"),
        Field::line("procurement_method", "Procurement method", "采购方式"),
        Field::set("current_suppliers", "Current suppliers", "现有供应商").searched(),
        Field::line("fiscal_year", "Fiscal year", "财年"),
        Field::text("development_plan", "Development plan", "发展规划").searched(),
        Field::set("tags", "Tags", "标签").searched(),
        Field::items("competitors", "Competitors", "竞争情况", COMPETITORS).searched(),
        Field::line("next_step", "Next step", "下一步"),
        Field::text("notes", "Notes", "备注").searched().synonyms(&["description", "说明"]),
    ],
)
.about("A company one deals with. Contacts, visits, gift notes, opportunities and tasks hang on it.")
.title(&["name"])
.indexes(&[&["name"], &["maturity"]]);
