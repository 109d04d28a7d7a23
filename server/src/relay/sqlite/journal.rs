//! The journal of what was decided, beside the database: who came, with which devices, who may what. A database restored from a
//! backup catches up with it, so that a restore neither gives back what was revoked since nor forgets anybody. Its name is from when
//! it held revocations only.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;

use roadbook_core::model::{DeviceId, MemberId};
use roadbook_core::wire::{Digest, TokenHash};
use serde::{Deserialize, Serialize};

use super::super::storage::{AdminCall, Result, StorageError};

/// What is journalled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Decided {
    /// An administrator's call.
    Call(AdminCall),
    /// A device obeyed its order.
    Obeyed(DeviceId),
    /// Somebody was invited.
    Invited(Invited),
    /// An invitation was used.
    Enrolled(Enrolled),
    /// A device said which token it will have next.
    Announced(DeviceId, TokenHash),
    /// A token was used that had been announced: the one before ended.
    Promoted(TokenHash),
}

/// An invitation, of whose code only the hash is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Invited {
    pub(super) code: TokenHash,
    pub(super) member: MemberId,
    pub(super) expires_at: i64,
}

/// A device as it was enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Enrolled {
    pub(super) code: TokenHash,
    pub(super) device: DeviceId,
    pub(super) member: MemberId,
    pub(super) name: String,
    pub(super) token: TokenHash,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) at: i64,
    pub(super) what: Decided,
}

/// What stands before a line's digest, which ends it: that of all lines so far.
const DIGEST: &str = ",\"digest\":\"";

/// A line with the digest that it makes of the one before.
fn closed(open: &str, before: Digest) -> (String, Digest) {
    let digest = before.then(&[open.as_bytes()]);
    (format!("{open}{DIGEST}{:016x}\"}}\n", u64::from_be_bytes(digest.0)), digest)
}

/// The digest with a line that was read; `None` if that says another. Lines of older relays say none.
fn digest_with(line: &[u8], before: Digest) -> Option<Digest> {
    match std::str::from_utf8(line).ok()?.rsplit_once(DIGEST) {
        Some((open, _)) => {
            let (whole, digest) = closed(open, before);
            (whole.as_bytes() == line).then_some(digest)
        }
        None => Some(before.then(&[line])),
    }
}

#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    /// Of all its lines, in order.
    digest: Digest,
    /// How far its lines are durable, in bytes.
    good: u64,
    /// The last line's number.
    pub(super) last: u64,
}

fn failed(error: std::io::Error) -> StorageError {
    StorageError::Failed(format!("revocations.jsonl: {error}"))
}

