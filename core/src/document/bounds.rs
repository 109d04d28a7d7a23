//! What a change may cost before automerge reads it.
//!
//! A change's columns are run-length encoded and the whole may be deflated: a hundred bytes can claim a billion
//! operations. Whoever may write in a book could so bring down every phone that reads it. So could a mark (rich text, which
//! nothing here writes) that ends where none began: automerge panics while it cleans up after its own panic, and that ends
//! the process. Found by fuzzing.

use super::DocumentError;

/// Most operations in one change, and most predecessors of all its operations together. Refused at save; a change from
/// elsewhere that claims more is kept aside unread.
pub(crate) const OPERATIONS: usize = 1 << 20;

/// In front of what is described here: magic (4), checksum (4).
const UNHASHED: usize = 8;
/// The type of a chunk that holds a whole document.
const DOCUMENT: u8 = 0;
/// The type of a chunk that holds one change as it is; others are deflated.
const CHANGE: u8 = 1;

/// A column's type: the low three bits of its specification.
mod column {
    pub(super) const GROUP: u64 = 0;
    pub(super) const DELTA: u64 = 3;
    pub(super) const BOOLEAN: u64 = 4;
    pub(super) const STRING: u64 = 5;
    pub(super) const RAW: u64 = 7;
    pub(super) const DEFLATED: u64 = 8;

    /// The specification of the column that says what each operation does.
    pub(super) const ACTION: u64 = 0x42;
}

/// The action of a mark; larger ones do not exist.
const MARK: u64 = 7;

const TOO_MANY: &str = "it claims more operations than it may have";
const MARKED: &str = "it marks text, which no client of ours does";

/// What there is against something; `None` for what is something else altogether.
type Verdict = Option<Result<(), &'static str>>;

/// Refuses a change that automerge would spend more on than an honest one needs.
pub(super) fn check(change: &[u8]) -> Result<(), DocumentError> {
    verdict(change_within(&mut Bytes(change)))
}

/// The same for a whole document.
pub(super) fn check_document(document: &[u8]) -> Result<(), DocumentError> {
    verdict(document_within(&mut Bytes(document)))
}

/// Whether a change builds on no other: it creates its document.
pub(super) fn creates(change: &[u8]) -> bool {
    let mut bytes = Bytes(change);
    bytes.begin(CHANGE).and_then(|()| bytes.unsigned()) == Some(0)
}

fn verdict(verdict: Verdict) -> Result<(), DocumentError> {
    verdict
        .unwrap_or(Err("it is cut off, or something else"))
        .map_err(|against| DocumentError::Corrupt(against.to_owned()))
}

/// `None` for what is not a document.
fn document_within(bytes: &mut Bytes<'_>) -> Verdict {
    bytes.begin(DOCUMENT)?;
    for _ in 0..bytes.unsigned()? {
        bytes.prefixed()?; // actors
    }
    let heads = bytes.unsigned()?;
    bytes.take(usize::try_from(heads).ok()?.checked_mul(32)?)?;
    let (changes, operations) = (bytes.columns()?, bytes.columns()?);
    Some(bytes.within(changes)?.and(bytes.within(operations)?))
}

/// `None` for what is not a change.
fn change_within(bytes: &mut Bytes<'_>) -> Verdict {
    bytes.begin(CHANGE)?;
    let dependencies = bytes.unsigned()?;
    bytes.take(usize::try_from(dependencies).ok()?.checked_mul(32)?)?;
    bytes.prefixed()?; // actor
    bytes.unsigned()?; // sequence number
    bytes.unsigned()?; // first operation
    bytes.signed()?; // time
    bytes.prefixed()?; // message
    for _ in 0..bytes.unsigned()? {
        bytes.prefixed()?; // other actors
    }
    let columns = bytes.columns()?;
    bytes.within(columns)
}

/// Bytes that are left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// Magic, checksum, type and length: what every chunk begins with.
    fn begin(&mut self, of: u8) -> Option<()> {
        self.take(UNHASHED)?;
        (self.take(1)? == [of] && self.unsigned()? == self.0.len() as u64).then_some(())
    }

    /// What columns follow: specifications and lengths.
    fn columns(&mut self) -> Option<Vec<(u64, usize)>> {
        let mut columns = Vec::new();
        for _ in 0..self.unsigned()? {
            columns.push((self.unsigned()?, usize::try_from(self.unsigned()?).ok()?));
        }
        Some(columns)
    }

    /// Whether columns hold no more than they may.
    fn within(&mut self, columns: Vec<(u64, usize)>) -> Verdict {
        for (specification, length) in columns {
            let column = Bytes(self.take(length)?);
            if specification & column::DEFLATED != 0 {
                return None;
            }
            let (counted, largest) = match specification & 7 {
                column::RAW => (0, 0),
                column::BOOLEAN => (column.booleans()?, 0),
                of => column.runs(of)?,
            };
            if counted > OPERATIONS as u64 {
                return Some(Err(TOO_MANY));
            }
            if specification == column::ACTION && largest >= MARK {
                return Some(Err(MARKED));
            }
        }
        Some(Ok(()))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn unsigned(&mut self) -> Option<u64> {
        leb128::read::unsigned(&mut self.0).ok()
    }

    fn signed(&mut self) -> Option<i64> {
        leb128::read::signed(&mut self.0).ok()
    }

    fn prefixed(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.unsigned()?).ok()?;
        self.take(length)
    }

    /// The values of a column of booleans: lengths of alternating runs.
    fn booleans(mut self) -> Option<u64> {
        let mut values = 0_u64;
        while !self.0.is_empty() {
            values = values.saturating_add(self.unsigned()?);
        }
        Some(values)
    }

    /// How many values a run-length encoded column has, and the largest: a positive length and the value that repeats, a
    /// negative one and that many values, or zero and a length of nulls. A group's values count what its columns hold for
    /// each operation: these are summed too.
    fn runs(mut self, of: u64) -> Option<(u64, u64)> {
        let (mut values, mut grouped, mut largest) = (0_u64, 0_u64, 0);
        while !self.0.is_empty() {
            let length = self.signed()?;
            let run = match length {
                0 => self.unsigned()?,
                length => length.unsigned_abs(),
            };
            values = values.saturating_add(run);
            let (stored, repeated) = if length < 0 { (run, 1) } else { (u64::from(length != 0), run) };
            for _ in 0..stored {
                match of {
                    column::STRING => self.prefixed().map(|_| ())?,
                    column::DELTA => self.signed().map(|_| ())?,
                    _ => {
                        let value = self.unsigned()?;
                        grouped = grouped.saturating_add(value.saturating_mul(repeated));
                        largest = largest.max(value);
                    }
                }
            }
        }
        Some((if of == column::GROUP { values.max(grouped) } else { values }, largest))
    }
}
