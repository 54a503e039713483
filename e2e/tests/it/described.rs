//! Whatever the description of the API allows to be sent, and what it does not: no request makes the server fail.
//!
//! Schemathesis (MIT) makes the requests from the server's own `openapi.json`, as the organization's administrator, to a
//! project with one of everything. What it begins with is printed; `MAYFLY_SCHEMA_SEED` gives it another beginning.

use std::{env, fs, process::Command};

use mayfly_e2e::{ClusterSide, ENVIRONMENT, Installation, Mayfly, SECRET, Scene};
use mayfly_testkit::{
    ambient::ambient,
    counts,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};
use serde_json::{Value, json};

use crate::tools::python_with;

/// Nobody's birthday.
const SEED: &str = "20261126";

/// Whoever makes these requests would be nobody afterwards.
const LEFT_OUT: [&str; 1] = ["revokeAccessToken"];

/// Every request and its answer.
const REPORT: &str = "report.ndjson";

/// Requests of the everyday count that must succeed: the rest is wrong on purpose. There were 306 when this was written.
const LEAST_SUCCESSES: usize = 150;

/// A limit would answer instead of what is asked.
const WITHOUT_LIMITS: [(&str, &str); 4] = [
    ("MAYFLY_RATE_LIMITS_READ", "off"),
    ("MAYFLY_RATE_LIMITS_WRITE", "off"),
    ("MAYFLY_RATE_LIMITS_SECRETS", "off"),
    ("MAYFLY_RATE_LIMITS_AUTH", "off"),
];

#[tokio::test]
async fn no_request_that_is_made_of_the_description_makes_the_server_fail() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
    let mayfly = Installation::sqlite().await.start_with(&WITHOUT_LIMITS).await.unwrap();
    let setup_code = mayfly.setup_code().unwrap();
    let body = json!({"email": "ana@example.com", "password": "correct horse battery", "organization": "Acme",
        "setupCode": setup_code});
    let made: Value = mayfly.client().unwrap().post("/api/v1/admin/bootstrap", &body).await.unwrap();
    let token = made["identity"]["credentials"]["token"].as_str().unwrap().to_owned();
    let known = fill(&mayfly, &token, &ClusterSide::fake(&cluster)).await;
    let seed = env::var("MAYFLY_SCHEMA_SEED").unwrap_or_else(|_| SEED.to_owned());
    eprintln!("the seed is {seed}");
    let (command, folder) = schemathesis(mayfly.url(), &token, &known, &seed);
    let told = tokio::task::spawn_blocking(move || output(command)).await.unwrap();
    let report = fs::read_to_string(folder.path().join(REPORT)).unwrap();
    eprintln!("{told}");
    assert!(mayfly.client().unwrap().get::<Value>("/api/status").await.is_ok(), "it serves no more: {told}");
    assert!(told.contains("No issues found"), "{told}");
    let successes = report.matches("\"status_code\":200").count();
    assert!(successes >= LEAST_SUCCESSES, "only {successes} requests did anything: {told}");
    mayfly.stop().await.unwrap();
}

/// A project with one of everything; the names and ids of it, by the parameters they are asked with.
async fn fill(mayfly: &Mayfly, token: &str, side: &ClusterSide) -> Value {
    let client = mayfly.client().unwrap().with_token(token);
    let post = async |path: &str, body: Value| -> Value { client.post(path, &body).await.unwrap() };
    let project = json!({"projectName": "Shop", "slug": "web-shop", "hasDeleteProtection": true});
    let project = post("/api/v1/projects", project).await["project"].clone();
    let (id, slug) = (project["id"].as_str().unwrap().to_owned(), "web-shop".to_owned());
    let scene = Scene { client: client.clone(), project_id: id.clone(), project_slug: slug.clone() };
    scene.create_secret(side).await.unwrap();
    let lease = scene.issue(Some("to have one")).await.unwrap();
    let identity = post("/api/v1/identities", json!({"name": "ci", "hasDeleteProtection": true})).await;
    let identity = identity["identity"]["id"].as_str().unwrap().to_owned();
    post(&format!("/api/v1/auth/universal-auth/identities/{identity}"), json!({})).await;
    post(&format!("/api/v1/projects/{id}/memberships/identities/{identity}"), json!({"role": "viewer"})).await;
    let rules =
        json!([{"subject": "dynamic-secrets", "action": ["lease"], "conditions": {"environment": {"$eq": "dev"}}}]);
    post(&format!("/api/v1/projects/{id}/roles"), json!({"slug": "ci", "name": "CI", "permissions": rules})).await;
    post("/api/v1/folders", json!({"projectId": id, "environment": ENVIRONMENT, "name": "k8s", "path": "/"})).await;
    json!({
        "path.projectId": id, "query.projectId": id, "query.projectSlug": slug, "query.environmentSlug": ENVIRONMENT,
        "query.environment": ENVIRONMENT, "path.identityId": identity, "path.leaseId": lease.lease.id, "path.name": SECRET,
    })
}

/// Its command, and the folder with its settings.
fn schemathesis(url: &str, token: &str, known: &Value, seed: &str) -> (Command, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let lines = known.as_object().unwrap().iter().map(|(name, value)| format!("\"{name}\" = {value}\n"));
    let settings = format!(
        "[parameters]\n{}\n[phases.stateful]\nenabled = false\n\n[output.sanitization]\nenabled = true\n",
        lines.collect::<String>()
    );
    fs::write(folder.path().join("schemathesis.toml"), settings).unwrap();
    let mut command = Command::new(python_with("schemathesis", "tools/schemathesis.txt").join("bin/schemathesis"));
    command.current_dir(folder.path()).env("NO_COLOR", "1").env("COLUMNS", "200");
    command.args(["run", &format!("{url}/api/openapi.json"), "--checks", "not_a_server_error,unsupported_method"]);
    command.args(["--header", &format!("Authorization: Bearer {token}"), "--generation-database", "none"]);
    command.args(["--seed", seed, "--max-examples", &counts::of(counts::SCHEMA_EXAMPLES).to_string()]);
    command.args(["--suppress-health-check", "all", "--warnings", "off", "--continue-on-failure", "--workers", "2"]);
    command.args(["--report-ndjson-path", REPORT]);
    for operation in LEFT_OUT {
        command.args(["--exclude-operation-id", operation]);
    }
    (command, folder)
}

fn output(mut command: Command) -> String {
    let output = command.output().unwrap();
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}
