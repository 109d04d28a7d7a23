//! Values from and to what people type and scripts send: command flags, CSV cells, JSON lines.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::value::ungrouped;
use super::{
    Currency, Field, FieldType, Fields, Item, Kind, Money, Point, Problem, Time, Value, Why, parse_date,
    parse_time,
};

/// What is assumed where a text does not say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// IANA zone of times without an offset.
    pub zone: String,
    /// Currency of amounts without one.
    pub currency: Currency,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { zone: "Asia/Shanghai".to_owned(), currency: Currency::CNY }
    }
}

impl Field {
    /// The value that a text means for this field; `None` for an empty text. Sets take `a; b`, maps take `name=text;
    /// …`, items the values of their first field.
    pub fn parse(&self, text: &str, defaults: &Defaults) -> Result<Option<Value>, Why> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let unreadable = |expected| Why::Unreadable { given: text.chars().take(80).collect(), expected };
        let parts = || text.split([';', '；']).map(str::trim).filter(|part| !part.is_empty());
        Ok(Some(match self.of {
            FieldType::Line => Value::Text(text.split_whitespace().collect::<Vec<_>>().join(" ")),
            FieldType::Text => Value::Text(text.to_owned()),
            FieldType::Choice => Value::Text(self.choose(text)),
            FieldType::Integer => Value::Integer(integer(text).ok_or_else(|| unreadable("a whole number"))?),
            FieldType::Flag => match text.to_lowercase().as_str() {
                "true" | "yes" | "y" | "1" | "是" => Value::Flag(true),
                "false" | "no" | "n" | "0" | "否" => Value::Flag(false),
                _ => return Err(unreadable("yes or no")),
            },
            FieldType::Money => Value::Money(
                money(text, defaults.currency).ok_or_else(|| unreadable("an amount, e.g. 1200.50 CNY"))?,
            ),
            FieldType::Time => Value::Time(
                parse_time(text, &defaults.zone)
                    .ok_or_else(|| unreadable("a time, e.g. 2026-03-01 14:30"))?,
            ),
            FieldType::Date => {
                Value::Date(parse_date(text).ok_or_else(|| unreadable("a day, e.g. 2026-03-01"))?)
            }
            FieldType::Point => Value::Point(
                text.parse::<Point>().map_err(|()| unreadable("a place, e.g. 31.2304,121.4737;u=15"))?,
            ),
            FieldType::Link => Value::Link(text.parse().map_err(|_| unreadable("a record id"))?),
            FieldType::Member => Value::Member(text.parse().map_err(|_| unreadable("a member id"))?),
            FieldType::Links => Value::Links(
                parts()
                    .map(str::parse)
                    .collect::<Result<_, _>>()
                    .map_err(|_| unreadable("record ids, id; id"))?,
            ),
            FieldType::Set => Value::set(parts().map(|part| self.choose(part))),
            FieldType::Map => Value::map(
                parts()
                    .map(|part| part.split_once('=').map(|(k, v)| (k.trim().to_owned(), v.trim().to_owned())))
                    .collect::<Option<Vec<_>>>()
                    .ok_or_else(|| unreadable("name=text; name=text"))?,
            ),
            FieldType::Items => {
                let Some(first) = self.fields.first() else { return Err(unreadable("items")) };
                let item = |part| {
                    let value = first.parse(part, defaults)?;
                    Ok(Item::new(value.map(|v| Fields::new().with(first.name, v)).unwrap_or_default()))
                };
                Value::Items(parts().map(item).collect::<Result<_, Why>>()?)
            }
        }))
    }

    /// The choice a text means: value, label or synonym, in any case. A text that is no choice stays as it is, and is
    /// refused when the record is validated.
    fn choose(&self, text: &str) -> String {
        let given = text.to_lowercase();
        self.choices
            .iter()
            .find(|c| {
                c.value.to_lowercase() == given
                    || c.label.en.to_lowercase() == given
                    || c.label.zh == text
                    || c.synonyms.contains(&given.as_str())
            })
            .map_or_else(|| text.to_owned(), |c| c.value.to_owned())
    }

    /// A value as plain JSON: texts and days as strings, money as `{"amount", "currency"}`, times as `{"at", "zone"}`,
    /// sets as arrays, items as objects with their `key`.
    pub fn to_json(&self, value: &Value) -> Json {
        match value {
            Value::Text(text) => json!(text),
            Value::Integer(n) => json!(n),
            Value::Flag(yes) => json!(yes),
            Value::Money(m) => json!({ "amount": m.amount, "currency": m.currency.code() }),
            Value::Time(t) => json!({ "at": t.at, "zone": t.zone }),
            Value::Date(day) => json!(day.to_string()),
            Value::Point(p) => match p.accuracy {
                Some(accuracy) => json!({ "lat": p.lat, "lon": p.lon, "accuracy": accuracy }),
                None => json!({ "lat": p.lat, "lon": p.lon }),
            },
            Value::Link(id) => json!(id.to_string()),
            Value::Member(id) => json!(id.to_string()),
            Value::Links(ids) => ids.iter().map(|id| json!(id.to_string())).collect(),
            Value::Set(texts) => texts.iter().map(|text| json!(text)).collect(),
            Value::Map(texts) => Json::Object(texts.iter().map(|(k, v)| (k.clone(), json!(v))).collect()),
            Value::Items(items) => items
                .iter()
                .map(|item| {
                    let mut object =
                        fields_to_json(&item.fields, |name| self.fields.iter().find(|f| f.name == name));
                    object.insert("key".to_owned(), json!(item.key));
                    Json::Object(object)
                })
                .collect(),
        }
    }

    /// A value from plain JSON, as [`Self::to_json`] writes it; a string is also read as [`Self::parse`] reads it.
    pub fn from_json(&self, json: &Json, defaults: &Defaults) -> Result<Option<Value>, Why> {
        let wrong = || Why::Unreadable {
            given: json.to_string().chars().take(80).collect(),
            expected: "what --json prints for this field",
        };
        let texts = |array: &[Json]| -> Result<Vec<String>, Why> {
            array.iter().map(|j| j.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        };
        Ok(match (self.of, json) {
            (_, Json::Null) => None,
            // Texts are taken as they are: a script that sends two spaces means two.
            (FieldType::Line | FieldType::Text | FieldType::Choice, Json::String(text)) => {
                (!text.is_empty()).then(|| Value::Text(text.clone()))
            }
            (_, Json::String(text)) => self.parse(text, defaults)?,
            (FieldType::Integer, Json::Number(n)) => Some(Value::Integer(n.as_i64().ok_or_else(wrong)?)),
            (FieldType::Flag, Json::Bool(yes)) => Some(Value::Flag(*yes)),
            (FieldType::Money, Json::Object(_)) => {
                Some(Value::Money(serde_json::from_value::<Money>(json.clone()).map_err(|_| wrong())?))
            }
            (FieldType::Time, Json::Object(_)) => {
                Some(Value::Time(serde_json::from_value::<Time>(json.clone()).map_err(|_| wrong())?))
            }
            (FieldType::Point, Json::Object(_)) => {
                Some(Value::Point(serde_json::from_value::<Point>(json.clone()).map_err(|_| wrong())?))
            }
            (FieldType::Links, Json::Array(array)) => Some(Value::Links(
                texts(array)?.iter().map(|id| id.parse()).collect::<Result<_, _>>().map_err(|_| wrong())?,
            )),
            (FieldType::Set, Json::Array(array)) => Some(Value::set(texts(array)?)),
            (FieldType::Map, Json::Object(object)) => Some(Value::map(
                object
                    .iter()
                    .map(|(k, v)| Ok((k.clone(), v.as_str().ok_or_else(wrong)?.to_owned())))
                    .collect::<Result<Vec<_>, Why>>()?,
            )),
            (FieldType::Items, Json::Array(array)) => {
                let item = |json: &Json| {
                    let object = json.as_object().ok_or_else(wrong)?;
                    let mut item = Item::default();
                    for (name, json) in object {
                        if name == "key" {
                            item.key = json.as_str().ok_or_else(wrong)?.to_owned();
                            continue;
                        }
                        let field = self.fields.iter().find(|f| f.name == name).ok_or(Why::Unknown)?;
                        if let Some(value) = field.from_json(json, defaults)? {
                            item.fields.set(name, value);
                        }
                    }
                    Ok(item)
                };
                Some(Value::Items(array.iter().map(item).collect::<Result<_, Why>>()?))
            }
            _ => return Err(wrong()),
        })
    }

    /// A value as people read it; choices by their label.
    pub fn show(&self, value: &Value, chinese: bool) -> String {
        let label = |text: &str| match self.choices.iter().find(|c| c.value == text) {
            Some(choice) if chinese => choice.label.zh.to_owned(),
            Some(choice) => choice.label.en.to_owned(),
            None => text.to_owned(),
        };
        let list = |texts: Vec<String>| texts.join(if chinese { "、" } else { ", " });
        match value {
            Value::Text(text) => label(text),
            Value::Integer(n) => n.to_string(),
            Value::Flag(yes) => match (yes, chinese) {
                (true, false) => "yes",
                (false, false) => "no",
                (true, true) => "是",
                (false, true) => "否",
            }
            .to_owned(),
            Value::Money(money) => money.to_string(),
            Value::Time(time) => time.to_string(),
            Value::Date(day) => day.to_string(),
            Value::Point(point) => point.to_string(),
            Value::Link(id) => id.to_string(),
            Value::Member(id) => id.to_string(),
            Value::Links(ids) => list(ids.iter().map(ToString::to_string).collect()),
            Value::Set(texts) => list(texts.iter().map(|t| label(t)).collect()),
            Value::Map(texts) => list(texts.iter().map(|(k, v)| format!("{k} = {v}")).collect()),
            Value::Items(items) => {
                let item = |item: &Item| {
                    let shown =
                        self.fields.iter().filter_map(|f| Some(f.show(item.fields.get(f.name)?, chinese)));
                    shown.collect::<Vec<_>>().join(" · ")
                };
                list(items.iter().map(item).collect())
            }
        }
    }
}

