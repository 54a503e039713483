//! Places outside to which the audit log is sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AuditStreamId, OrganizationId};

/// Where to, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum StreamTarget {
    /// Batches of lines of JSON, sent by HTTPS.
    Https {
        /// The collector's address.
        url: String,
        /// PEM certificates that are then the only ones trusted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca: Option<String>,
    },
    /// A message for each event (RFC 5424).
    Syslog {
        /// Name or address of the receiver.
        host: String,
        /// Its port.
        port: u16,
        /// How messages travel.
        transport: SyslogTransport,
        /// PEM certificates that are then the only ones trusted, with TLS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca: Option<String>,
    },
}

/// How messages travel to a syslog receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyslogTransport {
    /// RFC 5425.
    Tls,
    /// RFC 6587, octet counting.
    Tcp,
    /// RFC 5426; nobody says whether they arrive.
    Udp,
}

/// A place outside, and how far it has come.
#[derive(Clone, Debug)]
pub struct AuditStream {
    /// Id.
    pub id: AuditStreamId,
    /// Whose.
    pub organization: OrganizationId,
    /// Its name, one of a kind in the organization.
    pub name: String,
    /// Where to.
    pub target: StreamTarget,
    /// When it is worked on next, or its claim lapses.
    pub due_at: Timestamp,
    /// Failed tries since the last that worked.
    pub attempts: i64,
    /// Events that were delivered, some of them perhaps twice.
    pub delivered: i64,
    /// Events that retention removed before they were delivered.
    pub missed: i64,
    /// What stood in the way last; holds no secret.
    pub last_error: Option<String>,
    /// When something was delivered last.
    pub delivered_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}
