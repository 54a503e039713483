//! What events tell of dynamic secrets and leases.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    dynamic_secret::DynamicSecret,
    ids::{DynamicSecretId, LeaseId, ProjectId},
    lease::{Lease, LeaseSource},
};

/// Which dynamic secret an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretFacts {
    /// Name.
    pub dynamic_secret_name: String,
    /// Always `kubernetes`.
    pub dynamic_secret_type: String,
    /// Id.
    pub dynamic_secret_id: DynamicSecretId,
    /// Environment's slug.
    pub environment: String,
    /// Folder's path.
    pub secret_path: String,
    /// Project.
    pub project_id: ProjectId,
}

impl From<&DynamicSecret> for SecretFacts {
    fn from(secret: &DynamicSecret) -> Self {
        Self {
            dynamic_secret_name: secret.name.to_string(),
            dynamic_secret_type: "kubernetes".to_owned(),
            dynamic_secret_id: secret.id,
            environment: secret.place.environment_slug.to_string(),
            secret_path: secret.place.path.to_string(),
            project_id: secret.place.project,
        }
    }
}

impl From<&LeaseSource> for SecretFacts {
    fn from(source: &LeaseSource) -> Self {
        Self {
            dynamic_secret_name: source.name.to_string(),
            dynamic_secret_type: "kubernetes".to_owned(),
            dynamic_secret_id: source.dynamic_secret,
            environment: source.place.environment_slug.to_string(),
            secret_path: source.place.path.to_string(),
            project_id: source.place.project,
        }
    }
}

/// Which lease an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaseFacts {
    /// Its dynamic secret.
    #[serde(flatten)]
    pub secret: SecretFacts,
    /// Id.
    pub lease_id: LeaseId,
    /// The account's name.
    pub lease_external_entity_id: String,
    /// When the lease ends.
    pub lease_expire_at: Timestamp,
    /// The account's namespace.
    pub namespace: String,
    /// `jti` of its token, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// `exp` of its token, once known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_expires_at: Option<Timestamp>,
}

impl From<&Lease> for LeaseFacts {
    fn from(lease: &Lease) -> Self {
        let grant = lease.state.grant();
        Self {
            secret: SecretFacts::from(&lease.source),
            lease_id: lease.id,
            lease_external_entity_id: lease.external_entity_id().to_owned(),
            lease_expire_at: lease.expire_at,
            namespace: lease.plan.account.namespace().to_string(),
            jti: grant.and_then(|grant| grant.jti.clone()),
            token_expires_at: grant.map(|grant| grant.token_expires_at),
        }
    }
}

/// What a person showed beside their password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondFactorUse {
    /// Nothing; they have no second factor.
    None,
    /// A code of their authenticator.
    Totp,
    /// One of their recovery codes, which is used up.
    RecoveryCode,
    /// A passkey, after the password.
    Passkey,
    /// A passkey in place of a password: it stands for both factors.
    PasskeyAlone,
}
