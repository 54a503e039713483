//! Two servers on one PostgreSQL are one Mayfly.

use std::{collections::BTreeSet, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures::future::join_all;
use mayfly_api::{leases::LeaseBody, projects::ProjectList};
use mayfly_e2e::{ClusterSide, Installation, Mayfly, Refused, Scene, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    counts,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// A decision is remembered for at most two seconds.
const FORGETTING: Duration = Duration::from_secs(5);
/// The first two servers of an empty database, started at once.
async fn two() -> [Mayfly; 2] {
    let home = Installation::postgres().await;
    let (one, other) = tokio::join!(home.start(), home.start());
    [one.unwrap(), other.unwrap()]
}

/// The id of the key that signed an access token.
fn key_id(token: &str) -> Value {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].clone()
}

async fn log_in(mayfly: &Mayfly, machine: &(String, String)) -> String {
    let body = json!({ "clientId": machine.0, "clientSecret": machine.1 });
    let answer: Value = mayfly.client().unwrap().post("/api/v1/auth/universal-auth/login", &body).await.unwrap();
    answer["accessToken"].as_str().unwrap().to_owned()
}

fn status(error: anyhow::Error) -> StatusCode {
    error.downcast::<Refused>().unwrap().status
}

#[tokio::test]
async fn servers_that_start_together_make_one_installation_with_one_key() {
    let servers = two().await;
    let bootstraps = join_all(servers.iter().map(Scene::bootstrap)).await;
    let (made, refused): (Vec<_>, Vec<_>) = bootstraps.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (1, 1), "one organization, and the other server knows it");
    let refusal = refused.into_iter().next().unwrap().err().unwrap();
    assert!(status(refusal).is_client_error());
    let scene = made.into_iter().next().unwrap().unwrap();
    let machine = scene.add_machine("ci").await.unwrap();
    let tokens = [log_in(&servers[0], &machine).await, log_in(&servers[1], &machine).await];
    assert!(key_id(&tokens[0]).is_string());
    assert_eq!(key_id(&tokens[0]), key_id(&tokens[1]));
    for (token, server) in tokens.iter().zip(servers.iter().rev()) {
        let client = server.client().unwrap().with_token(token);
        let projects: ProjectList = client.get("/api/v1/projects").await.unwrap();
        assert_eq!(projects.projects.len(), 1, "the token of one is good at the other");
    }
}

#[tokio::test]
async fn access_token_that_one_server_revokes_is_refused_by_the_other_soon() {
    let [one, other] = two().await;
    let scene = Scene::bootstrap(&one).await.unwrap();
    let token = log_in(&one, &scene.add_machine("ci").await.unwrap()).await;
    let elsewhere = other.client().unwrap().with_token(&token);
    let _: ProjectList = elsewhere.get("/api/v1/projects").await.unwrap();
    let body = json!({ "accessToken": token });
    let _: Value = one.client().unwrap().post("/api/v1/auth/token/revoke", &body).await.unwrap();
    let refused = until(FORGETTING, "the other server refuses the token", async || {
        Ok(elsewhere.get::<ProjectList>("/api/v1/projects").await.err())
    });
    assert_eq!(status(refused.await.unwrap()), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn leases_of_both_servers_are_each_there_once_and_end_once() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
    let servers = two().await;
    let first = Scene::with_secret(&servers[0], &ClusterSide::fake(&cluster)).await.unwrap();
    let scenes = [first.clone(), first.at(&servers[1])];
    let leases = counts::of(counts::SHARED_LEASES);
    let issued = join_all((0..2 * leases).map(|number| scenes[number % 2].issue(None))).await;
    let ids: BTreeSet<String> = issued.into_iter().map(|issued| issued.unwrap().lease.id).collect();
    assert_eq!((ids.len(), cluster.token_calls().len()), (2 * leases, 2 * leases));
    // Both servers are told to end each lease at the same moment.
    let ends = join_all(ids.iter().map(async |id| tokio::join!(scenes[0].end(id), scenes[1].end(id)))).await;
    for (one, other) in ends {
        let (done, refused): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
        let LeaseBody { lease } = done.into_iter().next().unwrap().unwrap();
        assert_eq!(lease.state, "closed");
        let refusals = refused.into_iter().map(|refusal| status(refusal.err().unwrap()));
        assert_eq!(refusals.collect::<Vec<_>>(), [StatusCode::NOT_FOUND]);
    }
    let leases = scenes[1].client.leases(&first.project_slug, Some("closed"), None).await.unwrap();
    assert_eq!(leases.into_iter().map(|lease| lease.id).collect::<BTreeSet<_>>(), ids);
    let events = first.client.audit_log(&first.project_id).await.unwrap();
    for kind in ["create-dynamic-secret-lease", "delete-dynamic-secret-lease"] {
        let of_kind = events.iter().filter(|event| event.event.kind == kind);
        let mut told: Vec<&str> = of_kind.map(|event| event.event.metadata["leaseId"].as_str().unwrap()).collect();
        told.sort_unstable();
        assert!(told.iter().copied().eq(ids.iter().map(String::as_str)), "{kind}: {told:?}");
    }
}
