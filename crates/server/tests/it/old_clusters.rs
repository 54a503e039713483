//! Clusters whose controllers make a token that never ends for each account.

use mayfly_testkit::fake_cluster::{Calls, Fault, When};
use serde_json::json;

use crate::support::TestServer;

#[tokio::test]
async fn temporary_accounts_are_refused_in_a_cluster_that_makes_lasting_tokens() {
    let server = TestServer::sqlite().await;
    let admin = server.as_admin();
    let is = |version: &'static str| {
        server.cluster.faults().clear();
        let rewrite = Fault::rewrite_json(move |answer| answer["gitVersion"] = json!(version));
        server.cluster.faults().inject(Calls::Version, When::Always, rewrite);
    };
    is("v1.23.17-gke.100");
    let refused = admin.post("/api/v1/dynamic-secrets", &server.dynamic_secret_request("ci")).await;
    assert!(refused.text.contains("1.24") && refused.text.contains("v1.23.17-gke.100"), "{refused:?}");
    refused.refused(400, "connection_test_failed");
    assert_eq!(server.owned(), [], "nothing was made");
    admin.post("/api/v1/dynamic-secrets", &server.secret_request("existing")).await.ok();
    is("v1.24.0");
    admin.post("/api/v1/dynamic-secrets", &server.dynamic_secret_request("ci")).await.ok();
    server.issue(&admin, "ci").await;
}
