//! A network that loses, repeats, delays and cuts.

use reqwest::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sync::{Ask, Engine, Next, refusal};
use crate::wire::{self, Enrolled, LiveAnswer, Secret, SyncAnswer, limits};
use crate::{Error, Identity, Result};

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives and is answered.
    Good,
    /// It never arrives.
    RequestLost,
    /// It arrives, the answer does not.
    AnswerLost,
    /// It arrives twice; the second answer is read.
    Repeated,
    /// It is given up here and arrives much later: [`Network::deliver_late`].
    Delayed,
    /// So many thousandths of the answer arrive.
    Cut(u16),
}

impl Fate {
    /// The fate that a number from 0 to 1 stands for: three in four are good.
    pub fn of(chance: f64) -> Self {
        match (chance * 1000.0) as u16 {
            0..50 => Self::RequestLost,
            50..100 => Self::AnswerLost,
            100..150 => Self::Repeated,
            150..200 => Self::Delayed,
            part @ 200..250 => Self::Cut((part - 200) * 20),
            _ => Self::Good,
        }
    }
}

/// A `POST` on its way to the relay.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// `/v1/sync`, `/v1/enrol` or `/v1/token`.
    pub path: &'static str,
    /// For the `Authorization: Bearer` header.
    pub token: Option<Secret>,
    /// CBOR.
    pub body: Vec<u8>,
    /// Whether the body has the content encoding [`wire::ENCODING`].
    pub compressed: bool,
}

impl Parcel {
    /// A body on its way.
    pub fn new(path: &'static str, token: Option<Secret>, body: &impl Serialize) -> Result<Self> {
        let (body, compressed) = wire::write_body(body)?;
        Ok(Self { path, token, body, compressed })
    }

    /// What the body says.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(wire::read_body(&self.body, self.compressed)?)
    }
}

/// What the relay answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Whether the body has the content encoding [`wire::ENCODING`].
    pub compressed: bool,
    /// CBOR.
    pub body: Vec<u8>,
}

impl Reply {
    /// A reply of status 200; of 500, if the body cannot be written.
    pub fn good(body: &impl Serialize) -> Self {
        match wire::write_body(body) {
            Ok((body, compressed)) => Self { status: 200, compressed, body },
            Err(_) => Self { status: 500, compressed: false, body: Vec::new() },
        }
    }

    /// What it says, or the error that its status stands for.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        let body = || wire::read_body(&self.body, self.compressed);
        match StatusCode::from_u16(self.status) {
            Ok(status) if status.is_success() => Ok(wire::read_body(&self.body, self.compressed)?),
            Ok(status) => Err(refusal(status, body().ok())),
            Err(_) => Err(lost()),
        }
    }
}

fn lost() -> Error {
    Error::Offline { detail: "the network lost it".to_owned() }
}

/// A request whose answer has not arrived yet.
#[derive(Debug)]
pub struct Flight {
    ask: Ask,
    token: Secret,
    answer: Result<SyncAnswer>,
}

/// One device's way to its relay. What carries a parcel there is the caller's: any function of a [`Parcel`] that gives
/// a [`Reply`].
#[derive(Debug, Default)]
pub struct Network {
    late: Vec<Parcel>,
    told: Vec<LiveAnswer>,
    /// Bytes of chunks that the next request and its answer may have; a few make many pages. Those after it may have more.
    pub budget: Option<u32>,
}

impl Network {
    /// Sends one parcel, and reads what comes of it.
    pub async fn send<T: DeserializeOwned>(
        &mut self,
        parcel: Parcel,
        fate: Fate,
        carry: &impl AsyncFn(&Parcel) -> Reply,
    ) -> Result<T> {
        match fate {
            Fate::Good => carry(&parcel).await.read(),
            Fate::RequestLost => Err(lost()),
            Fate::Delayed => {
                self.late.push(parcel);
                Err(lost())
            }
            Fate::AnswerLost => {
                carry(&parcel).await;
                Err(lost())
            }
            Fate::Repeated => {
                carry(&parcel).await;
                carry(&parcel).await.read()
            }
            Fate::Cut(part) => {
                let mut reply = carry(&parcel).await;
                reply.body.truncate(reply.body.len() * usize::from(part.min(999)) / 1000);
                // HTTP tells of a body that is shorter than announced; that it cannot be taken for a whole one is more.
                let _ = reply.read::<T>();
                Err(lost())
            }
        }
    }

    /// The oldest parcel that was given up arrives after all. Nobody reads the reply.
    pub async fn deliver_late(&mut self, carry: &impl AsyncFn(&Parcel) -> Reply) -> Option<Reply> {
        if self.late.is_empty() {
            return None;
        }
        let parcel = self.late.remove(0);
        Some(carry(&parcel).await)
    }

    /// The relay tells a connected device what is new. It arrives later, again, or never: [`Self::hear`].
    pub async fn tell(
        &mut self,
        engine: &mut Engine,
        relay: &impl AsyncFn(Secret) -> Option<LiveAnswer>,
    ) -> Result<()> {
        if engine.listen() {
            self.told.clear();
        }
        self.told.extend(relay(engine.credentials()?.1).await);
        Ok(())
    }

    /// An answer that the relay told arrives, the newest or one from so many before it: the device may have gone on since.
    pub fn hear(&mut self, engine: &mut Engine, before: usize) -> Result<bool> {
        match self.told.iter().rev().nth(before) {
            None => Ok(false),
            Some(told) => engine.take_in(told),
        }
    }

    /// Whatever was given up, or told, never arrives.
    pub fn forget_late(&mut self) {
        self.late.clear();
        self.told.clear();
    }

