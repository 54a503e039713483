//! Dynamic secrets.

use serde::{Deserialize, Serialize};

use super::SecretFacts;

/// Dynamic secrets.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum DynamicSecretEvent {
    /// A dynamic secret was made.
    #[serde(rename_all = "camelCase")]
    CreateDynamicSecret {
        #[serde(flatten)]
        secret: SecretFacts,
        #[serde(rename = "defaultTTL")]
        default_ttl: String,
        #[serde(rename = "maxTTL")]
        max_ttl: Option<String>,
    },
    /// A dynamic secret was changed.
    UpdateDynamicSecret {
        #[serde(flatten)]
        secret: SecretFacts,
        updated_fields: Vec<String>,
        /// What became of its leases: `end`, `run-out` or `refuse`.
        leases: String,
    },
    /// A dynamic secret was removed.
    DeleteDynamicSecret {
        #[serde(flatten)]
        secret: SecretFacts,
        /// Leases whose tokens live on, because nothing can take them back.
        leases_left: u64,
    },
    /// Its stored cluster token was read back.
    RevealRootCredential {
        #[serde(flatten)]
        secret: SecretFacts,
    },
}
