//! `mayfly gateway`, and the flags that lead through one.

use serde_json::{Value, json};

use crate::{
    double::{Answer, Double},
    mayfly::Mayfly,
};

const PATH: &str = "/api/v1/gateways";
const POOLS: &str = "/api/v1/gateway-pools";
const ID: &str = "018f0000-0000-7000-8000-000000000001";
const POOL: &str = "018f0000-0000-7000-8000-000000000002";

fn gateway(state: &str) -> Value {
    json!({
        "id": ID, "name": "gw-lab", "state": state, "lockedBecause": null, "enrolment": {"method": "token"},
        "version": "1.2.3", "policy": null, "policyDigest": null, "apiServer": "https://10.0.0.1:443",
        "connectedAt": "2026-11-23T12:00:00.000Z", "leftAt": null, "leftBecause": null, "tunnels": [],
        "connectedResourcesCount": 2, "createdAt": "2026-11-23T12:00:00.000Z", "updatedAt": "2026-11-23T12:00:00.000Z",
    })
}

fn pool(members: &[&str]) -> Value {
    json!({
        "id": POOL, "orgId": "o-1", "name": "lab", "memberCount": members.len(), "healthyMemberCount": 0,
        "memberGatewayIds": members, "connectedResourcesCount": 0, "createdAt": "2026-11-23T12:00:00.000Z",
        "updatedAt": "2026-11-23T12:00:00.000Z",
    })
}

fn listed(server: &Double) {
    server.on(&format!("GET {PATH}"), Answer::json(&json!({"gateways": [gateway("healthy")], "nextCursor": null})));
}

/// Both in one.
fn merged(one: &Value, more: &Value) -> Value {
    let fields = [one, more].into_iter().filter_map(Value::as_object).flatten();
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The body of the last request.
fn last_body(server: &Double) -> Value {
    server.asked().last().unwrap().body.clone()
}

#[tokio::test]
async fn gateways_are_listed_made_and_found_by_name() {
    let server = Double::start().await;
    listed(&server);
    server.on(&format!("POST {PATH}"), Answer::json(&json!({"gateway": gateway("never-connected")})));
    let details = json!({"gateway": gateway("healthy"), "instances": [{"name": "pod-1", "generation": 3,
        "certificateExpiresAt": "2026-11-24T12:00:00.000Z", "enrolledAt": "2026-11-23T12:00:00.000Z"}], "enrolments": []});
    server.on(&format!("GET {PATH}/{ID}"), Answer::json(&details));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("gateway ls").await;
    let row = run.success().lines().nth(1).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        row.starts_with(&format!("{ID} gw-lab healthy 0 1.2.3 2026-11-23 12:00:00 UTC")) && row.ends_with(" 2"),
        "{row}"
    );
    assert_eq!(mayfly.run("gateway create gw-lab").await.success(), format!("{ID}\n"));
    assert_eq!(last_body(&server), json!({"name": "gw-lab", "method": "token"}));
    let shown = mayfly.run("gateway show gw-lab").await;
    let words = shown.success().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("state healthy") && words.contains("pod-1 3"), "{words}");
    mayfly.run("gateway show nobody").await.failure(5);
}

#[tokio::test]
async fn open_enrolments_and_what_processes_need_are_shown() {
    let server = Double::start().await;
    let mut by_account = gateway("never-connected");
    by_account["enrolment"] = json!({"method": "service-account", "issuer": "https://cluster.example.com",
        "namespace": "mayfly", "serviceAccountName": "gw"});
    let open = json!({"id": "e-1", "usesLeft": 2, "expiresAt": "2026-11-23T12:15:00.000Z",
        "createdAt": "2026-11-23T12:00:00.000Z"});
    let details = json!({"gateway": by_account, "instances": [], "enrolments": [open],
        "enrolmentText": "mayfly_enrol_abc"});
    server.on(&format!("GET {PATH}/{ID}"), Answer::json(&details));
    let shown = Mayfly::at(&server).run(&format!("gateway show {ID}")).await;
    let words = shown.success().split_whitespace().collect::<Vec<_>>().join(" ");
    for wanted in [
        "enrolment.method service-account",
        "enrolment.serviceAccountName gw",
        "enrolmentText mayfly_enrol_abc",
        "ENROLMENT USES LEFT ENDS e-1 2 2026-11-23T12:15:00.000Z",
    ] {
        assert!(words.contains(wanted), "{wanted}: {words}");
    }
    assert!(!words.contains("PROCESS"), "there is none: {words}");
}

