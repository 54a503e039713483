//! How a machine signs in with a token that somebody outside signed: its CI system, or its cluster.

use std::{collections::BTreeMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    claim_pattern::ClaimPattern,
    connection::{ClusterUrl, Target, Verification},
    identity::{AccessTokenLimits, TrustedIp},
    ids::{ConnectionId, IdentityId, OutsideAuthId},
    kubernetes_name::{Namespace, ServiceAccountName},
};

/// The ways there are, by the names that existing clients know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthMethod {
    /// Client id and client secret.
    UniversalAuth,
    /// A token of an identity provider, such as a CI system.
    OidcAuth,
    /// A token of a Kubernetes service account.
    KubernetesAuth,
}

impl AuthMethod {
    /// Its name on the wire and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UniversalAuth => "universal-auth",
            Self::OidcAuth => "oidc-auth",
            Self::KubernetesAuth => "kubernetes-auth",
        }
    }

    /// As people say it.
    pub const fn spoken(self) -> &'static str {
        match self {
            Self::UniversalAuth => "universal auth",
            Self::OidcAuth => "OIDC auth",
            Self::KubernetesAuth => "Kubernetes auth",
        }
    }
}

impl FromStr for AuthMethod {
    type Err = UnknownAuthMethod;

    fn from_str(text: &str) -> Result<Self, UnknownAuthMethod> {
        let all = [Self::UniversalAuth, Self::OidcAuth, Self::KubernetesAuth];
        all.into_iter().find(|method| method.name() == text).ok_or(UnknownAuthMethod)
    }
}

/// There is no such way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `universal-auth`, `oidc-auth` or `kubernetes-auth`")]
pub struct UnknownAuthMethod;

/// How one identity signs in with one kind of outside token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideAuth {
    /// Id.
    pub id: OutsideAuthId,
    /// Whose.
    pub identity: IdentityId,
    /// Whom it believes, and what.
    pub trust: Trust,
    /// How old and how often used a token may be.
    pub freshness: Freshness,
    /// Limits of the access tokens it gives.
    pub limits: AccessTokenLimits,
    /// From where those access tokens are accepted.
    pub access_token_trusted_ips: Vec<TrustedIp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl OutsideAuth {
    /// Which kind it is.
    pub const fn method(&self) -> AuthMethod {
        match self.trust {
            Trust::Oidc(_) => AuthMethod::OidcAuth,
            Trust::Kubernetes(_) => AuthMethod::KubernetesAuth,
        }
    }
}

/// Whom it believes, and what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "method", rename_all = "kebab-case")]
pub enum Trust {
    /// An identity provider.
    Oidc(OidcTrust),
    /// A cluster.
    Kubernetes(KubernetesTrust),
}

/// How old and how often used an outside token may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// Longest time since it was issued, in seconds; at least 1.
    pub longest_age_seconds: Option<i64>,
    /// Whether each token counts for one login only.
    pub is_accepted_once: bool,
}

/// Which tokens of an identity provider count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcTrust {
    /// Where the provider describes itself.
    pub discovery_url: ClusterUrl,
    /// PEM certificates that are then the only roots.
    pub ca: Option<String>,
    /// `iss`, exactly.
    pub issuer: String,
    /// One of these has to be in `aud`, exactly. Never empty.
    pub audiences: Vec<String>,
    /// `sub`, where it is bound.
    pub subject: Option<ClaimPattern>,
    /// Other claims; each has to fit one of its patterns. Beside issuer and audience at least one thing is bound.
    pub claims: BTreeMap<String, Vec<ClaimPattern>>,
    /// Claims that the audit log keeps of a login, under other names.
    pub claim_metadata_mapping: BTreeMap<String, String>,
}

/// Which service accounts of a cluster count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesTrust {
    /// Who says whose a token is.
    pub review: ReviewBy,
    /// Namespaces; all of them where the list is empty, and then [`Self::names`] is not.
    pub namespaces: Vec<Namespace>,
    /// Accounts; all of them where the list is empty, and then [`Self::namespaces`] is not.
    pub names: Vec<ServiceAccountName>,
    /// The audience that a token has to be made for. Never empty.
    pub audience: String,
}

