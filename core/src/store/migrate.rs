//! The fixed tables, version by version.

use rusqlite::{Connection, TransactionBehavior};

use super::meta;
use crate::{Error, Result};

/// Marks the file as ours (`PRAGMA application_id`): "Road".
const APPLICATION_ID: i64 = 0x526f_6164;

/// Numbered migrations of the fixed tables, each in a transaction of its own. Each changes a table: that is how a build of before
/// tells a later file from one whose number is damaged.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001.sql"),
    include_str!("migrations/0002.sql"),
    include_str!("migrations/0003.sql"),
    include_str!("migrations/0004.sql"),
    include_str!("migrations/0005.sql"),
];

/// Newest schema this build knows.
pub(crate) const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// Brings a file up to this build's version.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let application: i64 = tx.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let tables = fixed_tables(&tx)?;
    if found > 0 && application != APPLICATION_ID {
        return Err(Error::Corrupt { detail: "the file is a database of another program".to_owned() });
    }
    // The tables are those of a version this build knows: it is the number that was hit.
    if !tables.is_empty() && !(1..=SCHEMA_VERSION).contains(&found) && known_version(&tables)? {
        return Err(Error::Corrupt { detail: "its version".to_owned() });
    }
    if found > SCHEMA_VERSION {
        return Err(Error::NewerDatabase { found, known: SCHEMA_VERSION });
    }
    tx.finish()?;
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(usize::try_from(found).unwrap_or_default()) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let reached: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        // Another process may have taken this step between the two transactions.
        if reached <= step as i64 {
            tx.execute_batch(sql).map_err(of_migration)?;
            if step == 0 {
                // Nothing was erased yet.
                meta::set(&tx, meta::name::CUT, true)?;
            }
            tx.pragma_update(None, "user_version", step as i64 + 1)?;
            tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        }
        tx.commit()?;
    }
    Ok(())
}

/// Refuses a file of a later version, unless its number is all that says so.
pub(super) fn refuse_newer(db: &Connection) -> Result<()> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > SCHEMA_VERSION && !known_version(&fixed_tables(db)?)? {
        return Err(Error::NewerDatabase { found, known: SCHEMA_VERSION });
    }
    Ok(())
}

/// A migration that was tested on every older file fails on one that is not what it says.
fn of_migration(error: rusqlite::Error) -> Error {
    match Error::from(error) {
        Error::Internal { detail } => Error::Corrupt { detail },
        other => other,
    }
}

/// What makes the fixed tables; query tables and what SQLite makes for itself are left out.
fn fixed_tables(db: &Connection) -> Result<Vec<String>> {
    let mut statement = db.prepare(
        "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name NOT LIKE 'record!_%' ESCAPE '!' ORDER BY sql",
    )?;
    let tables = statement.query_map([], |row| row.get(0))?;
    Ok(tables.collect::<Result<_, _>>()?)
}

/// Whether some version of this build makes these very tables.
fn known_version(tables: &[String]) -> Result<bool> {
    let db = Connection::open_in_memory()?;
    for sql in MIGRATIONS {
        db.execute_batch(sql)?;
        if fixed_tables(&db)? == tables {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_changes_a_table() {
        let db = Connection::open_in_memory().unwrap();
        let mut before: Vec<Vec<String>> = Vec::new();
        for (step, sql) in MIGRATIONS.iter().enumerate() {
            db.execute_batch(sql).unwrap();
            let tables = fixed_tables(&db).unwrap();
            assert!(!before.contains(&tables), "migration {}", step + 1);
            before.push(tables);
        }
    }
}
