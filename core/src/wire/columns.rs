//! Pushes, their acknowledgements and entries as they travel in CBOR: column by column. What is alike then stands
//! together, and ids, which are random, apart from the texts, which are not. JSON, which people read, has rows.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteBuf;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::{Ack, ChangeEntry, Chunk, Notice, Push};
use crate::model::{BookId, ChangeId, RecordId};

/// For `#[serde(with = "columns")]` on a list.
pub(super) fn serialize<T: Rows, S: Serializer>(rows: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        rows.serialize(serializer)
    } else {
        T::columns(rows).serialize(serializer)
    }
}

pub(super) fn deserialize<'de, T: Rows, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    if deserializer.is_human_readable() {
        Vec::deserialize(deserializer)
    } else {
        T::rows(T::Columns::deserialize(deserializer)?)
            .ok_or_else(|| D::Error::custom("columns differ in length"))
    }
}

/// What can travel as columns.
pub(super) trait Rows: Serialize + DeserializeOwned {
    type Columns: Serialize + DeserializeOwned;

    fn columns(rows: &[Self]) -> Self::Columns;

    /// `None` if the columns do not fit together.
    fn rows(columns: Self::Columns) -> Option<Vec<Self>>;
}

#[derive(Serialize_tuple, Deserialize_tuple)]
pub(super) struct PushColumns {
    document: ByteBuf,
    book: Vec<u16>,
    root: Vec<Option<u32>>,
    offset: Vec<i32>,
    notice: Vec<Option<Notice>>,
    change: Vec<Option<ChangeId>>,
    chunk: Chunks,
}

impl Rows for Push {
    type Columns = PushColumns;

    fn columns(rows: &[Self]) -> PushColumns {
        PushColumns {
            document: transposed(rows.iter().map(|row| &row.document.as_bytes()[..])),
            book: rows.iter().map(|row| row.book).collect(),
            root: rows.iter().map(|row| row.root).collect(),
            offset: rows.iter().map(|row| row.offset).collect(),
            notice: rows.iter().map(|row| row.notice).collect(),
            change: rows.iter().map(|row| row.change).collect(),
            chunk: Chunks::of(rows.iter().map(|row| &row.chunk)),
        }
    }

    fn rows(columns: PushColumns) -> Option<Vec<Self>> {
        let PushColumns { document, book, root, offset, notice, change, chunk } = columns;
        let (documents, chunks) = (documents(&document)?, chunk.split()?);
        let fits = [book.len(), root.len(), offset.len(), notice.len(), change.len(), chunks.len()]
            .iter()
            .all(|length| *length == documents.len());
        let rows = documents.into_iter().zip(chunks).enumerate();
        fits.then(|| {
            rows.map(|(at, (document, chunk))| Self {
                document,
                book: book[at],
                root: root[at],
                offset: offset[at],
                notice: notice[at],
                change: change[at],
                chunk,
            })
            .collect()
        })
    }
}

#[derive(Serialize_tuple, Deserialize_tuple)]
pub(super) struct EntryColumns {
    /// Each less the one before it.
    number: Vec<u64>,
    document: ByteBuf,
    member: Vec<u16>,
    offset: Vec<i32>,
    change: Vec<Option<ChangeId>>,
    chunk: Chunks,
}

impl Rows for ChangeEntry {
    type Columns = EntryColumns;

    fn columns(rows: &[Self]) -> EntryColumns {
        let before = [0].into_iter().chain(rows.iter().map(|row| row.number));
        EntryColumns {
            number: rows.iter().zip(before).map(|(row, before)| row.number.wrapping_sub(before)).collect(),
            document: transposed(rows.iter().map(|row| &row.document.as_bytes()[..])),
            member: rows.iter().map(|row| row.member).collect(),
            offset: rows.iter().map(|row| row.offset).collect(),
            change: rows.iter().map(|row| row.change).collect(),
            chunk: Chunks::of(rows.iter().map(|row| &row.chunk)),
        }
    }

