//! Authorities for gateways: what signs both ends of every tunnel.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An authority. Its key is never told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayAuthority {
    #[schema(format = Uuid)]
    pub id: String,
    /// By which enrolments pin it: `sha256:` and hexadecimal digits.
    pub digest: String,
    /// `signing`; `next`, while it is only believed; or `former`, while what it signed may count.
    pub state: String,
    /// From when it signs, where it does not yet.
    #[schema(format = DateTime)]
    pub signs_from: Option<String>,
    /// Until when it signs, where it signs and there is a newer one.
    #[schema(format = DateTime)]
    pub signs_until: Option<String>,
    /// From when it may be removed without force, where it signs no more.
    #[schema(format = DateTime)]
    pub removable_from: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// One, or two while they change; newest first. None before the first gateway is spoken of.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayAuthorityList {
    pub gateway_authorities: Vec<GatewayAuthority>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeleteGatewayAuthority {
    /// `true` to remove it while gateways are believed by it: whatever came by it enrols anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_forced: Option<bool>,
    /// Why, with `isForced`: for the audit log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