    /// Turns an invitation into a device, over a good network.
    pub async fn enrol(
        &mut self,
        engine: &mut Engine,
        invitation: &str,
        device_name: &str,
        carry: &impl AsyncFn(&Parcel) -> Reply,
    ) -> Result<Identity> {
        let (relay, enrol) = engine.enrol(invitation, device_name)?;
        let parcel = Parcel::new("/v1/enrol", None, &enrol)?;
        let enrolled: Enrolled = self.send(parcel, Fate::Good, carry).await?;
        engine.enrolled(&relay, &enrolled)
    }

    /// Gives the device a new token, if the network lets it.
    pub async fn rotate_token(
        &mut self,
        engine: &Engine,
        fate: Fate,
        carry: &impl AsyncFn(&Parcel) -> Reply,
    ) -> Result<()> {
        let (_, token) = engine.credentials()?;
        let parcel = Parcel::new("/v1/token", Some(token), &engine.rotate()?)?;
        let _: serde::de::IgnoredAny = self.send(parcel, fate, carry).await?;
        engine.rotated()
    }

    /// Its user erases the device; the relay is told, if the network lets it.
    pub async fn wipe(
        &mut self,
        engine: &mut Engine,
        give_up_unsent: bool,
        fate: Fate,
        carry: &impl AsyncFn(&Parcel) -> Reply,
    ) -> Result<()> {
        if let Some((_, token, request)) = engine.wipe(give_up_unsent)? {
            let parcel = Parcel::new("/v1/sync", Some(token), &request)?;
            let _ = self.send::<serde::de::IgnoredAny>(parcel, fate, carry).await;
        }
        Ok(())
    }

    /// One request of the engine and its answer, as a client makes them: what the next one carries is prepared while it
    /// travels, and the pages behind an answer are asked for while that is committed.
    pub async fn round(
        &mut self,
        engine: &mut Engine,
        fate: Fate,
        carry: &impl AsyncFn(&Parcel) -> Reply,
    ) -> Result<Next> {
        let flight = self.take_off(engine, fate, carry).await?;
        self.land(engine, flight, carry).await
    }

    /// The first half of [`Self::round`]: the request has reached the relay, or will not, and its answer has not arrived.
    /// Anything may happen before [`Self::land`]: saves, other devices' syncs, the end of this process.
    pub async fn take_off(
        &mut self,
        engine: &mut Engine,
        fate: Fate,
        carry: &impl AsyncFn(&Parcel) -> Reply,
    ) -> Result<Flight> {
        if let Some(budget) = self.budget.take() {
            engine.carry_at_most(budget.clamp(1, limits::PAGE_MOST) as usize);
        }
        let ask = engine.ask()?;
        let (_, token) = engine.credentials()?;
        let (body, compressed) = ask.body()?;
        let parcel = Parcel { path: "/v1/sync", token: Some(token.clone()), body, compressed };
        engine.prepare(&ask);
        let answer = self.send(parcel, fate, carry).await;
        Ok(Flight { ask, token, answer })
    }

    /// The second half of [`Self::round`]: the answer arrives.
    pub async fn land(
        &mut self,
        engine: &mut Engine,
        flight: Flight,
        carry: &impl AsyncFn(&Parcel) -> Reply,
    ) -> Result<Next> {
        let Flight { ask, token, answer } = flight;
        let answer: SyncAnswer = match answer {
            Ok(answer) => answer,
            Err(error) => return engine.failed(ask, &error),
        };
        let ahead = engine.ask_ahead(&ask, &answer)?;
        let fetched = match &ahead {
            Some(ahead) => {
                let parcel = Parcel::new("/v1/sync", Some(token), &ahead.request)?;
                Some(self.send::<SyncAnswer>(parcel, Fate::Good, carry).await)
            }
            None => None,
        };
        match (ahead, fetched, engine.answer(ask, &answer)?) {
            (Some(ahead), Some(Ok(answer)), Next::Ask) => engine.answer(ahead, &answer),
            (Some(ahead), Some(Err(error)), Next::Ask) => engine.failed(ahead, &error),
            (_, _, next) => Ok(next),
        }
    }

    /// A request that the platform is to carry at some time, as [`Client::prepare`](crate::sync::Client::prepare) makes it: nothing
    /// remembers it, and the process that asked may be gone when its answer comes. [`Self::send`] carries it.
    pub fn prepare(&self, engine: &mut Engine) -> Result<Parcel> {
        let (_, token) = engine.credentials()?;
        engine.begin()?;
        let (body, compressed) = wire::write_request(&engine.ask_detached()?)?;
        Ok(Parcel { path: "/v1/sync", token: Some(token), body, compressed })
    }

    /// Its answer arrives, as [`Client::apply`](crate::sync::Client::apply) takes it in. `None`: another sync came in between, and
    /// it is thrown away.
    pub fn apply(
        &self,
        engine: &mut Engine,
        prepared: &Parcel,
        answer: Result<SyncAnswer>,
    ) -> Result<Option<Next>> {
        let Some(ask) = engine.recall(prepared.read()?)? else { return Ok(None) };
        Ok(Some(match answer {
            Ok(answer) => engine.answer(ask, &answer)?,
            Err(error) => engine.failed(ask, &error)?,
        }))
    }

    /// One sync: rounds until there is nothing left to ask, or patience for so many ends. Says what came of the last.
    pub async fn sync(
        &mut self,
        engine: &mut Engine,
        patience: usize,
        mut fates: impl FnMut() -> Fate,
        carry: &impl AsyncFn(&Parcel) -> Reply,
    ) -> Result<Next> {
        engine.begin()?;
        for _ in 0..patience {
            match self.round(engine, fates(), carry).await? {
                Next::Ask => {}
                next => return Ok(next),
            }
        }
        Ok(Next::Ask)
    }
}
