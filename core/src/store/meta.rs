//! What this device is, and what the relay last told it.

use rusqlite::types::{FromSql, Value};
use rusqlite::{Connection, OptionalExtension, ToSql};
use serde::Serialize;

use super::Store;
use crate::model::{DeviceId, MemberId, WorkspaceId};
use crate::wire::Secret;
use crate::{Error, Result};

/// Names of rows in `meta`.
pub(crate) mod name {
    pub(crate) const WORKSPACE: &str = "workspace";
    pub(in crate::store) const WORKSPACE_NAME: &str = "workspace_name";
    pub(in crate::store) const MEMBER: &str = "member";
    pub(in crate::store) const DEVICE: &str = "device";
    pub(in crate::store) const RELAY: &str = "relay";
    pub(in crate::store) const TOKEN: &str = "token";
    /// A token made for an enrolment or a rotation that has not been answered yet.
    pub(in crate::store) const NEXT_TOKEN: &str = "next_token";
    /// Set once the relay did not accept the token any more, until the device is enrolled again.
    pub(in crate::store) const REFUSED: &str = "refused";
    /// The member's own book: where a record goes that hangs on nothing.
    pub(in crate::store) const HOME: &str = "home";
    /// The workspace's common book.
    pub(in crate::store) const COMMON: &str = "common";
    pub(in crate::store) const ACCESS: &str = "access";
    pub(in crate::store) const RECEIPTS: &str = "receipts";
    /// How many receipts there were when those were forgotten that nobody asks for; absent for none.
    pub(in crate::store) const RECEIPTS_KEPT: &str = "receipts_kept";
    /// Seconds this device's clock is behind the relay's.
    pub(in crate::store) const OFFSET: &str = "offset";
    pub(in crate::store) const VERDICTS_SEEN: &str = "verdicts_seen";
    /// The books this device subscribes to, 16 bytes each; absent for all.
    pub(in crate::store) const ONLY: &str = "only";
    /// Set while the relay has acknowledged what no page has brought back yet.
    pub(in crate::store) const UNREAD: &str = "unread";
    pub(in crate::store) const SYNCED_AT: &str = "synced_at";
    /// Set while an order to retire or wipe this device is being obeyed.
    pub(in crate::store) const OBEYING: &str = "obeying";
    /// Set once everything is erased at that order, until the relay knows.
    pub(in crate::store) const ERASED: &str = "erased";
    /// The order that ended this device: all that is left once the relay knows, until the device is enrolled again.
    pub(in crate::store) const ENDED: &str = "ended";
    /// The version of this library that last tried to read what had been put aside.
    pub(in crate::store) const READ_BY: &str = "read_by";
    /// Whether the index of search is tidy: absent if not, 0 while it is being tidied, 1 once it is.
    pub(in crate::store) const TIDY: &str = "tidy";
    /// 1 while nothing that was erased stands in the write-ahead log.
    pub(in crate::store) const CUT: &str = "cut";
    /// The account up to which the practice has caught up with a changed playbook; absent when it has.
    pub(crate) const CATCHING_UP: &str = "catching_up";
    /// By what everything derived was derived: a digest of this build's rules.
    pub(crate) const DERIVED_BY: &str = "derived_by";
    /// The version of the playbook that everything derived was computed with.
    pub(crate) const PLAYBOOK: &str = "playbook";
}

