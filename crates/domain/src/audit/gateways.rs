//! Gateways: who made them, who enrolled as them, and when they were here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    gateway::InstanceName,
    ids::{GatewayAuthorityId, GatewayId, GatewayPoolId, GatewayTokenId},
};

/// Gateways: who made them, who enrolled as them, and when they were here.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum GatewayEvent {
    /// A gateway was made.
    CreateGateway {
        gateway_id: GatewayId,
        name: String,
        /// How its processes prove themselves: `token` or `service-account`.
        method: String,
    },
    /// It was renamed, or its processes prove themselves otherwise.
    UpdateGateway { gateway_id: GatewayId, name: String, updated_fields: Vec<String> },
    /// It is no more, and nobody comes as it again.
    DeleteGateway { gateway_id: GatewayId, name: String },
    /// A token was made by which processes enrol. It is told once and never kept.
    CreateGatewayToken {
        gateway_id: GatewayId,
        name: String,
        token_id: GatewayTokenId,
        /// How many may enrol by it.
        uses: i64,
        expires_at: Timestamp,
    },
    /// A token was taken back before it was over or used up.
    DeleteGatewayToken {
        gateway_id: GatewayId,
        name: String,
        token_id: GatewayTokenId,
        /// How many could still have enrolled by it.
        uses_left: i64,
    },
    /// A process was given a first certificate, or one in place of one that was lost.
    EnrolGateway {
        gateway_id: GatewayId,
        name: String,
        instance: InstanceName,
        /// The number of its certificate.
        generation: u64,
        method: String,
    },
    /// A process was not given one.
    RefuseGatewayEnrolment {
        gateway_id: GatewayId,
        name: String,
        instance: InstanceName,
        /// Why; holds no secret.
        why: String,
    },
    /// Two hold one key, or it looked so: nobody comes as it until somebody looked into it.
    LockGateway {
        gateway_id: GatewayId,
        name: String,
        instance: InstanceName,
        /// What was seen.
        why: String,
    },
    /// Somebody looked into it.
    UnlockGateway { gateway_id: GatewayId, name: String },
    /// It may not come any more: its tunnels were cut, and no certificate of it counts.
    RevokeGateway { gateway_id: GatewayId, name: String },
    /// A process opened a tunnel.
    ConnectGateway {
        gateway_id: GatewayId,
        name: String,
        instance: InstanceName,
        version: String,
        /// SHA-256 of the policy that it showed.
        policy_digest: String,
    },
    /// The tunnel of a process ended.
    DisconnectGateway {
        gateway_id: GatewayId,
        name: String,
        instance: InstanceName,
        /// Why.
        why: String,
    },
    /// A pool of gateways was made.
    CreateGatewayPool { pool_id: GatewayPoolId, name: String },
    /// It has another name.
    RenameGatewayPool { pool_id: GatewayPoolId, name: String, old_name: String },
    /// It is no more; its gateways are.
    DeleteGatewayPool { pool_id: GatewayPoolId, name: String },
    /// A gateway is one of it now.
    AddToGatewayPool { pool_id: GatewayPoolId, name: String, gateway_id: GatewayId },
    /// A gateway is none of it any more.
    RemoveFromGatewayPool { pool_id: GatewayPoolId, name: String, gateway_id: GatewayId },
    /// It shows another policy.
    ChangeGatewayPolicy { gateway_id: GatewayId, name: String, instance: InstanceName, policy_digest: String },
    /// It told the keys of its cluster, by which its processes and their tokens are proven from now on.
    ChangeGatewayKeys {
        gateway_id: GatewayId,
        name: String,
        instance: InstanceName,
        /// Ids of the keys that count now.
        key_ids: Vec<String>,
        /// Ids of those that it told and that cannot be used, each with the reason.
        ignored: Vec<String>,
    },
    /// It told keys that do not count.
    RefuseGatewayKeys {
        gateway_id: GatewayId,
        name: String,
        instance: InstanceName,
        /// Why.
        why: String,
    },
    /// An authority for gateways was made, which takes the place of the one before a day later.
    RotateGatewayAuthority {
        authority_id: GatewayAuthorityId,
        /// By which enrolments pin it.
        digest: String,
    },
    /// An authority for gateways is believed no more, and its key is gone.
    DeleteGatewayAuthority {
        authority_id: GatewayAuthorityId,
        digest: String,
        /// Why it went while it was needed; null where it was not.
        reason: Option<String>,
    },
}
