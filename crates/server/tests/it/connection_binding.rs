//! A stored cluster token goes nowhere but where it was given for.
//!
//! The trap is another cluster whose log would show the token's arrival. Each test proves first that the trap works.

use http::header;
use mayfly_app::VerificationOff;
use mayfly_testkit::{
    both_databases,
    certificates::TestAuthority,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions},
};
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, TestServerOptions, merged};

async fn trap(server: &TestServer) -> FakeCluster {
    FakeCluster::start(FakeClusterOptions::new(server.ambient.clone())).await.expect("a free port")
}

/// How many requests with a credential arrived.
fn caught(trap: &FakeCluster) -> usize {
    let seen = trap.requests().of(Calls::All);
    seen.iter().filter(|seen| seen.headers().contains_key(header::AUTHORIZATION)).count()
}

async fn change(server: &TestServer, inputs: Value) -> Answer {
    let body = merged(&server.place(), &json!({"data": {"inputs": inputs}}));
    server.as_admin().patch("/api/v1/dynamic-secrets/ci", &body).await
}

async fn allowing_no_verification(options: TestServerOptions) -> TestServer {
    let settings = mayfly_app::Settings { verification_off: VerificationOff::Allowed, ..options.settings.clone() };
    TestServer::start(TestServerOptions { settings, ..options }).await
}

#[tokio::test]
async fn another_address_or_trust_needs_the_token_again() {
    for database in crate::support::DEFAULT_DATABASES {
        let server = allowing_no_verification(TestServerOptions::new(database)).await;
        let trap = trap(&server).await;
        server.new_secret("ci").await;
        let made = server.as_admin().post("/api/v1/gateways", &json!({"name": "gw-lab"})).await.ok();
        let gateway = made["gateway"]["id"].as_str().expect("an id").to_owned();
        let before = (server.home.rows().await, server.cluster.requests().count(Calls::All));
        let changes = [
            ("url", json!({"url": trap.url()})),
            ("url", json!({"url": format!("{}/prefix", server.cluster.url())})),
            ("url", json!({"url": server.cluster.url().replace("127.0.0.1", "localhost")})),
            ("url`, `ca", json!({"url": trap.url(), "ca": trap.ca_pem()})),
            ("ca", json!({"ca": TestAuthority::new("other").pem()})),
            ("ca", json!({"ca": ""})),
            ("sslEnabled", json!({"sslEnabled": false})),
            ("sslRejectUnauthorized", json!({"sslRejectUnauthorized": false})),
            ("url`, `sslRejectUnauthorized", json!({"url": trap.url(), "sslRejectUnauthorized": false})),
            ("gatewayId", json!({"gatewayId": gateway})),
        ];
        for (fields, inputs) in changes {
            let faults = change(&server, inputs).await.faults();
            let [(path, code, message)] = faults.as_slice() else { panic!("{fields}: {faults:?}") };
            assert_eq!((path.as_str(), code.as_str()), ("body.data.inputs.clusterToken", "credential_needed"));
            assert!(message.contains(&format!("`{fields}`")), "{message}");
        }
        assert_eq!(change(&server, json!({"authMethod": "gateway"})).await.faults()[0].0, "body.data.inputs.gatewayId");
        let unknown = json!({"gatewayId": "018f0000-0000-7000-8000-000000000000"});
        change(&server, unknown).await.refused(404, "not_found");
        assert_eq!((server.home.rows().await, server.cluster.requests().count(Calls::All)), before);
        assert_eq!((caught(&trap), trap.requests().connections()), (0, 0), "nothing went to the trap");

        let inputs = json!({"url": trap.url(), "ca": trap.ca_pem(), "clusterToken": server.cluster_token});
        change(&server, inputs).await.refused(400, "cluster_refused");
        assert!(caught(&trap) > 0, "the trap works: a token that is given for it goes there");
        server.issue(&server.as_admin(), "ci").await;
        assert_eq!(server.cluster.token_calls().len(), 1, "a change that failed its test changed nothing");
    }
}

#[tokio::test]
async fn what_does_not_say_where_the_token_goes_may_change_without_it() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let same = json!({"url": server.cluster.url(), "ca": server.cluster.ca_pem(), "sslEnabled": true,
        "sslRejectUnauthorized": null, "gatewayId": null, "authMethod": "api", "audiences": ["vault"]});
    let changed = change(&server, same).await.ok();
    assert_eq!(changed["dynamicSecret"]["inputs"]["audiences"], json!(["vault"]));
    assert_eq!(changed["dynamicSecret"]["inputs"].get("clusterToken"), None, "it was not sent");
    let changed = change(&server, json!({"ca": null, "url": null, "clusterToken": null})).await.ok();
    assert_eq!(changed["dynamicSecret"]["inputs"]["ca"], server.cluster.ca_pem(), "null is as good as absent");
    let body = merged(&server.place(), &json!({"data": {"newName": "ci-2", "defaultTTL": "2h"}}));
    server.as_admin().patch("/api/v1/dynamic-secrets/ci", &body).await.ok();
}

both_databases! {
    async fn a_row_whose_address_was_exchanged_opens_to_nothing(server: TestServer) {
        let trap = trap(&server).await;
        server.new_secret("ci").await;
        let (own, other) = (server.cluster.url(), trap.url());
        let (own_ca, other_ca) = (server.cluster.ca_pem(), trap.ca_pem());
        let line = |pem: &str| pem.replace('\n', "\\n");
        server
            .home
            .execute(&format!(
                "UPDATE connections SET address = replace(replace(address, '{own}', '{other}'), '{}', '{}')",
                line(&own_ca),
                line(&other_ca)
            ))
            .await;
        let exchanged = server.home.text("SELECT address FROM connections").await;
        assert!(exchanged.contains(&other) && !exchanged.contains(&line(&own_ca)), "the row was exchanged: {exchanged}");
        let refused = server.issue_with(&server.as_admin(), "ci", &json!({})).await;
        assert_eq!(refused.status, 500, "{}", refused.text);
        refused.problem();
        assert_eq!((caught(&trap), trap.requests().connections()), (0, 0));
        let provisioner = server.as_machine("provisioner").await;
        let got = provisioner.get(&format!("/api/v1/dynamic-secrets/ci?{}", server.place_query())).await;
        assert_eq!(got.status, 500, "{}", got.text);
        assert!(!got.text.contains(&server.cluster_token));
    }

    async fn credentials_that_were_exchanged_between_rows_open_to_nothing(server: TestServer) {
        server.new_secret("one").await;
        server.new_secret("two").await;
        let exchange = "CREATE TABLE before AS SELECT id, sealed_credential FROM connections;
            UPDATE connections SET sealed_credential =
                (SELECT before.sealed_credential FROM before WHERE before.id <> connections.id);
            DROP TABLE before";
        server.home.execute(exchange).await;
        for name in ["one", "two"] {
            let refused = server.issue_with(&server.as_admin(), name, &json!({})).await;
            assert_eq!(refused.status, 500, "{}", refused.text);
        }
        assert_eq!(server.cluster.token_calls().len(), 0);
    }
}
