//! All events of a span, a page at a time, without ever holding more than that.

use std::{collections::VecDeque, str::FromStr};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use futures::stream;
use mayfly_api::audit_events::LoggedEvent;
use mayfly_app::{
    AppError,
    audit::{EventQuery, StoredEvent, export_page},
};
use mayfly_domain::{caller::Caller, error::chain, ids::AuditEventId};

use super::wire;
use crate::http::{
    Shared,
    arrival::still_counts,
    caller::{Shown, shown},
    cookie,
    problem::Failure,
};

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// A JSON object to a line.
    Ndjson,
    /// Comma-separated values (RFC 4180), with a line of names.
    Csv,
}

impl FromStr for Format {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "ndjson" => Ok(Self::Ndjson),
            "csv" => Ok(Self::Csv),
            _ => Err("must be `ndjson` or `csv`"),
        }
    }
}

const COLUMNS: &str =
    "id,createdAt,kind,outcome,actorType,actor,ipAddress,userAgent,projectId,leaseId,jti,metadata\r\n";

struct Export {
    shared: Shared,
    caller: Caller,
    /// What it was asked for with.
    shown: Shown,
    query: EventQuery,
    format: Format,
    after: Option<AuditEventId>,
    waiting: VecDeque<Bytes>,
}

/// The first page is read before anything is answered, so that a refusal is one.
pub(super) async fn answer(
    shared: Shared,
    caller: Caller,
    headers: &HeaderMap,
    query: EventQuery,
    format: Format,
) -> Result<Response<Body>, Failure> {
    let shown = shown(headers, cookie::Kind::of(&shared, headers, &caller.origin));
    let mut export = Export { shared, caller, shown, query, format, after: None, waiting: VecDeque::new() };
    // What happens from now on is not part of it, so that it ends.
    export.query.to = export.query.to.or_else(|| Some(export.shared.app.ambient().now()));
    if format == Format::Csv {
        export.waiting.push_back(Bytes::from_static(COLUMNS.as_bytes()));
    }
    export.read().await?;
    let body = Body::from_stream(stream::try_unfold(export, next));
    let kind = match format {
        Format::Ndjson => "application/x-ndjson",
        Format::Csv => "text/csv; charset=utf-8",
    };
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

async fn next(mut export: Export) -> Result<Option<(Bytes, Export)>, std::io::Error> {
    if export.waiting.is_empty() && export.after.is_some() {
        export.go_on().await.map_err(|error| {
            // The answer breaks off, so that nobody takes it for the whole.
            tracing::error!(error = %chain(&error), "an export of the audit log broke off");
            std::io::Error::other("the export broke off")
        })?;
    }
    Ok(export.waiting.pop_front().map(|lines| (lines, export)))
}

impl Export {
    /// Whoever reads slowly may have lost meanwhile what the export began with.
    async fn go_on(&mut self) -> Result<(), AppError> {
        let counted = still_counts(&self.shared, &self.shown, self.caller.origin.clone()).await;
        self.caller = counted.map_err(|refused| refused.error)?;
        self.read().await
    }

    async fn read(&mut self) -> Result<(), AppError> {
        let events = export_page(&self.shared.app, &self.caller, &self.query, self.after).await?;
        self.after = events.last().map(|event| event.id);
        if !events.is_empty() {
            let lines: String = events.iter().map(|event| line(event, self.format)).collect();
            self.waiting.push_back(Bytes::from(lines));
        }
        Ok(())
    }
}

fn line(event: &StoredEvent, format: Format) -> String {
    let event = wire(event);
    match format {
        Format::Ndjson => serde_json::to_string(&event).unwrap_or_default() + "\n",
        Format::Csv => csv(&event),
    }
}

fn csv(event: &LoggedEvent) -> String {
    let named = |name: &str| event.actor.metadata.get(name).and_then(|value| value.as_str());
    let actor = named("name").or_else(|| named("email")).unwrap_or_default();
    let (metadata, none) = (event.metadata.to_string(), String::new());
    let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| none.clone());
    let cells = [
        event.id.clone(),
        event.created_at.clone(),
        event.kind.clone(),
        event.outcome.clone(),
        event.actor.kind.clone(),
        actor.to_owned(),
        or_none(&event.ip_address),
        or_none(&event.user_agent),
        or_none(&event.project_id),
        or_none(&event.lease_id),
        or_none(&event.jti),
        metadata,
    ];
    cells.map(|text| cell(&text)).join(",") + "\r\n"
}

/// A cell in quotes. What a spreadsheet would run as a formula gets an apostrophe before it, which shows that it is text
/// (OWASP, CSV injection).
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let mark = if is_formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_run_as_a_formula_or_ends_early() {
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        for first in ["+", "-", "@", "\t", "\r", "\n"] {
            assert!(cell(&format!("{first}x")).starts_with("\"'"), "{first:?}");
        }
        assert_eq!(cell("a \"b\", c"), "\"a \"\"b\"\", c\"");
        assert_eq!(cell("plain"), "\"plain\"");
    }
}
