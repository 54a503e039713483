//! Stops: places where nothing is issued until somebody lifts them. For the bad day.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    caller::Actor,
    ids::{ConnectionId, DynamicSecretId, EnvironmentId, OrganizationId, StopId},
};

/// Where nothing is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "scope", content = "targetId", rename_all = "kebab-case")]
pub enum StopScope {
    /// Nowhere in the organization.
    Everywhere,
    /// In an environment.
    Environment(EnvironmentId),
    /// By a cluster connection.
    ClusterConnection(ConnectionId),
    /// By a dynamic secret.
    DynamicSecret(DynamicSecretId),
}

/// The text names no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStopScope {
    /// An unknown word.
    #[error("must be `everywhere`, `environment`, `cluster-connection` or `dynamic-secret`")]
    Word,
    /// The target is missing, is none, or is one too many.
    #[error("must be the id of what the scope names, and absent for `everywhere`")]
    Target,
}

impl StopScope {
    /// The scope's word on the wire and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Environment(_) => "environment",
            Self::ClusterConnection(_) => "cluster-connection",
            Self::DynamicSecret(_) => "dynamic-secret",
        }
    }

    /// The id of what it names; empty for everywhere.
    pub fn target(self) -> String {
        match self {
            Self::Everywhere => String::new(),
            Self::Environment(id) => id.to_string(),
            Self::ClusterConnection(id) => id.to_string(),
            Self::DynamicSecret(id) => id.to_string(),
        }
    }

    /// Reads both parts.
    pub fn read(word: &str, target: &str) -> Result<Self, InvalidStopScope> {
        fn id<T: FromStr>(target: &str) -> Result<T, InvalidStopScope> {
            target.parse().map_err(|_| InvalidStopScope::Target)
        }
        match word {
            "everywhere" if target.is_empty() => Ok(Self::Everywhere),
            "everywhere" => Err(InvalidStopScope::Target),
            "environment" => id(target).map(Self::Environment),
            "cluster-connection" => id(target).map(Self::ClusterConnection),
            "dynamic-secret" => id(target).map(Self::DynamicSecret),
            _ => Err(InvalidStopScope::Word),
        }
    }
}

impl fmt::Display for StopScope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => formatter.write_str("everywhere"),
            Self::Environment(_) => formatter.write_str("in this environment"),
            Self::ClusterConnection(_) => formatter.write_str("by this cluster connection"),
            Self::DynamicSecret(_) => formatter.write_str("by this dynamic secret"),
        }
    }
}

/// A stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Id.
    pub id: StopId,
    /// Whose.
    pub organization: OrganizationId,
    /// Where.
    pub scope: StopScope,
    /// Why, in the words of whoever made it.
    pub reason: String,
    /// Who made it.
    pub made_by: Actor,
    /// When.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_and_nothing_else_is_one() {
        let id = "018f0000-0000-7000-8000-000000000000";
        for (word, target) in
            [("everywhere", ""), ("environment", id), ("cluster-connection", id), ("dynamic-secret", id)]
        {
            let scope = StopScope::read(word, target).unwrap();
            assert_eq!((scope.name(), scope.target().as_str()), (word, target));
        }
        for (word, target) in [("everywhere", id), ("environment", ""), ("project", id), ("dynamic-secret", "x")] {
            assert!(StopScope::read(word, target).is_err(), "{word} {target}");
        }
    }
}
