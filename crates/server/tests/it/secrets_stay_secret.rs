//! Secrets are planted wherever one can be sent, and looked for wherever one could have gone: logs at the most talkative
//! level, answers, the database's files or dump, the audit log. Something planted on purpose must be found first.

use mayfly_testkit::{
    both_databases,
    certificates::TestAuthority,
    fake_cluster::{Calls, FakeRight, Fault, When},
};
use serde_json::{Value, json};

use crate::support::{ACCOUNT, LogWatch, NAMESPACE, TestServer, merged};

/// The part of a token that nobody could guess.
fn signature(jwt: &Value) -> String {
    jwt.as_str().unwrap().rsplit('.').next().unwrap().to_owned()
}

/// What was planted, and the answers that must not hold it.
struct Planted {
    log: LogWatch,
    secrets: Vec<(&'static str, String)>,
    answers: Vec<String>,
}

impl Planted {
    fn plant(&mut self, what: &'static str, secret: &str) {
        self.log.look_for(secret);
        self.secrets.push((what, secret.to_owned()));
    }
}

/// Uses everything that takes or gives a secret, well and badly.
async fn live(server: &TestServer, planted: &mut Planted) {
    planted.plant("password", "correct horse battery");
    let admin = server.as_admin();
    let cluster_token = format!("{}-planted", server.cluster.add_user("root"));
    planted.plant("refused cluster token", &cluster_token);
    let cluster_token = server.cluster.add_user("issuer");
    let right = FakeRight::within(NAMESPACE, "create", "serviceaccounts/token").on(ACCOUNT);
    server.cluster.grant("issuer", right);
    planted.plant("cluster token", &cluster_token);
    let with_token = |name: &str, token: &str| {
        merged(&server.secret_request(name), &json!({"provider": {"inputs": {"clusterToken": token}}}))
    };
    admin.post("/api/v1/dynamic-secrets", &with_token("ci", &cluster_token)).await.ok();

    let key = TestAuthority::new("x").private_key_pem();
    planted.plant("private key", key.lines().nth(1).unwrap());
    let request = merged(&with_token("other", &cluster_token), &json!({"provider": {"inputs": {"ca": key}}}));
    planted.answers.push(admin.post("/api/v1/dynamic-secrets", &request).await.text);
    let refused = format!("{cluster_token}-planted");
    planted.answers.push(admin.post("/api/v1/dynamic-secrets", &with_token("other", &refused)).await.text);
    planted
        .answers
        .push(admin.post("/api/v1/dynamic-secrets", &with_token("other", &format!("{refused}\nx"))).await.text);

    let machine = server.machine("member", &json!({})).await;
    planted.plant("client secret", &machine.client_secret);
    let login = server.log_in(&machine).await;
    planted.plant("access token", &signature(&login["accessToken"]));
    planted.plant("wrong client secret", "planted-and-wrong");
    let wrong = json!({"clientId": machine.client_id, "clientSecret": "planted-and-wrong"});
    planted.answers.push(server.as_nobody().post("/api/v1/auth/universal-auth/login", &wrong).await.text);
    let caller = server.as_nobody().with_token(login["accessToken"].as_str().unwrap());
    let issued = server.issue(&caller, "ci").await;
    planted.plant("issued token", &signature(&issued["data"]["TOKEN"]));
    odd_answers(server, planted, &cluster_token).await;
    look_around(server, planted, &machine.id, issued["lease"]["id"].as_str().unwrap()).await;
}

/// A cluster that says our own token, or the one it just made, in its error.
async fn odd_answers(server: &TestServer, planted: &mut Planted, cluster_token: &str) {
    for code in [401, 403, 409, 500] {
        let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
            "message": format!("the token {cluster_token} (Bearer {cluster_token}) is odd")});
        let fault = Fault::answer(code, "application/json", status.to_string());
        server.cluster.faults().inject(Calls::Token, When::Nth(1), fault);
        planted.answers.push(server.issue_with(&server.as_admin(), "ci", &json!({})).await.text);
        server.cluster.faults().clear();
    }
    let fault = Fault::answer(200, "text/html", format!("<html>{cluster_token}</html>"));
    server.cluster.faults().inject(Calls::Token, When::Nth(1), fault);
    planted.answers.push(server.issue_with(&server.as_admin(), "ci", &json!({})).await.text);
}

/// Everything that can be read of what was planted.
async fn look_around(server: &TestServer, planted: &mut Planted, identity: &str, lease: &str) {
    let (admin, place) = (server.as_admin(), server.place_query());
    let auth = format!("/api/v1/auth/universal-auth/identities/{identity}");
    let project = &server.project.slug;
    for path in [
        format!("/api/v1/dynamic-secrets/ci?{place}"),
        format!("/api/v1/dynamic-secrets?{place}"),
        format!("/api/v1/dynamic-secrets/ci/leases?{place}"),
        format!("/api/v1/dynamic-secrets/leases/{lease}?{place}"),
        format!("/api/v1/leases?projectSlug={project}"),
        auth.clone(),
        format!("{auth}/client-secrets"),
        "/api/v1/identities".to_owned(),
        "/api/v1/organization/audit-logs?limit=1000&startDate=2030-01-01T00:00:00Z".to_owned(),
    ] {
        planted.answers.push(admin.get(&path).await.ok().to_string());
    }
    let ended = admin.delete(&format!("/api/v1/dynamic-secrets/leases/{lease}"), &server.place()).await;
    planted.answers.push(ended.ok().to_string());
}

both_databases! {
    async fn what_is_planted_is_found_nowhere(server: TestServer) {
        let log = LogWatch::start();
        // Of this test alone: the one on the other database may run at the same moment.
        let control = format!("planted-control-{}", server.cluster.port());
        log.look_for(&control);
        tracing::trace!("{control}");
        assert_eq!(log.found().len(), 1, "the watch works");
        let mut planted = Planted { log, secrets: Vec::new(), answers: Vec::new() };
        live(&server, &mut planted).await;
        assert!(planted.log.lines() > 100, "{} lines were logged", planted.log.lines());
        assert_eq!(planted.log.found().split_off(1), Vec::<String>::new(), "logged");

        server.new_project(&control).await;
        let kept = server.home.bytes();
        let holds = |word: &str| -> Vec<&str> {
            let word = word.as_bytes();
            let held = kept.iter().filter(|(_, bytes)| bytes.windows(word.len()).any(|window| window == word));
            held.map(|(name, _)| name.as_str()).collect()
        };
        assert!(!holds(&control).is_empty(), "what is stored is found");
        for (what, secret) in &planted.secrets {
            assert_eq!(holds(secret), Vec::<&str>::new(), "the {what} is stored in the clear");
            for answer in &planted.answers {
                assert!(!answer.contains(secret.as_str()), "the {what} is in an answer: {answer}");
            }
        }
    }
}
