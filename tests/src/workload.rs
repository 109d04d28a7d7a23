//! Records of the side-by-side benchmark, as its specification has them, and the kinds that hold them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use roadbook_core::model::{
    Currency, Field, Fields, Item, Kind, Money, Point, RecordId, Schema, Time, Value,
};
use roadbook_core::{New, Options};
use serde_json::{Map, Value as Json, json};
use uuid::{Builder, Uuid};

/// Zone of times that come without one.
const ZONE: &str = "Asia/Shanghai";

static ATTENDEES: &[Field] = &[Field::line("name", "Name", "姓名").required().searched()];

/// The account of the workload.
pub static ACCOUNT: Kind = Kind::new(
    "workload_account",
    "Account",
    "客户",
    &[
        Field::line("owner", "Owner", "负责人"),
        Field::line("name", "Name", "名称").required().searched(),
        Field::line("tier", "Tier", "等级"),
        Field::line("city", "City", "城市"),
        Field::point("position", "Position", "位置"),
        Field::line("phone", "Phone", "电话").searched(),
        Field::time("since", "Since", "自"),
        Field::text("notes", "Notes", "备注").searched(),
    ],
)
.title(&["name"])
.indexes(&[&["name"]]);

/// The visit of the workload.
pub static VISIT: Kind = Kind::new(
    "workload_visit",
    "Visit",
    "拜访",
    &[
        Field::link("account_id", "workload_account", "Account", "客户").required().root(),
        Field::line("owner", "Owner", "负责人"),
        Field::line("mode", "Mode", "方式"),
        Field::time("planned_at", "Planned", "计划"),
        Field::time("checked_in_at", "Check-in", "签到"),
        Field::time("checked_out_at", "Check-out", "签退"),
        Field::point("position", "Position", "位置"),
        Field::line("outcome", "Outcome", "结果").searched(),
        Field::items("attendees", "Attendees", "参与人", ATTENDEES).searched(),
        Field::text("notes", "Notes", "备注").searched(),
        Field::line("next_action", "Next action", "下一步").searched(),
    ],
)
.title(&["outcome"])
.indexes(&[&["account_id", "planned_at"]]);

/// The gift of the workload.
pub static GIFT: Kind = Kind::new(
    "workload_gift",
    "Gift",
    "礼品",
    &[
        Field::link("account_id", "workload_account", "Account", "客户").required().root(),
        Field::line("owner", "Owner", "负责人"),
        Field::line("item", "Item", "礼品").searched(),
        Field::integer("qty", "Quantity", "数量"),
        Field::money("value_cents", "Value", "价值"),
        Field::time("given_at", "Given", "赠出"),
        Field::line("recipient", "Recipient", "收礼人").searched(),
        Field::text("notes", "Notes", "备注").searched(),
    ],
)
.title(&["item"])
.indexes(&[&["account_id"]]);

/// The opportunity of the workload.
pub static OPPORTUNITY: Kind = Kind::new(
    "workload_opportunity",
    "Opportunity",
    "商机",
    &[
        Field::link("account_id", "workload_account", "Account", "客户").required().root(),
        Field::line("owner", "Owner", "负责人"),
        Field::line("title", "Title", "名称").searched(),
        Field::line("stage", "Stage", "阶段"),
        Field::money("amount_cents", "Amount", "金额"),
        Field::time("close_at", "Close", "成交"),
        Field::integer("probability", "Probability", "概率"),
        Field::text("notes", "Notes", "备注").searched(),
    ],
)
.title(&["title"])
.indexes(&[&["account_id"]]);

/// The four kinds.
pub static KINDS: [&Kind; 4] = [&ACCOUNT, &VISIT, &GIFT, &OPPORTUNITY];

/// A store's options with the four kinds.
pub fn options() -> Options {
    let schema = KINDS.iter().fold(Schema::standard(), |schema, kind| schema.with(kind));
    Options { schema, ..Options::default() }
}

fn kind_of(name: &str) -> &'static Kind {
    KINDS.into_iter().find(|kind| kind.name.strip_prefix("workload_") == Some(name)).unwrap()
}

