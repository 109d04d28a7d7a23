//! Playbook: the workspace's rules and numbers, one document in the common book, synced like any record.

use crate::model::{Field, Fields, Kind, Playbook, Problem, Value};

fn settings_are_known(fields: &Fields) -> Vec<Problem> {
    match fields.get("settings") {
        Some(Value::Map(settings)) => {
            settings.iter().filter_map(|(name, text)| Playbook::check(name, text).err()).collect()
        }
        _ => Vec::new(),
    }
}

/// The playbook. What it does not set has the default that the practice brings.
pub static PLAYBOOK: Kind = Kind::new(
    "playbook",
    "Playbook",
    "规则手册",
    &[
        Field::line("title", "Title", "标题"),
        Field::map("settings", "Settings", "设置")
            .about("Rules and numbers by name, e.g. cadence.3 = 4-6; absent ones have their default."),
    ],
)
.about("The workspace's rules and numbers.")
.title(&["title"])
.check(settings_are_known);
