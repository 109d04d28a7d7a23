//! The values a field can hold, and the one text form each has inside a document.
//!
//! What belongs together is one register, written as one scalar, so that a merge can never pair one person's amount
//! with another's currency: money is `12345 CNY`, a time `1767225600000 Asia/Shanghai`, a point
//! `geo:31.230416,121.473701;u=12` (RFC 5870). Milliseconds instead of RFC 3339 because times are most of what a visit
//! holds, and 10,000 records are 5 % smaller on the wire that way.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::zone::iana_name;
use super::{Kind, MemberId, RecordId, Zone};

/// An ISO 4217 code: three upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Chinese yuan.
    pub const CNY: Self = Self(*b"CNY");
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");

    /// The code.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimal digits of the minor unit (ISO 4217): 2 for most, 0 or 3 for some.
    pub fn digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|b| b.is_ascii_uppercase()) => Ok(Self([*a, *b, *c])),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|()| serde::de::Error::custom("a currency is three upper-case letters, e.g. CNY"))
    }
}

/// An amount of money in minor units (fen, cents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: 12345 CNY is ¥123.45.
    pub amount: i64,
    /// Currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in minor units.
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// From major units as people write them: `1,100.04`, `1100`, `1 100,5` is not understood. More decimals than the
    /// currency has are refused rather than rounded.
    pub fn from_major(text: &str, currency: Currency) -> Option<Self> {
        let text = ungrouped(text.trim())?;
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, &*text),
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let part = part.trim_end_matches('0');
        let decimals = currency.digits() as usize;
        let numeric = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || part.len() > decimals || !numeric(whole) || !numeric(part) {
            return None;
        }
        let amount: i64 = format!("{whole}{part:0<decimals$}").parse().ok()?;
        Some(Self { amount: sign * amount, currency })
    }
}

/// A number without the commas between its groups of three digits; `None` if a comma stands anywhere else: `1234,56` means
/// something else where people write it so.
pub(super) fn ungrouped(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(',') {
        return Some(text.into());
    }
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut groups = whole.trim_start_matches('-').split(',');
    let first = groups.next().is_some_and(|group| (1..=3).contains(&group.len()));
    (first && groups.all(|group| group.len() == 3) && !rest.contains(','))
        .then(|| (whole.replace(',', "") + rest).into())
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10u64.pow(self.currency.digits());
        let sign = if self.amount < 0 { "-" } else { "" };
        let (whole, part) = (self.amount.unsigned_abs() / scale, self.amount.unsigned_abs() % scale);
        match self.currency.digits() as usize {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            digits => write!(f, "{sign}{whole}.{part:0digits$} {}", self.currency),
        }
    }
}

/// An instant and the zone it was entered in.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Time {
    /// Milliseconds since 1970 UTC.
    pub at: i64,
    /// IANA name of the zone it was entered in, e.g. `Asia/Shanghai`.
    pub zone: String,
}

impl Time {
    /// An instant, entered in `zone`: an IANA name, or an offset of whole hours as some phones name their zone, e.g.
    /// `GMT+08:00`.
    pub fn new(at: i64, zone: &str) -> Self {
        Self { at, zone: iana_name(zone).into_owned() }
    }

    /// The zone; UTC if this build does not know its name.
    pub fn tz(&self) -> Zone {
        self.zone.parse().unwrap_or(Zone::UTC)
    }

    /// The instant; `None` outside the years a calendar covers.
    pub fn instant(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.at)
    }

    /// The calendar day in the zone it was entered in.
    pub fn day(&self) -> Option<NaiveDate> {
        Some(self.tz().at(self.instant()?).date_naive())
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.instant() {
            Some(at) => {
                let zone = self.tz();
                write!(f, "{} {}", zone.at(at).format("%Y-%m-%d %H:%M"), zone.abbreviation(at))
            }
            None => write!(f, "{} ms", self.at),
        }
    }
}

/// A place on the earth (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees north, −90 to 90.
    pub lat: f64,
    /// Degrees east, −180 to 180.
    pub lon: f64,
    /// Radius within which the true place lies, metres; absent when the source did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
}

