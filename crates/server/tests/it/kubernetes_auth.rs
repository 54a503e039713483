//! Logging in with the token of a service account: the cluster says whose it is, or its public keys do.

use mayfly_testkit::{
    both_databases,
    certificates::TestAuthority,
    fake_cluster::{Calls, Fault, When},
    issuer::{SigningAlgorithm, TokenSigner},
};
use serde_json::{Value, json};

use crate::support::{Answer, DEFAULT_DATABASES, TestServer, TestServerOptions, merged};

const AUTH: &str = "/api/v1/auth/kubernetes-auth";
const AUDIENCE: &str = "https://mayfly.example.com";
const NAMESPACE: &str = "ci";
const RUNNER: &str = "runner";
const CLUSTER_ISSUER: &str = "https://kubernetes.default.svc";

impl TestServer {
    async fn new_identity(&self) -> String {
        let made = self.as_admin().post("/api/v1/identities", &json!({"name": "runner"})).await.ok();
        made["identity"]["id"].as_str().unwrap().to_owned()
    }

    /// The smallest request for accounts of the fake cluster.
    fn reviewed(&self) -> Value {
        self.cluster.add_namespace(NAMESPACE);
        self.cluster.add_account(NAMESPACE, RUNNER);
        json!({"kubernetesHost": self.cluster.url(), "caCert": self.cluster.ca_pem(),
               "tokenReviewerJwt": self.cluster.add_reviewer(), "allowedNamespaces": NAMESPACE,
               "allowedAudience": AUDIENCE})
    }

    async fn attached(&self, request: &Value) -> String {
        let identity = self.new_identity().await;
        self.as_admin().post(&format!("{AUTH}/identities/{identity}"), request).await.ok();
        identity
    }

    async fn log_in_from_cluster(&self, identity: &str, jwt: &str) -> Answer {
        self.as_nobody().post(&format!("{AUTH}/login"), &json!({"identityId": identity, "jwt": jwt})).await
    }
}

both_databases! {
    async fn an_account_signs_in_and_the_reviewers_token_never_comes_back(server: TestServer) {
        let request = server.reviewed();
        let identity = server.attached(&request).await;
        let token = server.cluster.token_for(NAMESPACE, RUNNER, AUDIENCE);
        let granted = server.log_in_from_cluster(&identity, &token).await.ok();
        let caller = server.as_nobody().with_token(granted["accessToken"].as_str().unwrap());
        caller.get("/api/v1/identities/details").await.ok();
        let reviewer = request["tokenReviewerJwt"].as_str().unwrap();
        let path = format!("{AUTH}/identities/{identity}");
        let shown = server.as_admin().get(&path).await;
        assert!(!shown.text.contains(reviewer), "{}", shown.text);
        let auth = &shown.ok()["identityKubernetesAuth"];
        assert_eq!(auth["hasTokenReviewerJwt"], true);
        assert_eq!((&auth["allowedNamespaces"], &auth["allowedNames"]), (&json!("ci"), &json!("")));
        let events = server.events().await;
        let login = events.iter().find(|event| event["event"]["type"] == "login-identity-kubernetes-auth").unwrap();
        assert_eq!(login["event"]["metadata"]["subject"], "system:serviceaccount:ci:runner");
        assert!(!events.iter().any(|event| event.to_string().contains(reviewer)));
        // The token in question is never used to ask with.
        let reviews = server.cluster.requests().of(Calls::TokenReview);
        assert_eq!(reviews.len(), 1);
        assert_eq!(reviews[0].json()["spec"], json!({"token": token, "audiences": [AUDIENCE]}));
        server.as_admin().delete(&path, &json!({})).await.ok();
        caller.get("/api/v1/workspace").await.refused(401, "access_token_refused");
        server.log_in_from_cluster(&identity, &token).await.refused(401, "credentials_refused");
    }
}

#[tokio::test]
async fn accounts_audiences_and_tokens_that_are_not_admitted_are_refused_in_the_same_words() {
    let server = TestServer::sqlite().await;
    let request = merged(&server.reviewed(), &json!({"allowedNames": "runner,other", "maxTokenAge": 600}));
    let identity = server.attached(&request).await;
    server.cluster.add_namespace("dev");
    for (namespace, account) in [("dev", RUNNER), (NAMESPACE, "stranger")] {
        server.cluster.add_account(namespace, account);
    }
    let good = server.cluster.token_for(NAMESPACE, RUNNER, AUDIENCE);
    server.log_in_from_cluster(&identity, &good).await.ok();
    for jwt in [
        server.cluster.token_for("dev", RUNNER, AUDIENCE),
        server.cluster.token_for(NAMESPACE, "stranger", AUDIENCE),
        server.cluster.token_for(NAMESPACE, RUNNER, "https://other.example.com"),
        server.cluster.token_of(NAMESPACE, RUNNER, 3600),
        good.replace('.', ""),
        "a.b".to_owned(),
        format!("{good}x"),
    ] {
        let text = server.log_in_from_cluster(&identity, &jwt).await.refused(401, "credentials_refused");
        assert_eq!(text, "the credentials were not accepted");
    }
    server.advance(601);
    server.log_in_from_cluster(&identity, &good).await.refused(401, "credentials_refused");
    for empty in [json!({"identityId": identity, "jwt": ""}), json!({"identityId": identity}), json!({"jwt": good})] {
        assert_eq!(server.as_nobody().post(&format!("{AUTH}/login"), &empty).await.status, 422, "{empty}");
    }
    let reasons = server.reasons("loginKubernetesAuth").await;
    for reason in ["service account not admitted", "the cluster does not know the token"] {
        assert!(reasons.iter().any(|told| told == reason), "{reasons:?}");
    }
}

