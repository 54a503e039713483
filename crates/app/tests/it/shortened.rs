//! A cluster that gives tokens less time than it was asked for.

use std::time::Duration;

use jiff::Timestamp;
use mayfly_app::leases::{Reaped, issue, reap};
use mayfly_store::Execution;

use crate::{scene::Scene, scripted_place::Answer};

/// What the event of the newest lease says was asked of the cluster, and what it gave.
async fn told(scene: &Scene) -> String {
    let mut events = scene.events().await.into_iter();
    let (_, text) = events.rfind(|(kind, _)| kind == "create-dynamic-secret-lease").expect("the event of the lease");
    text
}

fn seconds_until(scene: &Scene, end: Timestamp) -> i64 {
    end.duration_since(scene.app.ambient().now()).as_secs()
}

#[tokio::test]
async fn a_shortened_lease_ends_with_its_token_and_its_event_has_both_numbers() {
    let scene = Scene::new(1, Execution::Inline).await;
    scene.place.answer(Answer::Shorten(900));
    let lease = scene.issue().await.expect("a shorter token is still one").lease;
    assert_eq!(seconds_until(&scene, lease.expire_at), 900, "an hour was asked for");
    let told = told(&scene).await;
    for number in [r#""tokenSecondsAsked": Number(3600)"#, r#""tokenSecondsGranted": Number(900)"#] {
        assert!(told.contains(number), "{number}: {told}");
    }
    scene.clock.advance(Duration::from_mins(15));
    assert_eq!(reap(&scene.app).await.expect("the loop runs"), Reaped { expired: 1, ..Reaped::default() });
}

#[tokio::test]
async fn the_numbers_are_told_when_nothing_was_shortened_too() {
    let scene = Scene::new(2, Execution::Inline).await;
    for (ttl, asked) in [(None, 3600), (Some("10m"), 600), (Some("2h"), 7200)] {
        let mut wish = scene.wish();
        // Events of one moment have no order.
        scene.clock.advance(Duration::from_secs(1));
        wish.ttl = ttl.map(|ttl| ttl.parse().expect("a lifetime"));
        let lease = issue(&scene.app, &scene.caller, wish).await.expect("a token is issued").lease;
        assert_eq!(seconds_until(&scene, lease.expire_at), asked);
        let told = told(&scene).await;
        for name in ["tokenSecondsAsked", "tokenSecondsGranted"] {
            assert!(told.contains(&format!(r#""{name}": Number({asked})"#)), "{told}");
        }
    }
}
