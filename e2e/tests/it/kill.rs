//! A server that is killed at any moment loses no answered lease and no audit event.
//!
//! Round after round, callers issue and end leases, the server is killed, and a new one starts on what is left. The
//! [`ledger`] knows what the callers were told and what the cluster did, and holds the server to it. Leases for which
//! something is made in the cluster are killed in [`belongings`].

mod belongings;
mod cluster;
mod death;
mod exposure;
mod ledger;
mod load;
mod tally;
mod trigger;

use std::{sync::Arc, time::Duration};

use mayfly_e2e::{ClusterSide, Installation, Mayfly, RealGround, SECRET, Scene, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    both_databases,
    clock::TestClock,
    counts,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions},
    real_cluster::shared,
};

use ledger::Ledger;
use load::Wish;
use trigger::{Aim, Shot, Trigger};

const WISHES: &[Wish] = &[Wish { is_ended: true, ..KEPT }, KEPT, KEPT];
const KEPT: Wish = Wish { secret: SECRET, ttl: "1h", is_ended: false };
const AIMS: [Aim; 3] = [Aim::Time, Aim::Call(Calls::Token), Aim::Answer];
/// Where nobody looks on at calls.
const AIMS_AT_REAL: [Aim; 3] = [Aim::Time, Aim::Answer, Aim::Answer];
/// The issue deadline of 8 s, its grace of 5 s, and a pass of the loop, on a busy machine.
const RESOLVE_PATIENCE: Duration = Duration::from_secs(40);

/// Where tokens come from, and how to ask what was really issued there.
struct Issuing {
    side: ClusterSide,
    /// `jti` of every token that the account was given by the issuer.
    made: Box<dyn Fn() -> Vec<String>>,
}

both_databases! {
    async fn killed_server_loses_no_answer_and_no_event(home: Installation) {
        let cluster = Arc::new(FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap());
        let side = ClusterSide::fake(&cluster);
        let calls = Arc::clone(&cluster);
        let made = Box::new(move || calls.token_calls().into_iter().map(|call| call.jti).collect());
        let ledger = play(&home, Issuing { side, made }, counts::of(counts::KILLS), Some(&cluster)).await;
        ledger.tally().insist_on_every_phase();
    }

    async fn real_cluster_and_killed_server_agree_on_what_was_issued(home: Installation) {
        let ground = RealGround::prepare(shared().await.unwrap(), "kill").await.unwrap();
        let side = ground.side.clone();
        let made = Box::new(move || ground.tokens_made().unwrap());
        play(&home, Issuing { side, made }, counts::of(counts::REAL_KILLS), None).await;
    }
}

async fn play(home: &Installation, issuing: Issuing, kills: usize, fake: Option<&FakeCluster>) -> Ledger {
    let seed = u64::from_be_bytes(ambient().random());
    println!("{kills} kills on {} with the seed {seed}", home.database_name());
    let chance = TestClock::default().ambient(seed);
    let mut mayfly = home.start().await.unwrap();
    let mut scene = Scene::with_secret(&mayfly, &issuing.side).await.unwrap();
    let mut ledger = Ledger::new();
    let aims = if fake.is_some() { AIMS } else { AIMS_AT_REAL };
    for round in 0..kills {
        let shot = Shot::new(mayfly.killer());
        Trigger::draw(&aims, round, &chance).arm(&shot, fake.map(FakeCluster::faults));
        let told = load::until_shot(&scene, &shot, round, WISHES).await;
        mayfly.buried().await.unwrap();
        mayfly = home.start().await.unwrap();
        scene = scene.at(&mayfly);
        ledger.check_round(&scene, told, &(issuing.made)()).await;
        if let Some(fake) = fake {
            fake.faults().clear();
        }
    }
    println!("{}", ledger.tally());
    finish(&scene, &mayfly, &ledger, &(issuing.made)()).await;
    mayfly.stop().await.unwrap();
    ledger
}

/// The loop ends what the killed servers left, and then everything must be explained.
async fn finish(scene: &Scene, mayfly: &Mayfly, ledger: &Ledger, made: &[String]) {
    let resolved = until(RESOLVE_PATIENCE, "every reservation is resolved", async || {
        let left = scene.client.leases(&scene.project_slug, Some("reserved"), None).await?;
        Ok(left.is_empty().then_some(()))
    });
    resolved.await.unwrap_or_else(|error| panic!("{error}\n{}", mayfly.log()));
    let leases = scene.client.leases(&scene.project_slug, None, None).await.unwrap();
    let events = scene.client.audit_log(&scene.project_id).await.unwrap();
    ledger.check_everything(&leases, &events, made);
}