#[tokio::test]
async fn a_cluster_that_says_yes_to_everything_lets_no_stranger_in() {
    let server = TestServer::sqlite().await;
    let identity = server.attached(&server.reviewed()).await;
    let token = server.cluster.token_for(NAMESPACE, RUNNER, AUDIENCE);
    let yes = |user: Value, audiences: Value| {
        move |answer: &mut Value| {
            answer["status"] = json!({"authenticated": true, "user": user.clone(), "audiences": audiences.clone()});
        }
    };
    let user = |name: &str| json!({"username": name, "groups": ["system:masters"]});
    let ours = json!([AUDIENCE]);
    let mut lies = vec![
        yes(user("system:serviceaccount:ci:runner"), json!([])),
        yes(user("system:serviceaccount:ci:runner"), json!(null)),
        yes(user("system:serviceaccount:ci:runner"), json!(["https://mayfly.example.com/"])),
        yes(json!({}), ours.clone()),
        yes(json!({"username": ""}), ours.clone()),
    ];
    for name in [
        "system:serviceaccount:ci:runner:x",
        "system:serviceaccount:ci:",
        "system:serviceaccount:ci",
        "x:system:serviceaccount:ci:runner",
        "system:admin",
        "runner",
        "system:serviceaccount:dev:runner",
        "system:node:ci",
    ] {
        lies.push(yes(user(name), ours.clone()));
    }
    for lie in lies {
        server.cluster.faults().clear();
        server.cluster.faults().inject(Calls::TokenReview, When::Always, Fault::rewrite_json(lie));
        server.log_in_from_cluster(&identity, &token).await.refused(401, "credentials_refused");
    }
    let error = |answer: &mut Value| answer["status"]["error"] = json!("no");
    for fault in [
        Fault::rewrite_json(error),
        Fault::rewrite_json(|answer| answer["status"]["authenticated"] = json!(false)),
        Fault::rewrite_json(|answer| answer["kind"] = json!("Pod")),
        Fault::Close,
        Fault::HugeBody(2 * 1024 * 1024),
        Fault::redirect(307, "https://evil.example.com"),
        Fault::answer(500, "application/json", token.clone()),
    ] {
        server.cluster.faults().clear();
        server.cluster.faults().inject(Calls::TokenReview, When::Always, fault);
        let answer = server.log_in_from_cluster(&identity, &token).await;
        assert!(!answer.text.contains(&token), "{}", answer.text);
        answer.refused(401, "credentials_refused");
    }
    server.cluster.faults().clear();
    server.log_in_from_cluster(&identity, &token).await.ok();
}

#[tokio::test]
async fn a_cluster_that_cannot_be_reached_vouches_by_its_public_keys() {
    for database in DEFAULT_DATABASES {
        let server = TestServer::start(TestServerOptions::new(database)).await;
        let key = TokenSigner::new("k", SigningAlgorithm::Rs256);
        for keys in [key.public_pem(), json!({"keys": [key.jwk()]}).to_string()] {
            let request = json!({"tokenReviewMode": "pinned-keys", "issuer": CLUSTER_ISSUER, "publicKeys": keys,
                                 "allowedNames": RUNNER, "allowedAudience": AUDIENCE});
            let identity = server.attached(&request).await;
            let now = server.ambient.now().as_second();
            let claims = json!({"iss": CLUSTER_ISSUER, "sub": "system:serviceaccount:ci:runner", "aud": [AUDIENCE],
                                "exp": now + 600, "iat": now, "nbf": now,
                                "kubernetes.io": {"namespace": "ci", "serviceaccount": {"name": "runner"}}});
            server.log_in_from_cluster(&identity, &key.token(&claims)).await.ok();
            for change in [
                json!({"sub": "system:serviceaccount:ci:stranger"}),
                json!({"sub": "system:serviceaccount:ci:runner:x"}),
                json!({"sub": null}),
                json!({"aud": CLUSTER_ISSUER}),
                json!({"iss": "https://other.example.com"}),
                json!({"exp": now}),
            ] {
                let answer = server.log_in_from_cluster(&identity, &key.token(&merged(&claims, &change))).await;
                answer.refused(401, "credentials_refused");
            }
            let stranger = TokenSigner::new("k", SigningAlgorithm::Rs256);
            let answer = server.log_in_from_cluster(&identity, &stranger.token(&claims)).await;
            answer.refused(401, "credentials_refused");
        }
        assert_eq!(server.cluster.requests().count(Calls::TokenReview), 0);
    }
}

