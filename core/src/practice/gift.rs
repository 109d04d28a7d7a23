//! Gift caps and the other rules of the gift policy.
//!
//! Two phones offline can each stay under a cap and break it together. So the rules are looked at again whenever a
//! merge brings a note: the notes stay, the finding appears on every device that sees them. A device judges by what it
//! may read; a manager's sees more.

use std::collections::BTreeSet;

use chrono::Datelike;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;
use strum::{EnumString, IntoStaticStr};

use super::day_in;
use crate::model::{Currency, Fields, GiftRule, Money, Playbook, RecordId, Severity, Value};
use crate::store::{Batch, Store, Touched};
use crate::{Error, Result};

/// What of a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Breach {
    /// More for one recipient in a calendar year than the rule allows.
    CapPerYear,
    /// A single gift is worth more than the rule allows.
    CapPerGift,
    /// The gift is not company-branded.
    NotBranded,
    /// Cash or an equivalent.
    Cash,
    /// No gifts to this class of recipients.
    Banned,
}

/// A rule that what is on this device breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The recipient (a contact) for a yearly cap, otherwise the gift note.
    pub subject: RecordId,
    /// The rule's name in the playbook.
    pub rule: String,
    /// What of it is broken.
    pub breach: Breach,
    /// The calendar year of a yearly cap.
    pub year: Option<i32>,
    /// How grave.
    pub severity: Severity,
    /// What was given, for a cap.
    pub total: Option<Money>,
    /// What may be given, for a cap.
    pub cap: Option<Money>,
    /// The gift notes that count.
    pub notes: Vec<RecordId>,
}

impl Finding {
    /// In English.
    pub fn en(&self) -> String {
        let (rule, amounts) = (rule_label(&self.rule).en, self.amounts(" of at most "));
        match self.breach {
            Breach::CapPerYear => {
                format!("{rule}: {amounts} to one recipient in {}", self.year.unwrap_or_default())
            }
            Breach::CapPerGift => format!("{rule}: {amounts} for one gift"),
            Breach::NotBranded => format!("{rule}: the gift is not company-branded"),
            Breach::Cash => format!("{rule}: cash or an equivalent"),
            Breach::Banned => format!("{rule}: no gifts to this class of recipients"),
        }
    }

    /// In Chinese.
    pub fn zh(&self) -> String {
        let (rule, amounts) = (rule_label(&self.rule).zh, self.amounts("，上限 "));
        match self.breach {
            Breach::CapPerYear => {
                format!("{rule}：{} 年同一收礼人合计 {amounts}", self.year.unwrap_or_default())
            }
            Breach::CapPerGift => format!("{rule}：单件礼品 {amounts}"),
            Breach::NotBranded => format!("{rule}：礼品无公司标识"),
            Breach::Cash => format!("{rule}：现金或现金等价物"),
            Breach::Banned => format!("{rule}：不得向此类人员送礼"),
        }
    }

    fn amounts(&self, between: &str) -> String {
        match (self.total, self.cap) {
            (Some(total), Some(cap)) => format!("{total}{between}{cap}"),
            _ => String::new(),
        }
    }
}

/// What people call a rule: a preset by its source, the workspace's own by its name.
fn rule_label(rule: &str) -> Words<'_> {
    let (en, zh) = match rule {
        "us_tax" => ("US tax (26 CFR 1.274-3)", "美国税法（26 CFR 1.274-3）"),
        "us_federal_staff" => ("US federal staff (5 CFR 2635.204)", "美国联邦雇员（5 CFR 2635.204）"),
        "ifpma" => ("IFPMA code", "IFPMA 准则"),
        "company" => ("company policy", "公司规定"),
        "kickback" => ("no kickbacks", "禁止回扣"),
        own => (own, own),
    };
    Words { en, zh }
}

struct Words<'a> {
    en: &'a str,
    zh: &'a str,
}

impl Store {
    /// Rules that what is on this device breaks, gravest first. `about` picks those about one recipient or gift note.
    pub fn findings(&self, about: Option<RecordId>) -> Result<Vec<Finding>> {
        self.inner.read(|db| findings(db, about))
    }
}

impl Batch<'_, '_> {
    /// [`Store::findings`] as they are with what this batch has done so far: rehearsed ([`Store::rehearse`]), what a form
    /// shows before it is saved.
    pub fn findings(&self, about: Option<RecordId>) -> Result<Vec<Finding>> {
        self.derived(|db| findings(db, about))
    }
}

