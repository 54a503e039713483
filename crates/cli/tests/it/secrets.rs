//! `mayfly secret` and `mayfly project`.

use serde_json::json;

use crate::{
    answers::{lease, project, secret},
    double::{Answer, Double},
    mayfly::Mayfly,
};

const SECRETS: &str = "/api/v1/dynamic-secrets";

async fn server() -> Double {
    let server = Double::start().await;
    let mut made = secret("ci-deployer");
    made["inputs"] = json!({
        "credentialType": "static", "authMethod": "api", "url": "https://k", "clusterToken": "hunter2",
        "gatewayId": null, "namespace": "shop", "serviceAccountName": "deployer", "audiences": []
    });
    server.on(&format!("POST {SECRETS}"), Answer::json(&json!({"dynamicSecret": made})));
    server
}

#[tokio::test]
async fn flags_make_the_request() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    let (ca, token) = (mayfly.file("ca.crt", "PEM\n"), mayfly.file("token", "hunter2\n"));
    let line = format!(
        "secret create ci-deployer --project shop --url https://k --ca-file {ca} --cluster-token-file {token} \
         --namespace shop --service-account deployer --audience a --audience b --default-ttl 1h --max-ttl 4h"
    );
    assert_eq!(mayfly.run(&line).await.success(), "ci-deployer\n");
    let wanted = json!({
        "name": "ci-deployer", "projectSlug": "shop", "environmentSlug": "dev", "path": "/",
        "defaultTTL": "1h", "maxTTL": "4h",
        "provider": {"type": "kubernetes", "inputs": {
            "credentialType": "static", "url": "https://k", "ca": "PEM\n", "clusterToken": "hunter2",
            "namespace": "shop", "serviceAccountName": "deployer", "audiences": ["a", "b"]
        }}
    });
    assert_eq!(server.only_body(), wanted);
}

#[tokio::test]
async fn the_cluster_token_is_not_printed_back() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run_with_input("secret create x --project shop --cluster-token-file - -o json", "hunter2").await;
    assert_eq!(run.json()["dynamicSecret"]["inputs"]["url"], "https://k");
    assert!(!run.stdout.contains("hunter2") && !run.stderr.contains("hunter2"), "{run:?}");
    assert_eq!(server.only_body()["provider"]["inputs"]["clusterToken"], "hunter2");
}

#[tokio::test]
async fn flags_come_before_the_file() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    let yaml = "name: other\ndefaultTTL: 1h\nmaxTTL: null\nmetadata: [{key: tier, value: '1'}]\n\
                provider:\n  inputs:\n    url: https://file\n    namespace: shop\n    sslRejectUnauthorized: true\n";
    let file = mayfly.file("s.yaml", yaml);
    let line = format!("secret create ci-deployer --project shop -f {file} --url https://flag --max-ttl 2h");
    mayfly.run(&line).await.success();
    let wanted = json!({
        "name": "ci-deployer", "projectSlug": "shop", "environmentSlug": "dev", "path": "/",
        "defaultTTL": "1h", "maxTTL": "2h", "metadata": [{"key": "tier", "value": "1"}],
        "provider": {"type": "kubernetes", "inputs": {
            "credentialType": "static", "url": "https://flag", "namespace": "shop", "sslRejectUnauthorized": true
        }}
    });
    assert_eq!(server.only_body(), wanted);
}

#[tokio::test]
async fn a_file_that_holds_no_fields_is_refused_without_showing_it() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    for (text, code) in [("hunter2: [", 6), ("[hunter2]", 6), ("provider: hunter2", 2), ("provider: {inputs: 3}", 2)] {
        let file = mayfly.file("s.yaml", text);
        let run = mayfly.run(&format!("secret create x --project shop -f {file}")).await;
        assert!(!run.failure(code).contains("hunter2"), "{run:?}");
    }
    let missing = mayfly.run("secret create x --project shop -f missing.yaml").await;
    assert!(missing.failure(1).contains("cannot read `missing.yaml`"), "{missing:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn secrets_are_listed() {
    let server = server().await;
    let list = json!({"dynamicSecrets": [secret("ci-deployer")]});
    server.on(&format!("GET {SECRETS}"), Answer::json(&list));
    let run = Mayfly::at(&server).run("secret ls --project shop --path /a").await;
    assert_eq!(
        run.success(),
        "NAME         TYPE        DEFAULT TTL  MAX TTL       ID\nci-deployer  kubernetes  1h           the server's  s\n"
    );
    assert_eq!(server.calls(), ["GET /api/v1/dynamic-secrets?projectSlug=shop&environmentSlug=dev&path=%2Fa"]);
}

