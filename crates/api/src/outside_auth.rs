//! How a machine identity signs in with a token from outside: of an identity provider, or of a cluster.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::universal_auth::{TrustedIp, TrustedIpRequest};

/// The token of somebody who vouches for the identity.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutsideLoginRequest {
    #[schema(format = Uuid)]
    pub identity_id: String,
    pub jwt: String,
}

/// What is left out keeps its value, or its default when made. All times in seconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcAuthRequest {
    /// Where the provider describes itself, with or without `/.well-known/openid-configuration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://token.actions.githubusercontent.com")]
    pub oidc_discovery_url: Option<String>,
    /// PEM certificates that are then the only roots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<String>,
    /// `iss` of its tokens, exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_issuer: Option<String>,
    /// One of these, with commas between them, has to be in `aud`, exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_audiences: Option<String>,
    /// Claims and what they have to be: a text, or several with commas between them or in a list. `*` stands for part of
    /// what lies between two of `:` and `/`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub bound_claims: Option<BTreeMap<String, serde_json::Value>>,
    /// `sub`, as a text of `boundClaims`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "repo:acme/shop:ref:refs/heads/main")]
    pub bound_subject: Option<String>,
    /// Claims that the audit log keeps of a login, under these names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim_metadata_mapping: Option<BTreeMap<String, String>>,
    #[serde(flatten)]
    pub token: OutsideTokenRequest,
}

/// What is left out keeps its value, or its default when made. All times in seconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesAuthRequest {
    /// `api`: an API server is asked whose a token is. `pinned-keys`: its public keys are given, for clusters that cannot be
    /// reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = "api")]
    pub token_review_mode: Option<String>,
    /// The API server that is asked, with `tokenReviewerJwt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kubernetes_host: Option<String>,
    /// PEM certificates that are then the only roots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_cert: Option<String>,
    /// A token that may create `tokenreviews`. It is never returned, and goes to `kubernetesHost` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_reviewer_jwt: Option<String>,
    /// The cluster connection that is asked, instead of a host.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Uuid)]
    pub connection_id: Option<String>,
    /// With pinned keys: `iss` of the cluster's tokens, exactly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// With pinned keys: the keys, as JWKS or PEM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_keys: Option<String>,
    /// Namespaces, with commas between them; all if empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_namespaces: Option<String>,
    /// Service accounts, with commas between them; all if empty. Not both are empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_names: Option<String>,
    /// The audience that tokens have to be made for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_audience: Option<String>,
    #[serde(flatten)]
    pub token: OutsideTokenRequest,
}

/// What both have in common.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutsideTokenRequest {
    /// Longest time since a token was issued; 0 means without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 86_400, default = 0)]
    pub max_token_age: Option<i64>,
    /// Whether each token counts for one login only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(default = false)]
    pub accept_once: Option<bool>,
    #[serde(rename = "accessTokenTTL", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 315_360_000, default = 2_592_000)]
    pub access_token_ttl: Option<i64>,
    #[serde(rename = "accessTokenMaxTTL", skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 315_360_000, default = 2_592_000)]
    pub access_token_max_ttl: Option<i64>,
    /// 0 means without limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, default = 0)]
    pub access_token_num_uses_limit: Option<i64>,
    /// Above 0: the token may be renewed for ever, for this long each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 315_360_000, default = 0)]
    pub access_token_period: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_trusted_ips: Option<Vec<TrustedIpRequest>>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OutsideAuth {
    #[schema(format = Uuid)]
    pub id: String,
    #[schema(format = Uuid)]
    pub identity_id: String,
    /// 0 means without limit.
    pub max_token_age: i64,
    pub accept_once: bool,
    #[serde(rename = "accessTokenTTL")]
    pub access_token_ttl: i64,
    #[serde(rename = "accessTokenMaxTTL")]
    pub access_token_max_ttl: i64,
    pub access_token_num_uses_limit: i64,
    pub access_token_period: i64,
    pub access_token_trusted_ips: Vec<TrustedIp>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub updated_at: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcAuth {
    #[serde(flatten)]
    pub auth: OutsideAuth,
    pub oidc_discovery_url: String,
    pub ca_cert: String,
    pub bound_issuer: String,
    pub bound_audiences: String,
    pub bound_claims: BTreeMap<String, String>,
    pub bound_subject: String,
    pub claim_metadata_mapping: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcAuthBody {
    pub identity_oidc_auth: OidcAuth,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesAuth {
    #[serde(flatten)]
    pub auth: OutsideAuth,
    /// `api` or `pinned-keys`.
    pub token_review_mode: String,
    pub kubernetes_host: Option<String>,
    pub ca_cert: String,
    /// Whether a reviewer's token is stored; the token itself is never returned.
    pub has_token_reviewer_jwt: bool,
    pub connection_id: Option<String>,
    pub issuer: String,
    pub public_keys: String,
    pub allowed_namespaces: String,
    pub allowed_names: String,
    pub allowed_audience: String,
    /// Always null: there are no gateways for this.
    pub gateway_id: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesAuthBody {
    pub identity_kubernetes_auth: KubernetesAuth,
}
