//! Places outside to which the audit log is sent. None of them is a file: a path comes from the server's settings only.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::audit_streams::{AuditStream as Wire, AuditStreamBody, AuditStreamList, AuditStreamRequest};
use mayfly_app::{
    AppError,
    audit::streams::{self as operations, Lag},
};
use mayfly_domain::{
    audit_stream::{AuditStream, StreamTarget, SyslogTransport},
    ids::AuditStreamId,
    sensitive::Sensitive,
};

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    json::Body,
    page::page,
    path::Path,
    place::query_fields,
    problem::Failure,
    time,
};

/// Streams on one page at most.
const LONGEST_PAGE: i64 = 100;

/// Send the audit log to an HTTPS collector or a syslog receiver, from now on and each event at least once.
#[utoipa::path(post, path = "/api/v1/audit-streams", operation_id = "createAuditStream", tag = "Audit log",
    request_body = AuditStreamRequest, responses((status = 200, body = AuditStreamBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<AuditStreamBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["name", "kind", "url", "secret", "host", "port", "transport", "ca"]);
    let name = form.required_with("name", name);
    let target = target(&form);
    let secret = form.text("secret", 4096);
    let (name, target, secret) = form.finish(|| Some((name?, target?, secret?)))?;
    let made = operations::create_stream(&shared.app, &caller, name, target, secret.map(Sensitive::new)).await?;
    Ok(Json(AuditStreamBody { audit_stream: wire(&made, Lag { events: 0, since: None }) }))
}

fn name(text: &str) -> Result<String, String> {
    let is_good = (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    if is_good { Ok(text.to_owned()) } else { Err("must have 1 to 64 characters".to_owned()) }
}

fn target(form: &Form<'_>) -> Field<StreamTarget> {
    let (url, host) = (form.optional_with("url", collector), form.text("host", 253));
    let (port, ca) = (form.integer("port", 1..=65_535), form.text("ca", 64 * 1024));
    let transport = form.optional_with("transport", transport);
    match form.required::<String>("kind")?.as_str() {
        "https" => match url? {
            Some(url) => Some(StreamTarget::Https { url, ca: ca? }),
            None => form.fault("url", "required", "is required"),
        },
        "syslog" => match (host?, port?) {
            (Some(host), Some(port)) => Some(StreamTarget::Syslog {
                host,
                port: u16::try_from(port).unwrap_or(u16::MAX),
                transport: transport?.unwrap_or(SyslogTransport::Tls),
                ca: ca?,
            }),
            (None, _) => form.fault("host", "required", "is required"),
            (Some(_), None) => form.fault("port", "required", "is required"),
        },
        _ => form.fault("kind", "invalid_value", "must be `https` or `syslog`"),
    }
}

fn collector(text: &str) -> Result<String, String> {
    let is_good = |uri: &http::Uri| {
        uri.scheme_str() == Some("https") && uri.authority().is_some_and(|authority| !authority.as_str().contains('@'))
    };
    match text.parse::<http::Uri>() {
        // It would be stored and shown as it is.
        Ok(uri) if uri.query().is_some() => {
            Err("must have no query: what is secret goes into `secret`, which is sealed and sent as a bearer token"
                .to_owned())
        }
        Ok(uri) if is_good(&uri) => Ok(text.to_owned()),
        _ => Err("must be an `https` address without a user".to_owned()),
    }
}

fn transport(text: &str) -> Result<SyslogTransport, String> {
    match text {
        "tls" => Ok(SyslogTransport::Tls),
        "tcp" => Ok(SyslogTransport::Tcp),
        "udp" => Ok(SyslogTransport::Udp),
        _ => Err("must be `tls`, `tcp` or `udp`".to_owned()),
    }
}

/// List where the audit log is sent, and how far each place is behind.
#[utoipa::path(get, path = "/api/v1/audit-streams", operation_id = "listAuditStreams", tag = "Audit log",
    params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = AuditStreamList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditStreamList>, Failure> {
    let (after, limit) = page(query.as_deref(), LONGEST_PAGE)?;
    let (found, next) = operations::list_streams(&shared.app, &caller, after, limit).await?;
    Ok(Json(AuditStreamList {
        audit_streams: found.iter().map(|(stream, lag)| wire(stream, *lag)).collect(),
        next_cursor: next.map(|id| id.to_string()),
    }))
}

/// See one place, and how far it is behind.
#[utoipa::path(get, path = "/api/v1/audit-streams/{streamId}", operation_id = "getAuditStream", tag = "Audit log",
    params(("streamId" = String, Path)), responses((status = 200, body = AuditStreamBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<AuditStreamBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let (stream, lag) = operations::get_stream(&shared.app, &caller, stream(&id)?).await?;
    Ok(Json(AuditStreamBody { audit_stream: wire(&stream, lag) }))
}

/// Send the audit log there no more. What was not delivered yet is not.
#[utoipa::path(delete, path = "/api/v1/audit-streams/{streamId}", operation_id = "deleteAuditStream", tag = "Audit log",
    params(("streamId" = String, Path)), responses((status = 200, body = AuditStreamBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<AuditStreamBody>, Failure> {
    Form::body(&body).nothing()?;
    let gone = operations::delete_stream(&shared.app, &caller, stream(&id)?).await?;
    Ok(Json(AuditStreamBody { audit_stream: wire(&gone, Lag { events: 0, since: None }) }))
}

fn stream(id: &str) -> Result<AuditStreamId, AppError> {
    id.parse().map_err(|_| AppError::NotFound { what: "audit stream", name: id.to_owned() })
}

fn wire(stream: &AuditStream, lag: Lag) -> Wire {
    let bare = Wire {
        id: stream.id.to_string(),
        name: stream.name.clone(),
        kind: String::new(),
        url: None,
        host: None,
        port: None,
        transport: None,
        delivered: stream.delivered,
        missed: stream.missed,
        delivered_at: stream.delivered_at.map(time::text),
        lag: lag.events,
        lag_since: lag.since.map(time::text),
        attempts: stream.attempts,
        last_error: stream.last_error.clone(),
        created_at: time::text(stream.created_at),
    };
    match &stream.target {
        StreamTarget::Https { url, .. } => Wire { kind: "https".to_owned(), url: Some(url.clone()), ..bare },
        StreamTarget::Syslog { host, port, transport, .. } => Wire {
            kind: "syslog".to_owned(),
            host: Some(host.clone()),
            port: Some(i64::from(*port)),
            transport: Some(
                match transport {
                    SyslogTransport::Tls => "tls",
                    SyslogTransport::Tcp => "tcp",
                    SyslogTransport::Udp => "udp",
                }
                .to_owned(),
            ),
            ..bare
        },
    }
}
