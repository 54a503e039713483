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
struct Source {
    ip_address: Option<IpAddr>,
    refused: Refused,
}

/// The counters of the running minute.
#[derive(Default)]
pub struct Refusals(Mutex<Counters>);

#[derive(Default)]
struct Counters {
    minute: i64,
    further: HashMap<Source, u64>,
}

enum Counted {
    First,
    Further,
}

impl Refusals {
    fn count(&self, mut source: Source, now: Timestamp) -> (Counted, Vec<(Source, u64)>) {
        let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.as_second().div_euclid(60);
        let past = if counters.minute == minute { Vec::new() } else { take(&mut counters) };
        counters.minute = minute;
        if counters.further.len() >= MOST_SOURCES && !counters.further.contains_key(&source) {
            source.ip_address = None;
        }
        if let Some(count) = counters.further.get_mut(&source) {
            *count += 1;
            return (Counted::Further, past);
        }
        counters.further.insert(source, 0);
        (Counted::First, past)
    }

    fn take(&self) -> Vec<(Source, u64)> {
        take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn take(counters: &mut Counters) -> Vec<(Source, u64)> {
    counters.further.drain().filter(|(_, count)| *count > 0).collect()
}

/// Records that a stranger was refused.
pub async fn record_refusal(app: &App, caller: &Caller, refused: Refused) -> Result<(), AppError> {
    let source = Source { ip_address: caller.origin.ip_address, refused: refused.clone() };
    let (counted, past) = app.refusals.count(source, app.ambient.now());
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

async fn append_counts(app: &App, counts: Vec<(Source, u64)>) -> Result<(), AppError> {
    for (source, count) in counts {
        let origin = Origin { ip_address: source.ip_address, user_agent: String::new() };
        append(app, &Caller::anonymous(origin), &source.refused, count).await?;
    }
    Ok(())
}

async fn append(app: &App, caller: &Caller, refused: &Refused, count: u64) -> Result<(), AppError> {
    let (operation, reason) = (refused.operation.name().to_owned(), refused.reason.to_owned());
    let event = app.event(caller, None, Event::AnonymousAccessDenied { operation, reason, count });
    Ok(app.store.audit_events().append(&event).await?)
}
