//! Identifiers. Each is a type of its own, so that a member can never be passed where a book is meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not an identifier of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is not a {what} id; an id looks like 018f6d2e-7c1a-7b3c-9d4e-5f60718293a4")]
pub struct InvalidId {
    /// What the id was to name, e.g. `record`.
    pub what: &'static str,
    /// The text that was given, cut to 64 characters.
    pub text: String,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The all-zero id: "none yet".
            pub const NIL: Self = Self(Uuid::nil());

            /// The id's 16 bytes, as SQLite and the wire store it.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id from its 16 bytes; `None` for any other length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }

            /// Whether this is [`Self::NIL`].
            pub fn is_nil(&self) -> bool {
                self.0.is_nil()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text.trim())
                    .map(Self)
                    .map_err(|_| InvalidId { what: $what, text: text.chars().take(64).collect() })
            }
        }
    };
}

id!(
    /// A record, and the automerge document that holds it. New ones are UUID v7, so ids sort by creation.
    RecordId,
    "record"
);
id!(
    /// A book: the unit of sharing and of sync.
    BookId,
    "book"
);
id!(
    /// A person of a workspace.
    MemberId,
    "member"
);
id!(
    /// One installation of one member.
    DeviceId,
    "device"
);
id!(
    /// A company.
    WorkspaceId,
    "workspace"
);
id!(
    /// A thing inside a record's collection: a competitor of an opportunity, a participant of a visit.
    ItemId,
    "item"
);

/// The name of one change: the SHA-256 automerge gives it, 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChangeId(pub [u8; 32]);

impl ChangeId {
    /// The id from its 32 bytes; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ChangeId({self})")
    }
}

impl FromStr for ChangeId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId { what: "change", text: text.chars().take(64).collect() };
        let mut out = [0; 32];
        // A number of two digits may be written with a sign and one.
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        for (i, byte) in out.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(out))
    }
}

impl Serialize for ChangeId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_bytes(&self.0)
        }
    }
}

impl<'de> Deserialize<'de> for ChangeId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
        } else {
            let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
            Self::from_slice(&bytes).ok_or_else(|| D::Error::custom("a change id has 32 bytes"))
        }
    }
}

#[cfg(test)]
mod tests {
    use roadbook_spoilt::{Spoil, bytes};

    use super::*;

    #[test]
    fn ids_read_back_and_refuse_what_they_are_not() {
        let id: RecordId = "018f6d2e-7c1a-7b3c-9d4e-5f60718293a4".parse().unwrap();
        assert_eq!(RecordId::from_slice(id.as_bytes()), Some(id));
        assert_eq!("x".parse::<BookId>().unwrap_err().what, "book");
        let change = ChangeId([0xab; 32]);
        assert_eq!(change.to_string().parse::<ChangeId>().unwrap(), change);
        for wrong in ["é", "+f"] {
            assert!(wrong.repeat(32).parse::<ChangeId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn whatever_is_written_is_the_id_it_says_or_none() {
        let (record, change) = ("018f6d2e-7c1a-7b3c-9d4e-5f60718293a4", ChangeId([0xab; 32]).to_string());
        bolero::check!().with_type::<(String, Vec<Spoil>)>().for_each(|(noise, spoils)| {
            let spoilt = [record, &change].map(|good| bytes(good.as_bytes(), spoils));
            let spoilt = spoilt.iter().map(|bytes| String::from_utf8_lossy(bytes));
            for text in spoilt.chain([noise.as_str().into()]) {
                match text.parse::<RecordId>() {
                    Ok(id) => assert_eq!(id.to_string().parse(), Ok(id)),
                    Err(wrong) => assert!(text.starts_with(&wrong.text)),
                }
                if let Ok(id) = text.parse::<ChangeId>() {
                    assert_eq!(id.to_string(), text.to_ascii_lowercase());
                }
            }
        });
    }
}
