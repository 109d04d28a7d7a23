//! Next actions: what is due, overdue or coming, per account, from class cadences, promised and planned visits, tasks.
//!
//! When something falls due is computed when a record changes; whether that day has come is asked when the list is
//! read.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Serialize;

use super::calendar::{day_of, due_after, number_of, working_days_after};
use super::{day_in, load_playbook};
use crate::Result;
use crate::model::{Fields, MemberId, Playbook, RecordId, Value};
use crate::store::{Store, Touched};

/// Where a next action comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The cadence of the account's maturity class.
    Cadence,
    /// A next visit that was promised at the last one.
    Promised,
    /// A visit that is planned and has not taken place.
    Planned,
    /// A task that is not done.
    Task,
}

/// How urgent it is on the day that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Its last day is past.
    Overdue,
    /// Now.
    Due,
    /// Within the days the playbook calls coming.
    Coming,
}

/// Something to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextAction {
    /// The account; none for a task that hangs on none.
    pub account: Option<RecordId>,
    /// Its name, if it is on this device.
    pub account_name: Option<String>,
    /// Its maturity class.
    pub maturity: Option<String>,
    /// Who is to do it: a task's assignee, else the account's owner, else the owner of the book the record is in. None if
    /// nobody is named and the book is everybody's, or nobody's before this device is enrolled.
    pub owner: Option<MemberId>,
    /// Where it comes from.
    pub source: Source,
    /// The record it comes from: the account, a visit or a task.
    pub record: RecordId,
    /// Due from this day.
    pub due_from: NaiveDate,
    /// Overdue after this day.
    pub due_to: NaiveDate,
    /// How urgent.
    pub urgency: Urgency,
}

