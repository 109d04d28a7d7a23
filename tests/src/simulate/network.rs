//! The relay's real router at the end of a phone's network, what is looked at on the way, and the dialect of the next
//! version.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use roadbook_core::model::RecordId;
use roadbook_core::simulate::{Parcel, Reply, SimClock};
use roadbook_core::wire::{
    self, Failure, FailureCode, LiveAnswer, Member, Secret, SyncAnswer, SyncRequest, limits,
};
use roadbook_server::relay::{Relay, answer_ahead, app};
use tower::ServiceExt;

use super::newer;
use super::plant::{Plant, spoil_answer};
use super::world::World;

/// The way from one phone to the relay.
pub(super) struct Wire {
    relay: Option<Relay>,
    name: String,
    member: Member,
    clock: Arc<SimClock>,
    /// Whether both ends write as the next version might.
    newer: bool,
    plant: Option<Plant>,
    notes: RefCell<Vec<String>>,
    /// Records that a phone of this version pushed and named no account for.
    unrooted: RefCell<BTreeSet<RecordId>>,
}

impl World {
    /// The way from a phone to the relay.
    pub(super) fn wire(&self, phone: usize) -> Wire {
        let phone = &self.phones[phone];
        Wire {
            relay: self.relay.clone(),
            name: phone.name.clone(),
            member: phone.member.clone(),
            clock: self.clock.clone(),
            newer: phone.newer,
            plant: self.plant,
            notes: Default::default(),
            unrooted: Default::default(),
        }
    }

    pub(super) fn take_notes(&mut self, wire: Wire) {
        self.trace.extend(wire.notes.into_inner());
        self.unrooted.extend(wire.unrooted.into_inner());
    }
}

impl Wire {
    /// Carries a parcel to the relay and its reply back; looks at both.
    pub(super) async fn carry(&self, parcel: &Parcel) -> Reply {
        let Some(relay) = &self.relay else {
            return Reply { status: 503, compressed: false, body: Vec::new() };
        };
        let mut parcel = parcel.clone();
        let asked = (parcel.path == "/v1/sync").then(|| parcel.read::<SyncRequest>().unwrap());
        if self.newer {
            parcel.body = rewritten(&parcel.body, parcel.compressed);
            parcel.compressed = false;
        }
        let mut reply = through_the_router(relay, &parcel).await;
        if reply.status == 200 && self.newer {
            reply.body = rewritten(&reply.body, reply.compressed);
            reply.compressed = false;
        }
        if reply.status != 200
            && let Ok(failure) = wire::read_body::<Failure>(&reply.body, reply.compressed)
        {
            assert_ne!(failure.code, FailureCode::Malformed, "{}", failure.detail);
        }
        if let Some(asked) = asked {
            self.look(relay, &asked, &mut reply).await;
        }
        reply
    }

    /// What the relay tells a phone that is connected.
    pub(super) async fn tell(&self, token: Secret) -> Option<LiveAnswer> {
        let storage = self.relay.as_ref()?.storage();
        let now = self.clock.time();
        let session = storage.session(token.hash(), now).await.ok()??;
        let ahead = answer_ahead(storage, session, wire::VERSION, None, now).await.ok()??;
        self.check_allowed(self.relay.as_ref()?, &ahead.answer).await;
        LiveAnswer::new(ahead.access, ahead.all_cursors, &ahead.answer).unwrap()
    }

    async fn look(&self, relay: &Relay, asked: &SyncRequest, reply: &mut Reply) {
        let said = match reply.read::<SyncAnswer>() {
            Ok(mut answer) => {
                if spoil_answer(self.plant, &mut answer) {
                    *reply = Reply::good(&answer);
                }
                self.check_allowed(relay, &answer).await;
                format!(
                    "{:?}, {} changes, {} whole, {} offered, {} verdicts, diverged {}, access {}, cursors wanted {}",
                    answer.acks,
                    answer.pages.iter().map(|page| page.changes.len()).sum::<usize>(),
                    answer.documents.len(),
                    answer.trays.iter().map(|page| page.offered.len()).sum::<usize>(),
                    answer.verdicts.len(),
                    answer.diverged.len(),
                    answer.access.is_some(),
                    answer.cursors_wanted,
                )
            }
            Err(error) => error.to_string(),
        };
        if !self.newer {
            let unrooted = asked.pushes.iter().filter(|push| push.root.is_none());
            self.unrooted.borrow_mut().extend(unrooted.map(|push| push.document));
        }
        let pushed: Vec<_> = asked.pushes.iter().map(|push| push.document.to_string()).collect();
        let note = format!("{} sends {pushed:?}, fetches {:?}: {said}", self.name, asked.fetch);
        self.notes.borrow_mut().push(note);
    }

    /// Nothing forbidden is delivered: every page is of a book the member may read at that moment.
    async fn check_allowed(&self, relay: &Relay, answer: &SyncAnswer) {
        // A disk that fails at this very moment lets nobody look.
        let Ok(org) = relay.storage().org(self.member.workspace).await else { return };
        let right = |book| org.right(self.member.id, book, self.clock.time());
        for page in &answer.pages {
            assert!(right(page.next.book).is_some(), "{} got a page of a book it may not read", self.name);
        }
        for page in &answer.trays {
            assert!(right(page.next.book).is_some_and(|(_, reviews)| reviews), "{} got a tray", self.name);
        }
        for document in &answer.documents {
            if let Some(book) = document.book {
                assert!(right(book).is_some(), "{} fetched a document it may not read", self.name);
            }
        }
    }
}

fn rewritten(body: &[u8], compressed: bool) -> Vec<u8> {
    let plain = match compressed {
        true => zstd::decode_all(body).unwrap(),
        false => body.to_vec(),
    };
    newer::with_unknown_keys(&plain)
}

async fn through_the_router(relay: &Relay, parcel: &Parcel) -> Reply {
    let mut request = Request::post(parcel.path).header(header::CONTENT_TYPE, wire::CBOR);
    if parcel.compressed {
        request = request.header(header::CONTENT_ENCODING, wire::ENCODING);
    }
    if let Some(token) = &parcel.token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
    }
    let request = request.body(Body::from(parcel.body.clone())).unwrap();
    let response = app(relay.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let compressed = response.headers().get(header::CONTENT_ENCODING).is_some();
    Reply { status, compressed, body: to_bytes(response.into_body(), limits::BODY).await.unwrap().to_vec() }
}