impl Kind {
    /// Fields as a plain JSON object; see [`Field::to_json`].
    pub fn to_json(&self, fields: &Fields) -> Map<String, Json> {
        fields_to_json(fields, |name| self.field(name))
    }

    /// Fields from a plain JSON object; `null` empties a field. Everything wrong with it is said at once.
    pub fn from_json(
        &self,
        object: &Map<String, Json>,
        defaults: &Defaults,
    ) -> Result<BTreeMap<String, Option<Value>>, Vec<Problem>> {
        let (mut fields, mut problems) = (BTreeMap::new(), Vec::new());
        for (name, json) in object {
            match self.field(name).ok_or(Why::Unknown).and_then(|field| field.from_json(json, defaults)) {
                Ok(value) => _ = fields.insert(name.clone(), value),
                Err(why) => problems.push(Problem::new(name.as_str(), why)),
            }
        }
        if problems.is_empty() { Ok(fields) } else { Err(problems) }
    }
}

fn fields_to_json<'a>(fields: &Fields, declared: impl Fn(&str) -> Option<&'a Field>) -> Map<String, Json> {
    let mut object = Map::new();
    object.extend(
        fields.iter().filter_map(|(name, value)| Some((name.to_owned(), declared(name)?.to_json(value)))),
    );
    object
}

