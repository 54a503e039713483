//! Which cluster we are speaking to.
//!
//! The UID of the namespace `kube-system` lives as long as its cluster. It is read on a client's first use and about once
//! a minute while it is used, so that a connection that comes to lead elsewhere is noticed; and at once when a token says
//! that somebody else issued it. Where it may not be read, the issuer of the tokens together with the CA they came under
//! has to do. Why so: `docs/decisions/0012-age-of-a-clusters-identity.md`.

mod memory;

use std::time::Duration;

use k8s_openapi::api::core::v1::Namespace;
use mayfly_domain::connection::ClusterIdentity;

pub(crate) use memory::ClusterMemory;

use crate::{ask::Session, error::ClusterError, questions};

/// Once the token is there, a look may take this much longer; without it the issuer identifies the cluster.
pub(crate) const GRACE: Duration = Duration::from_millis(500);

/// What the namespace `kube-system` told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KubeSystem {
    /// Its UID.
    Uid(String),
    /// Our credential may not read it.
    NotReadable,
    /// It is not there, although every cluster has it: something else answers.
    Missing,
}

impl KubeSystem {
    /// The identity, given the issuer of a token from the same cluster.
    pub(crate) fn identity(&self, issuer: &str, ca_sha256: &str) -> ClusterIdentity {
        match self {
            Self::Uid(uid) => ClusterIdentity::KubeSystem(uid.clone()),
            Self::NotReadable | Self::Missing => {
                ClusterIdentity::Issuer { issuer: issuer.to_owned(), ca_sha256: ca_sha256.to_owned() }
            }
        }
    }
}

/// What is known about `kube-system`, asked for now if it is not known or too old.
pub(crate) async fn learn(session: &Session<'_>) -> Result<KubeSystem, ClusterError> {
    match session.client.memory.recall(session.ambient.now()) {
        Some(known) => Ok(known),
        None => learn_anew(session).await,
    }
}

/// Asks again, whatever is known. A failure that may pass is not remembered.
pub(crate) async fn learn_anew(session: &Session<'_>) -> Result<KubeSystem, ClusterError> {
    let began = session.ambient.now();
    let answer: Result<Namespace, _> = session.ask(&questions::read_namespace("kube-system")).await;
    let learned = match answer {
        Ok(namespace) => uid_of(namespace).map_or(KubeSystem::NotReadable, KubeSystem::Uid),
        Err(error) if error.is_forbidden() => KubeSystem::NotReadable,
        Err(error) if error.is_missing() => KubeSystem::Missing,
        Err(error) => return Err(error),
    };
    session.client.memory.keep(learned.clone(), began);
    Ok(learned)
}

/// The cluster that a token of `issuer` came from: the one that was `seen`, unless that one's tokens had another issuer.
/// Then it is looked at again, and while that fails nothing is believed of it.
pub(crate) async fn of_issuer(session: &Session<'_>, seen: KubeSystem, issuer: &str) -> KubeSystem {
    let memory = &session.client.memory;
    if memory.goes_with(issuer) {
        return seen;
    }
    let Some(Ok(learned)) = session.ambient.within(GRACE, learn_anew(session)).await else {
        memory.forget();
        return KubeSystem::NotReadable;
    };
    memory.keep_issuer(issuer);
    learned
}

/// UIDs are UUIDs of 36 characters; a text that is far longer is not one, and would be stored with each lease.
fn uid_of(namespace: Namespace) -> Option<String> {
    const LONGEST: usize = 128;
    namespace.metadata.uid.filter(|uid| !uid.is_empty() && uid.len() <= LONGEST)
}

/// Whether `expected` is known to be another cluster than the one whose `kube-system` was seen.
pub(crate) fn is_another(expected: &ClusterIdentity, seen: &KubeSystem) -> bool {
    match (expected, seen) {
        (ClusterIdentity::KubeSystem(expected), KubeSystem::Uid(seen)) => expected != seen,
        (ClusterIdentity::KubeSystem(_), KubeSystem::Missing) => true,
        (ClusterIdentity::KubeSystem(_), KubeSystem::NotReadable) | (ClusterIdentity::Issuer { .. }, _) => false,
    }
}

