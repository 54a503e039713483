//! Sending the audit log to places outside, each event at least once.
//!
//! A stream's cursor is in the database, and moves only when its place has said that it has what was sent. A place that is
//! away is tried again, later and later, and hinders nothing else.

use std::time::Duration;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::{Outbound, SendFailed};
use mayfly_domain::{
    access::operation::Operation,
    audit::{Event, EventOutcome},
    audit_stream::{AuditStream, StreamTarget, SyslogTransport},
    caller::Caller,
    error::chain,
    ids::AuditStreamId,
    sensitive::Sensitive,
};
pub use mayfly_store::audit_streams::{Lag, UnreadEvent};
use mayfly_store::{StoreError, audit_events::StoredEvent};

use crate::{
    App, AppError,
    error::OrWhen as _,
    page::{and_one_more, cut},
};

/// Events that are sent at once.
const BATCH: i64 = 500;

/// Batches until others get their turn.
const MOST_BATCHES: usize = 20;

/// How long a claim holds: longer than a batch may take, which is 20 s. A server that is killed holds a stream so long.
const CLAIM: SignedDuration = SignedDuration::from_secs(30);

/// How soon a stream that has everything is looked at again.
const REST: SignedDuration = SignedDuration::from_secs(1);

/// The longest pause between two tries.
const LONGEST_PAUSE: i64 = 300;

/// Makes a stream of what happens from now on.
pub async fn create_stream(
    app: &App,
    caller: &Caller,
    name: String,
    target: StreamTarget,
    secret: Option<Sensitive<String>>,
) -> Result<AuditStream, AppError> {
    app.authorize(caller, Operation::CreateAuditStream).await?;
    let organization = App::organization(caller)?;
    let id = AuditStreamId::generate(&app.ambient);
    let told = Event::CreateAuditStream { stream_id: id, name: name.clone(), place: place_of(&target) };
    let event = app.event(caller, None, told);
    let created_at = event.created_at;
    let stream = AuditStream {
        id,
        organization,
        name,
        target,
        due_at: created_at,
        attempts: 0,
        delivered: 0,
        last_error: None,
        delivered_at: None,
        created_at,
    };
    let taken =
        || AppError::field(&["name"], "name_taken", "is the name of another stream: choose one that is not taken");
    match app.store.audit_streams().create(&stream, secret.as_ref(), &event).await {
        Err(StoreError::Unique { index }) if index == "audit_streams_name" => Err(taken()),
        stored => Ok(stored.map(|()| stream)?),
    }
}

/// A page of streams, each with how far it is behind, and the cursor of the next one.
pub async fn list_streams(
    app: &App,
    caller: &Caller,
    after: Option<AuditStreamId>,
    limit: i64,
) -> Result<(Vec<(AuditStream, Lag)>, Option<AuditStreamId>), AppError> {
    app.authorize(caller, Operation::ListAuditStreams).await?;
    let streams = app.store.audit_streams();
    let found = streams.page(App::organization(caller)?, after, and_one_more(limit)).await?;
    let (found, next) = cut(found, limit, |stream| stream.id);
    let mut listed = Vec::with_capacity(found.len());
    for stream in found {
        let lag = streams.lag(&stream.id.to_string()).await?;
        listed.push((stream, lag));
    }
    Ok((listed, next))
}

/// One of them.
pub async fn get_stream(app: &App, caller: &Caller, id: AuditStreamId) -> Result<(AuditStream, Lag), AppError> {
    app.authorize(caller, Operation::ListAuditStreams).await?;
    let streams = app.store.audit_streams();
    let absent = || AppError::not_found("audit stream", &id);
    let stream = streams.get(App::organization(caller)?, id).await?.ok_or_else(absent)?;
    let lag = streams.lag(&id.to_string()).await?;
    Ok((stream, lag))
}

/// Removes one, with what it has not sent.
pub async fn delete_stream(app: &App, caller: &Caller, id: AuditStreamId) -> Result<AuditStream, AppError> {
    app.authorize(caller, Operation::DeleteAuditStream).await?;
    let organization = App::organization(caller)?;
    let absent = || AppError::not_found("audit stream", &id);
    let streams = app.store.audit_streams();
    let stream = streams.get(organization, id).await?.ok_or_else(absent)?;
    let event = app.event(caller, None, Event::DeleteAuditStream { stream_id: id, name: stream.name.clone() });
    streams.delete(organization, id, &event).await.or_when_gone(absent)?;
    Ok(stream)
}

/// Where to, without anything that could be a secret.
fn place_of(target: &StreamTarget) -> String {
    match target {
        StreamTarget::Https { url, .. } => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
        StreamTarget::Syslog { host, port, .. } => format!("syslog {host}:{port}"),
    }
}

/// An event as a line of JSON.
pub type Line = fn(&StoredEvent) -> String;

