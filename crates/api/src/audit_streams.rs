//! Places outside to which the audit log is sent.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditStreamRequest {
    pub name: String,
    /// `https` or `syslog`.
    pub kind: String,
    /// Of a collector: it gets batches of lines of JSON by `POST`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Sent to the collector as a bearer token. Stored sealed, and never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Of a syslog receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<i64>,
    /// `tls`, `tcp` or `udp`; `tls` unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<String>,
    /// PEM certificates that are then the only ones trusted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditStream {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    pub kind: String,
    pub url: Option<String>,
    pub host: Option<String>,
    pub port: Option<i64>,
    pub transport: Option<String>,
    /// Events that were delivered, some of them perhaps twice.
    pub delivered: i64,
    /// Events that retention removed before they were delivered.
    #[serde(default)]
    pub missed: i64,
    #[schema(format = DateTime)]
    pub delivered_at: Option<String>,
    /// Events that it has not had.
    pub lag: i64,
    /// When the oldest of them happened.
    #[schema(format = DateTime)]
    pub lag_since: Option<String>,
    /// Failed tries since the last that worked.
    pub attempts: i64,
    pub last_error: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditStreamBody {
    pub audit_stream: AuditStream,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditStreamList {
    pub audit_streams: Vec<AuditStream>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}