impl Point {
    /// A point; `None` outside the ranges.
    pub fn new(lat: f64, lon: f64, accuracy: Option<f64>) -> Option<Self> {
        let good = (-90.0..=90.0).contains(&lat)
            && (-180.0..=180.0).contains(&lon)
            && accuracy.is_none_or(|a| a.is_finite() && a >= 0.0);
        good.then_some(Self { lat, lon, accuracy })
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "geo:{},{}", self.lat, self.lon)?;
        self.accuracy.map_or(Ok(()), |a| write!(f, ";u={a}"))
    }
}

impl FromStr for Point {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim();
        let text = text.strip_prefix("geo:").unwrap_or(text);
        let (place, accuracy) = match text.split_once(";u=") {
            Some((place, u)) => (place, Some(u.trim().parse().map_err(|_| ())?)),
            None => (text, None),
        };
        let (lat, lon) = place.split_once(',').ok_or(())?;
        let number = |s: &str| s.trim().parse::<f64>().map_err(|_| ());
        Self::new(number(lat)?, number(lon)?, accuracy).ok_or(())
    }
}

/// A key inside a collection: the place of the item for items created with their record (only one change creates a
/// record, so `0`, `1`, … cannot collide), a UUID for items added later.
pub type ItemKey = String;

/// A thing with an identity inside a record's collection.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Item {
    /// Its key; empty for an item that is new in this edit.
    #[serde(default)]
    pub key: ItemKey,
    /// Its fields.
    #[serde(flatten)]
    pub fields: Fields,
}

impl Item {
    /// A new item with these fields.
    pub fn new(fields: Fields) -> Self {
        Self { key: ItemKey::new(), fields }
    }
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A line, a free text or a choice.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
    /// Money.
    Money(Money),
    /// An instant with its zone.
    Time(Time),
    /// A calendar day.
    Date(NaiveDate),
    /// A place.
    Point(Point),
    /// Another record.
    Link(RecordId),
    /// A member of the workspace.
    Member(MemberId),
    /// Other records, each once.
    Links(BTreeSet<RecordId>),
    /// Texts, each once.
    Set(BTreeSet<String>),
    /// Texts by name.
    Map(BTreeMap<String, String>),
    /// Things with an identity, in order.
    Items(Vec<Item>),
}

/// Fields by name. An absent field is empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub BTreeMap<String, Value>);

impl Fields {
    /// What a list shows: the first of the kind's title fields that is not empty, its first line.
    pub fn title(&self, kind: &Kind) -> String {
        kind.title
            .iter()
            .find_map(|name| self.text(name).filter(|t| !t.is_empty()))
            .map_or_else(String::new, |text| text.lines().next().unwrap_or_default().to_owned())
    }

    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one field set.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets one field.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// The value of a field, if it is not empty.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The text of a line, text or choice.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The record a link points to.
    pub fn link(&self, name: &str) -> Option<RecordId> {
        match self.get(name)? {
            Value::Link(id) => Some(*id),
            _ => None,
        }
    }

    /// The items of a collection.
    pub fn items(&self, name: &str) -> &[Item] {
        match self.get(name) {
            Some(Value::Items(items)) => items,
            _ => &[],
        }
    }

    /// Names and values in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The names of this and of another's, each once.
    pub(crate) fn names_with<'a>(&'a self, other: &'a Self) -> BTreeSet<&'a String> {
        let mut names = BTreeSet::new();
        names.extend(self.0.keys().chain(other.0.keys()));
        names
    }

    /// Whether no field is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, const L: usize> From<[(N, Value); L]> for Fields {
    fn from(fields: [(N, Value); L]) -> Self {
        fields.into_iter().map(|(name, value)| (name.into(), value)).collect()
    }
}

impl FromIterator<(String, Value)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        let mut all = Self::new();
        all.0.extend(fields);
        all
    }
}

