//! Bodies: CBOR or JSON, compressed as a whole, with the decompressed size bounded while it is read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use zstd::zstd_safe::CParameter;

use super::limits;

/// Media type of CBOR bodies.
pub const CBOR: &str = "application/cbor";
/// Media type of JSON bodies, served to people who ask for it.
pub const JSON: &str = "application/json";
/// The one content encoding.
pub const ENCODING: &str = "zstd";

/// Below this many bytes a body and its headers travel in one packet in any case, and pressing it only takes time.
const WORTH_COMPRESSING: usize = 1_000;
/// What zstd does with a body that is not [`LARGE`]. `.cargo/config.toml` leaves out what other levels take: with those zstd would
/// silently do less.
const LEVEL: i32 = 10;
/// From here on zstd would take 24 MB of tables, which gain nothing for bodies of a few MB.
const LARGE: usize = 256 << 10;

/// How hard a body is pressed. Measured on 10,000 mixed records, 8.3 MB in columns and in pages of 2 MiB, beside level 10 of zstd as it
/// is (141 ms, 986 kB, 24 MB of memory for each body on its way): `docs/decisions/0013-how-hard-a-body-is-pressed.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effort {
    /// What a relay answers to many, and a phone waits for: 111 ms, 990 kB, 4 MB.
    Quick,
    /// What a phone sends, over a network that is slower than it is: 149 ms, 972 kB, 4 MB.
    Thorough,
}

fn compress(plain: &[u8], effort: Effort) -> Result<Vec<u8>, CodecError> {
    let packed = || {
        let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
        if plain.len() >= LARGE {
            let search = match effort {
                Effort::Quick => 5,
                Effort::Thorough => 6,
            };
            compressor.set_parameter(CParameter::HashLog(18))?;
            compressor.set_parameter(CParameter::SearchLog(search))?;
        }
        compressor.compress(plain)
    };
    packed().map_err(|e: std::io::Error| CodecError::Compression(e.to_string()))
}

/// Why a body could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// The body exceeds a limit of [`limits`].
    #[error("the body has more than {most} bytes")]
    TooLarge {
        /// The limit, in bytes.
        most: usize,
    },
    /// The body is not a zstd frame, or is cut off.
    #[error("the body is not valid zstd: {0}")]
    Compression(String),
    /// The body does not have the expected shape.
    #[error("the body does not have the expected shape: {0}")]
    Shape(String),
}

/// A value as CBOR.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, CodecError> {
    minicbor_serde::to_vec(value).map_err(|e| CodecError::Shape(e.to_string()))
}

/// A value from CBOR.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    minicbor_serde::from_slice(bytes).map_err(|e| CodecError::Shape(e.to_string()))
}

/// A body as CBOR, compressed when that is worth it. The flag tells whether [`ENCODING`] applies.
pub fn write_body<T: Serialize>(value: &T) -> Result<(Vec<u8>, bool), CodecError> {
    write(value, Effort::Quick)
}

/// The same of what a device sends: smaller, for more work.
pub(crate) fn write_request<T: Serialize>(value: &T) -> Result<(Vec<u8>, bool), CodecError> {
    write(value, Effort::Thorough)
}

fn write<T: Serialize>(value: &T, effort: Effort) -> Result<(Vec<u8>, bool), CodecError> {
    let plain = encode(value)?;
    if plain.len() < WORTH_COMPRESSING {
        return Ok((plain, false));
    }
    let packed = compress(&plain, effort)?;
    Ok(if packed.len() < plain.len() { (packed, true) } else { (plain, false) })
}

/// Entries of a request's map that were known before the others, encoded and compressed apart.
#[derive(Debug)]
pub(crate) struct Packed {
    entries: u8,
    frame: Vec<u8>,
}

/// The entries of a struct, for a body whose others come later.
pub(crate) fn pack<T: Serialize>(part: T) -> Result<Packed, CodecError> {
    let plain = encode(&part)?;
    // A phone has no memory to spare for what is written already.
    drop(part);
    let entries = entries_of(&plain)?;
    Ok(Packed { entries, frame: compress(&plain[1..], Effort::Thorough)? })
}

/// A request with the packed entries behind its own: what [`write_request`] would write of both, in two frames.
pub(crate) fn write_with<T: Serialize>(value: &T, packed: &Packed) -> Result<Vec<u8>, CodecError> {
    let mut plain = encode(value)?;
    let entries = entries_of(&plain)? + packed.entries;
    if entries > FEW {
        return Err(CodecError::Shape(format!("a map of {entries} entries")));
    }
    plain[0] = MAP | entries;
    let mut body = compress(&plain, Effort::Thorough)?;
    body.extend_from_slice(&packed.frame);
    Ok(body)
}

/// The first byte of a CBOR map of few entries, their number added.
const MAP: u8 = 0xa0;
/// What one byte can say.
const FEW: u8 = 23;

fn entries_of(map: &[u8]) -> Result<u8, CodecError> {
    match map.first() {
        Some(first) if (MAP..=MAP + FEW).contains(first) => Ok(first - MAP),
        first => Err(CodecError::Shape(format!("no map of few entries, but {first:02x?}"))),
    }
}

/// Whether a body that [`write_body`] wrote is compressed. No CBOR map or array of ours begins like a zstd frame.
pub(crate) fn is_compressed(body: &[u8]) -> bool {
    body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}