/// The name a field has in the JSON; `created_at` is a common column of ours.
fn json_name(field: &str) -> &str {
    if field == "since" { "created_at" } else { field }
}

/// One value of the JSON as a field's value.
pub fn value(kind: &Kind, field: &str, json: &Json) -> Value {
    match (field, json) {
        ("account_id", Json::String(text)) => Value::Link(text.parse().unwrap()),
        ("attendees", Json::Array(names)) => Value::Items(
            names.iter().map(|name| Item::new(Fields::new().with("name", name.as_str().unwrap()))).collect(),
        ),
        (_, Json::String(text)) => Value::Text(text.clone()),
        (_, Json::Number(number)) => {
            let number = number.as_i64().unwrap();
            match kind.field(field).unwrap().parse("1 CNY", &roadbook_core::model::Defaults::default()) {
                Ok(Some(Value::Money(_))) => Value::Money(Money::new(number, Currency::CNY)),
                _ if field.ends_with("_at") || field == "since" => Value::Time(Time::new(number, ZONE)),
                _ => Value::Integer(number),
            }
        }
        other => panic!("{other:?} is not of this workload"),
    }
}

/// A record of the JSON as a new record.
pub fn new_record(json: &Map<String, Json>) -> New {
    let kind = kind_of(json["kind"].as_str().unwrap());
    let mut fields = Fields::new();
    for field in kind.fields {
        if field.name == "position" {
            let at = |name: &str| json[name].as_f64().unwrap();
            fields = fields.with("position", Point::new(at("lat"), at("lon"), None).unwrap());
        } else {
            fields.0.insert(field.name.to_owned(), value(kind, field.name, &json[json_name(field.name)]));
        }
    }
    New { id: Some(json["id"].as_str().unwrap().parse().unwrap()), ..New::new(kind.name, fields) }
}

/// A record as the JSON has it.
pub fn json_of(kind: &str, id: RecordId, fields: &Fields) -> Map<String, Json> {
    let mut out = Map::new();
    out.insert("kind".into(), json!(kind.trim_start_matches("workload_")));
    out.insert("id".into(), json!(id.to_string()));
    for (name, value) in &fields.0 {
        let json = match value {
            Value::Text(text) => json!(text),
            Value::Integer(number) => json!(number),
            Value::Money(money) => json!(money.amount),
            Value::Time(time) => json!(time.at),
            Value::Link(id) => json!(id.to_string()),
            Value::Items(items) => items.iter().map(|item| item.fields.text("name").unwrap()).collect(),
            Value::Point(point) => {
                out.insert("lat".into(), json!(point.lat));
                out.insert("lon".into(), json!(point.lon));
                continue;
            }
            other => panic!("{other:?} is not of this workload"),
        };
        out.insert(json_name(name).into(), json);
    }
    out
}

