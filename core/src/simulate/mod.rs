//! For an app's own tests: a clock they move, a phone they kill, a network as bad as they say. Feature `simulate`.
//!
//! An app that embeds Roadbook has a loop of its own: it saves, it syncs when it thinks it should, it is killed in the
//! middle. This module drives the real [`Engine`](crate::sync::Engine) over a [`Network`] that ends in any function
//! that takes bytes to a relay — your relay over HTTP, or its router in the same process — and whatever happens
//! follows from one seed. `cargo proof simulate` plays Roadbook's own seeds through it. An app that lets the platform carry
//! its requests finds that in [`Network::prepare`] and [`Network::apply`].
//!
//! ```
//! use std::time::Duration;
//! use roadbook_core::model::{Fields, MemberId, WorkspaceId, BookId, DeviceId};
//! use roadbook_core::simulate::{Fate, Killer, Network, Parcel, Reply, SimClock};
//! use roadbook_core::sync::{Engine, Next};
//! use roadbook_core::wire::{self, Ack, SyncAnswer, SyncRequest};
//! use roadbook_core::{CommitPoint, Environment, Error, LedgerState, New, Options};
//!
//! # fn main() -> roadbook_core::Result<()> {
//! # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! # runtime.block_on(async {
//! let clock = SimClock::new(1_795_395_600_000);
//! let environment = Environment::seeded(42, clock.clone());
//! let killer = Killer::new();
//! let options = || Options {
//!     environment: environment.clone(),
//!     commit_hook: Some(killer.clone()),
//!     ..Options::default()
//! };
//!
//! // Where requests end: here a relay that takes everything and has nothing to say.
//! let relay = async |parcel: &Parcel| match parcel.path {
//! #   "/v1/enrol" => {
//! #       let member = MemberId(environment.uuid());
//! #       let book = wire::BookAccess {
//! #           id: BookId(environment.uuid()), name: "王伟".into(), owner: Some(member),
//! #           right: wire::Right::Owner, common: false, reviews: false,
//! #       };
//! #       let access = wire::Access {
//! #           digest: wire::Digest([1; 8]), workspace: WorkspaceId(environment.uuid()), workspace_name: "W".into(),
//! #           member, books: vec![book], members: vec![],
//! #       };
//! #       Reply::good(&wire::Enrolled { device: DeviceId(environment.uuid()), member, access, version: wire::VERSION })
//! #   }
//!     "/v1/sync" => {
//!         let request: SyncRequest = parcel.read().expect("the engine writes good requests");
//!         let accepted = |(n, push): (usize, &wire::Push)| {
//!             Ack::Accepted(request.books[usize::from(push.book)], n as u64 + 1)
//!         };
//!         let acks = request.pushes.iter().enumerate().map(accepted).collect();
//!         Reply::good(&SyncAnswer { acks, ..SyncAnswer::new(request.clock) })
//!     }
//!     _ => Reply { status: 404, compressed: false, body: Vec::new() },
//! };
//!
//! let folder = tempfile::tempdir().unwrap();
//! let mut engine = Engine::new(roadbook_core::open(folder.path(), options(), &mut |_, _| {})?);
//! let mut network = Network::default();
//! let link = format!("http://127.0.0.1:1/#{}", "07".repeat(32));
//! network.enrol(&mut engine, &link, "phone", &relay).await?;
//!
//! // The phone is killed just before its save is durable: nothing was promised, nothing is there.
//! let visit = || New::new("account", Fields::new().with("name", "百草堂"));
//! killer.arm(1, CommitPoint::Before);
//! assert!(engine.store().create(visit()).is_err());
//! killer.revive();
//! drop(engine);
//! let mut engine = Engine::new(roadbook_core::open(folder.path(), options(), &mut |_, _| {})?);
//! let saved = engine.store().create(visit())?;
//!
//! // The first answer is lost; the app tries again a minute later.
//! let mut fates = [Fate::AnswerLost, Fate::Good, Fate::Good].into_iter();
//! let next = network.sync(&mut engine, 5, || fates.next().unwrap_or(Fate::Good), &relay).await?;
//! assert!(matches!(next, Next::Wait(_)));
//! clock.advance(Duration::from_secs(60));
//! let next = network.sync(&mut engine, 5, || fates.next().unwrap_or(Fate::Good), &relay).await?;
//! assert_eq!(next, Next::Done);
//! assert_eq!(engine.store().ledger(saved.id)?[0].state, LedgerState::Accepted);
//! # Ok(())
//! # })
//! # }
//! ```

mod clock;
mod killer;
mod network;

pub use clock::SimClock;
pub use killer::Killer;
pub use network::{Fate, Flight, Network, Parcel, Reply};
