//! Faults hit the calls they are aimed at.

use futures::future::select;
use mayfly_domain::plan::ObjectKind;
use mayfly_testkit::{
    clock::TestClock,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Fault, Gate, When},
};
use serde_json::json;

use super::{caller::Caller, pair::path_of};

#[tokio::test]
async fn a_failure_after_the_act_leaves_the_object_made_or_gone() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(TestClock::default().ambient(1))).await.unwrap();
    let issuer = Caller::of_fake(&cluster, &cluster.add_dynamic_issuer(&["team"]));
    let path = path_of(ObjectKind::Secret, "team");
    cluster.faults().inject(Calls::CreateSecret, When::Nth(1), Fault::FailAfterAct);
    cluster.faults().inject(Calls::DeleteObject, When::Nth(1), Fault::FailAfterAct);
    let anchor = json!({ "metadata": { "name": "anchor" } });
    let account = json!({ "metadata": { "name": "temp" } });
    assert_eq!(issuer.post(&path_of(ObjectKind::ServiceAccount, "team"), account).await.0, 201, "it is not aimed at");
    assert_eq!(issuer.post(&path, anchor.clone()).await.0, 500);
    assert_eq!(issuer.post(&path, anchor).await.0, 409);
    let one = format!("{path}/anchor");
    assert_eq!((issuer.delete(&one, None).await.0, issuer.delete(&one, None).await.0), (500, 404));
    let counts = [Calls::CreateSecret, Calls::CreateObject, Calls::DeleteSecret, Calls::DeleteAccount];
    assert_eq!(counts.map(|calls| cluster.requests().count(calls)), [2, 3, 2, 0]);
}

#[tokio::test]
async fn a_late_act_comes_to_pass_after_its_caller_has_gone() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(TestClock::default().ambient(1))).await.unwrap();
    let issuer = Caller::of_fake(&cluster, &cluster.add_dynamic_issuer(&["team"]));
    let (path, gate) = (path_of(ObjectKind::ServiceAccount, "team"), Gate::default());
    cluster.faults().inject(Calls::CreateAccount, When::Nth(1), Fault::ActLate(gate.clone()));
    let asking = Box::pin(issuer.post(&path, json!({ "metadata": { "name": "late" } })));
    let arrived = Box::pin(cluster.requests().wait_for(Calls::CreateAccount, 1));
    drop(select(asking, arrived).await);
    let one = format!("{path}/late");
    assert_eq!(issuer.get(&one).await.0, 404, "it has not come to pass");
    gate.open();
    let mut looks = 0;
    while issuer.get(&one).await.0 != 200 {
        looks += 1;
        assert!(looks < 1_000, "it never came to pass");
    }
}