/// How a cluster was reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reached<'a> {
    /// SHA-256 of the CA that vouches for it.
    pub(crate) ca_sha256: &'a str,
    /// Whether it is at the address at which the lease was issued.
    pub(crate) is_same_address: bool,
}

/// Why what was seen does not show that this is the cluster `expected`. With an issuer, CA and address together show it.
pub(crate) fn unrecognized(
    expected: &ClusterIdentity,
    seen: &KubeSystem,
    reached: Reached<'_>,
) -> Option<&'static str> {
    const UNREADABLE: &str =
        "let the cluster token `get` the namespace `kube-system`, as it could when the lease was issued";
    const OTHER_ADDRESS: &str = "the address is another one than when the lease was issued; let the cluster token `get` the namespace `kube-system`";
    const OTHER_CA: &str = "the CA is another one than when the lease was issued";
    match (expected, seen) {
        (ClusterIdentity::KubeSystem(expected), KubeSystem::Uid(seen)) => (expected != seen).then_some(UNREADABLE),
        (ClusterIdentity::KubeSystem(_), KubeSystem::NotReadable | KubeSystem::Missing) => Some(UNREADABLE),
        (ClusterIdentity::Issuer { ca_sha256: expected, .. }, _) if expected != reached.ca_sha256 => Some(OTHER_CA),
        (ClusterIdentity::Issuer { .. }, _) => (!reached.is_same_address).then_some(OTHER_ADDRESS),
    }
}

/// Whether the two cannot be the same cluster. An identity of one kind says nothing about one of the other kind, and an
/// issuer that is not known says nothing about one that is.
pub fn contradict(expected: &ClusterIdentity, seen: &ClusterIdentity) -> bool {
    match (expected, seen) {
        (ClusterIdentity::KubeSystem(expected), ClusterIdentity::KubeSystem(seen)) => expected != seen,
        (
            ClusterIdentity::Issuer { issuer: expected, ca_sha256: expected_ca },
            ClusterIdentity::Issuer { issuer: seen, ca_sha256: seen_ca },
        ) => (!expected.is_empty() && !seen.is_empty() && expected != seen) || expected_ca != seen_ca,
        (ClusterIdentity::KubeSystem(_), ClusterIdentity::Issuer { .. })
        | (ClusterIdentity::Issuer { .. }, ClusterIdentity::KubeSystem(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(uid: &str) -> ClusterIdentity {
        ClusterIdentity::KubeSystem(uid.to_owned())
    }

    fn issuer(issuer: &str, ca: &str) -> ClusterIdentity {
        ClusterIdentity::Issuer { issuer: issuer.to_owned(), ca_sha256: ca.to_owned() }
    }

    #[test]
    fn what_is_recognized_was_seen() {
        let seen = KubeSystem::Uid("a".to_owned());
        let reached = |ca_sha256, is_same_address| Reached { ca_sha256, is_same_address };
        assert!(unrecognized(&uid("a"), &seen, reached("1", false)).is_none());
        for unseen in [KubeSystem::NotReadable, KubeSystem::Missing, KubeSystem::Uid("b".to_owned())] {
            assert!(unrecognized(&uid("a"), &unseen, reached("1", true)).is_some(), "{unseen:?}");
            assert!(unrecognized(&issuer("i", "1"), &unseen, reached("1", true)).is_none(), "{unseen:?}");
        }
        assert!(unrecognized(&issuer("i", "1"), &seen, reached("2", true)).is_some());
        assert!(unrecognized(&issuer("i", "1"), &seen, reached("1", false)).is_some());
    }

    #[test]
    fn only_identities_of_one_kind_can_contradict() {
        assert!(!contradict(&uid("a"), &uid("a")));
        assert!(contradict(&uid("a"), &uid("b")));
        assert!(!contradict(&issuer("a", "1"), &issuer("a", "1")));
        assert!(contradict(&issuer("a", "1"), &issuer("b", "1")));
        assert!(contradict(&issuer("a", "1"), &issuer("a", "2")));
        assert!(!contradict(&uid("a"), &issuer("b", "1")));
        assert!(!contradict(&issuer("a", "1"), &uid("b")));
    }
}
