//! A tracing subscriber that records everything as strings.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex, MutexGuard, Once, PoisonError},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

/// Clones share their records.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Records>>);

#[derive(Default)]
struct Records {
    /// Names and targets. A span's id is its position, from 1.
    spans: Vec<(&'static str, &'static str)>,
    entered: Vec<Id>,
    events: Vec<Recorded>,
    /// All records, one a line.
    text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    target: &'static str,
    /// The name of the enclosing span.
    pub(crate) span: Option<String>,
    pub(crate) text: String,
}

impl Recorder {
    /// Returns all records.
    pub(crate) fn text(&self) -> String {
        self.lock().text.clone()
    }

    /// Returns the names of the spans whose target has this prefix.
    pub(crate) fn spans(&self, target: &str) -> Vec<&'static str> {
        let records = self.lock();
        records.spans.iter().filter(|(_, other)| other.starts_with(target)).map(|(name, _)| *name).collect()
    }

    /// Returns the events whose target has this prefix.
    pub(crate) fn events(&self, target: &str) -> Vec<Recorded> {
        let records = self.lock();
        records.events.iter().filter(|event| event.target.starts_with(target)).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = Text(format!("span {}", span.metadata().name()));
        span.record(&mut text);
        let mut records = self.lock();
        records.line(&text.0);
        records.spans.push((span.metadata().name(), span.metadata().target()));
        Id::from_u64(records.spans.len() as u64)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text("record".to_owned());
        values.record(&mut text);
        self.lock().line(&text.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(format!("event {}", event.metadata().name()));
        event.record(&mut text);
        let mut records = self.lock();
        records.line(&text.0);
        let span = records.entered.last().and_then(|id| {
            let at = usize::try_from(id.into_u64()).ok()?.checked_sub(1)?;
            records.spans.get(at).map(|(name, _)| (*name).to_owned())
        });
        records.events.push(Recorded { target: event.metadata().target(), span, text: text.0 });
    }

    fn enter(&self, span: &Id) {
        self.lock().entered.push(span.clone());
    }

    fn exit(&self, span: &Id) {
        let entered = &mut self.lock().entered;
        if let Some(at) = entered.iter().rposition(|id| id == span) {
            entered.remove(at);
        }
    }
}

/// Gives every thread a subscriber.
///
/// If the first event of a callsite has no subscriber, tracing disables the callsite for all threads.
pub(crate) fn listen_everywhere() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Silent).expect("no other default"));
}

struct Silent;

impl Subscriber for Silent {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Records {
    fn line(&mut self, text: &str) {
        self.text.push_str(&text.replace('\n', " "));
        self.text.push('\n');
    }
}

/// Formats fields as `name=value`.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
