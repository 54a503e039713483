//! A server that is killed while it rotates keys: the next one goes on, everything opens, and the old keys are gone.

use std::{collections::BTreeMap, time::Duration};

use mayfly_api::{
    key_rotations::{KeyRotation, KeyRotationBody, KeyRotationList},
    leases::IssueLeaseRequest,
};
use mayfly_e2e::{ClusterSide, Installation, Scene, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    both_databases, counts,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};
use serde_json::json;

const PATH: &str = "/api/v1/admin/key-rotations";
/// Enough for several batches of each column.
const SECRETS: usize = 120;
/// Longer than a claim of a dead server, and than a rotation takes.
const PATIENCE: Duration = Duration::from_secs(90);
/// The key that follows, in base64.
const NEXT_MASTER_KEY: &str = "dGhlIG5leHQgbWFzdGVyIGtleSBvZiB0aGVzZSB0ZXM=";

async fn rotation(scene: &Scene, kind: &str) -> anyhow::Result<Option<KeyRotation>> {
    let list: KeyRotationList = scene.client.get(PATH).await?;
    Ok(list.rotations.into_iter().find(|rotation| rotation.kind == kind))
}

async fn finished(scene: &Scene, kind: &str) {
    let is_finished = async || Ok(rotation(scene, kind).await?.filter(|rotation| rotation.state == "finished"));
    until(PATIENCE, "the rotation is finished", is_finished).await.unwrap();
}

/// Kills the server again and again while a rotation of `kind` runs; tells how often it was in the middle.
async fn killed_in_the_middle(home: Installation, kind: &str) -> BTreeMap<bool, usize> {
    let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
    let next = [("MAYFLY_MASTER_KEY_NEXT_VALUE", NEXT_MASTER_KEY)];
    let mut mayfly = home.start_with(&next).await.unwrap();
    let side = ClusterSide::fake(&cluster);
    let first = Scene::bootstrap(&mayfly).await.unwrap();
    let names: Vec<String> = (0..SECRETS).map(|number| format!("secret-{number}")).collect();
    for name in &names {
        first.create_secret_named(name, &json!({}), &side).await.unwrap();
    }
    let mut kills = BTreeMap::new();
    let _: KeyRotationBody = first.client.post(PATH, &json!({"kind": kind})).await.unwrap();
    for round in 0..counts::of(counts::ROTATION_KILLS) {
        let scene = first.at(&mayfly);
        // As soon as less is left than before, or when it is over.
        let seen = rotation(&scene, kind).await.unwrap().expect("it has begun");
        let moved = async || Ok(rotation(&scene, kind).await?.filter(|now| now.left < seen.left || now.left == 0));
        let left = until(PATIENCE, "the rotation moves", moved).await.unwrap().left;
        mayfly.kill().await.unwrap();
        *kills.entry(left > 0).or_default() += 1;
        println!("round {round}: killed with {left} of {} values left", seen.total);
        mayfly = home.start_with(&next).await.unwrap();
    }
    let scene = first.at(&mayfly);
    finished(&scene, kind).await;
    for name in names {
        let request = IssueLeaseRequest { dynamic_secret_name: name, ..scene.lease_request() };
        assert!(Scene::token(&scene.issue_as(&request).await.unwrap()).is_some());
    }
    mayfly.stop().await.unwrap();
    kills
}

both_databases! {
    async fn a_server_that_is_killed_while_it_seals_anew_loses_nothing(home: Installation) {
        let kills = killed_in_the_middle(home.clone(), "data").await;
        println!("{}: {kills:?}", home.database_name());
    }
}

#[tokio::test]
async fn the_old_master_key_is_refused_after_kills_in_the_middle_of_its_rotation() {
    let home = Installation::postgres().await;
    killed_in_the_middle(home.clone(), "master").await;
    let refused = home.start().await.expect_err("the old key is refused").to_string();
    assert!(refused.contains("master key 2 of this database is missing"), "{refused}");
    home.start_with(&[("MAYFLY_MASTER_KEY_NEXT_VALUE", NEXT_MASTER_KEY)]).await.unwrap().stop().await.unwrap();
}
