//! Enrolment and device tokens. The device makes its secret before it asks, so a cut answer locks nobody out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Access;
use crate::model::{DeviceId, MemberId};

/// 32 secret bytes, written as 64 hexadecimal digits. Its `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Secret(String);

/// The SHA-256 of a secret: all a relay keeps of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct TokenHash(pub [u8; 32]);

impl From<TokenHash> for String {
    fn from(hash: TokenHash) -> Self {
        Secret::from_bytes(hash.0).0
    }
}

impl TryFrom<String> for TokenHash {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Secret::parse(&text).map(|digits| Self(digits.to_bytes())).ok_or("a hash has 64 hexadecimal digits")
    }
}

impl Secret {
    /// A secret from 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.iter().map(|b| format!("{b:02x}")).collect())
    }

    /// A secret from its text; `None` unless it is 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let good = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        good.then(|| Self(text.to_ascii_lowercase()))
    }

    /// The text that goes into an `Authorization: Bearer` header.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The 32 bytes.
    pub(crate) fn to_bytes(&self) -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&self.0[2 * at..2 * at + 2], 16).unwrap_or_default())
    }

    /// What the relay stores. 256 random bits need no slow hash, and comparing hashes leaks no secret by timing.
    pub fn hash(&self) -> TokenHash {
        TokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.0
    }
}

impl TryFrom<String> for Secret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a secret is 64 hexadecimal digits")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(…)")
    }
}

/// `POST /v1/enrol`: turns a one-time invitation into a device. Repeating it with the same token gives the same
/// device; another token finds the invitation used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Enrol {
    /// The code of the invitation.
    pub code: Secret,
    /// The device's own token from now on.
    pub token: Secret,
    /// A name people recognise the device by.
    pub device_name: String,
    /// The device it is already, if its token is not accepted any more: of the same member, it stays that one, and what
    /// it offered in trays stays its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// The answer to [`Enrol`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// This device.
    pub device: DeviceId,
    /// Its member.
    pub member: MemberId,
    /// What the member may see.
    pub access: Access,
    /// The newest protocol version the relay speaks.
    #[serde(default)]
    pub version: u16,
}

/// `POST /v1/token`: the next token. The present one works until the next is first used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rotate {
    /// The device's token from now on.
    pub token: Secret,
}

/// What an administrator hands to a person: the relay's address and a one-time code, as one link
/// (`https://relay.example/#<code>`). The code is in the fragment, so no proxy or log ever sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The relay's base address, without a trailing slash.
    pub relay: String,
    /// The one-time code.
    pub code: Secret,
}

/// A text that is not an invitation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this is not an invitation; it starts with https:// and ends in # and 64 characters. Ask for a new one"
)]
pub struct InvalidInvitation;

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/#{}", self.relay, self.code.reveal())
    }
}

impl FromStr for Invitation {
    type Err = InvalidInvitation;
    fn from_str(text: &str) -> Result<Self, InvalidInvitation> {
        let (relay, code) = text.trim().rsplit_once('#').ok_or(InvalidInvitation)?;
        let relay = relay.trim_end_matches('/');
        let scheme = relay.strip_prefix("https://").or_else(|| relay.strip_prefix("http://"));
        match (scheme, Secret::parse(code)) {
            (Some(host), Some(code)) if !host.is_empty() => Ok(Self { relay: relay.to_owned(), code }),
            _ => Err(InvalidInvitation),
        }
    }
}

#[cfg(test)]
mod tests {
    use roadbook_spoilt::{Spoil, bytes};

    use super::*;

    #[test]
    fn an_invitation_survives_a_paste() {
        let invitation =
            Invitation { relay: "https://relay.example:8443".into(), code: Secret::from_bytes([7; 32]) };
        assert_eq!(format!("  {invitation}\n").parse(), Ok(invitation.clone()));
        assert!(!format!("{invitation:?}").contains("0707"));
        for bad in ["", "https://x", "https://#", "ftp://x/#07", "https://x/#zz"] {
            assert_eq!(bad.parse::<Invitation>(), Err(InvalidInvitation), "{bad}");
        }
    }

    #[test]
    fn whatever_is_pasted_is_an_invitation_or_refused() {
        let link =
            Invitation { relay: "https://中继.example:8443".into(), code: Secret::from_bytes([7; 32]) };
        let link = link.to_string();
        bolero::check!().with_type::<(String, Vec<Spoil>)>().for_each(|(noise, spoils)| {
            let spoilt = bytes(link.as_bytes(), spoils);
            for text in [noise, &format!("https://{noise}"), &*String::from_utf8_lossy(&spoilt)] {
                let Ok(invitation) = text.parse::<Invitation>() else { continue };
                assert!(invitation.relay.starts_with("http") && !invitation.relay.ends_with('/'));
                assert_eq!(invitation.code.hash(), Secret::from_bytes(invitation.code.to_bytes()).hash());
                assert_eq!(invitation.to_string().parse(), Ok(invitation));
            }
        });
    }
}