impl Journal {
    /// Opens a journal, and reads what it holds. A last line that a crash cut off was never answered: it is dropped.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<Line>)> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path).map_err(failed)?;
        let mut lines = Vec::new();
        let mut digest = Digest::ZERO;
        let mut good = 0;
        let mut reader = BufReader::new(&file);
        // A crash may cut a name within one of its characters.
        let mut text = Vec::new();
        while reader.read_until(b'\n', &mut text).map_err(failed)? > 0 {
            let whole = text.ends_with(b"\n");
            match (serde_json::from_slice::<Line>(&text), digest_with(&text, digest)) {
                // A number that is too high would keep what comes after it out of the journal.
                (Ok(line), Some(with)) if whole && line.number == lines.len() as u64 + 1 => {
                    lines.push(line);
                    digest = with;
                }
                _ if !whole => break,
                _ => {
                    return Err(StorageError::Failed(format!(
                        "revocations.jsonl is damaged at line {}: restore it, or move it away and check every \
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
        Ok((Self { file, digest, good, last }, lines))
    }

    /// Appends lines durably. What a full disk let through of them is cut off before the next.
    pub(super) fn append(&mut self, lines: &[(u64, String)]) -> Result<()> {
        let Some((last, _)) = lines.last() else { return Ok(()) };
        let mut digest = self.digest;
        let text: String = lines
            .iter()
            .map(|(_, line)| {
                let (line, with) = closed(line.strip_suffix('}').unwrap_or(line), digest);
                digest = with;
                line
            })
            .collect();
        self.file.set_len(self.good).map_err(failed)?;
        self.file.write_all(text.as_bytes()).map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        self.good += text.len() as u64;
        self.digest = digest;
        self.last = *last;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use roadbook_core::model::{BookId, MemberId, RecordId, WorkspaceId};
    use roadbook_core::wire::{
        BookPatch, Grant, MemberPatch, NewBook, NewInvitation, NewMember, NewMove, NewOrder, NewWorkspace,
        Order, Right, Role,
    };
    use roadbook_core::{Clock, Environment};
    use roadbook_spoilt::{Spoil, bytes, rows, value};

    use super::super::super::storage::{Reread, Session, Storage as _, Write};
    use super::super::Sqlite;
    use super::*;

    #[test]
    fn what_a_full_disk_left_of_a_line_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revocations.jsonl");
        let line = |number| {
            let what = Decided::Obeyed(DeviceId(uuid::Uuid::from_u128(number)));
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

    #[test]
    fn a_flipped_bit_or_a_line_that_is_gone_is_noticed_and_lines_of_an_older_relay_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revocations.jsonl");
        let line = |number| {
            let patch = MemberPatch { active: Some(false), ..MemberPatch::default() };
            let what = Decided::Call(AdminCall::PatchMember(MemberId::NIL, patch));
            (number, serde_json::to_string(&Line { number, at: 7, what }).unwrap())
        };
        std::fs::write(&path, line(1).1 + "\n").unwrap();
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&[line(2), line(3)]).unwrap();
        let (mut journal, _) = Journal::open(&path).unwrap();
        journal.append(&[line(4)]).unwrap();
        let good = std::fs::read(&path).unwrap();
        let read = |text: &[u8]| {
            std::fs::write(&path, text).unwrap();
            let read = Journal::open(&path).ok().map(|(_, lines)| lines);
            assert_eq!(std::fs::read(&path).unwrap(), text);
            read
        };
        let all = read(&good).unwrap();
        assert_eq!(all.len(), 4);
        // The very last byte ends the line: without it, it is one that a crash cut off. A last line whose digest is spoilt so that
        // it is none says what it said.
        for (at, bit) in (0..good.len() - 1).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut spoilt = good.clone();
            spoilt[at] ^= 1 << bit;
            assert!(read(&spoilt).is_none_or(|lines| lines == all), "bit {bit} of byte {at}");
        }
        let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
        let moved_up = std::str::from_utf8(lines[3]).unwrap().replace("\"number\":4", "\"number\":3");
        assert_eq!(read(&[lines[0], lines[1], moved_up.as_bytes()].concat()), None);
    }

    #[test]
    fn a_name_that_a_crash_cut_within_a_character_is_dropped_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revocations.jsonl");
        let named = |number| {
            let patch = MemberPatch { name: Some("王小明".into()), ..MemberPatch::default() };
            let what = Decided::Call(AdminCall::PatchMember(MemberId::NIL, patch));
            serde_json::to_string(&Line { number, at: 7, what }).unwrap() + "\n"
        };
        let cut = named(2).find('小').unwrap() + 1;
        std::fs::write(&path, [named(1).as_bytes(), &named(2).as_bytes()[..cut]].concat()).unwrap();
        let (journal, lines) = Journal::open(&path).unwrap();
        assert_eq!((journal.last, lines.len()), (1, 1));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), named(1));
        // A line that is missing, or one whose number was hit.
        std::fs::write(&path, named(1) + &named(3)).unwrap();
        assert!(Journal::open(&path).unwrap_err().to_string().contains("line 2"));
    }

    /// What a relay has written a later one must read: the form is for ever.
    #[test]
    fn what_is_decided_is_written_as_it_always_was() {
        let uuid = uuid::Uuid::from_u128;
        let (member, device, book) = (MemberId(uuid(1)), DeviceId(uuid(2)), BookId(uuid(3)));
        let (code, token) = (TokenHash([4; 32]), TokenHash([5; 32]));
        let new = NewMember {
            workspace: WorkspaceId(uuid(6)),
            name: "周".into(),
            role: Role::Rep,
            reports_to: None,
            id: Some(member),
            book: Some(book),
        };
        let id = |n: u128| uuid(n).to_string();
        let (code_text, token_text) = ("04".repeat(32), "05".repeat(32));
        for (what, text) in [
            (
                Decided::Call(AdminCall::NewMember(new)),
                format!(
                    r#"{{"call":{{"new_member":{{"workspace":"{}","name":"周","role":"rep","id":"{}","book":"{}"}}}}}}"#,
                    id(6),
                    id(1),
                    id(3)
                ),
            ),
            (Decided::Obeyed(device), format!(r#"{{"obeyed":"{}"}}"#, id(2))),
            (
                Decided::Invited(Invited { code, member, expires_at: 7 }),
                format!(r#"{{"invited":{{"code":"{code_text}","member":"{}","expires_at":7}}}}"#, id(1)),
            ),
            (
                Decided::Enrolled(Enrolled { code, device, member, name: "phone".into(), token }),
                format!(
                    r#"{{"enrolled":{{"code":"{code_text}","device":"{}","member":"{}","name":"phone","token":"{token_text}"}}}}"#,
                    id(2),
                    id(1)
                ),
            ),
            (Decided::Announced(device, token), format!(r#"{{"announced":["{}","{token_text}"]}}"#, id(2))),
            (Decided::Promoted(token), format!(r#"{{"promoted":"{token_text}"}}"#)),
        ] {
            assert_eq!(serde_json::to_string(&what).unwrap(), text);
            assert_eq!(serde_json::from_str::<Decided>(&text).unwrap(), what);
        }
    }

    struct Still;

    impl Clock for Still {
        fn now(&self) -> i64 {
            7
        }
    }

    /// Every row of some tables.
    fn rows_of(folder: &Path, tables: &[(&str, &str)]) -> Vec<String> {
        let db = rusqlite::Connection::open(folder.join("relay.sqlite")).unwrap();
        tables.iter().flat_map(|(table, columns)| rows(&db, table, columns).unwrap()).collect()
    }

    /// Carries one line out on a relay that runs.
    async fn carry_out(storage: &Sqlite, folder: &Path, mut line: Line) {
        let Decided::Call(call) = line.what else {
            let db = rusqlite::Connection::open(folder.join("relay.sqlite")).unwrap();
            let one = db.unchecked_transaction().unwrap();
            let environment = &storage.environment;
            if super::super::carry_out_again(&one, environment, &mut line.what, line.at).is_ok() {
                one.commit().unwrap();
            }
            return;
        };
        let done = storage.admin(call.clone(), 7).await;
        // Whoever is to report to somebody unknown reports to nobody.
        if let (Err(StorageError::Refused { .. }), AdminCall::PatchMember(member, mut patch)) = (done, call)
            && patch.reports_to.is_some()
        {
            patch.reports_to = Some(None);
            let _ = storage.admin(AdminCall::PatchMember(member, patch), 7).await;
        }
    }

    /// A journal is refused, or each of its lines is carried out whole or not at all: as if an administrator had said it again.
    #[test]
    fn whatever_stands_in_the_journal_is_carried_out_line_by_line_or_refused() {
        const DECIDED: &[(&str, &str)] = &[
            ("workspace", "id, name, common"),
            ("member", "id, name, role, reports_to, active, book"),
            ("book", "id, name, owner, head, digest, tray_head"),
            ("granted", "book, member, \"right\", expires_at"),
            ("device", "id, member, name, \"order\", ended, token, next_token"),
            ("invitation", "code, member, expires_at, device, token"),
            ("document", "id, book, root"),
        ];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let packed = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/databases/4-6/relay.sqlite.zst");
        let backup = zstd::decode_all(&std::fs::read(packed).unwrap()[..]).unwrap();
        // What a line does not name the id of gets the same one wherever it is carried out.
        let open =
            async |folder: &Path| Sqlite::open(folder, Environment::seeded(1, Arc::new(Still)), None).await;
        let (backup, journal) = runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let at = |name| folder.path().join(name);
            std::fs::write(at("relay.sqlite"), backup).unwrap();
            drop(open(folder.path()).await.unwrap());
            let backup = std::fs::read(at("relay.sqlite")).unwrap();
            let storage = open(folder.path()).await.unwrap();
            let db = rusqlite::Connection::open(at("relay.sqlite")).unwrap();
            let id = |sql| uuid::Uuid::from_bytes(db.query_row(sql, [], |row| row.get(0)).unwrap());
            let rep = "SELECT id FROM member WHERE reports_to IS NOT NULL";
            let (member, above) = (
                MemberId(id(rep)),
                MemberId(id("SELECT reports_to FROM member WHERE reports_to IS NOT NULL")),
            );
            let from = BookId(id("SELECT b.id FROM document d JOIN book b ON b.key = d.book"));
            let to = BookId(id("SELECT book FROM member WHERE reports_to IS NULL"));
            let device = DeviceId(id("SELECT id FROM device"));
            let roots = vec![RecordId(id("SELECT root FROM document"))];
            let named = MemberPatch { name: Some("王小明".into()), ..MemberPatch::default() };
            let reports = MemberPatch { reports_to: Some(Some(above)), ..named.clone() };
            let left = MemberPatch { active: Some(false), ..MemberPatch::default() };
            let book = BookPatch { name: Some("绍兴".into()), owner: Some(above) };
            let workspace = WorkspaceId(id("SELECT id FROM workspace"));
            let came = MemberId(uuid::Uuid::from_u128(77));
            let new = NewMember {
                workspace,
                name: "周".into(),
                role: Role::Rep,
                reports_to: Some(above),
                id: Some(came),
                book: None,
            };
            let hash = |n| TokenHash([n; 32]);
            for call in [
                AdminCall::NewMember(new),
                AdminCall::NewWorkspace(NewWorkspace { name: "华北".into(), id: None, common_book: None }),
                AdminCall::NewBook(NewBook { workspace, name: "大客户".into(), owner: came, id: None }),
                AdminCall::PutGrant(from, Grant { member: came, right: Right::Editor, expires_at: None }),
                AdminCall::PatchMember(member, reports),
                AdminCall::PatchMember(above, named),
                AdminCall::PutGrant(from, Grant { member, right: Right::Reader, expires_at: Some(9) }),
                AdminCall::DeleteGrant(from, member),
                AdminCall::PatchBook(from, book),
                AdminCall::Move(NewMove { from, to, roots }),
                AdminCall::Order(device, NewOrder { order: Order::Wipe }),
                AdminCall::PatchMember(member, left),
            ] {
                storage.admin(call, 7).await.unwrap();
            }
            let invitation = NewInvitation { member: came, expires_in: 3600 };
            storage.invite(invitation, hash(1), 7).await.unwrap();
            let session = storage.enrol(hash(1), hash(2), "phone", None, 7).await.unwrap();
            storage.rotate(session.device, hash(3), 7).await.unwrap();
            storage.session(hash(3), 7).await.unwrap().unwrap();
            let session = Session { device, member, workspace, order: None, reread: Reread::No };
            storage.write(session, Write { obeyed: true, ..Write::default() }, 7).await.unwrap();
            (backup, std::fs::read(at("revocations.jsonl")).unwrap())
        });
        let text = std::str::from_utf8(&journal).unwrap();
        let good: Vec<serde_json::Value> = text
            .lines()
            .map(|line| {
                let (open, _) = line.rsplit_once(DIGEST).unwrap();
                serde_json::from_str(&format!("{open}}}")).unwrap()
            })
            .collect();
        // Some of them stand in the backup.
        let known = good.len() - 17;
        bolero::check!().with_type::<(bool, Vec<Spoil>, Vec<u8>)>().for_each(|(as_bytes, spoils, order)| {
            let journal = match as_bytes {
                true => bytes(&journal, spoils),
                false => {
                    // Other lines with the numbers of these, which is what they are read by.
                    let lines = order.iter().take(14).zip(1..).map(|(which, number)| {
                        let mut line = value(&good[usize::from(*which) % good.len()], &good, spoils);
                        if let Some(line) = line.as_object_mut().filter(|_| which % 32 != 0) {
                            line.insert("number".to_owned(), number.into());
                        }
                        line.to_string()
                    });
                    let mut digest = Digest::ZERO;
                    let lines = lines.map(|line| match line.strip_suffix('}') {
                        Some(open) => {
                            let (line, with) = closed(open, digest);
                            digest = with;
                            line
                        }
                        None => line + "\n",
                    });
                    lines.collect::<String>().into_bytes()
                }
            };
            runtime.block_on(async {
                let [restored, told] = [(); 2].map(|()| tempfile::tempdir().unwrap());
                for folder in [&restored, &told] {
                    std::fs::write(folder.path().join("relay.sqlite"), &backup).unwrap();
                }
                let file = restored.path().join("revocations.jsonl");
                std::fs::write(&file, &journal).unwrap();
                let before = rows_of(restored.path(), DECIDED);
                match open(restored.path()).await {
                    Err(error) => {
                        assert!(matches!(error, StorageError::Failed(_)), "{error}");
                        assert_eq!(rows_of(restored.path(), DECIDED), before);
                        return assert!(journal.starts_with(&std::fs::read(&file).unwrap()), "{error}");
                    }
                    Ok(storage) => drop(storage),
                }
                let lines = std::fs::read_to_string(&file).unwrap();
                let lines: Vec<Line> =
                    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                let kept = rows_of(restored.path(), &[("journal", "number")]);
                assert_eq!(kept.len(), lines.len());
                let storage = open(told.path()).await.unwrap();
                for line in lines.into_iter().skip(known) {
                    carry_out(&storage, told.path(), line).await;
                }
                drop(storage);
                assert_eq!(rows_of(restored.path(), DECIDED), rows_of(told.path(), DECIDED));
            });
        });
    }
}
