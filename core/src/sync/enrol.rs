//! Becoming a device of a member, and ceasing to be one.

use std::time::Duration;

use super::client::Client;
use super::engine::Engine;
use super::state::SyncState;
use crate::wire::{Enrol, Enrolled, FailureCode, InvalidInvitation, Invitation, Rotate, Secret, SyncRequest};
use crate::{Error, Identity, Result};

/// A user who erases a device does not wait for a network.
const SIGNING_OFF: Duration = Duration::from_secs(3);

impl Engine {
    /// What to send to `POST /v1/enrol` of which relay, to turn a one-time invitation into this device's enrolment. The
    /// token is made and kept before it is sent, so a cut answer can be asked for again with the same invitation. A device
    /// whose token is lost or refused (it began again with an older backup, or the relay lost its journal) is enrolled again with another
    /// invitation of the same member: it keeps its unsent work.
    pub fn enrol(&self, invitation: &str, device_name: &str) -> Result<(String, Enrol)> {
        let invitation: Invitation = invitation.parse().map_err(|e: InvalidInvitation| Error::Refused {
            code: FailureCode::Malformed,
            detail: e.to_string(),
        })?;
        if self.store().is_enrolled()? {
            return Err(Error::AlreadyEnrolled);
        }
        let device = self.store().identity()?.map(|identity| identity.device);
        let token = self.store().next_token()?;
        let device_name = device_name.to_owned();
        Ok((invitation.relay, Enrol { code: invitation.code, token, device_name, device }))
    }

    /// Takes the answer in. Records saved before go into the member's own book. A device of another member, or of another
    /// workspace, is refused: nothing is changed then.
    pub fn enrolled(&mut self, relay: &str, enrolled: &Enrolled) -> Result<Identity> {
        self.store().enrolled(relay, enrolled)?;
        self.spoken = enrolled.version;
        self.store().identity()?.ok_or(Error::NotEnrolled)
    }

    /// What to send to `POST /v1/token`, to give this device a new token. Cut off, it is asked for again with the same one.
    pub fn rotate(&self) -> Result<Rotate> {
        Ok(Rotate { token: self.store().next_token()? })
    }

    /// The relay knows the new token: it is used from now on.
    pub fn rotated(&self) -> Result<()> {
        self.store().use_next_token()
    }

    /// Erases everything on this device, because its user says so: [`Client::wipe`]. Gives back where and with what its relay is to be
    /// told, and by what request; nothing, if this is nobody's device or its token cannot be read.
    pub fn wipe(&mut self, give_up_unsent: bool) -> Result<Option<(String, Secret, SyncRequest)>> {
        let known = self.credentials().ok();
        self.store().wipe(give_up_unsent)?;
        // What it knew of the relay is no more.
        *self = Self::new(self.store().clone());
        let now = self.store().inner.environment.now();
        let request = SyncRequest { obeyed: true, budget: 0, ..SyncRequest::new(now) };
        Ok(known.map(|(relay, token)| (relay, token, request)))
    }

    /// The relay's address, and the token for the `Authorization: Bearer` header.
    pub fn credentials(&self) -> Result<(String, Secret)> {
        self.store().credentials()
    }
}

impl Client {
    /// Turns a one-time invitation into this device's enrolment. Cut off, it can be asked for again with the same
    /// invitation. Records saved before go into the member's own book.
    pub async fn enrol(&self, invitation: &str, device_name: &str) -> Result<Identity> {
        let (invitation, device_name) = (invitation.to_owned(), device_name.to_owned());
        let (relay, body) = self.step(move |engine| engine.enrol(&invitation, &device_name)).await?;
        let enrolled: Enrolled = match self.http().post(&relay, "/v1/enrol", None, &body).await {
            Err(Error::Refused { code: FailureCode::Conflict, .. }) if body.device.is_some() => {
                return Err(Error::AlreadyEnrolled);
            }
            answered => answered?,
        };
        self.step(move |engine| engine.enrolled(&relay, &enrolled)).await
    }

    /// Gives this device a new token. The old one works until the new one is first used.
    pub async fn rotate_token(&self) -> Result<()> {
        // A sync with the old token must not meet a relay that has seen the new one.
        let _turn = self.turn().await;
        let (relay, token, body) = self
            .step(|engine| {
                let (relay, token) = engine.credentials()?;
                Ok((relay, token, engine.rotate()?))
            })
            .await?;
        let _: serde::de::IgnoredAny = self.http().post(&relay, "/v1/token", Some(&token), &body).await?;
        self.step(|engine| engine.rotated()).await
    }

    /// Erases everything on this device, because its user says so: what is left is an open, empty store of nobody. The relay is
    /// told, if it can be reached within three seconds; if not, the administrator ends the device there. Refused with
    /// [`Error::Unsent`] while anything waits to be sent, unless it is given up. A sync under way is cancelled; end live sync
    /// first.
    pub async fn wipe(&self, give_up_unsent: bool) -> Result<()> {
        self.cancel();
        let _turn = self.turn().await;
        let told = self.step(move |engine| engine.wipe(give_up_unsent)).await?;
        self.set_state(SyncState::Idle);
        if let Some((relay, token, request)) = told {
            self.sign_off(&relay, &token, &request).await;
        }
        Ok(())
    }

    async fn sign_off(&self, relay: &str, token: &Secret, request: &SyncRequest) {
        let sent = self.http().post::<serde::de::IgnoredAny>(relay, "/v1/sync", Some(token), request);
        match tokio::time::timeout(SIGNING_OFF, sent).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::info!(%error, "the relay does not know that this device was erased"),
            Err(_) => {
                tracing::info!("the relay does not know that this device was erased: no answer in time")
            }
        }
    }
}
