//! Invitations, devices and their tokens.

use roadbook_core::model::{DeviceId, MemberId, WorkspaceId};
use roadbook_core::wire::{Cursor, Digest, FailureCode, Log, NewInvitation, Order, TokenHash};
use rusqlite::{Connection, OptionalExtension, params};

use super::super::storage::{Reread, Result, Session, StorageError};
use super::VERDICTS_GAP;
use super::journal::{Enrolled, Invited};

/// An invitation lives at most this long, in seconds.
const INVITATION_MOST: u64 = 30 * 24 * 3600;
const DEVICE_NAME_MOST: usize = 200;

pub(super) fn order_of(name: Option<&str>) -> Option<Order> {
    name.map(|name| if name == "wipe" { Order::Wipe } else { Order::Retire })
}

pub(super) fn order_name(order: Order) -> &'static str {
    match order {
        Order::Retire => "retire",
        Order::Wipe => "wipe",
    }
}

fn reread_of(column: i64) -> Reread {
    match column {
        0 => Reread::No,
        // 1 is of a relay that told devices and did not say which telling it was.
        1 | 2 => Reread::Wanted,
        told => Reread::Told(Digest(told.to_be_bytes())),
    }
}

pub(super) fn reread_column(reread: Reread) -> i64 {
    match reread {
        Reread::No => 0,
        Reread::Wanted => 2,
        Reread::Told(digest) => i64::from_be_bytes(digest.0),
    }
}

const SESSION: &str = "SELECT d.id, d.member, w.id, d.\"order\", d.reread FROM device d
    JOIN member m ON m.id = d.member JOIN workspace w ON w.key = m.workspace";

fn session_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        device: row.get(0)?,
        member: row.get(1)?,
        workspace: row.get(2)?,
        order: order_of(row.get::<_, Option<String>>(3)?.as_deref()),
        reread: reread_of(row.get(4)?),
    })
}

/// The session of a token, and whether the token is a next one, used for the first time.
pub(super) fn session(db: &Connection, token: TokenHash) -> Result<Option<(Session, bool)>> {
    for (column, next) in [("token", false), ("next_token", true)] {
        let found = db
            .prepare_cached(&format!(
                "{SESSION} WHERE d.{column} = ?1 AND (d.ended = 0 OR d.\"order\" = 'wipe')"
            ))
            .and_then(|mut s| s.query_row([&token.0[..]], session_row).optional())?;
        if let Some(session) = found {
            return Ok(Some((session, next)));
        }
    }
    Ok(None)
}

/// The next token was used: the one before ends.
pub(super) fn promote(db: &Connection, token: TokenHash) -> Result<()> {
    db.execute(
        "UPDATE device SET token = next_token, next_token = NULL WHERE next_token = ?1",
        [&token.0[..]],
    )?;
    Ok(())
}

pub(super) fn rotate(db: &Connection, device: DeviceId, token: TokenHash) -> Result<()> {
    let sql = "UPDATE device SET next_token = ?2 WHERE id = ?1";
    let done = db.execute(sql, params![device, &token.0[..]]);
    done.map(drop).map_err(|error| taken(error, "another device is to have this token"))
}

/// Where a member is, if there is one.
pub(super) fn workspace_of(db: &Connection, member: MemberId) -> Result<Option<WorkspaceId>> {
    let sql = "SELECT w.id FROM member m JOIN workspace w ON w.key = m.workspace WHERE m.id = ?1";
    Ok(db.query_row(sql, [member], |row| row.get(0)).optional()?)
}

pub(super) fn invite(db: &Connection, invitation: NewInvitation, code: TokenHash, now: i64) -> Result<i64> {
    let active: Option<bool> = db
        .query_row("SELECT active FROM member WHERE id = ?1", [invitation.member], |row| row.get(0))
        .optional()?;
    match active {
        None => return Err(StorageError::refused(FailureCode::NotFound, "there is no such member")),
        Some(false) => return Err(StorageError::refused(FailureCode::Conflict, "this member has left")),
        Some(true) => {}
    }
    if !(1..=INVITATION_MOST).contains(&invitation.expires_in) {
        let detail = format!("expires_in is from 1 to {INVITATION_MOST} seconds");
        return Err(StorageError::refused(FailureCode::Malformed, detail));
    }
    let expires_at = now + invitation.expires_in as i64 * 1000;
    invited(db, &Invited { code, member: invitation.member, expires_at })?;
    Ok(expires_at)
}

/// Keeps an invitation.
pub(super) fn invited(db: &Connection, invited: &Invited) -> Result<()> {
    let sql = "INSERT INTO invitation (code, member, expires_at) VALUES (?1, ?2, ?3)";
    let done = db.execute(sql, params![&invited.code.0[..], invited.member, invited.expires_at]);
    done.map(drop).map_err(|error| taken(error, "there is such an invitation already"))
}

