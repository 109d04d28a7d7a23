//! The version after this one, as far as one can say today: a field and a kind more, unknown keys in every message.

use std::sync::LazyLock;

use roadbook_core::model::{Field, Kind, Schema, kinds};

/// The field that accounts have in the next version.
pub(super) const FIELD: &str = "next_version_field";
/// The kind that the next version has.
pub(super) const KIND: &str = "next_version_kind";

static ACCOUNT: LazyLock<Kind> = LazyLock::new(|| {
    let account = Schema::standard().kind("account").unwrap();
    let mut fields = account.fields.to_vec();
    fields.push(Field::text(FIELD, "Of the next version", "下一版本"));
    Kind { fields: fields.leak(), ..kinds::ACCOUNT }
});

static NEXT: LazyLock<Kind> = LazyLock::new(|| {
    let fields = vec![
        Field::link("account", "account", "Account", "客户").required().root(),
        Field::line("name", "Name", "名称").required().searched(),
        Field::text("notes", "Notes", "备注").searched(),
    ];
    Kind::new(KIND, "Next", "下一个", fields.leak()).title(&["name"])
});

/// The kinds of an app of the next version.
pub(super) fn schema() -> Schema {
    Schema::standard().with(&ACCOUNT).with(&NEXT)
}

/// Parts of a message that are maps with fixed keys, so that a next version may add some to them.
const PARTS: [&str; 9] =
    ["pages", "trays", "documents", "verdicts", "access", "books", "members", "receipts", "decisions"];

/// The same CBOR message as a next version might write it: every map of fixed keys has one more.
pub(super) fn with_unknown_keys(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 64);
    let rest = item(message, true, &mut out);
    assert!(rest.is_empty(), "a message is one item");
    out
}

/// Copies one item; says what is left.
fn item<'a>(input: &'a [u8], is_part: bool, out: &mut Vec<u8>) -> &'a [u8] {
    let (first, argument, rest) = head(input);
    match first >> 5 {
        0 | 1 | 7 => {
            out.extend(&input[..input.len() - rest.len()]);
            rest
        }
        2 | 3 => {
            let len = usize::try_from(argument.expect("strings of known length")).unwrap();
            let (_, after) = rest.split_at(len);
            out.extend(&input[..input.len() - after.len()]);
            after
        }
        4 => {
            out.extend(&input[..input.len() - rest.len()]);
            items(rest, argument, out, |rest, out| item(rest, is_part, out))
        }
        5 => {
            let extends = is_part && argument != Some(0) && starts_with_text(rest);
            write_head(5, argument.map(|pairs| pairs + u64::from(extends)), out);
            if extends {
                text("of_the_next_version", out);
                write_head(4, Some(2), out);
                out.push(0xf5);
                text("什么", out);
            }
            items(rest, argument, out, |rest, out| {
                let part = key(rest).is_some_and(|key| PARTS.contains(&key));
                let rest = item(rest, false, out);
                item(rest, part, out)
            })
        }
        _ => unreachable!("tags do not occur"),
    }
}

fn items<'a>(
    mut rest: &'a [u8],
    count: Option<u64>,
    out: &mut Vec<u8>,
    one: impl Fn(&'a [u8], &mut Vec<u8>) -> &'a [u8],
) -> &'a [u8] {
    match count {
        Some(count) => (0..count).fold(rest, |rest, _| one(rest, out)),
        None => {
            while rest[0] != 0xff {
                rest = one(rest, out);
            }
            out.push(0xff);
            &rest[1..]
        }
    }
}

fn starts_with_text(rest: &[u8]) -> bool {
    rest.first().is_some_and(|first| first >> 5 == 3)
}

fn key(rest: &[u8]) -> Option<&str> {
    let (first, len, rest) = head(rest);
    let len = usize::try_from(len?).ok()?;
    if first >> 5 == 3 { std::str::from_utf8(&rest[..len]).ok() } else { None }
}

fn text(text: &str, out: &mut Vec<u8>) {
    write_head(3, Some(text.len() as u64), out);
    out.extend(text.as_bytes());
}

/// The first byte, its argument (none: of unknown length), and what follows.
fn head(input: &[u8]) -> (u8, Option<u64>, &[u8]) {
    let (first, rest) = (input[0], &input[1..]);
    let more = match first & 31 {
        small @ 0..24 => return (first, Some(u64::from(small)), rest),
        31 => return (first, None, rest),
        size => 1 << (size - 24),
    };
    let argument = rest[..more].iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    (first, Some(argument), &rest[more..])
}

fn write_head(major: u8, argument: Option<u64>, out: &mut Vec<u8>) {
    let first = major << 5;
    match argument {
        None => out.push(first | 31),
        Some(small @ 0..24) => out.push(first | small as u8),
        Some(byte @ 24..256) => out.extend([first | 24, byte as u8]),
        Some(long) => {
            out.push(first | 26);
            out.extend(u32::try_from(long).unwrap().to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use roadbook_core::wire::{self, SyncAnswer, SyncRequest};

    use super::*;

    #[test]
    fn this_version_reads_what_the_next_one_writes() {
        let request = SyncRequest::new(7);
        let plain = wire::encode(&request).unwrap();
        let next = with_unknown_keys(&plain);
        assert!(next.len() > plain.len());
        assert_eq!(wire::decode::<SyncRequest>(&next).unwrap(), request);
        let answer = SyncAnswer::new(7);
        let next = with_unknown_keys(&wire::encode(&answer).unwrap());
        assert_eq!(wire::decode::<SyncAnswer>(&next).unwrap(), answer);
    }
}
