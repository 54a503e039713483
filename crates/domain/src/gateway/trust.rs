//! How the processes of a gateway prove themselves the first time, and whose keys that is held against.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Gateway;
use crate::{
    connection::ClusterUrl,
    kubernetes_name::{Namespace, ServiceAccountName},
};

/// How the processes of a gateway prove themselves the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum EnrolmentMethod {
    /// By a token that was made for it.
    Token,
    /// By the service account that they run as.
    ServiceAccount(ServiceAccountTrust),
}

/// Whose projected tokens prove a gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceAccountTrust {
    /// `iss` of the cluster's tokens.
    pub issuer: String,
    /// Where the cluster's public keys are from.
    pub keys: ClusterKeys,
    /// Where the account is.
    pub namespace: Namespace,
    /// The account.
    pub name: ServiceAccountName,
    /// Who may say that pasted keys are others now. It is kept while the cluster publishes them. Gateways of before this was asked
    /// follow their cluster.
    #[serde(default)]
    pub key_changes: KeyChanges,
}

/// Where the public keys of a gateway's cluster are from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ClusterKeys {
    /// Somebody pasted them, as a JWKS (RFC 7517) or PEM: a private cluster cannot be asked before its gateway is there.
    Pasted(String),
    /// The cluster publishes them where this server can read them, as managed ones do. They are read when they are needed.
    Published(PublishedKeys),
}

/// Where a cluster publishes its keys (`OpenID` Connect Discovery 1.0, as [Kubernetes serves it]).
///
/// [Kubernetes serves it]: https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#service-account-issuer-discovery
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishedKeys {
    /// Where its discovery document is.
    pub discovery_url: ClusterUrl,
    /// PEM certificates that are then the only roots.
    pub ca: Option<String>,
}

/// The keys that a gateway's processes are believed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedKeys<'gateway> {
    /// These: a JWKS or PEM.
    Known(&'gateway str),
    /// Those that the cluster publishes.
    Published(&'gateway PublishedKeys),
}

/// Who may say that the keys of a gateway's cluster are others now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyChanges {
    /// The gateway, over its tunnel: its cluster changes keys, and nobody has to be there.
    #[default]
    Told,
    /// People only.
    Pasted,
}

/// The keys of its cluster, as a gateway told them last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldKeys {
    /// A JWKS (RFC 7517).
    pub keys: String,
    /// When.
    pub at: Timestamp,
}

/// Who says which keys a cluster has now, before anybody could miss one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAuthority {
    /// The cluster itself: it publishes them.
    Cluster,
    /// The gateway: it may tell them, and a process of it has done so since they were pasted. That stays so where none tells them any
    /// more, until somebody pastes them or says that it may not.
    Gateway,
    /// Nobody does.
    Nobody,
}

impl EnrolmentMethod {
    /// The same, with who may say that pasted keys are others. By a token no keys are known.
    #[must_use]
    pub fn following(self, key_changes: KeyChanges) -> Self {
        match self {
            Self::Token => Self::Token,
            Self::ServiceAccount(trust) => Self::ServiceAccount(ServiceAccountTrust { key_changes, ..trust }),
        }
    }

    /// What was said of that, be it that none are pasted now.
    pub const fn key_changes_when_pasted(&self) -> Option<KeyChanges> {
        match self {
            Self::Token => None,
            Self::ServiceAccount(trust) => Some(trust.key_changes),
        }
    }

    /// Who may say that the cluster's keys are others, where some were pasted.
    pub const fn key_changes(&self) -> Option<KeyChanges> {
        match self {
            Self::ServiceAccount(ServiceAccountTrust { keys: ClusterKeys::Pasted(_), key_changes, .. }) => {
                Some(*key_changes)
            }
            Self::Token | Self::ServiceAccount(_) => None,
        }
    }
}

impl Gateway {
    /// Whose tokens prove its processes, and the keys of its cluster that count now: what it told instead of what was pasted.
    pub fn trusted(&self) -> Option<(&ServiceAccountTrust, TrustedKeys<'_>)> {
        let EnrolmentMethod::ServiceAccount(trust) = &self.enrolment else { return None };
        let keys = match (&trust.keys, &self.told_keys) {
            (ClusterKeys::Published(published), _) => TrustedKeys::Published(published),
            (ClusterKeys::Pasted(_), Some(told)) => TrustedKeys::Known(&told.keys),
            (ClusterKeys::Pasted(pasted), None) => TrustedKeys::Known(pasted),
        };
        Some((trust, keys))
    }

    /// Whether it may tell that they are others.
    pub fn follows_keys(&self) -> bool {
        self.enrolment.key_changes() == Some(KeyChanges::Told)
    }

    /// Who is asked when a key is not among those that are trusted.
    pub fn key_authority(&self) -> KeyAuthority {
        match self.trusted() {
            Some((_, TrustedKeys::Published(_))) => KeyAuthority::Cluster,
            _ if self.follows_keys() && self.told_keys.is_some() => KeyAuthority::Gateway,
            _ => KeyAuthority::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn stored(keys: &Value) -> Value {
        json!({"method": "service-account", "issuer": "https://id.example.com", "keys": keys, "namespace": "mayfly",
               "name": "mayfly-gateway", "keyChanges": "told"})
    }

    #[test]
    fn both_sources_of_keys_are_read_as_they_are_written() {
        let published = json!({"discoveryUrl": "https://id.example.com", "ca": null});
        for (keys, follows) in [(json!("{\"keys\":[]}"), Some(KeyChanges::Told)), (published, None)] {
            let read: EnrolmentMethod = serde_json::from_value(stored(&keys)).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), stored(&keys));
            assert_eq!(read.key_changes(), follows);
        }
    }

    #[test]
    fn what_was_said_of_pasted_keys_is_kept_while_they_are_published() {
        let published = json!({"discoveryUrl": "https://id.example.com", "ca": "PEM"});
        let read: EnrolmentMethod = serde_json::from_value(stored(&published)).unwrap();
        let kept = read.following(KeyChanges::Pasted);
        assert_eq!((kept.key_changes(), kept.key_changes_when_pasted()), (None, Some(KeyChanges::Pasted)));
    }
}
