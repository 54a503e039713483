//! Secrets are planted wherever one can be sent, and looked for wherever the audit log goes: pages, counts, exports, whoever
//! watches, receivers outside. In each of these something that was planted on purpose must be found first.

use mayfly_testkit::both_databases;
use serde_json::{Value, json};
use tokio::{io::AsyncReadExt as _, net::TcpListener};

use crate::{
    audit_streams::{deliver, syslog_to},
    support::{TestServer, merged},
};

const EVENTS: &str = "/api/v1/audit-events";
/// Stands in the name of an identity, which every event about it tells.
const CONTROL: &str = "planted-control";

/// The part of a token that nobody could guess.
fn signature(jwt: &Value) -> String {
    jwt.as_str().unwrap().rsplit('.').next().unwrap().to_owned()
}

/// Uses what takes or gives a secret, well and badly; gives the secrets.
async fn plant(server: &TestServer) -> Vec<(&'static str, String)> {
    let admin = server.as_admin();
    admin.post("/api/v1/identities", &json!({"name": CONTROL})).await.ok();
    server.new_secret("ci").await;
    let machine = server.machine("member", &json!({})).await;
    let login = json!({"clientId": machine.client_id, "clientSecret": machine.client_secret});
    let nobody = server.as_nobody();
    let login = nobody.post("/api/v1/auth/universal-auth/login", &login).await.ok();
    let wrong = json!({"clientId": machine.client_id, "clientSecret": "planted-wrong-secret"});
    nobody.post("/api/v1/auth/universal-auth/login", &wrong).await.refused(401, "credentials_refused");
    nobody.clone().with_token("planted-wrong-token").get("/api/v1/projects").await.refused(401, "access_token_refused");
    let issued = server.issue(&server.as_nobody().with_token(&machine.token), "ci").await;
    let password = json!({"email": "ana@example.com", "password": "planted-wrong-password"});
    let _ = nobody.post("/api/v1/auth/login", &password).await;
    let connection = server.new_connection("audited", &json!({})).await;
    let intake = format!("/api/v1/cluster-connections/{}/audit-intake", connection["id"].as_str().unwrap());
    let made = admin.post(&intake, &json!({"serverUrl": "https://mayfly.example.com"})).await.ok();
    let kubeconfig: Value = serde_json::from_str(made["kubeconfig"].as_str().unwrap()).unwrap();
    let stream = json!({"name": "lake", "kind": "https", "url": "https://collector.example.com/?key=planted-in-the-query",
        "secret": "planted-bearer-of-the-lake"});
    admin.post("/api/v1/audit-streams", &stream).await.ok();
    let refused =
        merged(&server.connection_request("bad"), &json!({"name": "bad", "clusterToken": "planted-cluster-token"}));
    let _ = admin.post("/api/v1/cluster-connections", &refused).await;
    vec![
        ("client secret", machine.client_secret),
        ("access token", signature(&login["accessToken"])),
        ("issued token", signature(&issued["data"]["TOKEN"])),
        ("intake's token", kubeconfig["users"][0]["user"]["token"].as_str().unwrap().to_owned()),
        ("wrong client secret", "planted-wrong-secret".to_owned()),
        ("wrong access token", "planted-wrong-token".to_owned()),
        ("wrong password", "planted-wrong-password".to_owned()),
        ("collector's query", "planted-in-the-query".to_owned()),
        ("collector's secret", "planted-bearer-of-the-lake".to_owned()),
        ("cluster token", "planted-cluster-token".to_owned()),
    ]
}

both_databases! {
    async fn what_is_planted_is_nowhere_the_audit_log_goes(server: TestServer) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        syslog_to(&server, listener.local_addr().unwrap().port(), "tcp").await;
        let begun = server.as_admin().ask(EVENTS, &[("limit", "1")]).await.ok();
        let last = begun["events"][0]["id"].as_str().unwrap().to_owned();
        let secrets = plant(&server).await;
        let receiving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).await.unwrap();
            String::from_utf8(bytes).unwrap()
        });
        deliver(&server).await;
        let admin = server.as_admin();
        let logs = "/api/v1/organization/audit-logs?limit=1000&startDate=2030-01-01T00:00:00Z";
        let told = [
            ("pages", admin.get(&format!("{EVENTS}?limit=500")).await.text),
            ("existing clients' pages", admin.get(logs).await.text),
            ("lines", admin.get(&format!("{EVENTS}/export")).await.text),
            ("cells", admin.get(&format!("{EVENTS}/export?format=csv")).await.text),
            ("watching", admin.with_header("last-event-id", &last).get(&format!("{EVENTS}/live?longest=0")).await.text),
            ("syslog", receiving.await.unwrap()),
        ];
        for (place, text) in &told {
            assert!(text.contains(CONTROL), "what is planted on purpose is found in {place}");
            for (what, secret) in &secrets {
                assert!(secret.len() > 12 && !text.contains(secret.as_str()), "the {what} is in {place}: {text}");
            }
        }
    }
}
