//! `mayfly token`.

use serde_json::json;

use crate::{
    answers::{TOKEN, issued},
    double::{Answer, Double},
    mayfly::Mayfly,
};

const ISSUE: &str = "POST /api/v1/dynamic-secrets/leases";

async fn server() -> Double {
    let server = Double::start().await;
    server.on(ISSUE, Answer::json(&issued()));
    server
}

#[tokio::test]
async fn piped_it_prints_the_bare_token_and_speaks_beside_it() {
    let server = server().await;
    let run = Mayfly::at(&server).run("token ci-deployer --project shop").await;
    assert_eq!(run.success(), format!("{TOKEN}\n"));
    assert!(run.stderr.contains("lease l-1: shop/deployer until 2099-01-01 10:00:00 UTC"), "{}", run.stderr);
    assert!(run.stderr.contains("nobody can take its token back"), "{}", run.stderr);
    assert_eq!(server.asked()[0].authorization.as_deref(), Some("Bearer access-token"));
    let quiet = Mayfly::at(&server).run("token ci-deployer --project shop --quiet").await;
    assert_eq!((quiet.success(), quiet.stderr.as_str()), (format!("{TOKEN}\n").as_str(), ""));
}

#[tokio::test]
async fn it_says_where_the_token_is_good_for_nothing() {
    const NOTE: &str =
        "https://10.0.0.1:6443 is where Mayfly finds the cluster: the token works only inside that network";
    for (for_clients, is_said) in [(false, true), (true, false)] {
        let server = Double::start().await;
        let mut answer = issued();
        answer["lease"]["cluster"] =
            json!({"server": "https://10.0.0.1:6443", "caData": null, "forClients": for_clients});
        server.on(ISSUE, Answer::json(&answer));
        let run = Mayfly::at(&server).run("token ci-deployer --project shop").await;
        assert_eq!(run.success(), format!("{TOKEN}\n"));
        assert_eq!(run.stderr.contains(NOTE), is_said, "{}", run.stderr);
    }
}

#[tokio::test]
async fn every_wish_reaches_the_server() {
    let server = server().await;
    let line = "token ci-deployer --project shop --env prod --path /k8s --ttl 30m -n team-b --reason release --verify";
    Mayfly::at(&server).run(line).await.success();
    let wanted = json!({
        "dynamicSecretName": "ci-deployer", "projectSlug": "shop", "environmentSlug": "prod", "path": "/k8s",
        "ttl": "30m", "config": {"namespace": "team-b"}, "reason": "release", "verify": true
    });
    assert_eq!(server.only_body(), wanted);
}

#[tokio::test]
async fn what_was_not_wished_for_is_left_to_the_server() {
    let server = server().await;
    Mayfly::at(&server).run("token ci-deployer --project shop").await.success();
    let wanted =
        json!({"dynamicSecretName": "ci-deployer", "projectSlug": "shop", "environmentSlug": "dev", "path": "/"});
    assert_eq!(server.only_body(), wanted);
}

#[tokio::test]
async fn each_format_has_the_token_where_it_belongs() {
    let server = server().await;
    let mayfly = Mayfly::at(&server);
    assert_eq!(mayfly.run("token x --project shop -o token").await.success(), format!("{TOKEN}\n"));
    assert_eq!(mayfly.run("token x --project shop -o env").await.success(), format!("TOKEN={TOKEN}\n"));
    let document = mayfly.run("token x --project shop -o json").await.json();
    assert_eq!((&document["token"], &document["lease"]["id"]), (&json!(TOKEN), &json!("l-1")));
    let refused = mayfly.run("project ls -o env").await;
    assert!(refused.failure(2).contains("are for `mayfly token`"), "{refused:?}");
}

#[tokio::test]
async fn a_role_that_has_changed_is_told_beside_the_token() {
    let server = Double::start().await;
    let mut answer = issued();
    answer["lease"]["roleChanged"] = json!(true);
    server.on(ISSUE, Answer::json(&answer));
    let run = Mayfly::at(&server).run("token x --project shop").await;
    assert!(run.stderr.contains("its role has other rules than when"), "{run:?}");
    assert_eq!(run.success(), format!("{TOKEN}\n"));
}

#[tokio::test]
async fn a_lease_without_a_token_is_no_success() {
    let server = Double::start().await;
    let mut answer = issued();
    answer["data"] = json!({"PASSWORD": "hunter2"});
    server.on(ISSUE, Answer::json(&answer));
    let run = Mayfly::at(&server).run("token x --project shop").await;
    assert!(run.failure(1).contains("a lease without a token"), "{run:?}");
    assert!(!run.stderr.contains("hunter2"), "{run:?}");
}

#[tokio::test]
async fn without_a_project_nothing_is_sent() {
    let server = server().await;
    let run = Mayfly::at(&server).run("token x").await;
    assert!(run.failure(2).contains("--project SLUG"), "{run:?}");
    assert_eq!(server.calls(), Vec::<String>::new());
}