fn findings(db: &Connection, about: Option<RecordId>) -> Result<Vec<Finding>> {
    let mut statement = db.prepare_cached(
        "SELECT subject, rule, breach, year, severity, total, cap, currency, records FROM finding
         ORDER BY severity DESC, rule, subject, year",
    )?;
    let mut rows = statement.query([])?;
    let unknown = |column: usize| rusqlite::Error::InvalidColumnType(column, "finding".into(), Type::Text);
    let mut findings = Vec::new();
    while let Some(row) = rows.next()? {
        let notes: Vec<u8> = row.get(8)?;
        let notes: Vec<RecordId> = notes.chunks_exact(16).filter_map(RecordId::from_slice).collect();
        let subject: RecordId = row.get(0)?;
        if about.is_some_and(|about| about != subject && !notes.contains(&about)) {
            continue;
        }
        let currency: Option<Currency> = row.get_ref(7)?.as_str().ok().and_then(|c| c.parse().ok());
        let money = |amount: i64| currency.map(|currency| Money::new(amount, currency));
        findings.push(Finding {
            subject,
            rule: row.get(1)?,
            breach: row
                .get_ref(2)?
                .as_str()
                .ok()
                .and_then(|name| name.parse().ok())
                .ok_or_else(|| unknown(2))?,
            year: Some(row.get(3)?).filter(|year| *year != 0),
            severity: Severity::from_repr(row.get(4)?).ok_or_else(|| unknown(4))?,
            total: money(row.get(5)?),
            cap: money(row.get(6)?),
            notes,
        });
    }
    Ok(findings)
}

/// A gift note as the rules see it.
struct Gift {
    value: Option<Money>,
    branded: bool,
    cash: bool,
}

impl Gift {
    fn of(fields: &Fields) -> Option<Self> {
        if matches!(fields.text("state"), Some("declined" | "returned")) {
            return None;
        }
        Some(Self {
            value: match fields.get("value") {
                Some(Value::Money(money)) => Some(*money),
                _ => None,
            },
            branded: fields.get("branded") == Some(&Value::Flag(true)),
            cash: fields.get("cash_equivalent") == Some(&Value::Flag(true)),
        })
    }

    /// What of a rule this gift breaks by itself, and how grave that is.
    fn breaches(&self, rule: &GiftRule) -> Vec<(Breach, Severity)> {
        let over =
            |cap: Money| self.value.is_some_and(|v| v.currency == cap.currency && v.amount > cap.amount);
        let mut found = Vec::new();
        if rule.banned {
            found.push((Breach::Banned, Severity::Block));
        }
        if rule.no_cash && self.cash {
            found.push((Breach::Cash, Severity::Block));
        }
        if rule.branded_only && !self.branded {
            found.push((Breach::NotBranded, rule.severity));
        }
        if rule.cap_per_gift.is_some_and(over) {
            found.push((Breach::CapPerGift, rule.severity));
        }
        found
    }

    /// What it counts towards a rule's yearly cap, minor units.
    fn counts(&self, rule: &GiftRule, cap: Money) -> i64 {
        let exempt = rule.branded_exempt.is_some_and(|e| {
            self.branded && self.value.is_some_and(|v| v.currency == e.currency && v.amount <= e.amount)
        });
        match self.value {
            Some(value) if value.currency == cap.currency && !exempt => value.amount,
            _ => 0,
        }
    }
}

fn applies(rule: &GiftRule, class: Option<&str>) -> bool {
    rule.recipients.is_empty() || class.is_some_and(|class| rule.recipients.contains(class))
}

fn class_of(db: &Transaction<'_>, recipient: Option<RecordId>) -> Result<Option<String>> {
    let Some(recipient) = recipient else { return Ok(None) };
    let class: Option<Option<String>> = db
        .prepare_cached(
            "SELECT recipient_class FROM record_contact WHERE doc = (SELECT doc FROM document WHERE id = ?1)",
        )?
        .query_row([recipient], |row| row.get(0))
        .optional()?;
    Ok(class.flatten())
}

