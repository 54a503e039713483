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
async fn a_list_says_when_tokens_end_and_why_they_were_not_renewed() {
    let server = Double::start().await;
    let mut one = connection(3);
    (one["tokenExpiresAt"], one["renewalProblem"]) = (json!("2099-01-01T10:00:00.000Z"), json!("it may not"));
    server.on(&format!("GET {PATH}"), Answer::json(&json!({"clusterConnections": [one], "nextCursor": null})));
    server.on(&format!("GET {PATH}/c-1"), Answer::json(&json!({ "clusterConnection": one })));
    let mayfly = Mayfly::at(&server);
    let run = mayfly.run("connection ls").await;
    let row = run.success().lines().nth(1).unwrap();
    assert!(row.contains("  3        2099-01-01 10:00:00 UTC (in ") && row.ends_with("  it may not"), "{run:?}");
    let shown = mayfly.run("connection show c-1").await;
    let words = shown.success().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("renewalProblem it may not"), "{shown:?}");
    assert!(words.contains("tokenExpiresAt 2099-01-01T10:00:00.000Z") && !words.contains("projectIds"), "{shown:?}");
}

#[tokio::test]
async fn a_connection_takes_its_token_from_one_place() {
    let server = Double::start().await;
    server.on(&format!("PATCH {PATH}/c-1"), Answer::json(&json!({"clusterConnection": connection(2)})));
    let mayfly = Mayfly::at(&server);
    for flags in ["", "--url https://k", "--cluster-token-file - --server-token-file in-cluster"] {
        mayfly.run(&format!("connection rotate c-1 {flags}")).await.failure(2);
    }
    assert_eq!(server.calls(), Vec::<String>::new());
    mayfly.run("connection rotate c-1 --server-token-file in-cluster --verification full").await.success();
    assert_eq!(server.only_body(), json!({"clusterTokenFile": "in-cluster", "verification": "full"}));
}

const SWEEP: &str = "POST /api/v1/cluster-connections/c-1/sweep";

fn report(removed: &[&str], left: &[&str]) -> Answer {
    Answer::json(&json!({"sweep": {
        "clusterConnectionId": "c-1", "found": 9, "explained": 5, "young": 1, "unsealed": ["Role a/x"],
        "orphans": ["ServiceAccount a/y"], "digest": "d1", "needsApproval": true, "removed": removed, "left": left,
        "unseen": ["`list` on `roles`"],
    }}))
}

#[tokio::test]
async fn a_sweep_only_looks_unless_a_report_is_approved() {
    let server = Double::start().await;
    server.on(SWEEP, report(&[], &[]));
    let run = Mayfly::at(&server).run("connection sweep c-1").await;
    let wanted = "found 9: 5 explained by leases, 1 too young to tell\norphan: ServiceAccount a/y\nno seal: Role a/x\n";
    assert_eq!(run.success(), wanted);
    assert!(
        run.stderr.contains("for want of `list` on `roles`") && run.stderr.contains("add `--approve d1`"),
        "{run:?}"
    );
    assert_eq!(server.only_body(), json!({}));

    let server = Double::start().await;
    server.on(SWEEP, report(&["ServiceAccount a/y"], &[]));
    let run = Mayfly::at(&server).run("connection sweep c-1 --approve d1").await;
    assert!(run.success().ends_with("removed: ServiceAccount a/y\n"), "{run:?}");
    assert_eq!(server.only_body(), json!({"approve": "d1"}));
}

#[tokio::test]
async fn what_a_sweep_could_not_remove_is_named() {
    let server = Double::start().await;
    server.on(SWEEP, report(&[], &["ServiceAccount a/y: forbidden"]));
    let run = Mayfly::at(&server).run("connection sweep c-1 --approve d1").await;
    assert!(run.code == 9 && run.stderr.contains("ServiceAccount a/y: forbidden\n"), "{run:?}");
    let run = Mayfly::at(&server).run("connection sweep c-1 --approve d1 -o json").await;
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &document["digest"]), (9, &json!("d1")), "{run:?}");
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
    for line in ["connection rm c-1", "identity auth rm i-1 oidc", "identity disable i-1", "audit stream rm s-1"] {
        let run = Mayfly::at(&server).run(line).await;
        let told = run.failure(2);
        assert!(told.contains("add `-y`"), "{line}: {told}");
    }
    assert_eq!(server.asked().len(), 0, "nothing is taken away where nobody can be asked");
    assert_eq!(Mayfly::at(&server).run("connection rm c-1 -y").await.success(), "c-1\n");
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

#[tokio::test]
async fn a_loosening_that_waits_names_the_request_and_what_to_type() {
    let server = Double::start().await;
    let refusal = Answer::problem(403, "approval_required", "request `r-1` waits for it");
    server.on(&format!("PATCH {PATH}/c-1"), refusal.with_details(&json!({"approvalRequestId": "r-1"})));
    let mayfly = Mayfly::at(&server);
    let file = mayfly.file("c.yaml", "limits:\n  approval: null\n");
    let run = mayfly.run(&format!("connection update c-1 -f {file}")).await;
    assert!(run.failure(4).contains("`mayfly approval approve r-1 --organization`"), "{run:?}");
}
