//! Becoming a device of a member, and ceasing to be one.

use super::client::Client;
use crate::store::Store;
use crate::wire::{Enrol, Enrolled, Invitation, Rotate};
use crate::{Error, Identity, Result};

impl Client {
    /// Turns a one-time invitation into this device's enrolment. The token is made and kept before it is sent, so a cut
    /// answer can be asked for again with the same invitation. Records saved before go into the member's own book.
    pub async fn enrol(&self, invitation: &str, device_name: &str) -> Result<Identity> {
        let invitation: Invitation = invitation.parse().map_err(|e: crate::wire::InvalidInvitation| {
            Error::Refused { code: crate::wire::FailureCode::Malformed, detail: e.to_string() }
        })?;
        let token = self
            .blocking(move |store| {
                if store.identity()?.is_some() {
                    return Err(Error::AlreadyEnrolled);
                }
                store.next_token()
            })
            .await?;
        let body = Enrol { code: invitation.code, token, device_name: device_name.to_owned() };
        let enrolled: Enrolled = self.http().post(&invitation.relay, "/v1/enrol", None, &body).await?;
        self.blocking(move |store| store.enrolled(&invitation.relay, &enrolled)).await?;
        self.blocking(Store::identity).await?.ok_or(Error::NotEnrolled)
    }

    /// Gives this device a new token. The old one works until the new one is first used.
    pub async fn rotate_token(&self) -> Result<()> {
        let (relay, token, next) = self
            .blocking(|store| {
                let (relay, token) = store.credentials()?;
                Ok((relay, token, store.next_token()?))
            })
            .await?;
        let body = Rotate { token: next };
        let _: serde::de::IgnoredAny = self.http().post(&relay, "/v1/token", Some(&token), &body).await?;
        self.blocking(Store::use_next_token).await
    }
}