#[tokio::test]
async fn an_enrolment_goes_where_it_is_wanted_and_nowhere_else() {
    let server = Double::start().await;
    let made = json!({"enrolment": {"id": "e-1", "usesLeft": 1, "expiresAt": "2026-11-23T12:15:00.000Z",
        "createdAt": "2026-11-23T12:00:00.000Z"}, "enrolmentText": "mayfly_enrol_abc", "authority": "sha256:00"});
    server.on(&format!("POST {PATH}/{ID}/enrolments"), Answer::json(&made));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run(&format!("gateway enrol {ID} --ttl-seconds 600 --uses 2")).await;
    assert_eq!(run.success(), "mayfly_enrol_abc\n");
    assert!(!run.stderr.contains("mayfly_enrol_abc"), "{run:?}");
    assert_eq!(last_body(&server), json!({"ttlSeconds": 600, "uses": 2}));
    let server = Double::start().await;
    server.on(&format!("POST {PATH}/{ID}/enrolments"), Answer::json(&made));
    let mayfly = Mayfly::at(&server);
    let file = mayfly.file("place", "").replace("place", "enrolment");
    let run = mayfly.run(&format!("gateway enrol {ID} --out {file}")).await;
    assert_eq!(run.success(), "");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mayfly_enrol_abc");
}

#[tokio::test]
async fn what_stops_something_is_asked_for_first() {
    let server = Double::start().await;
    server.on(&format!("POST {PATH}/{ID}/revoke"), Answer::json(&json!({"gateway": gateway("revoked")})));
    server.on(&format!("DELETE {PATH}/{ID}"), Answer::json(&json!({"gateway": gateway("revoked")})));
    server.on(&format!("PATCH {PATH}/{ID}"), Answer::json(&json!({"gateway": gateway("offline")})));
    let mayfly = Mayfly::at(&server);
    for line in ["revoke", "rm"] {
        mayfly.run(&format!("gateway {line} {ID}")).await.failure(2);
    }
    assert_eq!(server.calls(), Vec::<String>::new());
    mayfly.run(&format!("gateway set {ID}")).await.failure(2);
    mayfly.run(&format!("gateway set {ID} --unlock")).await.success();
    mayfly.run(&format!("gateway revoke {ID} -y")).await.success();
    mayfly.run(&format!("gateway rm {ID} -y")).await.success();
    assert_eq!(server.calls().len(), 3);
}

#[tokio::test]
async fn pools_are_filled_by_names() {
    let server = Double::start().await;
    listed(&server);
    server.on(&format!("GET {POOLS}"), Answer::json(&json!([pool(&[])])));
    server.on(&format!("POST {POOLS}/{POOL}/memberships"), Answer::json(&pool(&[ID])));
    let run = Mayfly::at(&server).run("gateway pool add lab gw-lab").await;
    assert!(run.success().contains(ID), "{run:?}");
    assert_eq!(last_body(&server), json!({"gatewayId": ID}));
}

#[tokio::test]
async fn a_way_is_said_by_flags() {
    let server = Double::start().await;
    listed(&server);
    let connection = json!({
        "id": "c-1", "name": "lab", "authMethod": "gateway", "gatewayId": ID, "url": "https://kubernetes.default.svc", "ca": null,
        "verification": "full", "clientUrl": null, "clientCa": null, "version": 1, "cluster": "uid", "dynamicSecretId": null,
        "sharedWith": "named", "projectIds": [], "limits": {}, "createdAt": "2026-11-23T12:00:00.000Z",
        "updatedAt": "2026-11-23T12:00:00.000Z",
    });
    server.on("POST /api/v1/cluster-connections", Answer::json(&json!({"clusterConnection": connection})));
    let mayfly = Mayfly::at(&server);
    mayfly.run("connection create lab --gateway gw-lab --gateway-pool lab").await.failure(2);
    mayfly.run("connection create lab --gateway gw-lab --auth-method gateway").await.success();
    assert_eq!(last_body(&server), json!({"name": "lab", "gatewayId": ID, "authMethod": "gateway"}));
}

#[tokio::test]
async fn the_keys_of_a_cluster_are_given_and_all_else_stays() {
    let server = Double::start().await;
    let mut known = gateway("healthy");
    known["enrolment"] = json!({"method": "service-account", "issuer": "https://cluster.example.com", "keys": "old",
        "namespace": "mayfly", "serviceAccountName": "gw", "followsKeys": true});
    let path = format!("{PATH}/{ID}");
    let details = json!({"gateway": known, "instances": [], "enrolments": [], "enrolmentText": null});
    server.on(&format!("GET {path}"), Answer::json(&details));
    server.on(&format!("PATCH {path}"), Answer::json(&json!({"gateway": known})));
    let mayfly = Mayfly::at(&server);
    let file = mayfly.file("keys.json", "new");
    mayfly.run(&format!("gateway set {ID} --keys-file {file}")).await.success();
    assert_eq!(
        last_body(&server),
        json!({"method": "service-account", "issuer": "https://cluster.example.com", "keys": "new",
            "namespace": "mayfly", "serviceAccountName": "gw"})
    );
    let authority = mayfly.file("ca.pem", "PEM");
    let published = format!("--discovery-url https://cluster.example.com --discovery-ca-file {authority}");
    mayfly.run(&format!("gateway set {ID} {published}")).await.success();
    assert_eq!(
        last_body(&server),
        json!({"method": "service-account", "issuer": "https://cluster.example.com", "namespace": "mayfly",
            "serviceAccountName": "gw", "discoveryUrl": "https://cluster.example.com", "discoveryCaCert": "PEM"})
    );
    for odd in ["--keys-file x", "--follows-keys true"] {
        mayfly.run(&format!("gateway set {ID} {published} {odd}")).await.failure(2);
    }
    mayfly.run(&format!("gateway set {ID} --discovery-ca-file {authority}")).await.failure(2);
}

