//! The playbook's settings: names, meanings, defaults.
//!
//! Two handbooks contradict each other, companies differ, laws change: whatever is a number here is data. A workspace
//! writes only what differs from the defaults below, setting by setting, so that two managers who change two numbers
//! offline both keep theirs. The defaults come from `DOMAIN.md` §3; presets from law name their source.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use chrono::{NaiveDate, Weekday};
use serde::Serialize;
use strum::{EnumString, FromRepr, IntoStaticStr};

use super::{Currency, Money, Problem, Why, Zone};

/// How often a maturity class is contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cadence {
    /// Again after `from` to `to` working days.
    WorkingDays {
        /// Due from this many working days after the last contact.
        from: u32,
        /// Overdue after this many.
        to: u32,
    },
    /// Once a calendar month.
    Monthly,
}

/// What breaking a gift rule means.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, EnumString, IntoStaticStr, FromRepr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Severity {
    /// Shown.
    Warn,
    /// Shown, and the gift needs an approver.
    NeedsApproval,
    /// Saving such a note is refused; after a merge the note stays and the finding is shown.
    Block,
}

/// One rule of the gift policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GiftRule {
    /// Its name, e.g. `us_federal_staff`.
    pub name: String,
    /// Recipient classes it applies to; empty means all.
    pub recipients: BTreeSet<String>,
    /// Most a single gift may be worth. A rule counts only gifts valued in its caps' currency.
    pub cap_per_gift: Option<Money>,
    /// Most one recipient may get in a calendar year.
    pub cap_per_year: Option<Money>,
    /// Company-branded gifts up to this value do not count towards the year.
    pub branded_exempt: Option<Money>,
    /// Only company-branded gifts.
    pub branded_only: bool,
    /// No cash or equivalent.
    pub no_cash: bool,
    /// No gifts at all.
    pub banned: bool,
    /// What breaking it means. A ban or cash under `no_cash` always blocks.
    pub severity: Severity,
}

impl GiftRule {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            recipients: BTreeSet::new(),
            cap_per_gift: None,
            cap_per_year: None,
            branded_exempt: None,
            branded_only: false,
            no_cash: false,
            banned: false,
            severity: Severity::NeedsApproval,
        }
    }
}

/// The rules and numbers a workspace works by.
#[derive(Debug, Clone, PartialEq)]
pub struct Playbook {
    /// The zone in which a working day begins and ends.
    pub zone: Zone,
    /// The currency an amount without one is in.
    pub currency: Currency,
    /// Days people work in an ordinary week.
    pub working_week: BTreeSet<u8>,
    /// Exceptions: `true` is worked, `false` is off.
    pub days: BTreeMap<NaiveDate, bool>,
    /// How far ahead a next action counts as coming, in working days.
    pub coming: u32,
    /// Cadence by maturity class.
    pub cadence: BTreeMap<String, Cadence>,
    /// Gift rules by name.
    pub gift_rules: BTreeMap<String, GiftRule>,
}

impl Default for Playbook {
    fn default() -> Self {
        let days = |from, to| Cadence::WorkingDays { from, to };
        let cadence = [
            ("0", days(1, 1)),
            ("1", days(1, 1)),
            ("2", days(1, 3)),
            ("3+", days(2, 5)),
            ("3", days(5, 8)),
            ("key4", days(5, 7)),
            ("4", days(8, 14)),
            ("5", Cadence::Monthly),
            ("6", Cadence::Monthly),
            ("7", Cadence::Monthly),
        ];
        let usd = |cents| Some(Money::new(cents, Currency::USD));
        let rules = [
            // 26 CFR 1.274-3: 25 USD a recipient and tax year; imprinted items up to 4 USD apart.
            GiftRule {
                cap_per_year: usd(2_500),
                branded_exempt: usd(400),
                severity: Severity::Warn,
                ..GiftRule::new("us_tax")
            },
            // Cash or what is as good as cash, to whomever: a kickback.
            GiftRule { no_cash: true, ..GiftRule::new("kickback") },
            // 5 CFR 2635.204(a): 20 USD an occasion, 50 USD a calendar year, no cash.
            GiftRule {
                recipients: ["public_official".to_owned()].into(),
                cap_per_gift: usd(2_000),
                cap_per_year: usd(5_000),
                no_cash: true,
                ..GiftRule::new("us_federal_staff")
            },
            // IFPMA Code of Practice: no gifts to healthcare professionals.
            GiftRule {
                recipients: ["healthcare_professional".to_owned()].into(),
                banned: true,
                severity: Severity::Block,
                ..GiftRule::new("ifpma")
            },
            // A sample PRC company policy: branded, at most 200 CNY a gift.
            GiftRule {
                recipients: ["private_staff".to_owned(), "state_owned_staff".to_owned()].into(),
                cap_per_gift: Some(Money::new(20_000, Currency::CNY)),
                branded_only: true,
                no_cash: true,
                ..GiftRule::new("company")
            },
        ];
        let mut playbook = Self {
            zone: "Asia/Shanghai".parse().unwrap_or(Zone::UTC),
            currency: Currency::CNY,
            working_week: (0..5).collect(),
            days: BTreeMap::new(),
            coming: 3,
            cadence: BTreeMap::new(),
            gift_rules: BTreeMap::new(),
        };
        playbook.cadence.extend(cadence.map(|(class, c)| (class.to_owned(), c)));
        playbook.gift_rules.extend(rules.map(|rule| (rule.name.clone(), rule)));
        playbook
    }
}

