//! What is over goes, by the test's clock and whether the server is there or not; everything else stays.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use mayfly_domain::{ids::LeaseId, plan::ObjectKind};
use mayfly_gateway::{
    audit::Outcome,
    janitor::{Janitor, Round},
    seals::SealBook,
};
use mayfly_testkit::{fake_cluster::Calls, sealer::Sealer};
use serde_json::{Value, json};

use crate::post::{NAMESPACE, Post};

const END: SignedDuration = SignedDuration::from_mins(10);

fn policy(janitor: &Value) -> Value {
    json!({ "dynamic": { "namespaces": [NAMESPACE] }, "janitor": janitor })
}

/// A janitor that learnt the keys of `sealer` before, and has no server.
fn janitor(post: &Post, sealer: &Sealer) -> Janitor {
    let key = json!({ "id": sealer.id, "key": STANDARD.encode(sealer.public()) });
    let known = json!({ "installation": sealer.installation, "keys": [key] });
    std::fs::write(post.folder.path().join("seal-keys.json"), known.to_string()).unwrap();
    let seals = SealBook::load(Some(post.folder.path())).unwrap();
    Janitor { outpost: Arc::clone(&post.outpost), seals: Arc::new(seals) }
}

/// A sealed object that is over ten minutes from the start.
fn plant(post: &Post, sealer: &Sealer, lease: LeaseId, (kind, namespace, name): (ObjectKind, &str, &str)) {
    let metadata = sealer.metadata(lease, (kind, Some(namespace), name), post.ambient.now() + END);
    post.cluster.add_object(kind, Some(namespace), name, json!({ "metadata": metadata }));
}

fn names(post: &Post) -> Vec<String> {
    let all = post.cluster.objects().into_iter();
    let mut names: Vec<String> = all
        .filter(|object| [ObjectKind::ServiceAccount, ObjectKind::RoleBinding].contains(&object.kind))
        .map(|object| format!("{} {}", object.kind.name(), object.name))
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_is_over_goes_two_minutes_after_its_end_and_nothing_else_does() {
    let post = Post::with(policy(&json!({}))).await;
    post.cluster.add_namespace("elsewhere");
    let (own, other) = (Sealer::new(&post.ambient), Sealer::new(&post.ambient));
    let lease = LeaseId::generate(&post.ambient);
    plant(&post, &own, lease, (ObjectKind::ServiceAccount, NAMESPACE, "temp"));
    plant(&post, &own, lease, (ObjectKind::RoleBinding, NAMESPACE, "temp"));
    let untouched = names(&post).iter().filter(|name| !name.ends_with(" temp")).count();
    // Beyond the policy, of another installation, and with a seal that was made for another object.
    plant(&post, &own, lease, (ObjectKind::ServiceAccount, "elsewhere", "beyond"));
    plant(&post, &other, lease, (ObjectKind::ServiceAccount, NAMESPACE, "foreign"));
    let mut forged = own.metadata(lease, (ObjectKind::ServiceAccount, Some(NAMESPACE), "temp"), post.ambient.now());
    forged["name"] = json!("forged");
    post.cluster.add_object(ObjectKind::ServiceAccount, Some(NAMESPACE), "forged", json!({ "metadata": forged }));

    let janitor = janitor(&post, &own);
    post.clock.advance(Duration::from_mins(12));
    assert_eq!(janitor.round().await.unwrap(), Round::default());
    post.clock.advance(Duration::from_secs(1));
    assert_eq!(janitor.round().await.unwrap(), Round { removed: 2, left: 0 });
    let left = names(&post);
    assert_eq!(left.len(), untouched + 3, "{left:?}");
    assert!(!left.iter().any(|name| name.ends_with(" temp")), "{left:?}");
    assert_eq!(janitor.round().await.unwrap(), Round::default());

    let line = post.lines().pop().unwrap();
    assert_eq!((line.operation.as_str(), line.lease, line.result), ("janitor", Some(lease), Outcome::Done));
    // What gives rights goes first.
    assert_eq!(line.objects, [format!("RoleBinding {NAMESPACE}/temp"), format!("ServiceAccount {NAMESPACE}/temp")]);
    let asked = post.cluster.requests().of(Calls::All);
    assert!(asked.iter().any(|seen| seen.path().contains("/rolebindings")));
    assert!(asked.iter().all(|seen| !seen.path().contains("/secrets") && !seen.path().contains("clusterroles")));
}

#[tokio::test]
async fn what_cannot_be_removed_is_told_and_tried_again() {
    let post = Post::with(policy(&json!({}))).await;
    let (own, lease) = (Sealer::new(&post.ambient), LeaseId::generate(&post.ambient));
    plant(&post, &own, lease, (ObjectKind::ServiceAccount, NAMESPACE, "held"));
    post.cluster.hold(ObjectKind::ServiceAccount, Some(NAMESPACE), "held");
    let janitor = janitor(&post, &own);
    post.clock.advance(Duration::from_mins(13));
    assert_eq!(janitor.round().await.unwrap(), Round { removed: 0, left: 1 });
    let line = post.lines().pop().unwrap();
    assert!(line.result == Outcome::Failed && line.why.unwrap().contains("held"));
    post.cluster.release(ObjectKind::ServiceAccount, Some(NAMESPACE), "held");
    janitor.round().await.unwrap();
    assert!(!names(&post).iter().any(|name| name.ends_with(" held")));
}

#[tokio::test]
async fn a_janitor_that_is_off_or_knows_no_key_does_nothing() {
    for (switch, knows) in [(json!({ "enabled": false }), true), (json!({}), false), (json!({}), true)] {
        let post = Post::with(policy(&switch)).await;
        let own = Sealer::new(&post.ambient);
        plant(&post, &own, LeaseId::generate(&post.ambient), (ObjectKind::ServiceAccount, NAMESPACE, "temp"));
        let janitor = if knows { janitor(&post, &own) } else { janitor(&post, &Sealer::new(&post.ambient)) };
        post.clock.advance(Duration::from_hours(1));
        let is_on = knows && switch == json!({});
        assert_eq!(janitor.round().await.unwrap().removed, usize::from(is_on), "{switch} {knows}");
    }
}
