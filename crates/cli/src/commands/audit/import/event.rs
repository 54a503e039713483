//! What of an event of a cluster's audit log is sent.

use serde_json::{Map, Value, json};

/// What Mayfly keeps something of.
const KEPT: [&str; 9] = [
    "auditID",
    "stage",
    "verb",
    "requestURI",
    "objectRef",
    "sourceIPs",
    "userAgent",
    "requestReceivedTimestamp",
    "stageTimestamp",
];

/// Where the API server names the token of a request.
const CREDENTIAL: &str = "authentication.kubernetes.io/credential-id";

/// The part of an event that is sent, if it was made with a token that has an id.
pub(super) fn slim(mut event: Value) -> Option<Value> {
    let credential = event.get("user")?.get("extra")?.get(CREDENTIAL)?.clone();
    let has_id = credential.as_array()?.iter().filter_map(Value::as_str).any(|id| id.starts_with("JTI="));
    let code = event.pointer("/responseStatus/code").cloned();
    let fields = event.as_object_mut().filter(|_| has_id)?;
    let mut slim: Map<String, Value> =
        KEPT.iter().filter_map(|name| Some(((*name).to_owned(), fields.remove(*name)?))).collect();
    slim.insert("user".to_owned(), json!({"extra": {CREDENTIAL: credential}}));
    if let Some(code) = code {
        slim.insert("responseStatus".to_owned(), json!({"code": code}));
    }
    Some(Value::Object(slim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_request_or_an_answer_is_sent() {
        let event = json!({
            "auditID": "a", "stage": "ResponseComplete", "verb": "create", "requestObject": {"data": "s3cr3t"},
            "responseObject": {"status": {"token": "s3cr3t"}}, "annotations": {"x": "s3cr3t"},
            "responseStatus": {"code": 201, "message": "s3cr3t"},
            "user": {"username": "s3cr3t", "extra": {CREDENTIAL: ["JTI=j"]}},
        });
        let sent = slim(event).unwrap();
        assert!(!sent.to_string().contains("s3cr3t"), "{sent}");
        assert_eq!(
            (&sent["responseStatus"]["code"], &sent["user"]["extra"][CREDENTIAL][0]),
            (&json!(201), &json!("JTI=j"))
        );
    }

    #[test]
    fn what_was_done_without_such_a_token_is_not_sent() {
        for event in [json!({}), json!([]), json!({"user": {"extra": {CREDENTIAL: ["X509SHA256=0"]}}})] {
            assert_eq!(slim(event), None);
        }
    }
}