/// Sends what is due, to all places at once.
pub async fn deliver_due(app: &App, outbound: &Outbound, line: Line) -> Result<(), AppError> {
    let due = app.store.audit_streams().due(app.ambient.now()).await?;
    for delivered in join_all(due.iter().map(|stream| deliver(app, outbound, line, stream))).await {
        if let Err(error) = delivered {
            tracing::error!(error = %chain(&error), "an audit stream could not be kept up; it is tried again");
        }
    }
    Ok(())
}

async fn deliver(app: &App, outbound: &Outbound, line: Line, stream: &AuditStream) -> Result<(), AppError> {
    let streams = app.store.audit_streams();
    let Some(mut stream) = streams.claim(stream, app.ambient.now() + CLAIM).await? else { return Ok(()) };
    let secret = streams.secret(&stream).await?;
    for _ in 0..MOST_BATCHES {
        let events = streams.unread(&stream.id.to_string(), BATCH).await?;
        if events.is_empty() {
            return Ok(streams.rest(&stream, app.ambient.now() + REST).await?);
        }
        if let Err(failed) = send(outbound, &stream.target, secret.as_ref(), line, &events).await {
            let next = app.ambient.now() + pause(stream.attempts);
            tracing::warn!(stream = %stream.name, error = %failed, "an audit stream's place did not take events");
            return Ok(streams.put_off(&stream, &failed.to_string(), next).await?);
        }
        streams.delivered(&stream, &events, app.ambient.now()).await?;
        let Some(ours) = streams.claim(&stream, app.ambient.now() + CLAIM).await? else { return Ok(()) };
        stream = AuditStream { attempts: 0, ..ours };
    }
    Ok(streams.rest(&stream, app.ambient.now()).await?)
}

/// 1 s, 2 s, 4 s and so on.
fn pause(attempts: i64) -> SignedDuration {
    let doubled = 1_i64.checked_shl(u32::try_from(attempts).unwrap_or(u32::MAX)).unwrap_or(LONGEST_PAUSE);
    SignedDuration::from_secs(if attempts > 8 { LONGEST_PAUSE } else { doubled.min(LONGEST_PAUSE) })
}

async fn send(
    outbound: &Outbound,
    target: &StreamTarget,
    secret: Option<&Sensitive<String>>,
    line: Line,
    events: &[UnreadEvent],
) -> Result<(), SendFailed> {
    match target {
        StreamTarget::Https { url, ca } => {
            let lines: String = events.iter().map(|unread| line(&unread.event) + "\n").collect();
            outbound.post(url, ca.as_deref(), secret, lines.into_bytes()).await
        }
        StreamTarget::Syslog { host, port, transport, ca } => {
            let messages: Vec<String> = events.iter().map(|unread| message(&unread.event, line)).collect();
            match transport {
                SyslogTransport::Tls => outbound.syslog((host, *port), Some(ca.as_deref()), &messages).await,
                SyslogTransport::Tcp => outbound.syslog((host, *port), None, &messages).await,
                SyslogTransport::Udp => outbound.syslog_udp((host, *port), &messages).await,
            }
        }
    }
}

/// A message of RFC 5424: facility 13, "log audit"; severity 6, or 4 for what was refused or failed.
fn message(event: &StoredEvent, line: Line) -> String {
    const AUDIT: u8 = 13 * 8;
    const LONGEST_ID: usize = 32;
    let severity = match EventOutcome::of(&event.kind) {
        EventOutcome::Success => 6,
        EventOutcome::Failure | EventOutcome::Denied => 4,
    };
    let id: String = event.kind.chars().filter(char::is_ascii_graphic).take(LONGEST_ID).collect();
    format!("<{}>1 {} - mayfly - {id} - {}", AUDIT + severity, event.created_at, line(event))
}

/// The reader of the file that a server's settings name.
const FILE: &str = "file";

/// What the file that a server's settings name has not had; nothing while another server writes it.
pub async fn unread_for_file(app: &App) -> Result<Vec<UnreadEvent>, AppError> {
    const HELD: SignedDuration = SignedDuration::from_secs(5);
    let now: Timestamp = app.ambient.now();
    if !app.store.audit_chain().claim("file", now, now + HELD).await? {
        return Ok(Vec::new());
    }
    Ok(app.store.audit_streams().unread(FILE, BATCH).await?)
}

/// Notes that the file has them, on disk.
pub async fn written_to_file(app: &App, events: &[UnreadEvent]) -> Result<(), AppError> {
    app.store.audit_streams().advance(FILE, events).await?;
    let now = app.ambient.now();
    // The next batch may come at once.
    Ok(app.store.audit_chain().claim_again("file", now).await?)
}

/// How often due streams are looked for.
pub const PAUSE: Duration = Duration::from_secs(1);
