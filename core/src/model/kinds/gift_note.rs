//! Gift note 礼品: what was given to whom, why, and how it was approved.

use crate::model::{Choice, Field, Fields, Kind, Problem, Value, choice};

static OCCASIONS: &[Choice] = &[
    choice("first_week", "First week", "首周"),
    choice("legal_holiday", "Legal holiday", "法定节日"),
    choice("birthday", "Birthday", "生日"),
    choice("event", "Event", "活动"),
    choice("thank_you", "Thank-you", "答谢"),
    choice("apology", "Apology", "致歉"),
    choice("annual_meeting", "Annual customer meeting", "客户年会"),
    choice("other", "Other", "其他"),
];

static STATES: &[Choice] = &[
    choice("planned", "Planned", "计划"),
    choice("approved", "Approved", "已批准"),
    choice("given", "Given", "已赠出"),
    choice("declined", "Declined", "被谢绝"),
    choice("returned", "Returned", "退回"),
];

static STATE_HISTORY: &[Field] =
    &[Field::line("value", "State", "状态").required(), Field::time("at", "At", "时间")];

fn value_is_not_negative(fields: &Fields) -> Vec<Problem> {
    match fields.get("value") {
        Some(Value::Money(money)) if money.amount < 0 => {
            vec![Problem::rule("value", "must not be negative", "不能为负")]
        }
        _ => Vec::new(),
    }
}

/// Gift note 礼品.
pub static GIFT_NOTE: Kind = Kind::new(
    "gift_note",
    "Gift note",
    "礼品",
    &[
        Field::link("account", "account", "Account", "客户")
            .required()
            .root()
            .synonyms(&["account name", "company"]),
        Field::link("recipient", "contact", "Recipient", "收礼人")
            .about("The contact it is for. Gift rules count by recipient: a note without one is not counted.")
            .synonyms(&["contact", "contact name"]),
        Field::line("recipient_name", "Recipient's name", "收礼人姓名")
            .searched()
            .about("For a recipient who is no contact yet."),
        Field::choice("occasion", "Occasion", "场合", OCCASIONS),
        Field::line("item", "Item", "礼品").required().searched().synonyms(&["gift", "product", "name"]),
        Field::flag("branded", "Company-branded", "公司标识"),
        Field::flag("cash_equivalent", "Cash or equivalent", "现金或等价物")
            .about("Cash, vouchers, prepaid cards."),
        Field::integer("quantity", "Quantity", "数量").range(1, 1_000_000).synonyms(&["qty"]),
        Field::money("value", "Value", "价值")
            .about("Of the whole gift, not of one piece.")
            .synonyms(&["amount", "price"]),
        Field::text("meaning", "Meaning", "寓意").searched().about("Why this gift for this person."),
        Field::choice("state", "State", "状态", STATES).synonyms(&["status"]),
        Field::items("state_history", "State history", "状态历史", STATE_HISTORY).tracks("state"),
        Field::time("planned_at", "Planned for", "计划时间"),
        Field::time("given_at", "Given at", "赠出时间").synonyms(&["date"]),
        Field::member("approver", "Approver", "审批人"),
        Field::line("approver_remark", "Approver's remark", "审批意见"),
        Field::line("receipt", "Receipt", "票据").about("Where the paper is kept."),
        Field::text("notes", "Notes", "备注").searched().synonyms(&["description"]),
    ],
)
.about("A gift to a recipient: occasion, meaning, value, and its way through approval.")
.title(&["item"])
.indexes(&[&["recipient"], &["account"]])
.check(value_is_not_negative);