/// A value from a body that [`write_body`] wrote. Never holds more than [`limits::BODY_DECOMPRESSED`] bytes.
pub fn read_body<T: DeserializeOwned>(body: &[u8], compressed: bool) -> Result<T, CodecError> {
    read_body_within(body, compressed, limits::BODY_DECOMPRESSED)
}

/// The same, of a body that has at most so many bytes unpacked.
pub fn read_body_within<T: DeserializeOwned>(
    body: &[u8],
    compressed: bool,
    most: usize,
) -> Result<T, CodecError> {
    if body.len() > limits::BODY {
        return Err(CodecError::TooLarge { most: limits::BODY });
    }
    if !compressed {
        return decode(body);
    }
    // In one piece: a decoder that streams keeps all it has read beside what it gives out.
    let claimed = zstd::bulk::Decompressor::upper_bound(body);
    if claimed.is_some_and(|size| size > most) {
        return Err(CodecError::TooLarge { most });
    }
    let plain = zstd::bulk::decompress(body, most).map_err(|e| CodecError::Compression(e.to_string()))?;
    decode(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decompression_bomb_is_refused_before_it_is_parsed() {
        let bomb = zstd::bulk::compress(&vec![0u8; limits::BODY_DECOMPRESSED + 1], 19).unwrap();
        assert!(bomb.len() < 10_000);
        assert!(matches!(read_body::<Vec<u8>>(&bomb, true), Err(CodecError::TooLarge { .. })));
    }

    #[test]
    fn a_frame_that_does_not_say_how_much_it_holds_is_bounded_all_the_same() {
        let packed = |text: &String| {
            let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
            encoder.include_contentsize(false).unwrap();
            std::io::Write::write_all(&mut encoder, &encode(text).unwrap()).unwrap();
            encoder.finish().unwrap()
        };
        let (good, bomb) = ("a".repeat(3_000), "0".repeat(limits::ENROL + 1));
        assert!(matches!(zstd::zstd_safe::get_frame_content_size(&packed(&good)), Ok(None)));
        assert_eq!(read_body_within::<String>(&packed(&good), true, limits::ENROL).unwrap(), good);
        assert!(read_body_within::<String>(&packed(&bomb), true, limits::ENROL).is_err());
    }

    #[test]
    fn a_body_in_two_parts_is_read_as_one() {
        #[derive(Serialize)]
        struct Part {
            roots: Vec<crate::model::RecordId>,
        }
        let whole = crate::wire::SyncRequest {
            roots: vec![crate::model::RecordId::NIL; 500],
            ..crate::wire::SyncRequest::new(7)
        };
        let packed = pack(Part { roots: whole.roots.clone() }).unwrap();
        let rest = crate::wire::SyncRequest { roots: Vec::new(), ..whole.clone() };
        let body = write_with(&rest, &packed).unwrap();
        assert_eq!(read_body::<crate::wire::SyncRequest>(&body, true).unwrap(), whole);
        assert!(matches!(read_body_within::<()>(&body, true, 5_000), Err(CodecError::TooLarge { .. })));
        assert!(pack(7).is_err());
    }

    #[test]
    fn whatever_a_body_holds_is_read_or_refused() {
        let request = encode(&crate::wire::SyncRequest::new(7)).unwrap();
        bolero::check!().with_type::<(bool, Vec<u8>, Vec<(u8, u8)>)>().for_each(
            |(compressed, noise, edits)| {
                let _ = read_body::<crate::wire::SyncRequest>(noise, *compressed);
                let _ = read_body::<crate::wire::SyncAnswer>(noise, *compressed);
                let mut edited = request.clone();
                for (at, value) in edits {
                    let at = usize::from(*at) % edited.len();
                    edited[at] = *value;
                }
                let _ = decode::<crate::wire::SyncRequest>(&edited);
            },
        );
    }

    /// A list in a list in a list …, and lists and texts that say they have more items than there are atoms: neither ends the
    /// process.
    #[test]
    fn what_nests_deep_or_claims_much_costs_nothing() {
        let refused = |field: &str, value: &[u8]| {
            let body = [&[0xa1, 0x60 + field.len() as u8], field.as_bytes(), value].concat();
            decode::<crate::wire::SyncRequest>(&body).is_err()
                && decode::<crate::wire::SyncAnswer>(&body).is_err()
                && decode::<crate::wire::Enrol>(&body).is_err()
        };
        for field in ["unknown", "pushes", "acks", "cursors", "access", "code"] {
            for nests in [0x81, 0x9f, 0xa1, 0xbf, 0xc1] {
                assert!(refused(field, &vec![nests; 1 << 17]), "{field} {nests:x}");
            }
            for claims in [0x5b, 0x7b, 0x9b, 0xbb] {
                let most = [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
                assert!(refused(field, &[&[claims], &most[..], &[0; 99]].concat()), "{field} {claims:x}");
            }
        }
    }

    #[test]
    fn small_bodies_travel_as_they_are_and_large_ones_compressed() {
        let (body, compressed) = write_body(&"ab").unwrap();
        assert!(!compressed);
        assert_eq!(read_body::<String>(&body, compressed).unwrap(), "ab");
        let text = "拜访".repeat(500);
        let (body, compressed) = write_body(&text).unwrap();
        assert!(compressed && body.len() < 100);
        assert_eq!(read_body::<String>(&body, compressed).unwrap(), text);
        assert!(read_body::<String>(&body[..body.len() / 2], true).is_err());
    }
}
