//! What a damaged file still holds. Rows are known by their shape, so that neither the tables' names nor the way down to
//! their pages need be whole; a change is known by its hash besides.

use rusqlite::types::ToSqlOutput;
use sha2::{Digest as _, Sha256};

use super::cells::{self, Cell, Of, Value};
use super::pages::{PAGE, Pages};
use crate::document::decode_change;
use crate::model::{BookId, ChangeId, MemberId, RecordId};
use crate::store::changes::State;
use crate::store::meta::name;

/// The first table that the first migration makes: its page stays where it is.
const META_PAGE: u32 = 2;
/// The serial type of a hash: a blob of 32 bytes.
const HASH: u8 = 76;
/// A flipped bit in a change of this size is looked for in a second.
const REPAIRED_MOST: usize = 8 << 10;

/// A row of `change`, its bytes and hash beyond doubt.
#[derive(Debug)]
pub(super) struct ChangeRow {
    pub(super) seq: i64,
    pub(super) doc: i64,
    pub(super) hash: ChangeId,
    pub(super) bytes: Vec<u8>,
    pub(super) state: i64,
    pub(super) local: bool,
    pub(super) number: Option<i64>,
    pub(super) member: Option<MemberId>,
    pub(super) offset: i64,
    pub(super) notice: Option<i64>,
    pub(super) accepted_at: Option<i64>,
}