/// Records of a file, from one line to before another.
pub fn read(file: &Path, from: usize, to: usize) -> Vec<Map<String, Json>> {
    BufReader::new(std::fs::File::open(file).unwrap())
        .lines()
        .skip(from)
        .take(to - from)
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

/// `n` records of the same shape and mix, made here, for benchmarks without the file.
pub fn generate(n: usize, seed: u64) -> Vec<Map<String, Json>> {
    const NAMES: [&str; 8] = ["陈志强", "王丽", "李娜", "Zhang Wei", "刘洋", "赵敏", "孙磊", "Anna Berg"];
    const WORDS: [&str; 12] = [
        "客户对新品感兴趣，",
        "价格需要再谈。",
        "下周三复访。",
        "已留样品三份。",
        "竞争对手报价更低，",
        "采购流程较长，",
        "asked for a quote, ",
        "delivery by March. ",
        "负责人出差，",
        "现场演示顺利。",
        "合同条款待确认，",
        "预算已批。",
    ];
    let mut rng = StdRng::seed_from_u64(seed);
    let rng = &mut rng;
    let pick = |rng: &mut StdRng, of: &[&str]| (*of.choose(rng).unwrap()).to_owned();
    let uuid = |rng: &mut StdRng| Builder::from_random_bytes(rng.random()).into_uuid().to_string();
    let notes = |rng: &mut StdRng| {
        let target = rng.random_range(40..401);
        let mut text = String::new();
        while text.chars().count() < target {
            text.push_str(WORDS.choose(rng).unwrap());
        }
        text.chars().take(target).collect::<String>()
    };
    // Odd, so never whole: Rust writes 30.0 where JavaScript writes 30, and digests of the JSON are compared.
    let coord =
        |rng: &mut StdRng, base: i64, span: i64| ((base + rng.random_range(0..span)) | 1) as f64 / 1e6;
    let time = |rng: &mut StdRng| 1_767_225_600_000i64 + rng.random_range(0..525_600i64) * 60_000;
    let accounts: Vec<String> = (0..n / 10).map(|_| uuid(rng)).collect();
    let mut records = Vec::with_capacity(n);
    for id in &accounts {
        records.push(json!({
            "kind": "account", "id": id, "owner": pick(rng, &NAMES),
            "name": format!("{}{}", pick(rng, &["百草堂", "同仁", "华康", "Nord"]), pick(rng, &["药店", "医疗", " AB", "集团"])),
            "tier": pick(rng, &["A", "B", "C"]), "city": pick(rng, &["杭州", "宁波", "Lund"]),
            "lat": coord(rng, 18_000_000, 30_000_000), "lon": coord(rng, 80_000_000, 50_000_000),
            "phone": format!("1{:010}", rng.random_range(0..10_000_000_000u64)),
            "created_at": time(rng), "notes": notes(rng),
        }));
    }
    for _ in 0..n / 10 {
        for slot in 0..9 {
            let account =
                if rng.random_range(0..8) == 0 { &accounts[0] } else { accounts.choose(rng).unwrap() };
            records.push(match slot {
                0..7 => {
                    let planned = time(rng);
                    let attendees: Vec<String> =
                        (0..rng.random_range(1..4)).map(|_| pick(rng, &NAMES)).collect();
                    json!({
                        "kind": "visit", "id": uuid(rng), "account_id": account, "owner": pick(rng, &NAMES),
                        "mode": pick(rng, &["door", "phone", "video"]), "planned_at": planned,
                        "checked_in_at": planned + 60_000, "checked_out_at": planned + 3_600_000,
                        "lat": coord(rng, 18_000_000, 30_000_000), "lon": coord(rng, 80_000_000, 50_000_000),
                        "outcome": pick(rng, &["agreed", "postponed", "sample left", "订单"]),
                        "attendees": attendees, "notes": notes(rng), "next_action": pick(rng, &WORDS),
                    })
                }
                7 => json!({
                    "kind": "gift", "id": uuid(rng), "account_id": account, "owner": pick(rng, &NAMES),
                    "item": pick(rng, &["茶叶", "月饼", "pen"]), "qty": rng.random_range(1..6),
                    "value_cents": rng.random_range(1000..100_000), "given_at": time(rng),
                    "recipient": pick(rng, &NAMES), "notes": notes(rng),
                }),
                _ => json!({
                    "kind": "opportunity", "id": uuid(rng), "account_id": account, "owner": pick(rng, &NAMES),
                    "title": pick(rng, &WORDS), "stage": pick(rng, &["lead", "proposal", "won"]),
                    "amount_cents": rng.random_range(100_000..100_000_000), "close_at": time(rng),
                    "probability": rng.random_range(0..101), "notes": notes(rng),
                }),
            });
        }
    }
    records.into_iter().map(|record| record.as_object().unwrap().clone()).collect()
}

/// The same records with ids as the store makes them: each behind those before it.
pub fn in_order(mut records: Vec<Map<String, Json>>) -> Vec<Map<String, Json>> {
    let new = |(old, millis): (String, u64)| {
        let random = *old.parse::<Uuid>().unwrap().as_bytes().first_chunk().unwrap();
        let new = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        (old, json!(new))
    };
    let old = records.iter().map(|record| record["id"].as_str().unwrap().to_owned());
    let ids: HashMap<String, Json> = old.zip(1_767_225_600_000..).map(new).collect();
    for record in &mut records {
        for id in ["id", "account_id"] {
            if let Some(id) = record.get_mut(id) {
                *id = ids[id.as_str().unwrap()].clone();
            }
        }
    }
    records
}
