//! Cells and records: what a page holds.

use std::collections::HashSet;

use super::pages::{PAGE, Pages};

/// No row of ours is larger.
const PAYLOAD_MOST: u64 = 8 << 20;

/// A value in a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Real,
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    pub(super) fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }

    pub(super) fn blob(&self) -> Option<&[u8]> {
        if let Self::Blob(bytes) = self { Some(bytes) } else { None }
    }
}

/// A row: its number, unless its table has none, and its columns.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) row: Option<i64>,
    pub(super) columns: Vec<Value>,
}

/// What kind of page it is, as far as it holds rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Table,
    /// An index, or a table without row numbers.
    Index {
        inner: bool,
    },
}

/// Where the rows of a page begin, as it says itself. Nothing for a page of another kind.
pub(super) fn places(image: &[u8], number: u32) -> Option<(Of, Vec<usize>)> {
    let start = if number == 1 { 100 } else { 0 };
    let (of, pointers) = match image.get(start)? {
        0x0d => (Of::Table, start + 8),
        0x0a => (Of::Index { inner: false }, start + 8),
        0x02 => (Of::Index { inner: true }, start + 12),
        _ => return None,
    };
    let count = usize::from(u16::from_be_bytes([image[start + 3], image[start + 4]]));
    // A row takes a second if a flipped bit is looked for in it; a list that was hit may name it two thousand times.
    let mut seen = HashSet::new();
    let places = (0..count.min((PAGE - pointers) / 2))
        .map(|n| usize::from(u16::from_be_bytes([image[pointers + 2 * n], image[pointers + 2 * n + 1]])))
        .filter(|place| seen.insert(*place))
        .collect();
    Some((of, places))
}

/// The row at a place. `before` says which image of its further pages is meant.
/// With it, where it ends on its page.
pub(super) fn cell(pages: &Pages, image: &[u8], of: Of, at: usize, before: usize) -> Option<(Cell, usize)> {
    let at = if of == (Of::Index { inner: true }) { at + 4 } else { at };
    let (length, mut at) = varint(image, at)?;
    let mut row = None;
    if of == Of::Table {
        let (number, next) = varint(image, at)?;
        (row, at) = (Some(number as i64), next);
    }
    if length > PAYLOAD_MOST {
        return None;
    }
    let (payload, end) = payload(pages, image, of, at, length as usize, before)?;
    Some((Cell { row, columns: record(&payload)? }, end))
}

fn payload(
    pages: &Pages,
    image: &[u8],
    of: Of,
    at: usize,
    length: usize,
    before: usize,
) -> Option<(Vec<u8>, usize)> {
    let most = if of == Of::Table { PAGE - 35 } else { (PAGE - 12) * 64 / 255 - 23 };
    if length <= most {
        return Some((image.get(at..at + length)?.to_vec(), at + length));
    }
    let least = (PAGE - 12) * 32 / 255 - 23;
    let here = least + (length - least) % (PAGE - 4);
    let here = if here <= most { here } else { least };
    let mut payload = image.get(at..at + here)?.to_vec();
    let mut next = u32_at(image, at + here)?;
    while payload.len() < length {
        // A page number leads nowhere twice: each round brings something, so this ends.
        let page = pages.image(next, before)?;
        next = u32_at(&page, 0)?;
        let more = (length - payload.len()).min(PAGE - 4);
        payload.extend_from_slice(page.get(4..4 + more)?);
    }
    Some((payload, at + here + 4))
}

fn record(payload: &[u8]) -> Option<Vec<Value>> {
    let (header, mut at) = varint(payload, 0)?;
    let header = usize::try_from(header).ok()?;
    let mut body = header;
    let mut columns = Vec::new();
    while at < header {
        let (of, next) = varint(payload, at)?;
        at = next;
        let size = match of {
            0 | 8 | 9 => 0,
            1..=4 => of as usize,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => usize::try_from((of - 12) / 2).ok()?,
        };
        let bytes = payload.get(body..body.checked_add(size)?)?;
        body += size;
        columns.push(match of {
            0 => Value::Null,
            8 | 9 => Value::Integer(of as i64 - 8),
            7 => Value::Real,
            1..=6 => {
                let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
                let mut whole = if negative { [0xff; 8] } else { [0; 8] };
                whole[8 - size..].copy_from_slice(bytes);
                Value::Integer(i64::from_be_bytes(whole))
            }
            _ if of % 2 == 0 => Value::Blob(bytes.to_vec()),
            _ => Value::Text(String::from_utf8(bytes.to_vec()).ok()?),
        });
    }
    (at == header && body == payload.len()).then_some(columns)
}

pub(super) fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for n in 0..8 {
        let byte = *bytes.get(at + n)?;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + n + 1));
        }
    }
    Some((value << 8 | u64::from(*bytes.get(at + 8)?), at + 9))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
}
