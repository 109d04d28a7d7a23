//! Field-sales practice: what the records mean for a day's work.
//!
//! Its numbers come from the workspace's playbook, a document in the common book that is synced like any record. What
//! it derives is recomputed in the transaction that changes a record, for what that record touches; a changed playbook
//! is caught up with in batches that a killed app goes on with.

mod calendar;
mod gift;
mod next_action;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use gift::{Breach, Finding};
pub use next_action::{NextAction, Source, Urgency};

use crate::Result;
use crate::model::{Fields, Heads, Kind, Playbook, RecordId, WorkspaceId, kinds};
use crate::store::meta::{self, name};
use crate::store::{Derive, Store, Touched};

/// The id of a workspace's playbook: known to everyone in it without asking.
pub(crate) fn playbook_id(workspace: WorkspaceId) -> RecordId {
    RecordId(Uuid::new_v5(&workspace.0, b"playbook"))
}

/// What the practice knows of its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlaybookState {
    /// The version that everything derived was computed with; empty for the defaults.
    pub holds: Heads,
    /// The version on this device.
    pub newest: Heads,
}

impl Store {
    /// The rules and numbers this workspace works by.
    pub fn rules(&self) -> Result<Playbook> {
        self.inner.read(load_playbook)
    }

    /// Which version of the playbook next actions and findings were computed with.
    pub fn playbook_state(&self) -> Result<PlaybookState> {
        self.inner.read(|db| {
            let holds: Vec<u8> = meta::get(db, name::PLAYBOOK)?.unwrap_or_default();
            let newest = playbook_row(db)?.map(|(_, heads)| heads).unwrap_or_default();
            Ok(PlaybookState { holds: Heads::from_bytes(&holds), newest: Heads::from_bytes(&newest) })
        })
    }
}

/// Rises when the same rules give something else.
const FORM: u8 = 1;

/// What this build derives by, where a workspace does not say otherwise. A store that an older one wrote is derived anew.
static DERIVED_BY: LazyLock<Vec<u8>> =
    LazyLock::new(|| Sha256::digest(format!("{FORM} {:?}", Playbook::default())).to_vec());

/// What is derived: next actions, and findings about gifts.
pub(crate) struct Practice;

impl Derive for Practice {
    fn check(
        &self,
        db: &Transaction<'_>,
        kind: &Kind,
        before: Option<&Fields>,
        after: &Fields,
        now: i64,
    ) -> Result<()> {
        match *kind == kinds::GIFT_NOTE {
            true => gift::check(db, &load_playbook(db)?, before, after, now),
            false => Ok(()),
        }
    }

    fn derive(&self, db: &Transaction<'_>, touched: &[Touched]) -> Result<()> {
        if touched.iter().any(|record| *record.kind == kinds::PLAYBOOK) {
            // From the beginning, also if an earlier change is still being caught up with.
            meta::set(db, name::CATCHING_UP, 0_i64)?;
        }
        let playbook = load_playbook(db)?;
        next_action::derive(db, &playbook, touched)?;
        gift::derive(db, &playbook, touched)
    }

    fn kinds(&self) -> &'static [&'static str] {
        &["account", "contact", "visit", "task", "gift_note"]
    }

    fn tables(&self) -> &'static [&'static str] {
        &["last_contact", "due", "finding"]
    }

    fn reached(&self, db: &Transaction<'_>) -> Result<Option<i64>> {
        let derived_by: Option<Vec<u8>> = meta::get(db, name::DERIVED_BY)?;
        match meta::get(db, name::CATCHING_UP)? {
            None if derived_by.as_ref() != Some(&*DERIVED_BY) => Ok(Some(0)),
            reached => Ok(reached),
        }
    }

    fn set_reached(&self, db: &Transaction<'_>, doc: Option<i64>) -> Result<()> {
        match doc {
            Some(doc) => meta::set(db, name::CATCHING_UP, doc),
            None => {
                meta::clear(db, name::CATCHING_UP)?;
                meta::set(db, name::DERIVED_BY, DERIVED_BY.as_slice())?;
                let heads = playbook_row(db)?.map(|(_, heads)| heads).unwrap_or_default();
                meta::set(db, name::PLAYBOOK, heads)
            }
        }
    }
}

/// The settings and the version of the workspace's playbook, if it has begun one.
fn playbook_row(db: &Connection) -> Result<Option<(Option<String>, Vec<u8>)>> {
    let Some(workspace) = meta::get(db, name::WORKSPACE)? else { return Ok(None) };
    Ok(db
        .prepare_cached(
            "SELECT settings, heads FROM record_playbook
             WHERE doc = (SELECT doc FROM document WHERE id = ?1) AND deleted IS NULL",
        )?
        .query_row([playbook_id(workspace)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

fn load_playbook(db: &Connection) -> Result<Playbook> {
    let settings: BTreeMap<String, String> = match playbook_row(db)? {
        Some((Some(json), _)) => serde_json::from_str(&json).unwrap_or_default(),
        _ => return Ok(Playbook::default()),
    };
    Ok(Playbook::from_settings(settings.iter().map(|(name, text)| (name.as_str(), text.as_str()))))
}

/// The calendar day of an instant (milliseconds since 1970 UTC) where the workspace works.
fn day_in(playbook: &Playbook, at: i64) -> Option<NaiveDate> {
    Some(playbook.zone.at(chrono::DateTime::from_timestamp_millis(at)?).date_naive())
}