/// A row that was found.
#[derive(Debug)]
pub(super) enum Found {
    Change(ChangeRow),
    /// The bytes of this change are not what they were.
    Spoilt {
        seq: i64,
        doc: i64,
        state: i64,
    },
    Document {
        doc: i64,
        id: RecordId,
        kind: String,
        book: BookId,
        root: Option<RecordId>,
        leaving: bool,
    },
    /// What a query table says of a document.
    Record {
        doc: i64,
        id: RecordId,
        book: BookId,
    },
    Lane {
        doc: i64,
        code: String,
        since: i64,
    },
    /// Rows that are carried over as they are, by table.
    Row(&'static str, Vec<Value>),
    Meta(String, Value),
}

/// Everything that is found on one page.
pub(super) fn on_page(pages: &Pages, number: u32, tell: &mut dyn FnMut(Found)) {
    for (before, image) in pages.images(number).iter().enumerate() {
        let mut covered = vec![false; PAGE];
        let places = cells::places(image, number);
        for (of, at) in places.iter().flat_map(|(of, places)| places.iter().map(|at| (*of, *at))) {
            let Some(found) = row(pages, image, of, at, before) else { continue };
            let end = found.1.min(PAGE);
            covered.get_mut(at..end).into_iter().for_each(|bytes| bytes.fill(true));
            found.0.into_iter().for_each(&mut *tell);
        }
        // The page's own list of its rows may be what was hit. An overflow page begins with the next one's number: what
        // is in it is what somebody wrote, and may look like anything.
        if image[0] != 0 {
            for at in (0..PAGE).filter(|at| !covered[*at]) {
                if looks_like_a_change(image, at)
                    && let Some((Some(found), _)) = row(pages, image, Of::Table, at, before)
                    && matches!(found, Found::Change(_) | Found::Spoilt { .. })
                {
                    tell(found);
                }
            }
        }
        if number == META_PAGE {
            for at in (0..PAGE).filter(|at| !covered[*at]) {
                let of = Of::Index { inner: false };
                if let Some((Some(found @ Found::Meta(..)), _)) = row(pages, image, of, at, before) {
                    tell(found);
                }
            }
        }
    }
}

/// What stands at a place, and where it ends on this page.
fn row(pages: &Pages, image: &[u8], of: Of, at: usize, before: usize) -> Option<(Option<Found>, usize)> {
    let (cell, end) = cells::cell(pages, image, of, at, before)?;
    let found = match cell.row {
        Some(seq) => of_table(pages, image, at, seq, cell),
        None => of_index(cell.columns),
    };
    Some((found, end))
}

/// The length, the row's number, then the header: its length, null for the number, the document, the hash.
fn looks_like_a_change(image: &[u8], at: usize) -> bool {
    let header = cells::varint(image, at).and_then(|(_, at)| cells::varint(image, at));
    header.is_some_and(|(_, at)| image.get(at + 1) == Some(&0) && image.get(at + 3) == Some(&HASH))
}

fn of_table(pages: &Pages, image: &[u8], at: usize, seq: i64, cell: Cell) -> Option<Found> {
    use Value::{Blob, Integer, Null, Text};
    let id = |bytes: &[u8]| RecordId::from_slice(bytes);
    match cell.columns.as_slice() {
        [Null, Integer(_), Blob(hash), Blob(_), Integer(_), Integer(_), _, _, Integer(_), _, _, ..]
            if hash.len() == 32 && seq > 0 =>
        {
            change(seq, &cell.columns)
                .or_else(|| {
                    // Its further pages may be whole as they were before. A flipped bit is not looked for twice.
                    (1..4)
                        .filter_map(|before| cells::cell(pages, image, Of::Table, at, before))
                        .filter(|(other, _)| other.columns != cell.columns)
                        .find_map(|(other, _)| change(seq, &other.columns))
                })
                .or_else(|| spoilt(seq, &cell.columns))
        }
        [Null, Blob(record), Text(kind), Blob(book), root, Integer(leaving)] => Some(Found::Document {
            doc: seq,
            id: id(record)?,
            kind: kind.clone(),
            book: BookId::from_slice(book)?,
            root: root.blob().and_then(id),
            leaving: *leaving != 0,
        }),
        [Null, Text(code), Integer(since)] => {
            Some(Found::Lane { doc: seq, code: code.clone(), since: *since })
        }
        [Null, Blob(book), Blob(record), Blob(device), Integer(_), Integer(_), Null | Text(_)]
            if [book, record, device].iter().all(|id| id.len() == 16) =>
        {
            Some(Found::Row("decision", numbered(seq, &cell.columns)))
        }
        [Null, Blob(record), Blob(changes), Integer(_), Blob(by), Null | Text(_), at @ ..]
            if record.len() == 16
                && changes.len() % 32 == 0
                && by.len() == 16
                && matches!(at, [] | [Null | Integer(_)]) =>
        {
            let mut columns = numbered(seq, &cell.columns);
            // A row of before that column ends without it.
            columns.resize(7, Null);
            Some(Found::Row("verdict", columns))
        }
        [
            Null,
            Blob(record),
            Blob(hash),
            Text(_),
            Blob(book),
            _,
            Blob(_),
            Integer(_),
            Integer(_),
            _,
            _,
            Text(_),
        ] if record.len() == 16 && hash.len() == 32 && book.len() == 16 => {
            Some(Found::Row("kept", numbered(seq, &cell.columns)))
        }
        [
            Null,
            Blob(record),
            Blob(book),
            by,
            Integer(_),
            _,
            Integer(_),
            _,
            Integer(_),
            Blob(heads),
            Integer(_),
            ..,
        ] if heads.len() % 32 == 0 && by.blob().is_none_or(|by| by.len() == 16) => {
            Some(Found::Record { doc: seq, id: id(record)?, book: BookId::from_slice(book)? })
        }
        _ => None,
    }
}

fn of_index(columns: Vec<Value>) -> Option<Found> {
    use Value::{Blob, Integer, Null, Text};
    match columns.as_slice() {
        [Text(name), value] => {
            let right = match (name.as_str(), value) {
                (name::RELAY | name::WORKSPACE_NAME | name::OBEYING | name::ENDED, Text(_)) => true,
                (name::TOKEN | name::NEXT_TOKEN, Text(token)) => token.len() == 64,
                (name::TOKEN | name::NEXT_TOKEN, Blob(sealed)) => sealed.len() == 12 + 64 + 16,
                (name::WORKSPACE | name::MEMBER | name::DEVICE | name::HOME | name::COMMON, Blob(id)) => {
                    id.len() == 16
                }
                (name::ONLY, Blob(books)) => books.len() % 16 == 0,
                (name::VERDICTS_SEEN, Integer(_)) => true,
                _ => false,
            };
            right.then(|| Found::Meta(name.clone(), value.clone()))
        }
        [Blob(id), Text(_), Text(_), Null | Blob(_)] if id.len() == 16 => Some(Found::Row("member", columns)),
        [
            Blob(id),
            Text(_),
            Null | Blob(_),
            Text(_),
            Integer(_),
            Integer(_),
            Integer(_),
            Integer(_),
            Integer(_),
        ] if id.len() == 16 => Some(Found::Row("book", columns)),
        _ => None,
    }
}

fn numbered(seq: i64, columns: &[Value]) -> Vec<Value> {
    [&[Value::Integer(seq)], &columns[1..]].concat()
}

/// The change in a row, if its bytes are those that were signed, or can be made so.
fn change(seq: i64, columns: &[Value]) -> Option<Found> {
    let (hash, bytes) = (columns.get(2)?.blob()?, columns.get(3)?.blob()?);
    let (hash, bytes) = whole(ChangeId::from_slice(hash)?, bytes)?;
    let member = columns.get(7)?.blob().and_then(MemberId::from_slice);
    let integer = |place: usize| columns.get(place).and_then(Value::integer);
    Some(Found::Change(ChangeRow {
        seq,
        doc: integer(1)?,
        hash,
        bytes,
        state: integer(4)?,
        local: integer(5)? != 0,
        number: integer(6),
        member,
        offset: integer(8)?,
        notice: integer(9).filter(|notice| [1, 2].contains(notice)),
        accepted_at: integer(10),
    }))
}

/// An empty change stands for one that is to be fetched: nothing to lose.
fn spoilt(seq: i64, columns: &[Value]) -> Option<Found> {
    let integer = |place: usize| columns.get(place).and_then(Value::integer);
    let empty = columns.get(3)?.blob()?.is_empty();
    (!empty).then_some(Found::Spoilt { seq, doc: integer(1)?, state: integer(4)? })
}

/// A change as it was signed: hash, first bytes and content say so together, and two of them mend the third. One flipped
/// bit in the content can be found by trying each.
fn whole(hash: ChangeId, bytes: &[u8]) -> Option<(ChangeId, Vec<u8>)> {
    let (head, content) = bytes.split_at_checked(8)?;
    let found: [u8; 32] = Sha256::digest(content).into();
    let right = [&[0x85, 0x6f, 0x4a, 0x83], &found[..4], content].concat();
    // What was stored was read by automerge when it came, and must be now.
    if found == hash.0 || right[..8] == *head {
        return decode_change(&right).ok().map(|_| (ChangeId(found), right));
    }
    let mut tried = content.to_vec();
    if tried.len() > REPAIRED_MOST {
        return None;
    }
    let mut before = Sha256::new();
    for at in 0..tried.len() {
        for bit in 0..8 {
            tried[at] ^= 1 << bit;
            let mut whole = before.clone();
            whole.update(&tried[at..]);
            if <[u8; 32]>::from(whole.finalize()) == hash.0 {
                let right = [&[0x85, 0x6f, 0x4a, 0x83], &hash.0[..4], &tried].concat();
                return decode_change(&right).ok().map(|_| (hash, right));
            }
            tried[at] ^= 1 << bit;
        }
        before.update(&tried[at..=at]);
    }
    None
}

impl ChangeRow {
    /// Whether the relay does not have it, as far as this row says.
    pub(super) fn is_unsent(&self) -> bool {
        self.state == State::Outbox as i64
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        use rusqlite::types::Value as Sql;
        Ok(ToSqlOutput::Owned(match self {
            Self::Null | Self::Real => Sql::Null,
            Self::Integer(number) => Sql::Integer(*number),
            Self::Text(text) => Sql::Text(text.clone()),
            Self::Blob(bytes) => Sql::Blob(bytes.clone()),
        }))
    }
}
