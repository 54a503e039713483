//! What a dynamic secret of each kind says beside where its cluster is.

use serde_json::{Value, json};

use crate::READER;

/// Temporary accounts with the Role [`READER`].
pub fn dynamic() -> Value {
    json!({ "credentialType": "dynamic", "roleType": "role", "role": READER })
}

/// Temporary accounts with a Role of their own.
pub fn own_rules() -> Value {
    let rules = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"] }]);
    json!({ "credentialType": "dynamic", "roleType": "role", "rules": rules })
}

/// Tokens of the account that is there, which can be taken back.
pub fn revocable() -> Value {
    json!({ "revocable": true })
}