#[tokio::test]
async fn projects_are_made_and_listed() {
    let server = Double::start().await;
    server.on("POST /api/v1/projects", Answer::json(&json!({"project": project("shop")})));
    server.on("GET /api/v1/projects", Answer::json(&json!({"projects": [project("shop")]})));
    let mayfly = Mayfly::at(&server);
    assert_eq!(mayfly.run("project create Shop --slug shop").await.success(), "shop\n");
    assert_eq!(server.only_body(), json!({"projectName": "Shop", "slug": "shop"}));
    assert_eq!(
        mayfly.run("project ls").await.success(),
        "SLUG  NAME  ENVIRONMENTS  ID\nshop  Shop  dev prod      p-1\n"
    );
    assert_eq!(mayfly.run("project ls -o json").await.json()["projects"][0]["id"], "p-1");
}

#[tokio::test]
async fn environments_are_listed_with_the_ids_that_stops_take() {
    let server = Double::start().await;
    server.on("GET /api/v1/projects/slug/shop", Answer::json(&project("shop")));
    let run = Mayfly::at(&server).run("environment ls --project shop").await;
    assert_eq!(run.success(), "SLUG  NAME         ID\ndev   Development  e\nprod  Production   f\n");
}

#[tokio::test]
async fn a_secret_is_pointed_at_a_connection() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    let line = "secret create x --project shop --connection c-1 --namespace shop --service-account deployer";
    mayfly.run(line).await.success();
    let wanted = json!({"type": "kubernetes", "inputs": {"credentialType": "static", "clusterConnectionId": "c-1",
        "namespace": "shop", "serviceAccountName": "deployer"}});
    assert_eq!(server.only_body()["provider"], wanted);
    mayfly.run(&format!("{line} --url https://k")).await.failure(2);
}

#[tokio::test]
async fn a_secret_is_shown_without_its_cluster_token() {
    let server = Double::start().await;
    let mut found = secret("ci-deployer");
    found["inputs"] = json!({"credentialType": "static", "clusterToken": "hunter2", "ca": "ONE\nTWO\n", "gatewayId": null,
        "audiences": ["a", "b"]});
    server.on(&format!("GET {SECRET}"), Answer::json(&json!({ "dynamicSecret": found })));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("secret show ci-deployer --project shop").await;
    let line = |name: &str| run.stdout.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(line("defaultTTL ").ends_with("  1h") && line("inputs.audiences ").ends_with("  a, b"), "{run:?}");
    assert!(run.success().contains("  ONE\n       ") && !run.stdout.contains("maxTTL"), "{run:?}");
    let document = mayfly.run("secret show ci-deployer --project shop -o json").await;
    assert_eq!(document.json()["dynamicSecret"]["inputs"]["ca"], "ONE\nTWO\n");
    assert!(!format!("{run:?}{document:?}").contains("hunter2"));
}

const SECRET: &str = "/api/v1/dynamic-secrets/ci-deployer";

#[tokio::test]
async fn a_change_says_what_becomes_of_leases_and_prints_no_token() {
    let server = Double::start().await;
    let mut changed = secret("ci-deployer");
    changed["inputs"] = json!({"credentialType": "static", "clusterToken": "hunter2", "gatewayId": null});
    server.on(&format!("PATCH {SECRET}"), Answer::json(&json!({ "dynamicSecret": changed })));
    let mayfly = Mayfly::at(&server);
    let (file, token) = (mayfly.file("s.yaml", "inputs:\n  namespace: shop\n"), mayfly.file("token", "hunter2\n"));
    let line = format!(
        "secret update ci-deployer --project shop -f {file} --default-ttl 30m --cluster-token-file {token} --leases end -o json -y"
    );
    let run = mayfly.run(&line).await;
    assert!(!run.success().contains("hunter2"), "{run:?}");
    let wanted = json!({
        "projectSlug": "shop", "environmentSlug": "dev", "path": "/", "leases": "end",
        "data": {"defaultTTL": "30m", "inputs": {"namespace": "shop", "clusterToken": "hunter2"}},
    });
    assert_eq!(server.only_body(), wanted);
    let unasked = mayfly.run(&line.replace(" -y", "")).await;
    assert!(unasked.failure(2).contains("nothing was changed: add `-y`"), "{unasked:?}");
    assert_eq!(server.calls().len(), 1, "leases ended unasked");
    let nothing = Mayfly::at(&server).run("secret update ci-deployer --project shop").await;
    assert!(nothing.failure(2).contains("nothing was changed"), "{nothing:?}");
}

#[tokio::test]
async fn what_is_left_of_a_removed_secret_is_named() {
    let server = Double::start().await;
    let refused = Mayfly::at(&server).run("secret rm ci-deployer --project shop").await;
    assert!(refused.failure(2).contains("add `-y`"), "{refused:?}");
    let answer = json!({"dynamicSecret": secret("ci-deployer"), "leasesLeft": [lease("l-1")]});
    server.on(&format!("DELETE {SECRET}"), Answer::json(&answer));
    let run = Mayfly::at(&server).run("secret rm ci-deployer --project shop --leases run-out -y").await;
    assert_eq!((run.success(), run.stderr.as_str()), ("ci-deployer\n", "l-1 (shop/deployer): active\n"));
    let wanted = json!({"projectSlug": "shop", "environmentSlug": "dev", "path": "/", "leases": "run-out"});
    assert_eq!(server.only_body(), wanted);
}