fn integer(text: &str) -> Option<i64> {
    let text = ungrouped(text)?;
    // Spreadsheets write whole numbers as 12.0.
    let whole = text.strip_suffix(".0").or_else(|| text.strip_suffix(".00")).unwrap_or(&text);
    whole.parse().ok()
}

/// `1,200.50`, `1200.5 CNY`, `CNY 1200.5`, `¥1,200`, `$99`, `99元`.
fn money(text: &str, default: Currency) -> Option<Money> {
    let symbols: [(&str, Currency); 4] =
        [("¥", Currency::CNY), ("￥", Currency::CNY), ("$", Currency::USD), ("元", Currency::CNY)];
    for (symbol, currency) in symbols {
        if let Some(amount) = text.strip_prefix(symbol).or_else(|| text.strip_suffix(symbol)) {
            return Money::from_major(amount, currency);
        }
    }
    if let Some((amount, code)) = text.rsplit_once(' ')
        && let Ok(currency) = code.parse()
    {
        return Money::from_major(amount, currency);
    }
    if let Some((code, amount)) = text.split_once(' ')
        && let Ok(currency) = code.parse()
    {
        return Money::from_major(amount, currency);
    }
    Money::from_major(text, default)
}

#[cfg(test)]
mod tests {
    use super::super::kinds;
    use super::*;

