//! How machines sign in, and how that is set up.

use serde_json::{Value, json};

use crate::{
    answers::granted,
    double::{Answer, Double},
    mayfly::Mayfly,
};

fn common() -> Value {
    json!({"id": "a", "identityId": "i-1", "maxTokenAge": 0, "acceptOnce": false, "accessTokenTTL": 1,
           "accessTokenMaxTTL": 1, "accessTokenNumUsesLimit": 0, "accessTokenPeriod": 0, "accessTokenTrustedIps": [],
           "createdAt": "t", "updatedAt": "t"})
}

fn with(mut fields: Value, more: &Value) -> Value {
    fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fields
}

fn oidc() -> Value {
    let own = json!({"oidcDiscoveryUrl": "u", "caCert": "", "boundIssuer": "u", "boundAudiences": "m", "boundClaims": {},
                     "boundSubject": "s", "claimMetadataMapping": {}});
    json!({"identityOidcAuth": with(common(), &own)})
}

fn kubernetes() -> Value {
    let own = json!({"tokenReviewMode": "api", "kubernetesHost": "u", "caCert": "", "hasTokenReviewerJwt": true,
                     "connectionId": null, "issuer": "", "publicKeys": "", "allowedNamespaces": "ci", "allowedNames": "",
                     "allowedAudience": "m", "gatewayId": null});
    json!({"identityKubernetesAuth": with(common(), &own)})
}

fn not_found() -> Answer {
    Answer::problem(404, "not_found", "there is none")
}

#[tokio::test]
async fn a_machine_signs_in_with_the_token_of_whoever_vouches_for_it() {
    for (method, path) in [("oidc", "oidc-auth"), ("kubernetes", "kubernetes-auth")] {
        let server = Double::start().await;
        server.on(&format!("POST /api/v1/auth/{path}/login"), Answer::json(&granted("session-token")));
        let line = format!("login {} --method {method} --identity i-1", server.address());
        let mayfly = Mayfly::new();
        let file = mayfly.file("jwt", "from.a.file\n");
        mayfly.run(&format!("{line} --jwt-file {file}")).await.success();
        Mayfly::new().with("MAYFLY_IDENTITY_TOKEN", "from.the.environment").run(&line).await.success();
        Mayfly::new().run_with_input(&line, "from.the.input\n").await.success();
        let shown: Vec<Value> = server.asked().into_iter().map(|asked| asked.body["jwt"].clone()).collect();
        assert_eq!(shown, ["from.a.file", "from.the.environment", "from.the.input"]);
        assert!(server.asked().iter().all(|asked| asked.body["identityId"] == "i-1"));
    }
}

#[tokio::test]
async fn each_method_asks_for_what_it_needs() {
    for line in ["login --method oidc", "login --method kubernetes", "login", "login --method oidc --client-id id"] {
        Mayfly::new().run(line).await.failure(2);
    }
}

#[tokio::test]
async fn oidc_auth_is_made_or_changed_with_what_was_given() {
    const PATH: &str = "/api/v1/auth/oidc-auth/identities/i-1";
    let server = Double::start().await;
    server.on(&format!("GET {PATH}"), not_found()).on(&format!("POST {PATH}"), Answer::json(&oidc()));
    let line = "identity auth oidc i-1 --discovery-url https://gitlab.example.com --audience mayfly --audience other \
                --claim ref=main --claim ref=dev --claim ref_protected=true --max-token-age 60 --accept-once";
    assert_eq!(Mayfly::at(&server).run(line).await.success(), "i-1\n");
    let expected = json!({
        "oidcDiscoveryUrl": "https://gitlab.example.com", "boundIssuer": "https://gitlab.example.com",
        "boundAudiences": "mayfly,other", "boundClaims": {"ref": ["main", "dev"], "ref_protected": ["true"]},
        "maxTokenAge": 60, "acceptOnce": true,
    });
    assert_eq!(server.asked()[1].body, expected);

    let server = Double::start().await;
    server.on(&format!("GET {PATH}"), Answer::json(&oidc())).on(&format!("PATCH {PATH}"), Answer::json(&oidc()));
    Mayfly::at(&server).run("identity auth oidc i-1 --subject repo:acme/shop:pull_request").await.success();
    assert_eq!(server.asked()[1].body, json!({"boundSubject": "repo:acme/shop:pull_request"}));
    Mayfly::at(&server).run("identity auth oidc i-1 --discovery-url https://moved.example.com").await.success();
    assert_eq!(server.asked()[3].body, json!({"oidcDiscoveryUrl": "https://moved.example.com"}), "the issuer stays");
    Mayfly::at(&server).run("identity auth oidc i-1 --claim ref").await.failure(2);
}

#[tokio::test]
async fn kubernetes_auth_takes_its_secrets_from_files() {
    const PATH: &str = "/api/v1/auth/kubernetes-auth/identities/i-1";
    let server = Double::start().await;
    server.on(&format!("GET {PATH}"), not_found()).on(&format!("POST {PATH}"), Answer::json(&kubernetes()));
    let mayfly = Mayfly::at(&server);
    let (reviewer, keys) = (mayfly.file("reviewer", "s3cret\n"), mayfly.file("keys", "{}"));
    let line = "identity auth kubernetes i-1 --namespace ci --account runner --audience mayfly";
    let host = format!("{line} --host https://kubernetes.example.com --reviewer-token-file {reviewer}");
    let run = mayfly.run(&host).await;
    assert!(!format!("{run:?}").contains("s3cret"), "{run:?}");
    let asked = server.asked()[1].body.clone();
    assert_eq!((&asked["tokenReviewerJwt"], &asked["tokenReviewMode"]), (&json!("s3cret"), &json!("api")));
    assert_eq!((&asked["allowedNamespaces"], &asked["allowedNames"]), (&json!("ci"), &json!("runner")));
    mayfly.run(&format!("{line} --public-keys-file {keys} --issuer x")).await.success();
    assert_eq!(server.asked()[3].body["tokenReviewMode"], "pinned-keys");
    mayfly.run(&format!("{line} --host https://x --connection c")).await.failure(2);
}