impl Value {
    /// Whether the value says no more than an absent field.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Links(ids) => ids.is_empty(),
            Self::Set(texts) => texts.is_empty(),
            Self::Map(texts) => texts.is_empty(),
            Self::Items(items) => items.is_empty(),
            _ => false,
        }
    }

    /// Texts, each once.
    pub fn set<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        // Here and below not collected: that compiles a sort, of maps one for each place it is called at, 4 kB of what an app
        // carries.
        let mut set = BTreeSet::new();
        set.extend(texts.into_iter().map(Into::into));
        Self::Set(set)
    }

    /// Texts by their names.
    pub fn map(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut map = BTreeMap::new();
        map.extend(texts);
        Self::Map(map)
    }
}

macro_rules! into_value {
    ($($from:ty => $variant:ident),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Self::$variant(value.into())
            }
        })*
    };
}

into_value! {
    &str => Text, String => Text, i64 => Integer, i32 => Integer, bool => Flag, Money => Money, Time => Time,
    NaiveDate => Date, Point => Point, RecordId => Link, MemberId => Member, Vec<Item> => Items,
}

/// An instant from what people type: `2026-03-01 14:30`, `2026-03-01T14:30:05`, with an offset or `Z`, or a day alone
/// (midnight). Without an offset it is read in `zone`.
pub fn parse_time(text: &str, zone: &str) -> Option<Time> {
    let text = text.trim();
    let tz: Zone = iana_name(zone).parse().ok()?;
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(Time::new(at.timestamp_millis(), zone));
    }
    let local =
        ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M"]
            .iter()
            .find_map(|format| chrono::NaiveDateTime::parse_from_str(text, format).ok())
            .filter(|local| WRITTEN_OUT <= local.year())
            .or_else(|| parse_date(text)?.and_hms_opt(0, 0, 0))?;
    Some(Time::new(tz.instant(local)?.timestamp_millis(), zone))
}

/// A day from what people type: `2026-03-01`, `2026/3/1`, `20260301`, `2026年3月1日`.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text.trim(), format).ok())
        .filter(|day| WRITTEN_OUT <= day.year())
}

/// Years have four digits. `3/1/26` is read differently in every country: not at all here.
const WRITTEN_OUT: i32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_read_and_shown_in_major_units() {
        let jpy: Currency = "JPY".parse().unwrap();
        for (text, currency, amount, shown) in [
            ("1,100.04", Currency::USD, 110_004, "1100.04 USD"),
            ("-0.5", Currency::CNY, -50, "-0.50 CNY"),
            ("500", jpy, 500, "500 JPY"),
        ] {
            let money = Money::from_major(text, currency).unwrap();
            assert_eq!((money.amount, money.to_string().as_str()), (amount, shown));
        }
        for bad in
            ["", "abc", "1.005", "--1", "1e5", "99999999999999999999", "1234,56", "1,23", ",100", "1.5,000"]
        {
            assert_eq!(Money::from_major(bad, Currency::CNY), None, "{bad}");
        }
        assert!("cny".parse::<Currency>().is_err() && "€€".parse::<Currency>().is_err());
    }

    #[test]
    fn points_keep_every_digit() {
        let point: Point = "geo:31.230417,121.473701;u=12.5".parse().unwrap();
        assert_eq!((point.lat, point.lon, point.accuracy), (31.230417, 121.473701, Some(12.5)));
        assert_eq!(point.to_string().parse(), Ok(point));
        for bad in ["", "geo:", "geo:91,0", "geo:1,181", "geo:NaN,0", "1,2;u=-1", "1,2;u=inf"] {
            assert_eq!(bad.parse::<Point>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn times_are_read_in_their_zone() {
        let noon = parse_time("2026-03-01 12:00", "Asia/Shanghai").unwrap();
        assert_eq!(noon, parse_time("2026-03-01T04:00:00Z", "Asia/Shanghai").unwrap());
        assert_eq!(noon.day(), parse_date("2026年3月1日"));
        assert_eq!((parse_date("3/1/26"), parse_time("26-3-1 12:00", "UTC")), (None, None));
        assert_eq!(parse_time("2026-02-30", "UTC"), None);
        assert_eq!(parse_time("2026-02-20", "Mars/Olympus"), None);
    }
}