    #[test]
    fn whatever_is_typed_or_sent_as_json_is_a_value_or_refused() {
        let (schema, defaults) = (super::super::Schema::standard(), Defaults::default());
        let fields: Vec<_> = schema.kinds().flat_map(|kind| kind.fields()).collect();
        bolero::check!().with_type::<(u8, Vec<u8>)>().for_each(|(which, bytes)| {
            let field = fields[usize::from(*which) % fields.len()];
            let text = String::from_utf8_lossy(bytes);
            if let Ok(Some(value)) = field.parse(&text, &defaults) {
                let _ = field.show(&value, true);
            }
            if let Ok(json) = serde_json::from_str(&text) {
                let _ = field.from_json(&json, &defaults);
            }
        });
    }

    #[test]
    fn every_value_survives_json() {
        let defaults = Defaults::default();
        let fields = [
            ("opportunity", "amount", "1,200.50"),
            ("opportunity", "stage", "Closed Won"),
            ("opportunity", "expected_close", "2026/3/1"),
            ("opportunity", "competitors", "甲; 乙"),
            ("opportunity", "probability", "40.0"),
            ("opportunity", "extra", "a=1; b=2"),
            ("visit", "planned_at", "2026-03-01 14:30"),
            ("visit", "check_in_point", "31.2,121.4;u=5"),
            ("visit", "check_in_inside", "是"),
            ("visit", "contacts", "018f6d2e-7c1a-7b3c-9d4e-5f60718293a4"),
            ("contact", "consents", "Family；健康"),
        ];
        for (kind, name, text) in fields {
            let field = super::super::Schema::standard().kind(kind).unwrap().field(name).unwrap();
            let value = field.parse(text, &defaults).unwrap().unwrap();
            let json = field.to_json(&value);
            assert_eq!(field.from_json(&json, &defaults), Ok(Some(value.clone())), "{json}");
            assert!(!field.show(&value, true).is_empty());
        }
    }

    #[test]
    fn what_is_not_understood_says_what_would_be() {
        let field = kinds::VISIT.field("planned_at").unwrap();
        let why = field.parse("next Tuesday", &Defaults::default()).unwrap_err();
        assert_eq!(
            super::super::Problem::new("planned_at", why).to_string(),
            "planned_at: “next Tuesday” is not understood; expected a time, e.g. 2026-03-01 14:30"
        );
    }

    #[test]
    fn money_is_understood_as_people_write_it() {
        for (text, shown) in [
            ("¥1,200", "1200.00 CNY"),
            ("$99.5", "99.50 USD"),
            ("99元", "99.00 CNY"),
            ("EUR 5", "5.00 EUR"),
            ("5 EUR", "5.00 EUR"),
            ("7", "7.00 CNY"),
        ] {
            assert_eq!(money(text, Currency::CNY).unwrap().to_string(), shown);
        }
    }
}