impl Store {
    /// What is overdue, due or coming on `today`, most overdue first. Of one account, or of all.
    pub fn next_actions(
        &self,
        today: NaiveDate,
        account: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<NextAction>> {
        self.inner.read(|db| {
            let playbook = load_playbook(db)?;
            let horizon = working_days_after(&playbook, today, playbook.coming);
            let mut statement = db.prepare_cached(
                "SELECT d.account, d.source, d.record, d.due_from, d.due_to, a.name, a.maturity,
                    coalesce(t.assignee, a.owner, b.owner)
                 FROM (
                    SELECT * FROM due WHERE due_from <= ?1 AND (?2 IS NULL OR account = ?2)
                    ORDER BY due_to, due_from, account, record LIMIT ?3
                 ) d
                 LEFT JOIN record_account a ON a.doc = (SELECT doc FROM document WHERE id = d.account)
                 LEFT JOIN document r ON r.id = d.record
                 LEFT JOIN record_task t ON d.source = 'task' AND t.doc = r.doc
                 LEFT JOIN book b ON b.id = r.book
                 ORDER BY d.due_to, d.due_from, d.account, d.record",
            )?;
            let mut rows = statement.query(params![number_of(horizon), account, limit])?;
            let mut actions = Vec::new();
            while let Some(row) = rows.next()? {
                let (due_from, due_to) = (day_of(row.get(3)?), day_of(row.get(4)?));
                actions.push(NextAction {
                    account: Some(row.get::<_, RecordId>(0)?).filter(|id| !id.is_nil()),
                    source: match row.get_ref(1)?.as_str().unwrap_or_default() {
                        "promised" => Source::Promised,
                        "planned" => Source::Planned,
                        "task" => Source::Task,
                        _ => Source::Cadence,
                    },
                    record: row.get(2)?,
                    due_from,
                    due_to,
                    account_name: row.get(5)?,
                    maturity: row.get(6)?,
                    owner: row.get(7)?,
                    urgency: match today {
                        day if day > due_to => Urgency::Overdue,
                        day if day >= due_from => Urgency::Due,
                        _ => Urgency::Coming,
                    },
                });
            }
            Ok(actions)
        })
    }
}

/// When a visit took place, milliseconds since 1970 UTC: checked in, or written up with an outcome.
fn took_place(visit: &Fields) -> Option<i64> {
    match (visit.get("check_in_at"), visit.get("planned_at"), visit.text("outcome")) {
        (Some(Value::Time(time)), ..) | (None, Some(Value::Time(time)), Some(_)) => Some(time.at),
        _ => None,
    }
}

/// The day a visit is planned for that has not taken place.
fn planned(visit: &Fields, playbook: &Playbook) -> Option<NaiveDate> {
    match (took_place(visit), visit.get("planned_at")) {
        (None, Some(Value::Time(time))) => day_in(playbook, time.at),
        _ => None,
    }
}

pub(super) fn derive(db: &Transaction<'_>, playbook: &Playbook, touched: &[Touched]) -> Result<()> {
    let mut accounts: BTreeSet<RecordId> = BTreeSet::new();
    for record in touched {
        match record.kind.name {
            "account" => _ = accounts.insert(record.id),
            "visit" => {
                for account in visit_touched(db, playbook, record)? {
                    accounts.insert(account);
                }
            }
            "task" => task_touched(db, record)?,
            _ => {}
        }
    }
    accounts.into_iter().try_for_each(|account| account_touched(db, playbook, account))
}

/// Keeps `last_contact` and the planned visits. A new visit is compared with what stands there; only when the latest
/// one is changed or deleted are the account's visits looked through.
fn visit_touched(db: &Transaction<'_>, playbook: &Playbook, visit: &Touched) -> Result<Vec<RecordId>> {
    let account = |fields: &Option<Fields>| fields.as_ref().and_then(|f| f.link("account"));
    let (was, is) = (account(&visit.before), account(&visit.after));
    if let Some(was) = was {
        db.prepare_cached("DELETE FROM due WHERE account = ?1 AND source = 'planned' AND record = ?2")?
            .execute(params![was, visit.id])?;
        let latest: Option<RecordId> = db
            .prepare_cached("SELECT visit FROM last_contact WHERE account = ?1")?
            .query_row([was], |row| row.get(0))
            .optional()?;
        if latest == Some(visit.id) {
            find_last_contact(db, was)?;
        }
    }
    if let (Some(account), Some(after)) = (is, &visit.after) {
        if let Some(at) = took_place(after) {
            db.prepare_cached(
                "INSERT INTO last_contact (account, at, visit) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account) DO UPDATE SET at = ?2, visit = ?3 WHERE (?2, ?3) > (at, visit)",
            )?
            .execute(params![account, at, visit.id])?;
        }
        if let Some(day) = planned(after, playbook) {
            put(db, account, "planned", visit.id, day, day)?;
        }
    }
    Ok(was.into_iter().chain(is).collect())
}

fn find_last_contact(db: &Transaction<'_>, account: RecordId) -> Result<()> {
    db.prepare_cached("DELETE FROM last_contact WHERE account = ?1")?.execute([account])?;
    db.prepare_cached(
        "INSERT INTO last_contact (account, at, visit)
         SELECT account, at, id FROM (
            SELECT account, id, coalesce(check_in_at, CASE WHEN outcome IS NOT NULL THEN planned_at END) AS at
            FROM record_visit WHERE account = ?1 AND deleted IS NULL
         ) WHERE at IS NOT NULL ORDER BY at DESC, id DESC LIMIT 1",
    )?
    .execute([account])?;
    Ok(())
}

fn task_touched(db: &Transaction<'_>, task: &Touched) -> Result<()> {
    let account = |fields: &Fields| fields.link("account").unwrap_or(RecordId::NIL);
    if let Some(before) = &task.before {
        db.prepare_cached("DELETE FROM due WHERE account = ?1 AND source = 'task' AND record = ?2")?
            .execute(params![account(before), task.id])?;
    }
    if let Some(after) = &task.after
        && let Some(Value::Date(day)) = after.get("due_on")
        && !matches!(after.text("status"), Some("done" | "cancelled"))
    {
        put(db, account(after), "task", task.id, *day, *day)?;
    }
    Ok(())
}

/// Computes what the cadence and the last promise make due for an account.
pub(super) fn account_touched(db: &Transaction<'_>, playbook: &Playbook, account: RecordId) -> Result<()> {
    db.prepare_cached("DELETE FROM due WHERE account = ?1 AND source IN ('cadence', 'promised')")?
        .execute([account])?;
    let known: Option<(Option<String>, i64)> = db
        .prepare_cached(
            "SELECT maturity, created_at FROM record_account
             WHERE doc = (SELECT doc FROM document WHERE id = ?1) AND deleted IS NULL",
        )?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((maturity, created_at)) = known else { return Ok(()) };
    let last: Option<(i64, RecordId)> = db
        .prepare_cached("SELECT at, visit FROM last_contact WHERE account = ?1")?
        .query_row([account], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((_, visit)) = last {
        let promised: Option<Option<String>> = db
            .prepare_cached(
                "SELECT next_visit_on FROM record_visit WHERE doc = (SELECT doc FROM document WHERE id = ?1)",
            )?
            .query_row([visit], |row| row.get(0))
            .optional()?;
        if let Some(day) = promised.flatten().and_then(|day| day.parse::<NaiveDate>().ok()) {
            put(db, account, "promised", visit, day, day)?;
        }
    }
    let cadence = maturity.and_then(|class| playbook.cadence.get(&class).copied());
    // An account nobody has spoken to counts from the day it was assigned.
    let since = last.map_or(created_at.saturating_mul(1000), |(at, _)| at);
    if let Some((cadence, day)) = cadence.zip(day_in(playbook, since)) {
        let (from, to) = due_after(playbook, cadence, day);
        put(db, account, "cadence", account, from, to)?;
    }
    Ok(())
}

fn put(
    db: &Connection,
    account: RecordId,
    source: &str,
    record: RecordId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO due (account, source, record, due_from, due_to) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![account, source, record, number_of(from), number_of(to)])?;
    Ok(())
}