#[tokio::test]
async fn a_gateway_is_made_by_keys_that_are_given_or_published() {
    let server = Double::start().await;
    server.on(&format!("POST {PATH}"), Answer::json(&json!({"gateway": gateway("never-connected")})));
    let mayfly = Mayfly::at(&server);
    let keys = mayfly.file("keys.json", "keys");
    let line = "gateway create gw-lab --issuer https://cluster.example.com --namespace mayfly --service-account gw";
    mayfly.run(&format!("{line} --keys-file {keys} --follows-keys false")).await.success();
    let account = json!({"name": "gw-lab", "method": "service-account", "issuer": "https://cluster.example.com",
        "namespace": "mayfly", "serviceAccountName": "gw"});
    assert_eq!(last_body(&server), merged(&account, &json!({"keys": "keys", "followsKeys": false})));
    mayfly.run(&format!("{line} --discovery-url https://id.example.com")).await.success();
    assert_eq!(last_body(&server), merged(&account, &json!({"discoveryUrl": "https://id.example.com"})));
    let both = format!("--discovery-url https://id.example.com --keys-file {keys}");
    for odd in [both.as_str(), "", "--discovery-url https://id.example.com --follows-keys false"] {
        mayfly.run(&format!("{line} {odd}")).await.failure(2);
    }
}

#[tokio::test]
async fn an_enrolment_is_taken_back_by_its_id() {
    let server = Double::start().await;
    let gone = json!({"enrolment": {"id": "e-1", "usesLeft": 2, "expiresAt": "2026-11-23T12:15:00.000Z",
        "createdAt": "2026-11-23T12:00:00.000Z"}});
    server.on(&format!("DELETE {PATH}/{ID}/enrolments/e-1"), Answer::json(&gone));
    let mayfly = Mayfly::at(&server);
    assert_eq!(mayfly.run(&format!("gateway take-back {ID} e-1")).await.success(), "e-1\n");
}

#[tokio::test]
async fn authorities_are_listed_exchanged_and_removed() {
    let server = Double::start().await;
    let authority = |id: &str, state: &str| {
        json!({"id": id, "digest": "sha256:00ff", "state": state, "signsFrom": null, "signsUntil": null,
            "removableFrom": if state == "former" { json!("2026-11-25T13:00:00.000Z") } else { json!(null) },
            "createdAt": "2026-11-23T12:00:00.000Z"})
    };
    let both = json!({"gatewayAuthorities": [authority(ID, "signing"), authority(POOL, "former")]});
    let path = "/api/v1/gateway-authorities";
    for operation in [format!("GET {path}"), format!("POST {path}"), format!("DELETE {path}/{POOL}")] {
        server.on(&operation, Answer::json(&both));
    }
    let mayfly = Mayfly::at(&server);
    let listed = mayfly.run("gateway authority ls").await;
    let rows: Vec<Vec<&str>> = listed.success().lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        (&rows[1][..3], &rows[2][..4]),
        (&[ID, "signing", "-"][..], &[POOL, "former", "2026-11-25", "13:00:00"][..])
    );
    assert!(rows.iter().skip(1).all(|row| row.last() == Some(&"sha256:00ff")));
    // Without a terminal nobody can be asked.
    for line in ["rotate".to_owned(), format!("rm {POOL}")] {
        mayfly.run(&format!("gateway authority {line}")).await.failure(2);
    }
    mayfly.run("gateway authority rotate -y").await.success();
    assert_eq!(last_body(&server), json!({}));
    mayfly.run(&format!("gateway authority rm {POOL} -y")).await.success();
    assert_eq!(last_body(&server), json!({}));
    for half in ["--force", "--reason stolen"] {
        mayfly.run(&format!("gateway authority rm {POOL} -y {half}")).await.failure(2);
    }
    mayfly.run(&format!("gateway authority rm {POOL} -y --force --reason stolen")).await.success();
    assert_eq!(last_body(&server), json!({"isForced": true, "reason": "stolen"}));
}
