//! What the records mean for a day's work.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use roadbook_core::practice::{Finding, NextAction, Source, Urgency};
use roadbook_core::{Batch, Saved, Store};

use crate::record::{edit, id, new};
use crate::{FfiError, FfiNew, FfiValue, RoadbookCore};

/// Where a next action comes from.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiSource {
    /// The cadence of the account's class.
    Cadence,
    /// A promised next visit.
    Promised,
    /// A planned visit.
    Planned,
    /// A task.
    Task,
}

/// How urgent it is.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiUrgency {
    /// Its last day is past.
    Overdue,
    /// Now.
    Due,
    /// Soon.
    Coming,
}

/// Something to do next.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiNextAction {
    /// The account, if any.
    pub account: Option<String>,
    /// Its name, if it is on this device.
    pub account_name: Option<String>,
    /// Its maturity class.
    pub maturity: Option<String>,
    /// Who is to do it, if anybody is named.
    pub owner: Option<String>,
    /// Where it comes from.
    pub source: FfiSource,
    /// The record it comes from.
    pub record: String,
    /// Due from this day.
    pub due_from: FfiValue,
    /// Overdue after this day.
    pub due_to: FfiValue,
    /// How urgent.
    pub urgency: FfiUrgency,
}

/// A rule that what is on this device breaks.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiFinding {
    /// The recipient for a yearly cap, otherwise the gift note.
    pub subject: String,
    /// The rule's name.
    pub rule: String,
    /// What of it is broken, e.g. `cap_per_year`.
    pub breach: String,
    /// How grave: `warn`, `needs_approval`, `block`.
    pub severity: String,
    /// The calendar year of a yearly cap.
    pub year: Option<i32>,
    /// What was given, for a cap.
    pub total: Option<FfiValue>,
    /// What may be given, for a cap.
    pub cap: Option<FfiValue>,
    /// The gift notes that count.
    pub notes: Vec<String>,
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

#[uniffi::export]
impl RoadbookCore {
    /// What is overdue, due or coming on a day, most overdue first: of one account, or of all.
    pub async fn next_actions(
        &self,
        year: i32,
        month: u32,
        day: u32,
        account: Option<String>,
        limit: u32,
    ) -> Result<Vec<FfiNextAction>, FfiError> {
        let today = NaiveDate::from_ymd_opt(year, month, day)
            .ok_or_else(|| FfiError::argument("today", "is no day of the calendar", "不是有效日期"))?;
        let account = account.map(|text| id("account", &text)).transpose()?;
        self.on_store(move |store| {
            Ok(store.next_actions(today, account, limit)?.into_iter().map(next_action).collect())
        })
        .await
    }

    /// Broken rules, gravest first: about one recipient or gift note, or all.
    pub async fn findings(&self, about: Option<String>) -> Result<Vec<FfiFinding>, FfiError> {
        let about = about.map(|text| id("about", &text)).transpose()?;
        self.on_store(move |store| Ok(store.findings(about)?.into_iter().map(finding).collect())).await
    }
}

#[uniffi::export]
impl RoadbookCore {
    /// Findings about a record as they would be if it were created. Changes nothing; a rule that blocks is an error, as it
    /// will be at the save.
    pub async fn findings_of_new(&self, record: FfiNew) -> Result<Vec<FfiFinding>, FfiError> {
        let record = new(record)?;
        self.on_store(move |store| rehearsed(store, |batch| batch.create(record))).await
    }

    /// The same for an edit.
    pub async fn findings_of_edit(
        &self,
        record: String,
        base: Vec<u8>,
        fields: HashMap<String, Option<FfiValue>>,
    ) -> Result<Vec<FfiFinding>, FfiError> {
        let edit = edit(&record, &base, fields, None)?;
        self.on_store(move |store| rehearsed(store, |batch| batch.edit(edit))).await
    }
}

fn rehearsed(
    store: &Store,
    save: impl FnOnce(&mut Batch<'_, '_>) -> roadbook_core::Result<Saved>,
) -> Result<Vec<FfiFinding>, FfiError> {
    let findings = store.rehearse(|batch| {
        let saved = save(batch)?;
        batch.findings(Some(saved.id))
    })?;
    Ok(findings.into_iter().map(finding).collect())
}

fn next_action(action: NextAction) -> FfiNextAction {
    let date = |d: NaiveDate| FfiValue::Date { year: d.year(), month: d.month(), day: d.day() };
    FfiNextAction {
        account: action.account.map(|a| a.to_string()),
        account_name: action.account_name,
        maturity: action.maturity,
        owner: action.owner.map(|m| m.to_string()),
        source: match action.source {
            Source::Cadence => FfiSource::Cadence,
            Source::Promised => FfiSource::Promised,
            Source::Planned => FfiSource::Planned,
            Source::Task => FfiSource::Task,
        },
        record: action.record.to_string(),
        due_from: date(action.due_from),
        due_to: date(action.due_to),
        urgency: match action.urgency {
            Urgency::Overdue => FfiUrgency::Overdue,
            Urgency::Due => FfiUrgency::Due,
            Urgency::Coming => FfiUrgency::Coming,
        },
    }
}

fn finding(finding: Finding) -> FfiFinding {
    let (en, zh) = (finding.en(), finding.zh());
    let money = |m: roadbook_core::model::Money| FfiValue::from(roadbook_core::model::Value::Money(m));
    FfiFinding {
        subject: finding.subject.to_string(),
        rule: finding.rule,
        breach: <&str>::from(finding.breach).to_owned(),
        severity: <&str>::from(finding.severity).to_owned(),
        year: finding.year,
        total: finding.total.map(money),
        cap: finding.cap.map(money),
        notes: finding.notes.iter().map(ToString::to_string).collect(),
        en,
        zh,
    }
}