impl Playbook {
    /// The defaults, changed by these settings. One that is not understood (a newer version's) changes nothing.
    pub fn from_settings<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut playbook = Self::default();
        for (name, text) in settings {
            let _ = playbook.set(name, text);
        }
        playbook
    }

    /// What is wrong with one setting.
    pub fn check(name: &str, text: &str) -> Result<(), Problem> {
        Self::default().set(name, text)
    }

    /// Whether a day is worked.
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        use chrono::Datelike;
        self.days
            .get(&day)
            .copied()
            .unwrap_or_else(|| self.working_week.contains(&(day.weekday().num_days_from_monday() as u8)))
    }

    fn set(&mut self, name: &str, text: &str) -> Result<(), Problem> {
        let path: Vec<&str> = name.split('.').collect();
        let unreadable = |expected| {
            Problem::new(
                format!("settings.{name}"),
                Why::Unreadable { given: text.chars().take(80).collect(), expected },
            )
        };
        let understood = match path[..] {
            ["zone"] => {
                text.parse().map(|zone| self.zone = zone).map_err(|_| "an IANA zone, e.g. Asia/Shanghai")
            }
            ["currency"] => text.parse().map(|c| self.currency = c).map_err(|()| "a currency, e.g. CNY"),
            ["coming"] => number(text, 1..=60).map(|n| self.coming = n).ok_or("working days, 1 to 60"),
            ["working_week"] => {
                week(text).map(|w| self.working_week = w).ok_or("weekdays, e.g. mon,tue,wed,thu,fri")
            }
            ["day", day] => super::parse_date(day)
                .zip(worked(text))
                .map(|(day, worked)| _ = self.days.insert(day, worked))
                .ok_or("day.2026-10-01 = off …, or work …"),
            ["cadence", class] => cadence(text)
                .map(|c| _ = self.cadence.insert(class.to_owned(), c))
                .ok_or("working days, e.g. 5-8, or monthly"),
            ["gift", rule, property] if !rule.is_empty() => {
                let mut changed = self.gift_rules.get(rule).cloned().unwrap_or_else(|| GiftRule::new(rule));
                gift(&mut changed, property, text)
                    .map(|()| _ = self.gift_rules.insert(rule.to_owned(), changed))
            }
            _ => return Err(Problem::new(format!("settings.{name}"), Why::Unknown)),
        };
        understood.map_err(unreadable)
    }
}

fn number(text: &str, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    text.trim().parse().ok().filter(|n| range.contains(n))
}

fn week(text: &str) -> Option<BTreeSet<u8>> {
    let days: Option<BTreeSet<u8>> = text
        .split(',')
        .map(|day| day.trim().parse::<Weekday>().ok().map(|d| d.num_days_from_monday() as u8))
        .collect();
    days.filter(|days| !days.is_empty())
}

fn worked(text: &str) -> Option<bool> {
    match text.split_whitespace().next()? {
        "off" => Some(false),
        "work" => Some(true),
        _ => None,
    }
}

fn cadence(text: &str) -> Option<Cadence> {
    if text.trim() == "monthly" {
        return Some(Cadence::Monthly);
    }
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (number(from, 1..=366)?, number(to, 1..=366)?);
    (NonZeroU32::new(from)?.get() <= to).then_some(Cadence::WorkingDays { from, to })
}

