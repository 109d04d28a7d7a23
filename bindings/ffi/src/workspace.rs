//! Books and members, and the review tray.

use roadbook_core::Proposal;
use roadbook_core::model::BookId;
use roadbook_core::wire::{Right, Role};

use crate::record::id;
use crate::{FfiError, FfiValue, RoadbookCore};

/// What a member may do in a book.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiRight {
    /// Reads.
    Reader,
    /// Reads and writes.
    Editor,
    /// Is accountable.
    Owner,
}

/// A book that this member may read.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiBook {
    /// The book.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: Option<String>,
    /// What this member may do.
    pub right: FfiRight,
    /// Whether it is the common book.
    pub common: bool,
    /// Whether this member decides on its review tray.
    pub reviews: bool,
    /// Whether access is gone.
    pub leaving: bool,
}

/// A member's role.
#[derive(Debug, Clone, Copy, uniffi::Enum)]
pub enum FfiRole {
    /// Field rep.
    Rep,
    /// Works on a manager's accounts.
    Support,
    /// Manager.
    Manager,
    /// Director.
    Director,
    /// Finance.
    Finance,
    /// Administrator.
    Admin,
}

/// A member.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiMember {
    /// The member.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: FfiRole,
    /// Who is above them.
    pub reports_to: Option<String>,
}

/// What one device proposes for one record.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiProposal {
    /// The book whose tray it is in.
    pub book: String,
    /// The record.
    pub record: String,
    /// Its kind's name, if known.
    pub kind: Option<String>,
    /// Whether the record is new.
    pub is_new: bool,
    /// The device it came from.
    pub device: String,
    /// Whose device that is.
    pub member: String,
    /// The last tray number it consists of.
    pub up_to: u64,
    /// What would change.
    pub changes: Vec<FfiProposedChange>,
}

/// One field that a proposal would change.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiProposedChange {
    /// The field.
    pub field: String,
    /// Now.
    pub from: Option<FfiValue>,
    /// Then.
    pub to: Option<FfiValue>,
}

/// A verdict on what this device proposed.
#[derive(Debug, Clone, uniffi::Record)]
pub struct FfiVerdict {
    /// The record.
    pub record: String,
    /// Accepted or refused.
    pub accepted: bool,
    /// Who decided.
    pub by: String,
    /// When, relay clock, milliseconds since 1970 UTC; none of a relay that does not say.
    pub at: Option<i64>,
    /// Why.
    pub reason: Option<String>,
    /// The record's kind's name, if something of it is still here.
    pub kind: Option<String>,
    /// Changes that were refused and are kept here.
    pub kept: u64,
}

#[uniffi::export]
impl RoadbookCore {
    /// The books this member may read, and those that are going.
    pub async fn books(&self) -> Result<Vec<FfiBook>, FfiError> {
        self.on_store(|store| {
            let books = store.books()?.into_iter().map(|book| FfiBook {
                id: book.id.to_string(),
                name: book.name,
                owner: book.owner.map(|m| m.to_string()),
                right: match book.right {
                    Right::Reader => FfiRight::Reader,
                    Right::Editor => FfiRight::Editor,
                    Right::Owner => FfiRight::Owner,
                },
                common: book.common,
                reviews: book.reviews,
                leaving: book.leaving,
            });
            Ok(books.collect())
        })
        .await
    }

    /// The books this device holds of those it may read; none: all of them.
    pub async fn subscription(&self) -> Result<Option<Vec<String>>, FfiError> {
        self.on_store(|store| {
            Ok(store.subscription()?.map(|books| books.iter().map(ToString::to_string).collect()))
        })
        .await
    }

    /// Chooses the books this device holds; none: all of them.
    pub async fn subscribe(&self, books: Option<Vec<String>>) -> Result<(), FfiError> {
        let ids = |books: Vec<String>| books.iter().map(|book| id("book", book)).collect();
        let books: Option<Vec<BookId>> = books.map(ids).transpose()?;
        self.on_store(move |store| Ok(store.subscribe(books.as_deref())?)).await
    }

    /// The members this member shares a book with, and themself.
    pub async fn members(&self) -> Result<Vec<FfiMember>, FfiError> {
        self.on_store(|store| {
            let members = store.members()?.into_iter().map(|member| FfiMember {
                id: member.id.to_string(),
                name: member.name,
                role: match member.role {
                    Role::Rep => FfiRole::Rep,
                    Role::Support => FfiRole::Support,
                    Role::Manager => FfiRole::Manager,
                    Role::Director => FfiRole::Director,
                    Role::Finance => FfiRole::Finance,
                    Role::Admin => FfiRole::Admin,
                },
                reports_to: member.reports_to.map(|m| m.to_string()),
            });
            Ok(members.collect())
        })
        .await
    }

    /// What waits for this member's decision, oldest first.
    pub async fn proposals(&self) -> Result<Vec<FfiProposal>, FfiError> {
        self.on_store(|store| Ok(store.proposals()?.into_iter().map(from_proposal).collect())).await
    }

    /// Decides on a proposal.
    pub async fn decide(
        &self,
        proposal: FfiProposal,
        accept: bool,
        reason: Option<String>,
    ) -> Result<(), FfiError> {
        let proposal = Proposal {
            book: id("book", &proposal.book)?,
            record: id("record", &proposal.record)?,
            kind: None,
            new: proposal.is_new,
            device: id("device", &proposal.device)?,
            member: id("member", &proposal.member)?,
            up_to: proposal.up_to,
            changes: Vec::new(),
        };
        self.on_store(move |store| Ok(store.decide(&proposal, accept, reason.as_deref())?)).await
    }

    /// Verdicts on what this device proposed, newest first.
    pub async fn verdicts(&self) -> Result<Vec<FfiVerdict>, FfiError> {
        self.on_store(|store| {
            let verdicts = store.verdicts()?.into_iter().map(|verdict| FfiVerdict {
                record: verdict.record.to_string(),
                accepted: verdict.accepted,
                by: verdict.by.to_string(),
                at: verdict.at,
                reason: verdict.reason,
                kind: verdict.kind,
                kept: verdict.kept,
            });
            Ok(verdicts.collect())
        })
        .await
    }
}

fn from_proposal(proposal: Proposal) -> FfiProposal {
    FfiProposal {
        book: proposal.book.to_string(),
        record: proposal.record.to_string(),
        kind: proposal.kind.map(str::to_owned),
        is_new: proposal.new,
        device: proposal.device.to_string(),
        member: proposal.member.to_string(),
        up_to: proposal.up_to,
        changes: proposal
            .changes
            .into_iter()
            .map(|change| FfiProposedChange {
                field: change.field,
                from: change.from.map(Into::into),
                to: change.to.map(Into::into),
            })
            .collect(),
    }
}
