//! `GET /v1/live`: what a relay tells a device that is connected.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use serde::{Deserialize, Serialize};

use super::codec::{is_compressed, read_body, write_body};
use super::{CodecError, Digest, SyncAnswer, limits};

/// What a device asks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LiveRequest {
    /// The newest protocol version the device speaks, if it takes [`LiveEvent::Answer`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u16>,
}

/// A server-sent event; its data is this as JSON. A device that gets one syncs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum LiveEvent {
    /// First event after connecting: subscribed. Sync now; whatever comes later wakes you.
    Hello,
    /// Something this device may see is new: a log, its access, a tray, a verdict, an order.
    Wake,
    /// Nothing is new but a few changes, and these are they. The sync that follows confirms them.
    Answer(LiveAnswer),
    /// An event of a newer relay.
    #[serde(other)]
    Unknown,
}

/// The pages that a device would be answered if it asked now, and what it would have said of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveAnswer {
    /// [`SyncRequest::access`](super::SyncRequest::access): a device that holds another access state throws this away.
    pub access: Digest,
    /// [`SyncRequest::all_cursors`](super::SyncRequest::all_cursors): so does one that has read to somewhere else.
    pub all_cursors: Digest,
    /// A [`SyncAnswer`] as the body of an answer would be, in base64 without padding.
    body: String,
}

impl LiveAnswer {
    /// Packs an answer. `None` if it is too large to be sent to whoever may not need it.
    pub fn new(access: Digest, all_cursors: Digest, answer: &SyncAnswer) -> Result<Option<Self>, CodecError> {
        let (body, _) = write_body(answer)?;
        let fits = body.len() <= limits::LIVE;
        Ok(fits.then(|| Self { access, all_cursors, body: BASE64.encode(body) }))
    }

    /// The answer.
    pub fn answer(&self) -> Result<SyncAnswer, CodecError> {
        let body = BASE64.decode(&self.body).map_err(|e| CodecError::Shape(e.to_string()))?;
        read_body(&body, is_compressed(&body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_through_an_event_unless_it_is_large() {
        let mut answer = SyncAnswer::new(7);
        let packed = LiveAnswer::new(Digest([1; 8]), Digest([2; 8]), &answer).unwrap().unwrap();
        let event = LiveEvent::Answer(packed.clone());
        let json = serde_json::to_string(&event).unwrap();
        assert!(
            json.starts_with(r#"{"event":"answer","access":"0101010101010101","all_cursors":"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<LiveEvent>(&json).unwrap(), event);
        assert_eq!(packed.answer().unwrap(), answer);
        answer.members = (0..limits::LIVE as u128)
            .map(|n| {
                crate::model::MemberId(uuid::Uuid::from_u128(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c)))
            })
            .collect();
        assert_eq!(LiveAnswer::new(Digest::ZERO, Digest::ZERO, &answer).unwrap(), None);
    }

    #[test]
    fn an_event_of_a_newer_relay_is_a_wake_up() {
        let newer = r#"{"event":"sunrise","at":"06:12"}"#;
        assert_eq!(serde_json::from_str::<LiveEvent>(newer).unwrap(), LiveEvent::Unknown);
    }

    #[test]
    fn whatever_comes_as_an_event_is_understood_or_refused() {
        bolero::check!().with_type::<(Vec<u8>, String)>().for_each(|(noise, text)| {
            for body in [BASE64.encode(noise), text.clone()] {
                let _ = LiveAnswer { access: Digest::ZERO, all_cursors: Digest::ZERO, body }.answer();
            }
            let _ = serde_json::from_str::<LiveEvent>(text);
        });
    }
}