fn gift(rule: &mut GiftRule, property: &str, text: &str) -> Result<(), &'static str> {
    const MONEY: &str = "an amount with its currency, e.g. 500 CNY, or none";
    let flag = || text.trim().parse::<bool>().map_err(|_| "true or false");
    match property {
        "recipients" => {
            rule.recipients = text
                .split(',')
                .map(|c| c.trim().to_owned())
                .filter(|c| !c.is_empty() && c != "all")
                .collect();
        }
        "cap_per_gift" => rule.cap_per_gift = money(text).ok_or(MONEY)?,
        "cap_per_year" => rule.cap_per_year = money(text).ok_or(MONEY)?,
        "branded_exempt" => rule.branded_exempt = money(text).ok_or(MONEY)?,
        "branded_only" => rule.branded_only = flag()?,
        "no_cash" => rule.no_cash = flag()?,
        "banned" => rule.banned = flag()?,
        "severity" => {
            rule.severity = text.trim().parse().map_err(|_| "warn, needs_approval or block")?;
        }
        _ => return Err("a property of a gift rule, e.g. cap_per_year"),
    }
    Ok(())
}

fn money(text: &str) -> Option<Option<Money>> {
    if text.trim() == "none" {
        return Some(None);
    }
    let (amount, currency) = text.trim().rsplit_once(' ')?;
    Money::from_major(amount, currency.parse().ok()?).map(Some)
}

#[cfg(test)]
mod tests {
    use roadbook_spoilt::{Spoil, bytes};

    use super::*;

    #[test]
    fn settings_change_what_they_name_and_nothing_else() {
        let playbook = Playbook::from_settings([
            ("cadence.3", "4-6"),
            ("gift.house.cap_per_year", "500 CNY"),
            ("gift.us_tax.severity", "block"),
            ("day.2026-10-10", "work 国庆调休"),
            ("day.2026-10-01", "off 国庆节"),
            ("from.a.newer.version", "?"),
        ]);
        let mut expected = Playbook::default();
        expected.cadence.insert("3".into(), Cadence::WorkingDays { from: 4, to: 6 });
        let mut house = GiftRule::new("house");
        house.cap_per_year = Some(Money::new(50_000, Currency::CNY));
        expected.gift_rules.insert("house".into(), house);
        expected.gift_rules.get_mut("us_tax").unwrap().severity = Severity::Block;
        expected.days.insert(super::super::parse_date("2026-10-10").unwrap(), true);
        expected.days.insert(super::super::parse_date("2026-10-01").unwrap(), false);
        assert_eq!(playbook, expected);
        assert!(!playbook.is_working_day(NaiveDate::from_ymd_opt(2026, 10, 1).unwrap()));
        assert!(playbook.is_working_day(NaiveDate::from_ymd_opt(2026, 10, 10).unwrap()));
    }

    #[test]
    fn a_setting_that_is_not_understood_names_itself() {
        for (name, text) in [
            ("cadence.3", "8-5"),
            ("cadence.3", "0"),
            ("gift.x.cap_per_year", "500"),
            ("gift.x.colour", "red"),
            ("working_week", "mon,funday"),
            ("day.2026-13-01", "off"),
            ("nothing", "1"),
        ] {
            let problem = Playbook::check(name, text).unwrap_err();
            assert!(problem.to_string().contains(name), "{problem}");
            assert_eq!(Playbook::from_settings([(name, text)]), Playbook::default());
        }
    }

    #[test]
    fn whatever_is_set_changes_one_rule_or_nothing() {
        let good = [
            ("zone", "Europe/Berlin"),
            ("currency", "USD"),
            ("coming", "7"),
            ("working_week", "mon,tue,sat"),
            ("day.2026-10-01", "off 国庆节"),
            ("cadence.3+", "4-6"),
            ("gift.house.cap_per_year", "500.25 CNY"),
            ("gift.us_tax.recipients", "public_official, 客户"),
            ("gift.ifpma.severity", "warn"),
            ("gift.company.banned", "true"),
        ];
        bolero::check!().with_type::<(u8, u8, Vec<Spoil>, bool)>().for_each(|(of, to, spoils, name)| {
            let (of, to) = (good[usize::from(*of) % good.len()].0, good[usize::from(*to) % good.len()].1);
            let spoilt = bytes(if *name { of } else { to }.as_bytes(), spoils);
            let spoilt = String::from_utf8_lossy(&spoilt);
            let (name, text) = if *name { (&*spoilt, to) } else { (of, &*spoilt) };
            let set = Playbook::from_settings([(name, text)]);
            match Playbook::check(name, text) {
                Ok(()) => assert_eq!(Playbook::from_settings([(name, text), (name, text)]), set),
                Err(problem) => {
                    assert_eq!(problem.field, format!("settings.{name}"));
                    assert_eq!(set, Playbook::default(), "{name}: {text}");
                }
            }
        });
    }
}
