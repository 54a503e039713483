//! What stands for a type of a field: its word for people, and a value of it.

use serde_json::{Value, json};
use syn::Type;

use super::source::{inner_of, named};

const ID: &str = "01b8e094-98a0-741e-8f57-b5ebc44cf2b5";

/// What a value of the type is called.
pub(super) fn word(of: &Type) -> String {
    if let Some(inner) = inner_of(of, "Vec") {
        return format!("list of {}", word(inner));
    }
    if let Some(inner) = inner_of(of, "Box") {
        return word(inner);
    }
    match named(of).as_str() {
        "String" | "InstanceName" => "text",
        "u32" | "u64" | "i64" => "whole number",
        "bool" => "true or false",
        "Timestamp" => "time",
        "BTreeMap" => "object of texts",
        "OrganizationRole" | "SecondFactorUse" | "RotationKind" => "word",
        "Principal" | "PolicyRules" | "ApprovalWish" | "Rule" | "SsoTerms" => "object",
        name if name.ends_with("Id") => "id",
        name => panic!("say in this table what `{name}` is called"),
    }
    .to_owned()
}

/// A value of the type, as it is written.
pub(super) fn sample(of: &Type) -> Value {
    if let Some(inner) = inner_of(of, "Vec") {
        return json!([sample(inner)]);
    }
    if let Some(inner) = inner_of(of, "Box") {
        return sample(inner);
    }
    match named(of).as_str() {
        "String" | "InstanceName" => json!("cluster-connection"),
        "u32" | "u64" | "i64" => json!(7),
        "bool" => json!(true),
        "Timestamp" => json!("2026-11-26T10:00:00Z"),
        "BTreeMap" => json!({"sub": "x"}),
        "OrganizationRole" => json!("admin"),
        "SecondFactorUse" => json!("recovery-code"),
        "RotationKind" => json!("data"),
        "Principal" => json!({"type": "user", "id": ID}),
        "PolicyRules" => json!({"requiresReason": true, "maxTTL": "1h", "requiresRevocable": true, "approval": null}),
        "ApprovalWish" => json!({
            "type": "loosen-policy", "environment": ID, "environmentSlug": "prod", "version": 1,
            "rules": {"requiresReason": false, "maxTTL": null, "requiresRevocable": false, "approval": null},
        }),
        "SsoTerms" => json!({
            "endpoint": {"discoveryUrl": "https://id.example.com", "ca": null, "issuer": "https://id.example.com", "clientId": "mayfly"},
            "scopes": ["openid"], "claims": {"email": "email", "name": "name", "groups": "groups"},
            "mappings": [{"value": "platform", "group": ID}], "emailDomains": ["example.com"], "emailTrust": "verified",
            "joining": "refused", "linking": "refused", "passwords": "allowed",
        }),
        "Rule" => json!({"subject": "dynamic-secrets", "action": ["lease"], "inverted": true}),
        name if name.ends_with("Id") => json!(ID),
        name => panic!("give in this table a value of `{name}`"),
    }
}
