//! What can go wrong, in kinds that stay the same from version to version. No message holds customer data except the
//! values that the caller itself just gave.

use crate::SecretError;
use crate::document::DocumentError;
use crate::model::{BookId, Invalid, RecordId};
use crate::wire::{CodecError, FailureCode};

/// Result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Unless said otherwise, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The record is not valid; says which fields and why.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// There is no such kind.
    #[error("there is no record kind “{kind}”")]
    UnknownKind {
        /// The name given.
        kind: String,
    },
    /// The record is not on this device: it never was, or it is not shared with this member.
    #[error("record {record} is not on this device")]
    NotFound {
        /// The record.
        record: RecordId,
    },
    /// The record is deleted; restore it first.
    #[error("record {record} is deleted; restore it first")]
    Deleted {
        /// The record.
        record: RecordId,
    },
    /// The member may read this book, not write in it.
    #[error("book {book} may be read on this device, not written")]
    ReadOnly {
        /// The book.
        book: BookId,
    },
    /// The record was written by a newer version of the app. It can be read.
    #[error("record {record} was written by a newer version of the app; update to edit it")]
    NewerSchema {
        /// The record.
        record: RecordId,
    },
    /// The version an edit was made on is not in the record: it belongs to another record, or was taken back.
    #[error("record {record} is not the one this form was opened on; open it again")]
    UnknownVersion {
        /// The record.
        record: RecordId,
    },
    /// What is to be accepted builds on changes that are not here: they are in another proposal, or still to come.
    #[error(
        "what is proposed for record {record} builds on changes that are not here: accept those first, or sync"
    )]
    Incomplete {
        /// The record.
        record: RecordId,
    },
    /// What is to be refused is what changes build on that were accepted: nobody could read those without it.
    #[error("what was accepted for record {record} builds on what is proposed: it can only be accepted")]
    Awaited {
        /// The record.
        record: RecordId,
    },
    /// There is no clash to resolve at that field, or not in that way.
    #[error("record {record} has nothing to resolve at {field}")]
    NothingToResolve {
        /// The record.
        record: RecordId,
        /// The field.
        field: String,
    },
    /// The link would take the record into another book. Accounts are handed over by an administrator.
    #[error("{field} would move record {record} to another book; hand the account over instead")]
    AnotherBook {
        /// The record.
        record: RecordId,
        /// The field.
        field: String,
    },
    /// The change is larger than the relay, or another device, takes.
    #[error("this change has {size} {unit}; at most {most} fit")]
    TooLarge {
        /// Its size.
        size: usize,
        /// The limit.
        most: usize,
        /// `bytes`, or `operations`: about one for each field, and for each character of an edited text.
        unit: &'static str,
    },
    /// A rule of the playbook forbids it.
    #[error("{en}")]
    Blocked {
        /// The rule's name.
        rule: String,
        /// Why, English.
        en: String,
        /// Why, Chinese.
        zh: String,
    },
    /// A query names a field that the kind has not, or compares it with a value it cannot hold.
    #[error("{kind} cannot be listed by {field}")]
    BadQuery {
        /// The kind.
        kind: String,
        /// The field.
        field: String,
    },
    /// The administrator ended this device and everything on it is erased; nothing can be saved until it is enrolled
    /// again, after one more sync.
    #[error("this device was ended by its administrator; sync once, then enrol it again")]
    Ended,
    /// Something on this device was not sent, and would be lost.
    #[error("{records} records here were not sent; sync first, or give them up")]
    Unsent {
        /// Records of which something waits: [`Store::unsent`](crate::Store::unsent) lists them.
        records: u64,
    },
    /// The store is paused: the app is in the background. Nothing is lost; call `resume` and try again.
    #[error("the store is paused")]
    Paused,
    /// Another process holds the store's file.
    #[error("the store is in use by another process; try again")]
    Locked,
    /// The disk is full. What was saved before is safe; free some space and try again.
    #[error("the disk is full: free some space; what was saved is safe")]
    DiskFull,
    /// The store's file is damaged. Close it and call [`salvage`](crate::salvage): what is unsent is carried over, the
    /// rest comes again from the relay.
    #[error("the store's file is damaged ({detail}); salvage it: unsent work is carried over")]
    Corrupt {
        /// What was found.
        detail: String,
    },
    /// The store's file was written by a newer version of the app.
    #[error("the store has schema {found}, this version of the app knows up to {known}; update the app")]
    NewerDatabase {
        /// Schema of the file.
        found: i64,
        /// Newest schema this build knows.
        known: i64,
    },
    /// The file system refused.
    #[error("the store's file could not be read or written: {detail}")]
    Io {
        /// What was found.
        detail: String,
    },
    /// This device is not enrolled yet.
    #[error("this device is not enrolled; ask your administrator for an invitation")]
    NotEnrolled,
    /// This device is enrolled already.
    #[error("this device is enrolled already, as a device of another relay or member")]
    AlreadyEnrolled,
    /// The platform's key store does not answer before the phone is unlocked. Records can be saved; sync again later.
    #[error("the phone is locked: its key store cannot be read yet")]
    KeyLocked,
    /// The platform's key store failed, or the store was opened without the one its token is sealed for.
    #[error("the platform's key store failed, or is not the one this store was enrolled with")]
    KeyStore,
    /// The relay could not be reached, or the answer did not arrive whole. Nothing is lost; sync again later.
    #[error("the relay cannot be reached: {detail}")]
    Offline {
        /// What was found.
        detail: String,
    },
    /// At this device's time the relay's certificate is not valid yet, or not any more: the clock is wrong, or if it is right, the
    /// certificate is to be renewed. Nothing is lost; sync goes on once it is mended.
    #[error(
        "this device's clock says {today}, and the relay's certificate is not valid then: set the clock, or if it is right, tell \
         your administrator"
    )]
    WrongClock {
        /// The day it is by this device's clock, UTC.
        today: chrono::NaiveDate,
    },
    /// The relay answered with a failure.
    #[error("the relay refused: {detail}")]
    Refused {
        /// Its code.
        code: FailureCode,
        /// For people.
        detail: String,
    },
    /// The relay asks to come back later. Nothing is lost.
    #[error("the relay is busy; try again in {} s: {detail}", retry_after.as_secs())]
    Busy {
        /// How long to wait.
        retry_after: std::time::Duration,
        /// For people.
        detail: String,
    },
    /// The relay's address is not `https://`; plain `http://` is for loopback only.
    #[error("{address} is not encrypted; the relay's address must begin with https://")]
    PlainHttp {
        /// The address.
        address: String,
    },
    /// The relay's answer makes no sense.
    #[error("the relay's answer is not understood: {detail}")]
    BadAnswer {
        /// What was found.
        detail: String,
    },
    /// The call was cancelled. Pages that were committed stay committed.
    #[error("cancelled")]
    Cancelled,
    /// A fault of this library.
    #[error("internal fault: {detail}")]
    Internal {
        /// What was found.
        detail: String,
    },
}