/// Who says whose a token of a cluster is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum ReviewBy {
    /// The API server at this address, asked with a token that is sealed beside it and bound to it.
    Host {
        /// Where it is.
        url: ClusterUrl,
        /// PEM certificates that are then the only roots.
        ca: Option<String>,
    },
    /// The API server of a cluster connection, asked with that connection's token.
    Connection {
        /// Which.
        connection: ConnectionId,
    },
    /// Nobody: the cluster's public keys are known, because it cannot be reached.
    Keys {
        /// `iss` of its tokens, exactly.
        issuer: String,
        /// JWKS or PEM.
        keys: String,
    },
}

impl ReviewBy {
    /// What a stored reviewer's token is bound to: it opens only beside the same address and trust.
    pub fn bind_text(&self) -> Option<String> {
        match self {
            Self::Host { url, ca } => Some(Target::bind_text(url, ca.as_deref(), Verification::Full)),
            Self::Connection { .. } | Self::Keys { .. } => None,
        }
    }
}

/// A service account, as the user names of a cluster write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountName {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ServiceAccountName,
}

/// A user name is not that of a service account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `system:serviceaccount:<namespace>:<name>`")]
pub struct NotAServiceAccount;

impl FromStr for AccountName {
    type Err = NotAServiceAccount;

    /// Exactly four parts, of which two are names: a user called `system:serviceaccount:a:b:c` is nobody's account.
    fn from_str(text: &str) -> Result<Self, NotAServiceAccount> {
        let rest = text.strip_prefix("system:serviceaccount:").ok_or(NotAServiceAccount)?;
        let (namespace, name) = rest.split_once(':').ok_or(NotAServiceAccount)?;
        match (namespace.parse(), name.parse()) {
            (Ok(namespace), Ok(name)) => Ok(Self { namespace, name }),
            _ => Err(NotAServiceAccount),
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "system:serviceaccount:{}:{}", self.namespace, self.name)
    }
}

impl KubernetesTrust {
    /// Whether tokens of this account count. With both lists empty none does.
    pub fn admits(&self, account: &AccountName) -> bool {
        let is_bound = !(self.namespaces.is_empty() && self.names.is_empty());
        is_bound
            && (self.namespaces.is_empty() || self.namespaces.contains(&account.namespace))
            && (self.names.is_empty() || self.names.contains(&account.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_account_name_is_one() {
        let account: AccountName = "system:serviceaccount:ci:runner".parse().unwrap();
        assert_eq!((account.namespace.as_str(), account.name.as_str()), ("ci", "runner"));
        for other in [
            "",
            "runner",
            "system:serviceaccount:",
            "system:serviceaccount:ci",
            "system:serviceaccount:ci:",
            "system:serviceaccount::runner",
            "system:serviceaccount:ci:runner:x",
            "system:serviceaccount:ci:runner ",
            " system:serviceaccount:ci:runner",
            "System:serviceaccount:ci:runner",
            "x:system:serviceaccount:ci:runner",
            "system:serviceaccounts:ci:runner",
            "system:node:ci:runner",
            "system:serviceaccount:CI:runner",
            "system:serviceaccount:ci/x:runner",
            "system:admin",
            "oidc:ana@example.com",
        ] {
            assert!(other.parse::<AccountName>().is_err(), "{other}");
        }
    }

    #[test]
    fn accounts_are_admitted_by_both_lists_and_by_neither_alone_when_both_are_empty() {
        let trust = |namespaces: &[&str], names: &[&str]| KubernetesTrust {
            review: ReviewBy::Keys { issuer: "x".into(), keys: String::new() },
            namespaces: namespaces.iter().map(|name| name.parse().unwrap()).collect(),
            names: names.iter().map(|name| name.parse().unwrap()).collect(),
            audience: "mayfly".into(),
        };
        let account: AccountName = "system:serviceaccount:ci:runner".parse().unwrap();
        for (namespaces, names, is_admitted) in [
            (&["ci"][..], &[][..], true),
            (&[], &["runner"], true),
            (&["ci"], &["runner"], true),
            (&["dev", "ci"], &["other", "runner"], true),
            (&["dev"], &["runner"], false),
            (&["ci"], &["other"], false),
            (&[], &[], false),
        ] {
            assert_eq!(trust(namespaces, names).admits(&account), is_admitted, "{namespaces:?} {names:?}");
        }
    }
}
