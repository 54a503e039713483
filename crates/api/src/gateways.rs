//! Gateways: agents in private networks.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::cluster_connections::UsingSecret;

/// A gateway as existing clients list them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedGateway {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    /// Always null: gateways are not identities here.
    pub identity_id: Option<String>,
    /// Always null, as `identityId`.
    pub identity: Option<Value>,
    /// When a tunnel of it was opened last.
    #[schema(format = DateTime)]
    pub heartbeat: Option<String>,
    /// `healthy` while a tunnel of it is good, `failed` otherwise; null before the first.
    pub last_health_check_status: Option<String>,
    /// Connections that lead through it.
    pub connected_resources_count: i64,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateGateway {
    pub name: String,
    #[serde(flatten)]
    pub enrolment: GatewayEnrolmentMethod,
}

/// How the processes of a gateway prove themselves the first time.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayEnrolmentMethod {
    /// `token` or `service-account`.
    pub method: String,
    /// `iss` of the cluster's tokens, with `service-account`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The cluster's public keys, as JWKS or PEM: `kubectl get --raw /openid/v1/jwks`. Either these or `discoveryUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    /// Where the cluster publishes its keys, as managed ones do at their issuer: they are read there when they are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_url: Option<String>,
    /// PEM certificates that are then the only roots for `discoveryUrl`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_ca_cert: Option<String>,
    /// Namespace of the service account that the gateway runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// Whether the gateway may tell that the cluster's keys are others, with `keys`; true unless it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows_keys: Option<bool>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateGateway {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// With `issuer`, `keys` or `discoveryUrl`, `namespace` and `serviceAccountName` where it is `service-account`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_ca_cert: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_name: Option<String>,
    /// Whether the gateway may tell that the cluster's keys are others. Can be changed alone; those that it told stay then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follows_keys: Option<bool>,
    /// `true` where somebody has looked into why it was locked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlock: Option<bool>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    #[schema(format = Uuid)]
    pub id: String,
    pub name: String,
    /// `never-connected`, `healthy`, `degraded`, `offline`, `locked` or `revoked`.
    pub state: String,
    /// Why it is locked.
    pub locked_because: Option<String>,
    pub enrolment: GatewayEnrolmentMethod,
    /// Ids of the cluster's keys that count now: those of `enrolment.keys`, or those that the gateway told since. Null where no keys are
    /// known, or they are read at `enrolment.discoveryUrl`; keys that were pasted as PEM have no ids.
    pub key_ids: Option<Vec<String>>,
    /// When the gateway told them last; null where somebody pasted them.
    #[schema(format = DateTime)]
    pub keys_told_at: Option<String>,
    /// The version that it was here with last.
    pub version: Option<String>,
    /// What it lets itself be asked, as it showed it last. It is kept in the gateway's own file and cannot be changed here.
    #[schema(value_type = Object)]
    pub policy: Option<Value>,
    /// SHA-256 of the policy, in hexadecimal digits.
    pub policy_digest: Option<String>,
    /// The API server that it speaks to with its own account.
    pub api_server: Option<String>,
    /// When a tunnel of it was opened last.
    #[schema(format = DateTime)]
    pub connected_at: Option<String>,
    /// When its last tunnel ended; null while it is here.
    #[schema(format = DateTime)]
    pub left_at: Option<String>,
    /// Why.
    pub left_because: Option<String>,
    /// Its tunnels, to this server and to others.
    pub tunnels: Vec<GatewayTunnel>,
    /// Connections that lead through it: of the organization, and of dynamic secrets with one of their own.
    pub connected_resources_count: i64,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// A tunnel of a gateway.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayTunnel {
    /// The process that opened it.
    pub instance: String,
    /// The server that holds it, where it is another than the one that was asked; that one knows how it is.
    pub server: Option<String>,
    pub version: String,
    /// `good` or `suspect`: a ping waits for its answer.
    pub health: String,
    /// Of the last ping.
    pub round_trip_ms: Option<i64>,
    /// Operations that run over it.
    pub running: i64,
    /// Operations and byte streams that the process refused since it began.
    pub refused: Option<i64>,
    /// The address of the proxy that it goes through.
    pub proxy: Option<String>,
    /// The age at which something on the way, such as a load balancer, closes its tunnels, where it has learned one: it renews them
    /// before.
    pub closed_at_age_seconds: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayBody {
    pub gateway: Gateway,
}

/// What leads through a gateway or a pool: the first thousand of each kind.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayResources {
    /// By a connection of their own, or by one of the organization.
    pub dynamic_secrets: Vec<UsingSecret>,
    pub cluster_connections: Vec<UsingConnection>,
    /// Pools that it is in.
    pub gateway_pools: Vec<UsingPool>,
    /// Leases whose end needs it.
    pub lease_ids: Vec<String>,
}

/// A connection of the organization that leads through a gateway.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsingConnection {
    #[schema(format = Uuid)]
    pub cluster_connection_id: String,
    pub name: String,
}

/// A pool that a gateway is in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsingPool {
    #[schema(format = Uuid)]
    pub gateway_pool_id: String,
    pub name: String,
}

/// Gateways that lead to the same network: whichever of them is there and has the least to do is asked.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayPool {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub org_id: String,
    /// Unique in the organization.
    pub name: String,
    pub member_count: i64,
    /// Gateways of it that have a good tunnel.
    pub healthy_member_count: i64,
    pub member_gateway_ids: Vec<String>,
    /// Connections that lead through it.
    pub connected_resources_count: i64,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateGatewayPool {
    pub name: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UpdateGatewayPool {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AddToGatewayPool {
    #[schema(format = Uuid)]
    pub gateway_id: String,
}

/// A gateway with what is known of its processes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayDetails {
    pub gateway: Gateway,
    /// Its processes that were proven.
    pub instances: Vec<GatewayInstance>,
    /// Enrolments that can still be used.
    pub enrolments: Vec<GatewayEnrolment>,
    /// What its processes need beside their service account, where that proves them: where, as whom, whom to believe. No
    /// secret.
    pub enrolment_text: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayInstance {
    pub name: String,
    /// Counts its certificates.
    pub generation: i64,
    #[schema(format = DateTime)]
    pub certificate_expires_at: String,
    #[schema(format = DateTime)]
    pub enrolled_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayList {
    pub gateways: Vec<Gateway>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreateGatewayEnrolment {
    /// For how long, from 60 to 86400; 900 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl_seconds: Option<i64>,
    /// For how many processes, from 1 to 20; one unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uses: Option<i64>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayEnrolment {
    #[schema(format = Uuid)]
    pub id: String,
    pub uses_left: i64,
    #[schema(format = DateTime)]
    pub expires_at: String,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayEnrolmentBody {
    pub enrolment: GatewayEnrolment,
}

/// An enrolment that was made.
// It holds the token, so nothing prints it.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MadeGatewayEnrolment {
    pub enrolment: GatewayEnrolment,
    /// All that `mayfly-gateway enrol` needs, as one text: where, as whom, whom to believe, and the token. Shown this once.
    pub enrolment_text: String,
    /// By what this installation is believed: `sha256:` and hexadecimal digits.
    pub authority: String,
}
