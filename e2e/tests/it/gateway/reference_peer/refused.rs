//! What a gateway does that the document does not let it: refused by the real server, as the gateway sees it.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_e2e::ReferencePeer;
use serde_json::{Value, json};

use super::{Lab, enrolled};

/// The rule that is broken, the leg at which that has to end, and what has to be said there.
const MISDEEDS: [(&str, &str, &str); 9] = [
    ("sub-protocol", "upgrade", ""),
    ("inner-protocol", "inner-tls", ""),
    ("older-tls", "inner-tls", "protocol version not supported"),
    ("no-certificate", "inner-tls", "certificate required"),
    ("unknown-authority", "inner-tls", "unknown certificate authority"),
    ("too-long", "welcome", ""),
    ("unknown-field", "welcome", ""),
    ("unknown-record", "welcome", ""),
    ("another-gateway", "welcome", ""),
];

#[tokio::test]
async fn real_server_refuses_each_rule_that_a_gateway_breaks_and_takes_the_one_that_breaks_none() {
    let lab = Lab::new("peer-refused").await;
    let peer = enrolled(&lab, "ed25519").await;
    let seen = async |how: &str| peer.start("misbehave", &["--how", how]).unwrap().step("seen").await.unwrap();
    for (how, leg, says) in MISDEEDS {
        let seen = seen(how).await;
        let said = seen["said"].as_str().unwrap_or_default();
        assert!(seen["leg"] == leg && said.contains(says), "{how}: {seen}");
        // The twin: the same with nothing wrong. The server takes it, and answers its request, which is none.
        let good = self::seen(&peer).await;
        assert_eq!(
            (&good["leg"], &good["said"]),
            (&json!("none"), &json!("certificate-refused")),
            "after {how}: {good}"
        );
    }
    assert_eq!(seen("sub-protocol").await["status"], json!(426));
    lab.mayfly.stop().await.unwrap();
}

async fn seen(peer: &ReferencePeer) -> Value {
    peer.start("misbehave", &["--how", "none"]).unwrap().step("seen").await.unwrap()
}

#[tokio::test]
async fn real_gateway_of_another_make_enrols_where_the_pinned_authority_is_and_once() {
    let lab = Lab::new("peer-pinned").await;
    let elsewhere = ReferencePeer::prepare().await.unwrap();
    let (told, succeeded) = elsewhere.enrol(lab.mayfly.url(), &other_pin(&lab.enrolment), "ed25519").await.unwrap();
    let last = told.last().unwrap();
    assert!(!succeeded && last["leg"] == "inner-tls" && last["by"] == "us", "{told:?}");
    // The token never left: it is good still. The same key may ask again, another one may not.
    let peer = enrolled(&lab, "ed25519").await;
    let (told, succeeded) = peer.enrol(lab.mayfly.url(), &lab.enrolment, "ed25519").await.unwrap();
    assert!(succeeded && told.last().unwrap()["generation"] == 1, "{told:?}");
    let (told, succeeded) = elsewhere.enrol(lab.mayfly.url(), &lab.enrolment, "ed25519").await.unwrap();
    let last = told.last().unwrap();
    assert!(!succeeded && last["leg"] == "enrolment", "{told:?}");
    lab.mayfly.stop().await.unwrap();
}

/// The same enrolment with the authority of nobody.
fn other_pin(enrolment: &str) -> String {
    let encoded = enrolment.strip_prefix("mayfly_enrol_").unwrap();
    let mut text: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).unwrap()).unwrap();
    text["authority"] = json!(format!("sha256:{}", "0".repeat(64)));
    format!("mayfly_enrol_{}", URL_SAFE_NO_PAD.encode(text.to_string()))
}
