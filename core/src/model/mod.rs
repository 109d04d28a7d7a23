//! Plain typed records: what a rep writes down, free of documents, tables and wires.

mod clash;
mod id;
mod kind;
pub mod kinds;
mod playbook;
mod problem;
mod record;
mod schema;
mod text;
pub mod validate;
mod value;
mod zone;

pub use clash::{Clash, HistoryEntry, Resolution, Side, Wrote};
pub use id::{BookId, ChangeId, DeviceId, InvalidId, ItemId, MemberId, RecordId, WorkspaceId};
pub use kind::{COMMON, Choice, Field, FieldType, Kind, Wording, choice};
pub use playbook::{Cadence, GiftRule, Playbook, Severity};
pub use problem::{Invalid, Problem, Why};
pub use record::{Deletion, Heads, Record};
pub use schema::Schema;
pub use text::Defaults;
pub use value::{Currency, Fields, Item, ItemKey, Money, Point, Time, Value, parse_date, parse_time};
pub use zone::{UnknownZone, Zone};
