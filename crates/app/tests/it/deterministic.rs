//! The whole of issuing, seeing, ending and reaping leases under one scheduler, with time and chance in the test's hand:
//! the same seed gives the same rows, events and ids, and whatever is cut in the middle is explained afterwards.

use std::{
    collections::BTreeSet,
    future::{Future, poll_fn},
    pin::Pin,
    task::Poll,
    time::Duration,
};

use mayfly_app::{
    AppError,
    leases::{IsForced, Reaped, issue, list, reap, revoke},
};
use mayfly_domain::lease::{LeaseState, Outcome};
use mayfly_store::Execution;
use mayfly_testkit::counts;

use crate::{scene::Scene, scripted_place::Answer};

/// Longer than any reservation may last.
const AFTER_ANY_RESERVATION: Duration = Duration::from_secs(30);

/// Issues while the cluster is silent, and lets the time of the whole request pass.
async fn issue_in_silence(scene: &Scene) -> AppError {
    scene.place.answer(Answer::Silence);
    let asked = scene.place.made().len();
    let hand = async {
        while scene.place.made().len() == asked {
            tokio::task::yield_now().await;
        }
        scene.clock.advance_to_next();
    };
    let (issued, ()) = tokio::join!(scene.issue(), hand);
    issued.expect_err("no answer came")
}

/// A day in the life of a dynamic secret, told in full.
async fn day(seed: u64) -> String {
    let scene = Scene::new(seed, Execution::Inline).await;
    let mut told = Vec::new();
    let mut tokens = Vec::new();
    for _ in 0..3 {
        scene.wait(Duration::from_secs(1));
        let issued = scene.issue().await.expect("a token is issued");
        tokens.push(issued.token.expose().clone());
        told.push(format!("{:?}", issued.lease));
    }
    scene.place.answer(Answer::Refuse);
    told.push(scene.issue().await.expect_err("the cluster refuses").to_string());
    told.push(issue_in_silence(&scene).await.to_string());
    let name = "ci".parse().expect("a name");
    let live = list(&scene.app, &scene.caller, &scene.where_it_is, &name).await.expect("leases are listed");
    assert_eq!(live.len(), 3);
    let id = live[1].id.to_string();
    let ended = revoke(&scene.app, &scene.caller, &scene.where_it_is, &id, IsForced::No).await.expect("it is ended");
    told.push(format!("{ended:?}"));
    for _ in 0..4 {
        scene.wait(Duration::from_mins(20));
        told.push(format!("{:?}", reap(&scene.app).await.expect("the loop runs")));
    }
    assert!(scene.leases().await.iter().all(|lease| lease.state.name() == "ended"));
    told.extend(tokens);
    told.push(format!("{:#?}", scene.leases().await));
    told.push(format!("{:#?}", scene.events().await));
    told.push(format!("{:#?}", scene.place.made()));
    told.join("\n")
}

#[tokio::test]
async fn the_same_seed_tells_the_same_story() {
    let mut before = String::new();
    for seed in 1..=u64::try_from(counts::of(counts::DAYS)).unwrap() {
        let (one, again) = (Box::pin(day(seed)).await, Box::pin(day(seed)).await);
        assert_eq!(one, again, "seed {seed}");
        assert_ne!(one, before, "seed {seed}");
        before = one;
    }
}

#[tokio::test]
async fn a_silent_cluster_costs_the_deadline_and_leaves_an_explanation() {
    let scene = Scene::new(3, Execution::Inline).await;
    let before = scene.app.ambient().now();
    let error = issue_in_silence(&scene).await;
    assert!(matches!(&error, AppError::Cluster(cluster) if cluster.is_timeout()), "{error:?}");
    let waited = Duration::try_from(scene.app.ambient().now().duration_since(before)).unwrap();
    assert_eq!(waited, scene.app.settings().issue_deadline);
    everything_is_explained(&scene).await;
    let LeaseState::Ended { outcome: Outcome::PossiblyIssued { .. }, .. } = scene.leases().await[0].state else {
        panic!("a token may be there: {:?}", scene.leases().await);
    };
    scene.wait(AFTER_ANY_RESERVATION);
    assert_eq!(reap(&scene.app).await.unwrap(), Reaped::default(), "nothing is left to do");
}

/// Polls `work` until it has been waiting `times` times, and drops it. True if it came to its end before.
async fn cut_after<T>(times: usize, work: impl Future<Output = T>) -> bool {
    let mut work = Box::pin(work);
    let mut waits = 0;
    poll_fn(|context| match Pin::as_mut(&mut work).poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending => {
            waits += 1;
            if waits > times { Poll::Ready(false) } else { Poll::Pending }
        }
    })
    .await
}

/// That no reservation is left, and that each token there is has a row and an event that knows of it and of its end.
async fn everything_is_explained(scene: &Scene) {
    let leases = scene.leases().await;
    for made in scene.place.made() {
        let lease = leases.iter().find(|lease| lease.id == made.lease).expect("a row for each token");
        match &lease.state {
            LeaseState::Active { grant } => assert_eq!(grant.token_expires_at, made.expires_at),
            LeaseState::Ended { outcome: Outcome::PossiblyIssued { dead_by }, .. } => {
                assert!(*dead_by >= made.expires_at, "a token lives until {}, and not {dead_by}", made.expires_at);
            }
            other => panic!("{other:?} does not explain a token"),
        }
    }
    let events = scene.events().await;
    for lease in &leases {
        assert_ne!(lease.state.name(), "reserved");
        let kind =
            if lease.state.grant().is_some() { "create-dynamic-secret-lease" } else { "fail-dynamic-secret-lease" };
        let id = lease.id.to_string();
        let told: Vec<_> = events.iter().filter(|(_, text)| text.contains(&id)).map(|(kind, _)| kind).collect();
        assert_eq!(told, [kind], "one event for each lease");
    }
}

/// Cuts an issue short at its first wait, its second and so on, until one comes to its end.
async fn issues_cut_short(execution: Execution) {
    let scene = Scene::new(4, execution).await;
    let mut cuts = 0;
    while !cut_after(cuts, issue(&scene.app, &scene.caller, scene.wish())).await {
        cuts += 1;
        assert!(cuts < 100, "issuing never ends");
        scene.wait(AFTER_ANY_RESERVATION);
        reap(&scene.app).await.expect("the loop runs");
        everything_is_explained(&scene).await;
    }
    assert!(cuts >= 2, "it was cut {cuts} times only: before the token was made, and after");
    let states: BTreeSet<_> = scene.leases().await.iter().map(|lease| lease.state.name()).collect();
    assert_eq!(states, ["active", "ended"].into());
}

#[tokio::test]
async fn an_issue_that_is_cut_at_any_wait_is_explained() {
    issues_cut_short(Execution::Inline).await;
}

#[tokio::test]
async fn an_issue_that_is_cut_while_the_store_works_is_explained() {
    issues_cut_short(Execution::Threads).await;
}
