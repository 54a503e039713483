//! What a dynamic secret of each kind says beside where its cluster is.

use serde_json::{Value, json};

use crate::{READER, Scene};

/// Temporary accounts with the Role [`READER`].
pub fn dynamic() -> Value {
    json!({ "credentialType": "dynamic", "roleType": "role", "role": READER })
}

/// `inputs`, which say where the cluster is, with temporary accounts in the place of the usual one.
#[must_use]
pub fn temporary(inputs: Value) -> Value {
    over(over(inputs, &dynamic()), &json!({ "serviceAccountName": null }))
}

/// The way by a gateway that does the work itself, with its own account.
pub fn by_gateway(gateway: &str) -> Value {
    Scene::reached_by(&json!({ "authMethod": "gateway", "gatewayId": gateway }))
}

/// `usual` with `others` in their place.
#[must_use]
pub fn over(mut usual: Value, others: &Value) -> Value {
    if let (Value::Object(usual), Value::Object(others)) = (&mut usual, others) {
        usual.extend(others.clone());
    }
    usual
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
