//! Visit 拜访: what a rep plans, does and hears at an account.

use crate::model::{Choice, Field, Fields, Kind, Problem, Value, choice};

static MODES: &[Choice] = &[
    choice("door_visit", "Door visit", "上门拜访").synonyms(&["onsite", "on-site", "visit", "meeting"]),
    choice("phone", "Phone", "电话").synonyms(&["call"]),
    choice("video", "Video", "视频"),
    choice("walk_in", "Walk-in", "来店").synonyms(&["walk-in"]),
    choice("call_in", "Call-in", "来电").synonyms(&["call-in"]),
    choice("executive_visit", "Executive visit", "高层拜访"),
    choice("event", "Event", "活动"),
    choice("roving", "Roving", "巡访"),
];

static PARTICIPANTS: &[Field] = &[
    Field::line("name", "Name", "姓名").required().searched(),
    Field::line("role", "Role", "角色"),
    Field::link("contact", "contact", "Contact", "联系人"),
];

fn ends_after_it_starts(fields: &Fields) -> Vec<Problem> {
    let at = |name| match fields.get(name) {
        Some(Value::Time(time)) => Some(time.at),
        _ => None,
    };
    [("planned_at", "planned_until"), ("check_in_at", "check_out_at")]
        .into_iter()
        .filter(|(start, end)| at(start).zip(at(end)).is_some_and(|(start, end)| end < start))
        .map(|(_, end)| Problem::rule(end, "is before the start", "早于开始时间"))
        .collect()
}

/// Visit 拜访.
pub static VISIT: Kind = Kind::new(
    "visit",
    "Visit",
    "拜访",
    &[
        Field::link("account", "account", "Account", "客户").required().root().synonyms(&[
            "account name",
            "related to",
            "retailer_id",
            "company",
        ]),
        Field::links("contacts", "contact", "Contacts met", "会见联系人").synonyms(&["contact", "name"]),
        Field::items("participants", "Participants", "参与人", PARTICIPANTS)
            .searched()
            .about("Everyone there, those without a contact of their own included."),
        Field::choice("mode", "Mode", "方式", MODES).synonyms(&["type", "activity type"]),
        Field::line("purpose", "Purpose", "目的").searched().synonyms(&["subject", "主题"]),
        Field::time("planned_at", "Planned start", "计划开始").synonyms(&[
            "visit_date",
            "start",
            "date",
            "due date",
        ]),
        Field::time("planned_until", "Planned end", "计划结束").synonyms(&["end"]),
        Field::time("check_in_at", "Check-in", "签到时间"),
        Field::point("check_in_point", "Check-in position", "签到位置"),
        Field::flag("check_in_inside", "Checked in at the account", "签到在围栏内")
            .about("Whether the check-in position was inside the account's geofence."),
        Field::line("check_in_reason", "Reason for checking in elsewhere", "异地签到原因"),
        Field::time("check_out_at", "Check-out", "签退时间"),
        Field::point("check_out_point", "Check-out position", "签退位置"),
        Field::set("materials", "Materials taken", "携带资料"),
        Field::text("talk_points", "Main talk points", "主要谈话内容").searched(),
        Field::text("customer_thinking", "Customer's thinking", "客户想法")
            .searched()
            .about("Interest points and objections."),
        Field::set("competitors_seen", "Competitors seen", "所见竞品").searched(),
        Field::line("outcome", "Outcome", "结果").searched().synonyms(&["result", "status"]),
        Field::line("next_step", "Next-step advice", "下一步建议")
            .searched()
            .synonyms(&["next action", "next step"]),
        Field::date("next_visit_on", "Next visit", "下次拜访")
            .about("A promised next visit; it becomes a next action."),
        Field::set("samples", "Samples left", "留样"),
        Field::text("notes", "Notes", "备注").searched().synonyms(&["comments", "description"]),
    ],
)
.about("A visit, call or meeting at an account: planned, checked in, written up.")
.title(&["purpose", "outcome", "next_step"])
.indexes(&[&["account", "planned_at"], &["planned_at"]])
.check(ends_after_it_starts);