impl Error {
    pub(crate) fn internal(detail: impl Into<String>) -> Self {
        Self::Internal { detail: detail.into() }
    }

    pub(crate) fn of_document(record: RecordId, error: DocumentError) -> Self {
        match error {
            DocumentError::UnknownVersion => Self::UnknownVersion { record },
            DocumentError::NewerSchema => Self::NewerSchema { record },
            DocumentError::NoSuchField => Self::NothingToResolve { record, field: String::new() },
            DocumentError::Corrupt(detail) => Self::Corrupt { detail: format!("record {record}: {detail}") },
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        // A message names tables and columns, never values.
        let detail = error.to_string();
        match &error {
            // Tables are strict and statements are ours: what cannot be read as what it is, or is not there, was hit.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => return Self::Corrupt { detail },
            // Numbers of logs are the only ones that SQL may not be able to hold.
            rusqlite::Error::ToSqlConversionFailure(..) => {
                return Self::BadAnswer { detail: "a number larger than any log has".to_owned() };
            }
            _ if ["no such table", "no such column", "no such index", "unsupported file format"]
                .iter()
                .any(|missing| detail.contains(missing)) =>
            {
                return Self::Corrupt { detail };
            }
            _ => {}
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupt { detail },
            Some(
                ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied,
            ) => Self::Io { detail },
            _ => Self::Internal { detail },
        }
    }
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Self {
        match error {
            SecretError::Locked => Self::KeyLocked,
            SecretError::Failed => Self::KeyStore,
        }
    }
}

impl From<CodecError> for Error {
    fn from(error: CodecError) -> Self {
        Self::BadAnswer { detail: error.to_string() }
    }
}