/// Refuses a gift note that a blocking rule forbids, unless the record broke that rule before this edit.
pub(super) fn check(
    db: &Transaction<'_>,
    playbook: &Playbook,
    before: Option<&Fields>,
    after: &Fields,
    now: i64,
) -> Result<()> {
    let class = class_of(db, after.link("recipient"))?;
    let blocking = |fields: &Fields, class: Option<&str>| -> Vec<(String, Breach)> {
        let Some(gift) = Gift::of(fields) else { return Vec::new() };
        let rules = playbook.gift_rules.values().filter(|rule| applies(rule, class));
        rules
            .flat_map(|rule| gift.breaches(rule).into_iter().map(|found| (rule.name.clone(), found)))
            .filter(|(_, (_, severity))| *severity == Severity::Block)
            .map(|(rule, (breach, _))| (rule, breach))
            .collect()
    };
    let known = match before {
        Some(before) => blocking(before, class_of(db, before.link("recipient"))?.as_deref()),
        None => Vec::new(),
    };
    let found = blocking(after, class.as_deref()).into_iter().find(|found| !known.contains(found));
    let finding = match found {
        Some((rule, breach)) => Finding {
            subject: RecordId::NIL,
            rule,
            breach,
            year: None,
            severity: Severity::Block,
            total: None,
            cap: None,
            notes: Vec::new(),
        },
        None => match over_the_year(db, playbook, class.as_deref(), before, after, now)? {
            Some(finding) => finding,
            None => return Ok(()),
        },
    };
    Err(Error::Blocked { en: finding.en(), zh: finding.zh(), rule: finding.rule })
}

/// The yearly cap of a blocking rule that a recipient would be over with this note, and that this edit adds to.
fn over_the_year(
    db: &Transaction<'_>,
    playbook: &Playbook,
    class: Option<&str>,
    before: Option<&Fields>,
    after: &Fields,
    now: i64,
) -> Result<Option<Finding>> {
    let Some(recipient) = after.link("recipient") else { return Ok(None) };
    let year_at = |at| day_in(playbook, at).map_or(0, |day| day.year());
    let year_of = |fields: &Fields| {
        let dated = ["given_at", "planned_at"].into_iter().find_map(|name| match fields.get(name) {
            Some(Value::Time(time)) => Some(time.at),
            _ => None,
        });
        year_at(dated.unwrap_or(now))
    };
    let year = year_of(after);
    let before =
        before.filter(|before| before.link("recipient") == Some(recipient) && year_of(before) == year);
    let blocks = |rule: &&GiftRule| rule.severity == Severity::Block && applies(rule, class);
    for rule in playbook.gift_rules.values().filter(blocks) {
        let Some(cap) = rule.cap_per_year else { continue };
        let counts = |fields| Gift::of(fields).map_or(0, |gift| gift.counts(rule, cap));
        let (was, is) = (before.map_or(0, counts), counts(after));
        let notes = notes_of(db, recipient)?;
        let this_year =
            notes.iter().filter(|note| year_at(note.at) == year).filter_map(|note| note.gift.as_ref());
        let others = this_year.map(|gift| gift.counts(rule, cap)).fold(0, i64::saturating_add) - was;
        let total = others.saturating_add(is);
        if is > was && total > cap.amount {
            return Ok(Some(Finding {
                subject: recipient,
                rule: rule.name.clone(),
                breach: Breach::CapPerYear,
                year: Some(year),
                severity: Severity::Block,
                total: Some(Money::new(total, cap.currency)),
                cap: Some(cap),
                notes: Vec::new(),
            }));
        }
    }
    Ok(None)
}

pub(super) fn derive(db: &Transaction<'_>, playbook: &Playbook, touched: &[Touched]) -> Result<()> {
    let mut recipients: BTreeSet<RecordId> = BTreeSet::new();
    for record in touched {
        match record.kind.name {
            "gift_note" => {
                let sides = [&record.before, &record.after].into_iter().flatten();
                recipients.extend(sides.filter_map(|fields| fields.link("recipient")));
                note_touched(db, playbook, record.id, record.after.as_ref())?;
            }
            "contact" => {
                // Of a deleted contact, too: what class they are counts, and may have changed while it was deleted.
                recipients.insert(record.id);
                notes_of(db, record.id)?.iter().try_for_each(|note| {
                    single(db, playbook, note.id, Some(record.id), note.gift.as_ref())
                })?;
            }
            _ => {}
        }
    }
    recipients.into_iter().try_for_each(|recipient| recipient_touched(db, playbook, recipient))
}

fn note_touched(
    db: &Transaction<'_>,
    playbook: &Playbook,
    id: RecordId,
    after: Option<&Fields>,
) -> Result<()> {
    let recipient = after.and_then(|f| f.link("recipient"));
    single(db, playbook, id, recipient, after.and_then(Gift::of).as_ref())
}