#[tokio::test]
async fn an_existing_connection_may_be_asked_with_its_own_token() {
    let server = TestServer::sqlite().await;
    let request = server.reviewed();
    let connection =
        merged(&server.connection_request("reviewing"), &json!({"clusterToken": request["tokenReviewerJwt"]}));
    let made = server.as_admin().post("/api/v1/cluster-connections", &connection).await.ok();
    let id = made["clusterConnection"]["id"].clone();
    let request = json!({"connectionId": id, "allowedNamespaces": NAMESPACE, "allowedAudience": AUDIENCE});
    let identity = server.attached(&request).await;
    let token = server.cluster.token_for(NAMESPACE, RUNNER, AUDIENCE);
    server.log_in_from_cluster(&identity, &token).await.ok();
    let other = server.new_identity().await;
    let absent = merged(&request, &json!({"connectionId": "018f0000-0000-7000-8000-000000000000"}));
    let path = format!("{AUTH}/identities/{other}");
    server.as_admin().post(&path, &absent).await.refused(404, "not_found");
}

#[tokio::test]
async fn a_stored_reviewers_token_goes_to_no_other_address() {
    let server = TestServer::sqlite().await;
    let request = server.reviewed();
    let identity = server.attached(&request).await;
    let path = format!("{AUTH}/identities/{identity}");
    for change in [
        json!({"kubernetesHost": "https://evil.example.com"}),
        json!({"kubernetesHost": format!("{}/prefix", server.cluster.url())}),
        json!({"caCert": ""}),
    ] {
        let faults = server.as_admin().patch(&path, &change).await.faults();
        let told = faults.iter().any(|fault| fault.0 == "body.tokenReviewerJwt" && fault.2.contains("given again"));
        assert!(told, "{change}: {faults:?}");
    }
    let again = json!({"kubernetesHost": server.cluster.url(), "allowedNames": RUNNER});
    server.as_admin().patch(&path, &again).await.ok();
    let token = server.cluster.token_for(NAMESPACE, RUNNER, AUDIENCE);
    server.log_in_from_cluster(&identity, &token).await.ok();
}

#[tokio::test]
async fn what_would_let_anybody_in_is_refused_and_says_what_to_do() {
    let server = TestServer::sqlite().await;
    let (request, identity) = (server.reviewed(), server.new_identity().await);
    let path = format!("{AUTH}/identities/{identity}");
    let pinned = json!({"tokenReviewMode": "pinned-keys", "kubernetesHost": null, "tokenReviewerJwt": null});
    let private = TestAuthority::new("nobody").private_key_pem();
    for (change, field, text) in [
        (json!({"allowedNamespaces": ""}), "allowedNamespaces", "at least one limit"),
        (json!({"allowedNamespaces": "ci,,dev"}), "allowedNamespaces", "entry 2"),
        (json!({"allowedNamespaces": "*"}), "allowedNamespaces", "must"),
        (json!({"allowedNames": "a/b"}), "allowedNames", "must"),
        (json!({"allowedAudience": ""}), "allowedAudience", "is required"),
        (json!({"kubernetesHost": null}), "kubernetesHost", "connectionId"),
        (json!({"kubernetesHost": "http://kubernetes.example.com"}), "kubernetesHost", "https://"),
        (json!({"tokenReviewerJwt": null}), "tokenReviewerJwt", "never used"),
        (json!({"tokenReviewerJwt": "  "}), "tokenReviewerJwt", "must"),
        (json!({"tokenReviewMode": "gateway"}), "tokenReviewMode", "`api` or `pinned-keys`"),
        (json!({"gatewayId": "x"}), "gatewayId", "no gateways"),
        (json!({"connectionId": "018f0000-0000-7000-8000-000000000000"}), "connectionId", "left out"),
        (merged(&pinned, &json!({})), "publicKeys", "is required"),
        (merged(&pinned, &json!({"publicKeys": "hello", "issuer": "x"})), "publicKeys", "at least one public key"),
        (merged(&pinned, &json!({"publicKeys": private, "issuer": "x"})), "publicKeys", "private key"),
    ] {
        let faults = server.as_admin().post(&path, &merged(&request, &change)).await.faults();
        let told = faults.iter().any(|fault| fault.0 == format!("body.{field}") && fault.2.contains(text));
        assert!(told, "{change}: {faults:?}");
    }
    server.as_admin().post(&path, &request).await.ok();
}
