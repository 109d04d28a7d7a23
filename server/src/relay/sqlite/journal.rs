//! The journal of what took rights away, beside the database. A database restored from a backup catches up with it, so
//! that a restore never gives back what was revoked since.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use roadbook_core::model::DeviceId;
use serde::{Deserialize, Serialize};

use super::super::storage::{AdminCall, Result, StorageError};

/// What is journalled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Revocation {
    /// An administrator's call.
    Call(AdminCall),
    /// A device obeyed its order.
    Obeyed(DeviceId),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) at: i64,
    pub(super) what: Revocation,
}

#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// How far its lines are durable, in bytes.
    good: u64,
    /// The last line's number.
    pub(super) last: u64,
}

fn failed(error: std::io::Error) -> StorageError {
    StorageError::Failed(format!("the journal of revocations: {error}"))
}

impl Journal {
    /// Opens a journal, and reads what it holds. A last line that a crash cut off was never answered: it is dropped.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Line>)> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path).map_err(failed)?;
        let mut lines = Vec::new();
        let mut good = 0;
        let mut reader = BufReader::new(&file);
        let mut text = String::new();
        while reader.read_line(&mut text).map_err(failed)? > 0 {
            match serde_json::from_str(&text) {
                Ok(line) if text.ends_with('\n') => lines.push(line),
                _ if !text.ends_with('\n') => break,
                _ => {
                    return Err(StorageError::Failed(format!(
                        "the journal of revocations is damaged at line {}: restore it, or move it away and check every \
                         member's rights",
                        lines.len() + 1
                    )));
                }
            }
            good += text.len() as u64;
            text.clear();
        }
        drop(reader);
        file.set_len(good).map_err(failed)?;
        file.flush().map_err(failed)?;
        let last = lines.last().map_or(0, |line: &Line| line.number);
        Ok((Self { file, good, last }, lines))
    }

    /// Appends lines durably. What a full disk let through of them is cut off before the next.
    pub(super) fn append(&mut self, lines: &[(u64, String)]) -> Result<()> {
        let Some((last, _)) = lines.last() else { return Ok(()) };
        let text: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        self.file.set_len(self.good).map_err(failed)?;
        self.file.write_all(text.as_bytes()).map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        self.good += text.len() as u64;
        self.last = *last;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_a_full_disk_left_of_a_line_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revocations.jsonl");
        let line = |number| {
            let what = Revocation::Obeyed(DeviceId(uuid::Uuid::from_u128(number)));
            let line = Line { number: number as u64, at: 7, what };
            (number as u64, serde_json::to_string(&line).unwrap())
        };
        let (mut journal, lines) = Journal::open(&path).unwrap();
        assert!(lines.is_empty());
        journal.append(&[line(1)]).unwrap();
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"{\"number\":2,\"a").unwrap();
        journal.append(&[line(2), line(3)]).unwrap();
        drop(journal);
        let (journal, lines) = Journal::open(&path).unwrap();
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(journal.last, 3);
    }
}