    fn rows(columns: EntryColumns) -> Option<Vec<Self>> {
        let EntryColumns { number, document, member, offset, change, chunk } = columns;
        let (documents, chunks) = (documents(&document)?, chunk.split()?);
        let fits = [number.len(), member.len(), offset.len(), change.len(), chunks.len()]
            .iter()
            .all(|length| *length == documents.len());
        let mut last = 0_u64;
        let rows = documents.into_iter().zip(chunks).enumerate();
        fits.then(|| {
            rows.map(|(at, (document, chunk))| {
                last = last.wrapping_add(number[at]);
                Self {
                    number: last,
                    document,
                    member: member[at],
                    offset: offset[at],
                    change: change[at],
                    chunk,
                }
            })
            .collect()
        })
    }
}

#[derive(Serialize_tuple, Deserialize_tuple)]
pub(super) struct AckColumns {
    /// Books that `book` points into.
    books: Vec<BookId>,
    /// The book of what was accepted; null for the rest.
    book: Vec<Option<u16>>,
    /// The number of what was accepted, less the one before it.
    number: Vec<u64>,
    /// What was not accepted.
    rest: Vec<Ack>,
}

impl Rows for Ack {
    type Columns = AckColumns;

    fn columns(rows: &[Self]) -> AckColumns {
        let mut columns = AckColumns { books: vec![], book: vec![], number: vec![], rest: vec![] };
        let mut last = 0_u64;
        for row in rows {
            let Self::Accepted(book, number) = row else {
                columns.book.push(None);
                columns.rest.push(row.clone());
                continue;
            };
            let at = columns.books.iter().position(|known| known == book).unwrap_or_else(|| {
                columns.books.push(*book);
                columns.books.len() - 1
            });
            columns.book.push(u16::try_from(at).ok());
            columns.number.push(number.wrapping_sub(last));
            last = *number;
        }
        columns
    }

    fn rows(columns: AckColumns) -> Option<Vec<Self>> {
        let AckColumns { books, book, number, rest } = columns;
        let (mut numbers, mut rest, mut last) = (number.into_iter(), rest.into_iter(), 0_u64);
        let rows = book.into_iter().map(|book| match book {
            None => rest.next(),
            Some(book) => {
                last = last.wrapping_add(numbers.next()?);
                Some(Self::Accepted(*books.get(usize::from(book))?, last))
            }
        });
        let rows = rows.collect::<Option<Vec<_>>>()?;
        (numbers.next().is_none() && rest.next().is_none()).then_some(rows)
    }
}

#[derive(Serialize_tuple, Deserialize_tuple)]
struct Chunks {
    length: Vec<u32>,
    /// One after the other.
    bytes: ByteBuf,
}

impl Chunks {
    fn of<'a>(chunks: impl Iterator<Item = &'a Chunk> + Clone) -> Self {
        Self {
            length: chunks.clone().map(|chunk| u32::try_from(chunk.0.len()).unwrap_or(u32::MAX)).collect(),
            bytes: ByteBuf::from(chunks.map(|chunk| chunk.0.as_slice()).collect::<Vec<_>>().concat()),
        }
    }

    fn split(self) -> Option<Vec<Chunk>> {
        let mut left = self.bytes.as_slice();
        let chunks = self.length.iter().map(|length| {
            let (chunk, rest) = left.split_at_checked(*length as usize)?;
            left = rest;
            Some(Chunk(chunk.to_vec()))
        });
        let chunks: Vec<Chunk> = chunks.collect::<Option<_>>()?;
        left.is_empty().then_some(chunks)
    }
}

fn documents(transposed_ids: &[u8]) -> Option<Vec<RecordId>> {
    if !transposed_ids.len().is_multiple_of(16) {
        return None;
    }
    let rows = transposed(transposed_ids.chunks((transposed_ids.len() / 16).max(1)));
    rows.chunks_exact(16).map(RecordId::from_slice).collect()
}

/// Rows of one length, byte by byte: all first bytes, all second bytes … Transposing the columns gives the rows again.
fn transposed<'a>(rows: impl Iterator<Item = &'a [u8]>) -> ByteBuf {
    let rows: Vec<&[u8]> = rows.collect();
    let width = rows.first().map_or(0, |row| row.len());
    ByteBuf::from((0..width).flat_map(|at| rows.iter().map(move |row| row[at])).collect::<Vec<u8>>())
}