/// The findings about one gift by itself.
fn single(
    db: &Transaction<'_>,
    playbook: &Playbook,
    note: RecordId,
    recipient: Option<RecordId>,
    gift: Option<&Gift>,
) -> Result<()> {
    db.prepare_cached("DELETE FROM finding WHERE subject = ?1 AND year = 0")?.execute([note])?;
    let Some(gift) = gift else { return Ok(()) };
    let class = class_of(db, recipient)?;
    for rule in playbook.gift_rules.values().filter(|rule| applies(rule, class.as_deref())) {
        for (breach, severity) in gift.breaches(rule) {
            let amounts = match breach {
                Breach::CapPerGift => gift.value.zip(rule.cap_per_gift),
                _ => None,
            };
            put(db, note, rule, breach, 0, severity, amounts, &[note])?;
        }
    }
    Ok(())
}

struct Note {
    id: RecordId,
    at: i64,
    gift: Option<Gift>,
}

fn notes_of(db: &Transaction<'_>, recipient: RecordId) -> Result<Vec<Note>> {
    let mut statement = db.prepare_cached(
        "SELECT id, coalesce(given_at, planned_at), value, value_currency, branded, cash_equivalent, state, created_at
         FROM record_gift_note WHERE recipient = ?1 AND deleted IS NULL ORDER BY id",
    )?;
    let rows = statement.query_map([recipient], |row| {
        let amount: Option<i64> = row.get(2)?;
        let currency: Option<Currency> = row.get::<_, Option<String>>(3)?.and_then(|c| c.parse().ok());
        let state: Option<String> = row.get(6)?;
        let gone = matches!(state.as_deref(), Some("declined" | "returned"));
        let gift = Gift {
            value: amount.zip(currency).map(|(amount, currency)| Money::new(amount, currency)),
            branded: row.get::<_, Option<bool>>(4)?.unwrap_or_default(),
            cash: row.get::<_, Option<bool>>(5)?.unwrap_or_default(),
        };
        let at = match row.get(1)? {
            Some(at) => at,
            None => row.get::<_, i64>(7)?.saturating_mul(1000),
        };
        Ok(Note { id: row.get(0)?, at, gift: (!gone).then_some(gift) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The findings about what one recipient got in each calendar year.
pub(super) fn recipient_touched(
    db: &Transaction<'_>,
    playbook: &Playbook,
    recipient: RecordId,
) -> Result<()> {
    db.prepare_cached("DELETE FROM finding WHERE subject = ?1 AND year <> 0")?.execute([recipient])?;
    let class = class_of(db, Some(recipient))?;
    let notes = notes_of(db, recipient)?;
    let year_of = |note: &Note| day_in(playbook, note.at).map_or(0, |day| day.year());
    let years: BTreeSet<i32> = notes.iter().map(year_of).collect();
    for rule in playbook.gift_rules.values().filter(|rule| applies(rule, class.as_deref())) {
        let Some(cap) = rule.cap_per_year else { continue };
        for year in &years {
            let counted: Vec<(RecordId, i64)> = notes
                .iter()
                .filter(|note| year_of(note) == *year)
                .filter_map(|note| Some((note.id, note.gift.as_ref()?.counts(rule, cap))))
                .filter(|(_, amount)| *amount > 0)
                .collect();
            let total: i64 =
                counted.iter().map(|(_, amount)| amount).fold(0, |sum, n| sum.saturating_add(*n));
            if total > cap.amount {
                let ids: Vec<RecordId> = counted.into_iter().map(|(id, _)| id).collect();
                let total = Money::new(total, cap.currency);
                put(db, recipient, rule, Breach::CapPerYear, *year, rule.severity, Some((total, cap)), &ids)?;
            }
        }
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn put(
    db: &Transaction<'_>,
    subject: RecordId,
    rule: &GiftRule,
    breach: Breach,
    year: i32,
    severity: Severity,
    amounts: Option<(Money, Money)>,
    notes: &[RecordId],
) -> Result<()> {
    let (total, cap, currency) = match amounts {
        Some((total, cap)) => (total.amount, cap.amount, cap.currency.to_string()),
        None => (0, 0, String::new()),
    };
    let records: Vec<u8> = notes.iter().flat_map(|id| *id.as_bytes()).collect();
    db.prepare_cached(
        "INSERT OR REPLACE INTO finding (subject, rule, breach, year, severity, total, cap, currency, records)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![subject, rule.name, <&str>::from(breach), year, severity as i64, total, cap, currency, records])?;
    Ok(())
}
