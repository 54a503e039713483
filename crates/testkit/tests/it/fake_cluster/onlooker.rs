//! Somebody who looks on at every call.

use std::sync::{Arc, Mutex};

use mayfly_testkit::{
    clock::TestClock,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Fault, Next, Onlooker},
};

use super::caller::Caller;

/// Writes down what it sees, and refuses to let tokens be made.
#[derive(Default)]
struct Doorkeeper(Mutex<Vec<String>>);

impl Doorkeeper {
    fn note(&self, text: String) {
        self.0.lock().unwrap().push(text);
    }
}

impl Onlooker for Doorkeeper {
    fn arrived(&self, call: Option<Calls>) -> Option<Fault> {
        self.note(format!("{call:?} arrived"));
        (call == Some(Calls::Token)).then(|| Fault::answer(403, "application/json", "{}"))
    }

    fn carried_out(&self, call: Option<Calls>) -> Next {
        self.note(format!("{call:?} carried out"));
        Next::Answer
    }
}

#[tokio::test]
async fn an_onlooker_sees_each_call_twice_and_may_have_it_go_wrong() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(TestClock::default().ambient(1))).await.unwrap();
    let token = cluster.add_issuer_for("team", "deployer");
    let (caller, doorkeeper) = (Caller::of_fake(&cluster, &token), Arc::new(Doorkeeper::default()));
    cluster.look_on(Some(doorkeeper.clone()));
    let tokens = "/api/v1/namespaces/team/serviceaccounts/deployer/token";
    assert_eq!(caller.get("/version").await.0, 200);
    assert_eq!(caller.post(tokens, serde_json::json!({ "spec": {} })).await.0, 403);
    assert_eq!(cluster.token_calls(), [], "nothing was made");
    cluster.look_on(None);
    assert_eq!(caller.post(tokens, serde_json::json!({ "spec": {} })).await.0, 201);
    let seen = doorkeeper.0.lock().unwrap().clone();
    assert_eq!(seen, ["Some(Version) arrived", "Some(Version) carried out", "Some(Token) arrived"]);
}

#[tokio::test]
async fn live_tokens_are_those_that_would_be_accepted_and_the_look_changes_nothing() {
    let options = FakeClusterOptions {
        token_cache: std::time::Duration::from_secs(10),
        ..FakeClusterOptions::new(TestClock::default().ambient(1))
    };
    let cluster = FakeCluster::start(options).await.unwrap();
    cluster.add_account("team", "deployer");
    let token = cluster.token_of("team", "deployer", 600);
    assert_eq!(cluster.live_tokens().len(), 1);
    cluster.delete_account("team", "deployer");
    assert_eq!(cluster.live_tokens(), [], "nobody used it, so nothing is remembered");
    assert!(!cluster.accepts(&token));
    cluster.add_account("team", "deployer");
    let token = cluster.token_of("team", "deployer", 600);
    assert!(cluster.accepts(&token));
    cluster.delete_account("team", "deployer");
    assert_eq!(cluster.live_tokens().len(), 1, "it was used, and is remembered for a while");
    assert!(cluster.accepts(&token));
}