#[cfg(test)]
mod tests {
    use super::super::{decode, encode};
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct List<T: Rows>(#[serde(with = "super")] Vec<T>);

    fn entry(number: u64, chunk: &[u8]) -> ChangeEntry {
        let document = RecordId::from_slice(&[number as u8; 16]).unwrap();
        let change = number.is_multiple_of(2).then_some(ChangeId([9; 32]));
        ChangeEntry { number, document, member: 3, offset: -7, change, chunk: Chunk(chunk.to_vec()) }
    }

    fn push(document: u8, chunk: &[u8]) -> Push {
        Push {
            document: RecordId::from_slice(&[document; 16]).unwrap(),
            book: 1,
            root: (document > 1).then_some(5),
            offset: -7,
            notice: (document > 2).then_some(Notice::Restore),
            change: None,
            chunk: Chunk(chunk.to_vec()),
        }
    }

    #[test]
    fn rows_come_back_whatever_their_chunks() {
        let none = List::<Push>(Vec::new());
        assert_eq!(decode::<List<Push>>(&encode(&none).unwrap()).unwrap(), none);
        for chunks in ["", "0123456789abc", "012345678 0123456789", "0123456789 0 01"] {
            let entries = List(
                (5..).zip(chunks.split(' ')).map(|(number, chunk)| entry(number, chunk.as_bytes())).collect(),
            );
            assert_eq!(decode::<List<ChangeEntry>>(&encode(&entries).unwrap()).unwrap(), entries);
            let pushes = List(
                (1..)
                    .zip(chunks.split(' '))
                    .map(|(document, chunk)| push(document, chunk.as_bytes()))
                    .collect(),
            );
            assert_eq!(decode::<List<Push>>(&encode(&pushes).unwrap()).unwrap(), pushes);
            let json = serde_json::to_string(&pushes).unwrap();
            assert_eq!(serde_json::from_str::<List<Push>>(&json).unwrap(), pushes);
        }
    }

    #[test]
    fn acks_come_back() {
        let book = |n: u8| BookId::from_slice(&[n; 16]).unwrap();
        let busy = Ack::Rejected(super::super::RejectionCode::Busy.rejection());
        let acks = List(vec![
            Ack::Accepted(book(1), 7),
            busy.clone(),
            Ack::Accepted(book(2), 3),
            Ack::Tray(1),
            Ack::Accepted(book(1), 8),
        ]);
        assert_eq!(decode::<List<Ack>>(&encode(&acks).unwrap()).unwrap(), acks);
        let columns =
            |number, rest| AckColumns { books: vec![book(1)], book: vec![Some(0), None], number, rest };
        assert!(Ack::rows(columns(vec![1], vec![busy.clone()])).is_some());
        assert!(Ack::rows(columns(vec![1], vec![])).is_none());
        assert!(Ack::rows(columns(vec![1, 2], vec![busy.clone()])).is_none());
        let unknown = AckColumns { book: vec![Some(1), None], ..columns(vec![1], vec![busy]) };
        assert!(Ack::rows(unknown).is_none());
    }

    #[test]
    fn columns_that_do_not_fit_together_are_refused() {
        let good = || ChangeEntry::columns(&[entry(1, b"0123456789"), entry(2, b"0123456789")]);
        assert!(ChangeEntry::rows(good()).is_some());
        let spoilt: [fn(&mut EntryColumns); 8] = [
            |c| c.number.truncate(1),
            |c| c.document.truncate(31),
            |c| c.document.truncate(16),
            |c| c.member.push(0),
            |c| c.chunk.length[0] = u32::MAX,
            |c| c.chunk.length[0] = 3,
            |c| c.chunk.bytes.truncate(4),
            |c| c.chunk.bytes.push(0),
        ];
        for spoil in spoilt {
            let mut columns = good();
            spoil(&mut columns);
            assert!(ChangeEntry::rows(columns).is_none());
        }
    }
}