pub(crate) fn get<T: FromSql>(db: &Connection, name: &str) -> Result<Option<T>> {
    Ok(db
        .prepare_cached("SELECT value FROM meta WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?)
}

pub(crate) fn set(db: &Connection, name: &str, value: impl ToSql) -> Result<()> {
    db.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?
        .execute(rusqlite::params![name, value])?;
    Ok(())
}

pub(crate) fn clear(db: &Connection, name: &str) -> Result<()> {
    db.prepare_cached("DELETE FROM meta WHERE name = ?1")?.execute([name])?;
    Ok(())
}

/// Who this device belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The relay's base address.
    pub relay: String,
    /// This device.
    pub device: DeviceId,
    /// Its member.
    pub member: MemberId,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The workspace's name.
    pub workspace_name: String,
}

impl Store {
    /// Who this device belongs to, once it is enrolled.
    pub fn identity(&self) -> Result<Option<Identity>> {
        self.inner.read(identity)
    }

    /// The relay's address and the device's token.
    pub(crate) fn credentials(&self) -> Result<(String, Secret)> {
        let (relay, token) = self.inner.read(|db| {
            let relay = get(db, name::RELAY)?.ok_or(Error::NotEnrolled)?;
            let token: Value = get(db, name::TOKEN)?.ok_or(Error::NotEnrolled)?;
            Ok((relay, token))
        })?;
        // Enrolled before the app had a key store.
        if self.inner.keys.seals()
            && let Value::Text(plain) = &token
        {
            let sealed = self.inner.keys.seal(plain, &self.inner.environment)?;
            self.inner.write(|w| set(w.tx, name::TOKEN, sealed))?;
        }
        Ok((relay, self.token(token)?.ok_or(Error::NotEnrolled)?))
    }

    /// A token from its row; `None` if it is damaged, or sealed under a key that is gone.
    fn token(&self, kept: Value) -> Result<Option<Secret>> {
        let text = match kept {
            Value::Text(plain) => Some(plain),
            Value::Blob(sealed) => self.inner.keys.open(&sealed)?,
            _ => None,
        };
        Ok(text.as_deref().and_then(Secret::parse))
    }

    /// The token for an enrolment or rotation under way: made before it is first sent and kept until it is answered, so
    /// that a cut answer can be asked for again.
    pub(crate) fn next_token(&self) -> Result<Secret> {
        loop {
            let kept = self.inner.read(|db| get::<Value>(db, name::NEXT_TOKEN))?;
            if let Some(kept) = kept.clone()
                && let Some(kept) = self.token(kept)?
            {
                return Ok(kept);
            }
            // The key store is asked outside the transaction: it may be slow.
            let fresh = Secret::from_bytes(self.inner.environment.bytes());
            let row = match self.inner.keys.seals() {
                true => Value::Blob(self.inner.keys.seal(fresh.reveal(), &self.inner.environment)?),
                false => Value::Text(fresh.reveal().to_owned()),
            };
            let first = self.inner.write(|w| {
                let first = get::<Value>(w.tx, name::NEXT_TOKEN)? == kept;
                if first {
                    set(w.tx, name::NEXT_TOKEN, row)?;
                }
                Ok(first)
            })?;
            // Another process of the app may have made one meanwhile: that is the one, then.
            if first {
                return Ok(fresh);
            }
        }
    }

    /// The relay does not accept the token any more: the device may be enrolled again.
    pub(crate) fn token_refused(&self) -> Result<()> {
        self.inner.write(|w| {
            w.events.sync = true;
            set(w.tx, name::REFUSED, true)
        })
    }

    /// Whether the relay does not accept the token any more, as far as this device knows.
    pub(crate) fn is_token_refused(&self) -> Result<bool> {
        self.inner.read(|db| Ok(get(db, name::REFUSED)?.unwrap_or(false)))
    }

    /// Whether this device can sync as it is: enrolled, and as far as it knows with a token that works.
    pub(crate) fn is_enrolled(&self) -> Result<bool> {
        let token = self.inner.read(|db| {
            let usable = identity(db)?.is_some() && !get(db, name::REFUSED)?.unwrap_or(false);
            if usable { get::<Value>(db, name::TOKEN) } else { Ok(None) }
        })?;
        token.map_or(Ok(false), |token| Ok(self.token(token)?.is_some()))
    }

    /// Whether there is a token, as far as can be told without the key store.
    pub(in crate::store) fn has_token(&self) -> Result<bool> {
        Ok(match self.inner.read(|db| get::<Value>(db, name::TOKEN))? {
            Some(Value::Text(plain)) => Secret::parse(&plain).is_some(),
            Some(Value::Blob(_)) => true,
            _ => false,
        })
    }

    /// Takes the next token into use.
    pub(crate) fn use_next_token(&self) -> Result<()> {
        self.inner.write(|w| {
            let next: Value = get(w.tx, name::NEXT_TOKEN)?.ok_or(Error::NotEnrolled)?;
            set(w.tx, name::TOKEN, next)?;
            clear(w.tx, name::NEXT_TOKEN)
        })
    }
}

pub(super) fn identity(db: &Connection) -> Result<Option<Identity>> {
    let (Some(relay), Some(device), Some(member), Some(workspace)) =
        (get(db, name::RELAY)?, get(db, name::DEVICE)?, get(db, name::MEMBER)?, get(db, name::WORKSPACE)?)
    else {
        return Ok(None);
    };
    let workspace_name = get(db, name::WORKSPACE_NAME)?.unwrap_or_default();
    Ok(Some(Identity { relay, device, member, workspace, workspace_name }))
}
