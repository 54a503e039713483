//! `mayfly connection`.

use serde_json::{Value, json};

use crate::{
    double::{Answer, Double},
    mayfly::Mayfly,
};

const PATH: &str = "/api/v1/cluster-connections";

fn connection(version: i64) -> Value {
    json!({
        "id": "c-1", "name": "staging", "url": "https://k", "ca": null, "verification": "full", "clientUrl": null,
        "clientCa": null, "version": version, "cluster": "uid", "dynamicSecretId": null, "sharedWith": "named",
        "projectIds": [], "limits": {}, "createdAt": "2026-11-23T12:00:00.000Z", "updatedAt": "2026-11-23T12:00:00.000Z",
    })
}

#[tokio::test]
async fn flags_and_a_file_make_the_request() {
    let server = Double::start().await;
    server.on(&format!("POST {PATH}"), Answer::json(&json!({"clusterConnection": connection(1)})));
    let mayfly = Mayfly::at(&server);
    let yaml = "url: https://file\nlimits:\n  namespaces: [shop]\n";
    let (file, token) = (mayfly.file("c.yaml", yaml), mayfly.file("token", "hunter2\n"));
    let line =
        format!("connection create staging -f {file} --url https://k --cluster-token-file {token} --project-id p-1");
    let run = mayfly.run(&line).await;
    assert_eq!(run.success(), "c-1\n");
    let wanted = json!({
        "name": "staging", "url": "https://k", "clusterToken": "hunter2", "projectIds": ["p-1"],
        "limits": {"namespaces": ["shop"]},
    });
    assert_eq!(server.only_body(), wanted);
}

#[tokio::test]
async fn a_new_token_comes_from_a_file_and_is_not_printed() {
    let server = Double::start().await;
    server.on(&format!("PATCH {PATH}/c-1"), Answer::json(&json!({"clusterConnection": connection(2)})));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run_with_input("connection rotate c-1 --cluster-token-file -", "hunter2").await;
    assert_eq!(run.success(), "version 2\n");
    assert!(!run.stderr.contains("hunter2"), "{run:?}");
    assert_eq!(server.only_body(), json!({"clusterToken": "hunter2"}));
}

#[tokio::test]
async fn a_list_follows_its_pages_to_the_end() {
    let server = Double::start().await;
    let page = |next: Value| Answer::json(&json!({"clusterConnections": [connection(1)], "nextCursor": next}));
    server.on(&format!("GET {PATH}"), page(json!("c-1"))).on(&format!("GET {PATH}"), page(Value::Null));
    let run = Mayfly::at(&server).run("connection ls").await;
    assert_eq!(run.success().lines().count(), 3, "{run:?}");
    assert_eq!(server.calls(), [format!("GET {PATH}"), format!("GET {PATH}?cursor=c-1")]);
}

#[tokio::test]
async fn a_failed_test_shows_what_is_missing_and_the_manifest_alone_on_request() {
    let server = Double::start().await;
    let right = json!({"verb": "create", "resource": "serviceaccounts/token", "group": "", "namespace": "shop",
        "name": null, "isRequired": true, "isHeld": false});
    let manifest = json!({"apiVersion": "v1", "kind": "List", "items": []});
    let test = json!({"test": {"isPassed": false, "problem": "it lacks a right", "version": "v1.36.3", "who": "issuer",
        "cluster": "uid", "rights": [right], "refused": [], "manifest": manifest}});
    let path = format!("POST {PATH}/c-1/test");
    server.on(&path, Answer::json(&test)).on(&path, Answer::json(&test));
    let mayfly = Mayfly::at(&server);
    let sample = mayfly.file("s.yaml", "credentialType: static\nnamespace: shop\n");
    let run = mayfly.run(&format!("connection test c-1 --sample {sample}")).await;
    assert!(run.stdout.contains("no    create  serviceaccounts/token  shop       *"), "{run:?}");
    assert!(run.stderr.contains("it lacks a right"), "{run:?}");
    let run = mayfly.run("connection test c-1 --manifest").await;
    assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap(), manifest, "{run:?}");
}

#[tokio::test]
async fn what_is_removed_is_named() {
    let server = Double::start().await;
    server.on(&format!("DELETE {PATH}/c-1"), Answer::json(&json!({"clusterConnection": connection(1)})));
    assert_eq!(Mayfly::at(&server).run("connection rm c-1").await.success(), "c-1\n");
}

#[tokio::test]
async fn a_change_takes_flags_and_a_file() {
    let server = Double::start().await;
    server.on(&format!("PATCH {PATH}/c-1"), Answer::json(&json!({"clusterConnection": connection(1)})));
    let mayfly = Mayfly::at(&server);
    let file = mayfly.file("c.yaml", "limits:\n  namespaces: [shop]\n");
    let line = format!("connection update c-1 -f {file} --renews-token true --project-id p-1 --client-url https://k");
    assert_eq!(mayfly.run(&line).await.success(), "c-1\n");
    let wanted = json!({
        "limits": {"namespaces": ["shop"]}, "renewsToken": true, "projectIds": ["p-1"], "clientUrl": "https://k",
    });
    assert_eq!(server.only_body(), wanted);
    let nothing = mayfly.run("connection update c-1").await;
    assert!(nothing.failure(2).contains("nothing was changed"), "{nothing:?}");
}
