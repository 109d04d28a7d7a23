//! Plain typed records.

mod id;

pub use id::{BookId, ChangeId, DeviceId, InvalidId, ItemId, MemberId, RecordId, WorkspaceId};