fn taken(error: rusqlite::Error, detail: &str) -> StorageError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => {
            StorageError::refused(FailureCode::Conflict, detail)
        }
        _ => error.into(),
    }
}

/// Turns an invitation into a device. Nothing is to be journalled of one that asks again.
pub(super) fn enrol(
    db: &Connection,
    code: TokenHash,
    token: TokenHash,
    name: &str,
    (known, fresh): (Option<DeviceId>, DeviceId),
    now: i64,
) -> Result<(Session, Option<Enrolled>)> {
    type Row = (MemberId, i64, Option<DeviceId>, Option<Vec<u8>>, bool);
    let found: Option<Row> = db
        .query_row(
            "SELECT i.member, i.expires_at, i.device, i.token, m.active FROM invitation i
             JOIN member m ON m.id = i.member WHERE i.code = ?1",
            [&code.0[..]],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .optional()?;
    let Some((member, expires_at, device, used_with, active)) = found else {
        return Err(StorageError::refused(FailureCode::NotFound, "this relay made no such invitation"));
    };
    let used = || StorageError::refused(FailureCode::Conflict, "this invitation was used already");
    if device.is_some() {
        // The answer of the first time was cut; the same device asks again.
        if used_with.as_deref() != Some(&token.0[..]) {
            return Err(used());
        }
        return session(db, token)?.map(|(session, _)| (session, None)).ok_or_else(used);
    }
    if now >= expires_at || !active {
        return Err(StorageError::refused(FailureCode::Expired, "this invitation is not valid any more"));
    }
    let name: String = name.chars().take(DEVICE_NAME_MOST).collect();
    let device = match known {
        Some(known) if is_free_for(db, known, member)? => known,
        _ => fresh,
    };
    let new = Enrolled { code, device, member, name, token };
    // A device that has an id already had it from what this database was before a restore.
    enrolled(db, &new, known == Some(device), now)?;
    session(db, token)?.map(|(session, _)| (session, Some(new))).ok_or_else(used)
}

/// Keeps a device and the token it was enrolled with; one that was enrolled before, as what it was. `is_ahead`: it may hold what
/// this database does not.
pub(super) fn enrolled(db: &Connection, new: &Enrolled, is_ahead: bool, at: i64) -> Result<()> {
    let Enrolled { code, device, member, name, token } = new;
    let (reread, verdicts) = if is_ahead { (Reread::Wanted, VERDICTS_GAP) } else { (Reread::No, 0) };
    db.execute(
        "INSERT INTO device (id, member, name, enrolled_at, token, reread, verdicts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, token = excluded.token, next_token = NULL",
        params![device, member, name, at, &token.0[..], reread_column(reread), verdicts],
    )
    .map_err(|error| taken(error, "this invitation was used already"))?;
    db.execute(
        "UPDATE invitation SET device = ?2, token = ?3 WHERE code = ?1",
        params![&code.0[..], device, &token.0[..]],
    )?;
    Ok(())
}

/// A device that was enrolled after the backup is so again.
pub(super) fn enrolled_again(db: &Connection, new: &Enrolled, at: i64) -> Result<()> {
    if workspace_of(db, new.member)?.is_none() {
        return Err(StorageError::refused(FailureCode::NotFound, "there is no such member"));
    }
    if !is_free_for(db, new.device, new.member)? {
        return Err(StorageError::refused(
            FailureCode::Conflict,
            "this device is another member's, or has ended",
        ));
    }
    enrolled(db, new, true, at)
}

/// Whether a device that says it has this id may have it: it is the member's and has not ended, or this database, restored
/// from a backup, has never heard of it.
fn is_free_for(db: &Connection, device: DeviceId, member: MemberId) -> Result<bool> {
    let found: Option<(MemberId, bool)> = db
        .query_row("SELECT member, ended FROM device WHERE id = ?1", [device], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(found.is_none_or(|(of, ended)| of == member && !ended))
}

pub(super) fn cursors(db: &Connection, device: DeviceId) -> Result<Vec<Cursor>> {
    let read = || {
        let mut statement = db.prepare_cached(
            "SELECT c.book, c.log, c.number, c.digest FROM device_cursor c
             JOIN device d ON d.key = c.device WHERE d.id = ?1",
        )?;
        let rows = statement.query_map([device], |row| {
            Ok(Cursor {
                book: row.get(0)?,
                log: if row.get::<_, i64>(1)? == Log::Tray as i64 { Log::Tray } else { Log::Entries },
                number: row.get(2)?,
                digest: row.get(3)?,
            })
        })?;
        rows.collect::<rusqlite::Result<_>>()
    };
    Ok(read()?)
}
