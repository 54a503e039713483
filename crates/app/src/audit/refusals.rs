//! Refusals of callers nobody knows: the first from a source is an event at once, the rest of its minute is counted.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;
use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::{Caller, Origin},
    source::Source,
};

use crate::{App, AppError};

/// Sources counted apart in one minute. Beyond it they are counted together, so that memory stays bounded however many
/// addresses a stranger has.
const MOST_SOURCES: usize = 1_000;

/// What a stranger wanted and why they were refused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refused {
    /// The operation.
    pub operation: Operation,
    /// Why, without any secret.
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Refusal {
    source: Option<Source>,
    refused: Refused,
}

/// What was counted of one source besides the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct More {
    count: u64,
    /// The address that came last, of a network that may have many.
    last: Option<IpAddr>,
}

/// The counters of the running minute.
#[derive(Default)]
pub struct Refusals(Mutex<Counters>);

#[derive(Default)]
struct Counters {
    minute: i64,
    further: HashMap<Refusal, More>,
}

enum Counted {
    First,
    Further,
}

impl Refusals {
    fn count(&self, caller: &Caller, refused: Refused, now: Timestamp) -> (Counted, Vec<(Refusal, More)>) {
        let last = caller.origin.ip_address;
        let mut refusal = Refusal { source: last.map(Source::of), refused };
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second().div_euclid(60);
        let past = if counters.minute == minute { Vec::new() } else { take(&mut counters) };
        counters.minute = minute;
        if counters.further.len() >= MOST_SOURCES && !counters.further.contains_key(&refusal) {
            refusal.source = None;
        }
        if let Some(more) = counters.further.get_mut(&refusal) {
            *more = More { count: more.count + 1, last: last.filter(|_| refusal.source.is_some()) };
            return (Counted::Further, past);
        }
        counters.further.insert(refusal, More::default());
        (Counted::First, past)
    }

    fn take(&self) -> Vec<(Refusal, More)> {
        take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn take(counters: &mut Counters) -> Vec<(Refusal, More)> {
    counters.further.drain().filter(|(_, more)| more.count > 0).collect()
}

/// Records that a stranger was refused.
pub async fn record_refusal(app: &App, caller: &Caller, refused: Refused) -> Result<(), AppError> {
    let (counted, past) = app.refusals.count(caller, refused.clone(), app.ambient.now());
    append_counts(app, past).await?;
    if matches!(counted, Counted::First) {
        append(app, caller, &refused, 1).await?;
    }
    Ok(())
}

/// Writes what was counted so far; called each minute and when the server stops.
pub async fn flush_refusals(app: &App) -> Result<(), AppError> {
    append_counts(app, app.refusals.take()).await
}

async fn append_counts(app: &App, counts: Vec<(Refusal, More)>) -> Result<(), AppError> {
    for (refusal, More { count, last }) in counts {
        let origin = Origin { ip_address: last, user_agent: String::new() };
        append(app, &Caller::anonymous(origin), &refusal.refused, count).await?;
    }
    Ok(())
}

async fn append(app: &App, caller: &Caller, refused: &Refused, count: u64) -> Result<(), AppError> {
    let (operation, reason) = (refused.operation.name().to_owned(), refused.reason.to_owned());
    let event = app.event(caller, None, Event::AnonymousAccessDenied { operation, reason, count });
    Ok(app.store.audit_events().append(&event).await?)
}
