//! What only the cluster can tell, and what leases ask for that is not theirs to choose.

use mayfly_testkit::fake_cluster::{Calls, Fault, When};
use serde_json::{Value, json};

use super::{
    cases::check_all,
    check,
    rows::{Row, create, input},
};
use crate::support::{DEFAULT_DATABASES, TestServer, TestServerOptions};

#[tokio::test]
async fn what_only_the_cluster_tells_is_refused_before_anything_is_kept() {
    check_all(|server| {
        let row = |id, field: &str, value: &str| input(server, id, field, &json!(value)).tested();
        let powerless = server.cluster.add_user("powerless");
        vec![
            row("B048", "clusterToken", &powerless).refused(400, "serviceaccounts/token"),
            row("B048", "clusterToken", "opaque-and-unknown").refused(400, "does not accept"),
            row("B063", "namespace", "nowhere").refused(400, "nowhere"),
            row("B069", "serviceAccountName", "nobody").refused(400, "nobody"),
        ]
    })
    .await;
    let answers = [
        ("B041", Fault::redirect(302, "https://elsewhere.example/"), "redirect (302)"),
        ("B042", Fault::answer(200, "text/html", "<html>welcome</html>"), "not from a Kubernetes API"),
    ];
    for database in DEFAULT_DATABASES {
        let server = TestServer::start(TestServerOptions::new(database)).await;
        for (id, fault, text) in answers.clone() {
            server.cluster.faults().clear();
            server.cluster.faults().inject(Calls::All, When::Always, fault);
            let row: Row = create(&server, id, &json!({})).refused(400, text).tested();
            check(&server, &server.as_admin(), &row).await;
        }
    }
}

#[tokio::test]
async fn a_lease_takes_no_audiences_of_its_own() {
    let server = TestServer::sqlite().await;
    server.new_secret("ci").await;
    let plain = server.issue(&server.as_admin(), "ci").await;
    let wished =
        json!({"audiences": ["https://elsewhere.example"], "config": {"audiences": ["https://elsewhere.example"]}});
    let issued = server.issue_with(&server.as_admin(), "ci", &wished).await.ok();
    let audiences = |issued: &Value| {
        let token = issued["data"]["TOKEN"].as_str().unwrap();
        mayfly_testkit::fake_cluster::with_changed_claims(token, |claims| {
            assert!(!claims["aud"].to_string().contains("elsewhere"), "{claims}");
        });
    };
    audiences(&plain);
    audiences(&issued);
}
