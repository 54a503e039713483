//! Reading one event of `audit.k8s.io/v1`. It comes from outside: each text is cut, and what does not fit is nothing.

use mayfly_store::cluster_requests::{MadeRequest, RequestFacts};
use serde_json::Value;

/// Characters that are kept of a text.
const LONGEST: usize = 512;

/// What follows is the token's id (Kubernetes 1.30 and later).
const JTI: &str = "JTI=";

/// The request that `event` tells of, if it was answered and made with a token that has an id.
pub(super) fn request(event: &Value) -> Option<MadeRequest> {
    // A request has several events of one id, of which the first is kept. One that goes on, such as a watch or an
    // `exec`, tells its status when it begins.
    if !matches!(event.get("stage")?.as_str()?, "ResponseStarted" | "ResponseComplete" | "Panic") {
        return None;
    }
    let ids = event.pointer("/user/extra/authentication.kubernetes.io~1credential-id")?.as_array()?;
    let jti = ids.iter().filter_map(Value::as_str).find_map(|id| id.strip_prefix(JTI))?;
    let at = ["requestReceivedTimestamp", "stageTimestamp"]
        .iter()
        .find_map(|name| event.get(*name)?.as_str()?.parse().ok())?;
    let about = |name: &str| text(event.pointer(&format!("/objectRef/{name}")));
    Some(MadeRequest {
        audit_id: text(event.get("auditID"))?,
        jti: jti.chars().take(LONGEST).collect(),
        at,
        facts: RequestFacts {
            verb: text(event.get("verb")).unwrap_or_default(),
            uri: text(event.get("requestURI")).unwrap_or_default(),
            api_group: about("apiGroup"),
            resource: about("resource"),
            subresource: about("subresource"),
            namespace: about("namespace"),
            name: about("name"),
            status: event.pointer("/responseStatus/code").and_then(Value::as_i64),
            source_ip: text(event.pointer("/sourceIPs/0")),
            user_agent: text(event.get("userAgent")),
        },
    })
}

/// Without control characters: it is shown on terminals.
fn text(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    Some(text.chars().filter(|character| !character.is_control()).take(LONGEST).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "auditID": "a-1", "stage": "ResponseComplete", "verb": "get", "requestURI": "/api/v1/pods?limit=1",
            "user": {"extra": {"authentication.kubernetes.io/credential-id": ["JTI=j-1"]}},
            "objectRef": {"resource": "pods", "namespace": "payments"}, "responseStatus": {"code": 200},
            "sourceIPs": ["192.0.2.1"], "userAgent": "kubectl\u{1b}[31m",
            "requestReceivedTimestamp": "2026-11-26T10:00:00.123456Z",
        })
    }

    #[test]
    fn a_request_that_was_answered_is_read_with_its_token() {
        let made = request(&event()).unwrap();
        assert_eq!((made.audit_id.as_str(), made.jti.as_str(), made.facts.status), ("a-1", "j-1", Some(200)));
        assert_eq!(made.facts.user_agent.as_deref(), Some("kubectl[31m"));
        let mut watch = event();
        watch["stage"] = json!("ResponseStarted");
        assert!(request(&watch).is_some());
    }

    #[test]
    fn what_is_not_answered_or_has_no_token_or_makes_no_sense_is_nothing() {
        for (path, value) in [
            ("/stage", json!("RequestReceived")),
            ("/auditID", json!(7)),
            ("/user/extra", json!({})),
            ("/user", json!([])),
            ("/requestReceivedTimestamp", json!("yesterday")),
            ("/user/extra/authentication.kubernetes.io~1credential-id", json!(["X509SHA256=00"])),
        ] {
            let mut event = event();
            *event.pointer_mut(path).unwrap() = value;
            assert!(request(&event).is_none(), "{path}");
        }
        for nonsense in [json!(null), json!([]), json!("x"), json!({"stage": {}})] {
            assert!(request(&nonsense).is_none());
        }
    }
}
