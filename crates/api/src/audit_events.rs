//! The audit log as our own clients read it, and its chain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::audit_logs::AuditActor;

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoggedEvent {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(example = "create-dynamic-secret-lease")]
    pub kind: String,
    /// `success`, `failure` or `denied`.
    pub outcome: String,
    pub actor: AuditActor,
    pub ip_address: Option<String>,
    pub user_agent: Option<String>,
    pub project_id: Option<String>,
    pub project_name: Option<String>,
    pub organization_id: Option<String>,
    /// The lease it is about.
    pub lease_id: Option<String>,
    /// The `jti` of that lease's token.
    pub jti: Option<String>,
    /// Fields of this kind of event.
    pub metadata: serde_json::Value,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LoggedEventBody {
    pub event: LoggedEvent,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LoggedEventList {
    pub events: Vec<LoggedEvent>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ActorCount {
    /// The actor's id, or its type where it has none.
    pub id: String,
    pub actor: Option<AuditActor>,
    pub count: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventFacets {
    pub total: i64,
    pub kinds: BTreeMap<String, i64>,
    pub outcomes: BTreeMap<String, i64>,
    pub actors: Vec<ActorCount>,
    /// By project id; what belongs to none is under the empty text.
    pub projects: BTreeMap<String, i64>,
}

/// The newest seal of the audit log, to be kept outside: it proves later that nothing before it was cut off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditHead {
    #[schema(format = Uuid)]
    pub installation: String,
    pub number: i64,
    /// In hexadecimal.
    pub mark: String,
    #[schema(format = DateTime)]
    pub sealed_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AuditHeadBody {
    /// Null while nothing is sealed.
    pub head: Option<AuditHead>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct VerifyAuditLogRequest {
    /// A head that was kept outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<AuditHead>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditFinding {
    /// `changed`, `missing`, `added`, `seal-changed`, `seal-missing` or `cut-off`; of an export, which only the command line
    /// compares, `export-changed` or `export-added`.
    pub fault: String,
    /// In words.
    pub what: String,
    /// The event's id, where there is a row.
    pub event_id: Option<String>,
    /// The seal that covers it; null for what is not sealed yet.
    pub seal: Option<i64>,
    /// The chain, as text because it is larger than numbers in JavaScript.
    pub chain: Option<String>,
    pub first_number: Option<i64>,
    pub last_number: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditVerification {
    /// Whether nothing is wrong.
    pub is_intact: bool,
    /// Events that are as they were written.
    pub events: u64,
    /// Those of them that no seal covers yet.
    pub unsealed: u64,
    /// Number of the newest seal.
    pub newest_seal: Option<i64>,
    /// What is wrong, in the order of the log: the first is the first bad place.
    pub findings: Vec<AuditFinding>,
    /// Further findings that are not listed.
    pub further_findings: u64,
    /// What cannot be proven, in words.
    pub unproven: Vec<String>,
}
