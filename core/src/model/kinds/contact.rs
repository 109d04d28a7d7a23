//! Contact 联系人: a person at an account, with the facts a rep may keep of them.

use crate::model::{Choice, Field, Fields, Kind, Problem, Value, choice};

static ROLES: &[Choice] = &[
    choice("decision_maker", "Decision maker", "关键决策人 KP"),
    choice("handler", "Handler", "经办人"),
    choice("influencer", "Influencer", "影响者"),
    choice("user", "User", "使用者"),
    choice("gatekeeper", "Gatekeeper", "把关人"),
];

static CHANNELS: &[Choice] = &[
    choice("phone", "Phone", "电话"),
    choice("chat", "Chat", "即时通讯"),
    choice("email", "Email", "邮件"),
    choice("visit", "Visit", "上门"),
];

/// Who the person works for, as gift rules see it.
static RECIPIENT_CLASSES: &[Choice] = &[
    choice("private_staff", "Private staff", "民企员工"),
    choice("state_owned_staff", "State-owned staff", "国企员工"),
    choice("public_official", "Public official", "公职人员"),
    choice("healthcare_professional", "Healthcare professional", "医疗卫生专业人士"),
    choice("own_family", "Own family", "本人亲属"),
];

static CONSENTS: &[Choice] = &[
    choice("personal", "Personal facts", "个人信息"),
    choice("family", "Family", "家庭"),
    choice("health", "Health", "健康"),
];

static DATES: &[Field] = &[
    Field::line("label", "Occasion", "事由").required(),
    Field::date("on", "Day", "日期").required(),
    Field::flag("yearly", "Every year", "每年"),
];

/// Soft facts, and the consent category each needs.
static SOFT: &[(&str, &str)] = &[
    ("family", "family"),
    ("health", "health"),
    ("education", "personal"),
    ("personality", "personal"),
    ("habits", "personal"),
    ("hobbies", "personal"),
    ("personal_values", "personal"),
    ("likes", "personal"),
    ("dislikes", "personal"),
];

fn facts_have_consent(fields: &Fields) -> Vec<Problem> {
    let granted =
        |category: &str| matches!(fields.get("consents"), Some(Value::Set(c)) if c.contains(category));
    SOFT.iter()
        .filter(|(fact, consent)| fields.text(fact).is_some_and(|t| !t.is_empty()) && !granted(consent))
        .map(|(fact, _)| {
            Problem::rule(
                fact,
                "may be recorded only once the contact has consented to this category",
                "须先取得联系人对该类信息的同意",
            )
        })
        .collect()
}

/// Contact 联系人.
pub static CONTACT: Kind = Kind::new(
    "contact",
    "Contact",
    "联系人",
    &[
        Field::link("account", "account", "Account", "客户").required().root().synonyms(&[
            "account name",
            "company",
            "organization name",
            "公司",
        ]),
        Field::line("name", "Name", "姓名").required().searched().synonyms(&[
            "full name",
            "contact name",
            "contact",
        ]),
        Field::line("title", "Title", "职务").searched().synonyms(&["job title", "position"]),
        Field::choice("role", "Role in buying", "采购角色", ROLES),
        Field::set("phones", "Phones", "电话").searched().synonyms(&[
            "phone",
            "mobile",
            "mobile phone",
            "手机",
        ]),
        Field::set("emails", "Emails", "邮箱").searched().synonyms(&["email", "email address", "e-mail"]),
        Field::set("chat_ids", "Chat ids", "微信等").searched().synonyms(&["wechat", "微信"]),
        Field::line("address", "Address", "地址").synonyms(&["mailing street"]),
        Field::choice("preferred_channel", "Preferred channel", "首选联系方式", CHANNELS),
        Field::line("preferred_hours", "Preferred hours", "方便时间"),
        Field::date("birthday", "Birthday", "生日").synonyms(&["birthdate", "date of birth"]),
        Field::items("dates", "Other dates", "其他纪念日", DATES),
        Field::choice("recipient_class", "Recipient class", "收礼人类别", RECIPIENT_CLASSES)
            .about("Which gift rules apply to this person."),
        Field::line("sex", "Sex", "性别"),
        Field::line("ethnicity", "Ethnicity", "民族"),
        Field::integer("age", "Approximate age", "大致年龄").range(0, 150),
        Field::set("consents", "Consents", "已同意的信息类别")
            .of(CONSENTS)
            .about("Categories of facts the contact agreed to have recorded."),
        Field::line("work", "Work", "工作"),
        Field::line("family", "Family", "家庭").about("Needs consent: family."),
        Field::line("health", "Health", "健康").about("Needs consent: health."),
        Field::line("education", "Education", "教育").about("Needs consent: personal."),
        Field::line("personality", "Personality", "性格").about("Needs consent: personal."),
        Field::line("habits", "Habits", "习惯").about("Needs consent: personal."),
        Field::line("hobbies", "Hobbies", "爱好").searched().about("Needs consent: personal."),
        Field::line("personal_values", "Values", "价值观").about("Needs consent: personal."),
        Field::line("likes", "Likes", "喜好").about("Needs consent: personal."),
        Field::line("dislikes", "Dislikes", "忌讳").about("Needs consent: personal."),
        Field::line("preferred_service_style", "Preferred service style", "偏好的服务方式"),
        Field::line("promotion_receptiveness", "Receptiveness to promotion", "对促销的接受度"),
        Field::text("notes", "Notes", "备注").searched().synonyms(&["description"]),
    ],
)
.about("A person at an account.")
.title(&["name"])
.indexes(&[&["account"]])
.check(facts_have_consent);
