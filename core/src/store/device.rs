//! Becoming a device of a member, and ceasing to be one: at its administrator's order, or because its user says so.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::meta::{self, name};
use super::upload::has_unsent_work;
use super::{Store, unsent};
use crate::model::MemberId;
use crate::wire::{Enrolled, Order};
use crate::{Error, Result};

impl Store {
    /// Makes this device the one the relay says it is.
    pub(crate) fn enrolled(&self, relay: &str, enrolled: &Enrolled) -> Result<()> {
        // What a member left unsent here is theirs to send.
        let before: Option<MemberId> = self.inner.read(|db| meta::get(db, name::MEMBER))?;
        if before.is_some_and(|member| member != enrolled.member) {
            // The relay knows this token as another's by now.
            self.inner.write(|w| meta::clear(w.tx, name::NEXT_TOKEN))?;
            return Err(Error::AlreadyEnrolled);
        }
        self.inner.write(|w| {
            if meta::get(w.tx, name::DEVICE)? != Some(enrolled.device) {
                // Verdicts are numbered by device.
                meta::clear(w.tx, name::VERDICTS_SEEN)?;
            }
            meta::clear(w.tx, name::REFUSED)?;
            meta::clear(w.tx, name::ENDED)?;
            meta::set(w.tx, name::RELAY, relay)?;
            meta::set(w.tx, name::DEVICE, enrolled.device)?;
            let token: Value = meta::get(w.tx, name::NEXT_TOKEN)?.ok_or(Error::NotEnrolled)?;
            meta::set(w.tx, name::TOKEN, token)?;
            meta::clear(w.tx, name::NEXT_TOKEN)?;
            w.apply_access(&enrolled.access)?;
            Ok(())
        })
    }

    /// Erases everything here, because the administrator says so: to retire, once nothing is left to hand in. Says
    /// whether the relay is to be told.
    pub(crate) fn obey(&self) -> Result<bool> {
        let Some(order) = self.order()? else { return Ok(false) };
        let erased = self.inner.write(|w| {
            if meta::get(w.tx, name::ERASED)?.unwrap_or(false) {
                return Ok(true);
            }
            if order == Order::Retire && has_unsent_work(w.tx)? {
                return Ok(false);
            }
            tracing::warn!(?order, "this device is erased at its administrator's order");
            w.wipe()?;
            Ok(true)
        })?;
        if erased {
            // Also if it was erased before: the app may have been killed, or the disk been full, before its files were.
            self.forget_files()?;
        }
        Ok(erased)
    }

    /// Erases everything here, because its user says so. Refused while anything waits to be sent, unless it is given up.
    pub(crate) fn wipe(&self, give_up_unsent: bool) -> Result<()> {
        self.inner.write(|w| {
            let records = unsent::count(w.tx)?;
            if records > 0 && !give_up_unsent {
                return Err(Error::Unsent { records });
            }
            tracing::warn!("this device is erased at its user's wish");
            w.wipe()?;
            w.tx.execute("DELETE FROM meta", [])?;
            Ok(())
        })?;
        self.forget_files()?;
        self.forget_key();
        Ok(())
    }

    /// Leaves nothing of what was erased in any file.
    fn forget_files(&self) -> Result<()> {
        self.inner.connections.vacuum()?;
        super::salvage::erase_damaged(&self.inner.folder)
    }

    /// The app is to go on, whatever its key store says: the key opens nothing any more.
    fn forget_key(&self) {
        if let Err(error) = self.inner.keys.erase() {
            tracing::warn!(%error, "the key of this device's token is not erased");
        }
    }

    /// Whether everything here is erased, and the relay does not know yet.
    pub(crate) fn is_erased(&self) -> Result<bool> {
        self.inner.read(|db| Ok(meta::get(db, name::ERASED)?.unwrap_or(false)))
    }

    /// The relay knows that this device obeyed: its token has ended.
    pub(crate) fn obeyed(&self) -> Result<()> {
        self.inner.write(|w| {
            let order: Option<String> = meta::get(w.tx, name::OBEYING)?;
            w.tx.execute("DELETE FROM meta", [])?;
            // An app that is started anew has to say why there is nothing here.
            if let Some(order) = order {
                meta::set(w.tx, name::ENDED, order)?;
            }
            w.events.access = true;
            Ok(())
        })?;
        self.forget_key();
        Ok(())
    }

    /// The order this device is obeying, if any.
    pub(crate) fn order(&self) -> Result<Option<Order>> {
        self.inner.read(order)
    }

    /// The order that ended this device, if everything was erased and it was not enrolled again since.
    pub(crate) fn ended(&self) -> Result<Option<Order>> {
        self.inner.read(|db| {
            let erased = meta::get(db, name::ERASED)?.unwrap_or(false);
            Ok(order_of(meta::get(db, if erased { name::OBEYING } else { name::ENDED })?))
        })
    }
}

pub(super) fn order(db: &Connection) -> Result<Option<Order>> {
    Ok(order_of(meta::get(db, name::OBEYING)?))
}

fn order_of(kept: Option<String>) -> Option<Order> {
    kept.map(|order| if order == "retire" { Order::Retire } else { Order::Wipe })
}
