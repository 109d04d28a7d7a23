//! The core's log, for the app's logger. It holds ids, counts and errors, never what a customer file says.

use std::fmt::Write;
use std::sync::Arc;

use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber, span};

use crate::{FfiCallbackError, FfiError, runtime};

/// Lines that wait for the app; more are dropped.
const WAITING: usize = 256;

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, uniffi::Enum)]
pub enum FfiLogLevel {
    /// Something failed for good.
    Error,
    /// Something is not as it should be.
    Warn,
    /// What happens.
    Info,
    /// Everything.
    Debug,
}

/// Implemented by the app. Called on a thread of the core, one line after the other; what it throws is dropped.
#[uniffi::export(with_foreign)]
pub trait FfiLog: Send + Sync {
    /// A line of the log.
    fn line(&self, level: FfiLogLevel, text: String) -> Result<(), FfiCallbackError>;
}

/// Gives the core's log to the app, down to this level, for the life of the process. Says whether it does: the first log wins.
#[uniffi::export]
pub fn set_log(level: FfiLogLevel, log: Arc<dyn FfiLog>) -> Result<bool, FfiError> {
    let (lines, mut waiting) = mpsc::channel(WAITING);
    if tracing::subscriber::set_global_default(Sink { level, lines }).is_err() {
        return Ok(false);
    }
    runtime::spawn(async move {
        while let Some((level, text)) = waiting.recv().await {
            // An app whose logger fails has no better place to be told of it.
            let _ = runtime::call_app(|| log.line(level, text));
        }
    })?;
    Ok(true)
}

/// Hands lines over and returns: an app's logger may be slow, or call the core.
struct Sink {
    level: FfiLogLevel,
    lines: mpsc::Sender<(FfiLogLevel, String)>,
}

impl Subscriber for Sink {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && metadata.target().starts_with("roadbook")
            && level_of(metadata.level()) <= self.level
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        let _ = self.lines.try_send((level_of(event.metadata().level()), line.text + &line.fields));
    }

    // There are no spans: `enabled` wants none.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn level_of(level: &Level) -> FfiLogLevel {
    match *level {
        Level::ERROR => FfiLogLevel::Error,
        Level::WARN => FfiLogLevel::Warn,
        Level::INFO => FfiLogLevel::Info,
        _ => FfiLogLevel::Debug,
    }
}

/// `message name=value name=value`
#[derive(Default)]
struct Line {
    text: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let _ = match field.name() {
            "message" => write!(self.text, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
