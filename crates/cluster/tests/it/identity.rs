//! Which cluster a token came from, when the address comes to lead to another one.

use std::time::Duration;

use futures::future::join_all;
use mayfly_cluster::{Certainty, ClusterError, Issued, Kind};
use mayfly_domain::connection::ClusterIdentity;
use mayfly_testkit::fake_cluster::{Calls, FakeRight, Fault, When};
use serde_json::json;

use crate::ground::{Ground, ISSUER_USER};

const SECOND: Duration = Duration::from_secs(1);
const ALMOST: Duration = Duration::from_secs(59);
const FRESH: Duration = Duration::from_mins(1);

/// Ground where `kube-system` may be read, and its UID.
async fn readable() -> (Ground, ClusterIdentity) {
    let ground = Ground::new().await;
    ground.cluster.grant(ISSUER_USER, FakeRight::everywhere("get", "namespaces"));
    let first = cluster(ground.issue().await);
    assert!(matches!(first, ClusterIdentity::KubeSystem(_)), "{first:?}");
    assert_eq!(looks(&ground), 1, "the first use looks");
    (ground, first)
}

/// Lets the address lead to another cluster: the same accounts and keys, another `kube-system`.
fn move_away(ground: &Ground) -> ClusterIdentity {
    ClusterIdentity::KubeSystem(ground.cluster.add_namespace("kube-system"))
}

/// Lets tokens say that somebody else issued them.
fn rename_issuer(ground: &Ground, issuer: &'static str) {
    let renamed = Fault::rewrite_claims(move |claims| claims["iss"] = json!(issuer));
    ground.faults().inject(Calls::Token, When::Always, renamed);
}

fn fail_looks(ground: &Ground) {
    let failure = Fault::answer(500, "application/json", "{}");
    ground.faults().inject(Calls::Namespace, When::Always, failure);
}

fn cluster(issued: Result<Issued, ClusterError>) -> ClusterIdentity {
    issued.unwrap().grant.cluster
}

fn looks(ground: &Ground) -> usize {
    ground.requests().count(Calls::Namespace)
}

#[tokio::test]
async fn within_a_minute_a_lease_is_one_call() {
    let (ground, first) = readable().await;
    ground.clock.advance(ALMOST);
    for _ in 0..5 {
        assert_eq!(cluster(ground.issue().await), first);
    }
    assert_eq!((looks(&ground), ground.requests().count(Calls::All)), (1, 7));
}

#[tokio::test]
async fn after_a_minute_another_cluster_at_the_same_address_is_seen() {
    let (ground, first) = readable().await;
    let second = move_away(&ground);
    ground.clock.advance(ALMOST);
    assert_eq!(cluster(ground.issue().await), first, "what was seen still counts");
    ground.clock.advance(SECOND);
    assert_eq!(cluster(ground.issue().await), second);
    assert_eq!(cluster(ground.issue().await), second);
    assert_eq!((looks(&ground), ground.requests().count(Calls::All)), (2, 6));
}

#[tokio::test]
async fn where_kube_system_may_not_be_read_a_minute_later_it_may() {
    let ground = Ground::new().await;
    assert!(matches!(cluster(ground.issue().await), ClusterIdentity::Issuer { .. }));
    ground.cluster.grant(ISSUER_USER, FakeRight::everywhere("get", "namespaces"));
    ground.clock.advance(FRESH);
    assert!(matches!(cluster(ground.issue().await), ClusterIdentity::KubeSystem(_)));
}

#[tokio::test]
async fn of_a_crowd_one_looks_again() {
    let (ground, _) = readable().await;
    ground.clock.advance(FRESH);
    for issued in join_all((0..32).map(|_| ground.issue())).await {
        issued.unwrap();
    }
    assert_eq!(looks(&ground), 2);
    assert_eq!(ground.requests().count(Calls::Token), 33);
}

#[tokio::test]
async fn what_nobody_can_confirm_is_not_believed_for_long() {
    let (ground, first) = readable().await;
    fail_looks(&ground);
    ground.clock.advance(FRESH);
    assert!(matches!(cluster(ground.issue().await), ClusterIdentity::Issuer { .. }), "its own look failed");
    assert_eq!(cluster(ground.issue().await), first, "another may still come of it");
    ground.clock.advance(SECOND * 10);
    for _ in 0..2 {
        assert!(matches!(cluster(ground.issue().await), ClusterIdentity::Issuer { .. }));
    }
    assert_eq!(looks(&ground), 1 + 3);
}

#[tokio::test]
async fn a_token_of_another_issuer_makes_it_look_at_once_and_once() {
    let (ground, _) = readable().await;
    let second = move_away(&ground);
    rename_issuer(&ground, "https://elsewhere");
    for _ in 0..3 {
        assert_eq!(cluster(ground.issue().await), second);
    }
    assert_eq!((looks(&ground), ground.requests().count(Calls::All)), (2, 2 + 4));
}

#[tokio::test]
async fn a_cluster_that_renames_its_issuer_stays_itself() {
    let (ground, first) = readable().await;
    rename_issuer(&ground, "https://renamed");
    for _ in 0..3 {
        assert_eq!(cluster(ground.issue().await), first);
    }
    assert_eq!(looks(&ground), 2);
}

#[tokio::test]
async fn a_look_with_a_token_of_the_old_issuer_does_not_hide_the_new_one() {
    let (ground, first) = readable().await;
    ground.clock.advance(FRESH);
    assert_eq!(cluster(ground.issue().await), first);
    let second = move_away(&ground);
    rename_issuer(&ground, "https://elsewhere");
    assert_eq!(cluster(ground.issue().await), second);
}

#[tokio::test]
async fn an_unknown_issuer_that_cannot_be_looked_up_identifies_the_cluster_alone() {
    let (ground, _) = readable().await;
    let second = move_away(&ground);
    rename_issuer(&ground, "https://elsewhere");
    fail_looks(&ground);
    let ClusterIdentity::Issuer { issuer, .. } = cluster(ground.issue().await) else { panic!("the look failed") };
    assert_eq!(issuer, "https://elsewhere");
    ground.faults().clear();
    rename_issuer(&ground, "https://elsewhere");
    assert_eq!(cluster(ground.issue().await), second, "the next one looks");
}

#[tokio::test]
async fn a_pinned_plan_is_refused_once_the_address_leads_elsewhere() {
    let (ground, first) = readable().await;
    let pinned = || {
        let mut plan = ground.plan();
        plan.cluster = Some(first.clone());
        plan
    };
    move_away(&ground);
    ground.clock.advance(FRESH);
    let error = ground.issue_plan(pinned()).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (Kind::OtherCluster, Certainty::NeverSent));
    assert_eq!(ground.requests().count(Calls::Token), 1, "no token was asked for");

    let (ground, _) = readable().await;
    let mut plan = ground.plan();
    plan.cluster = Some(cluster(ground.issue().await));
    move_away(&ground);
    rename_issuer(&ground, "https://elsewhere");
    let error = ground.issue_plan(plan).await.unwrap_err();
    assert_eq!((error.kind, error.certainty), (Kind::OtherCluster, Certainty::Unknown), "only its token told");
}
