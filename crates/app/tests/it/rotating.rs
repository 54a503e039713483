//! Rotations of keys that are stopped anywhere: a new server goes on where the old one was, everything opens, and the old
//! keys are gone.

use std::time::Duration;

use mayfly_app::{
    AppError,
    key_rotations::{begin, list, retire_signing_keys, work},
};
use mayfly_domain::key_rotation::RotationKind;
use mayfly_testkit::both_databases;

use crate::{
    stops::{Hits, Kind, Stops},
    world::{MASTER_KEY, NEXT_MASTER_KEY, Server, World, open_with, shape::Shape},
};

/// More than any rotation has points.
const MOST_POINTS: usize = 100;
/// Longer than the claim of a server that is gone, and than the time for which a new key is only known.
const AFTER_ANY_CLAIM: Duration = Duration::from_secs(40);
const SHAPES: [Shape; 2] = [Shape::Role, Shape::Plain];

async fn is_finished(world: &World, server: &Server, kind: RotationKind) -> Option<bool> {
    let listed = list(&server.app, &world.caller).await.expect("rotations are listed");
    let found = listed.iter().find(|listed| listed.rotation.kind == kind)?;
    Some(found.rotation.finished_at.is_some() && found.progress.percent == 100)
}

/// Begins a rotation if there is none, and carries it on to its end.
async fn rotate(world: &World, server: &Server, kind: RotationKind) {
    const PASSES: usize = 5;
    if is_finished(world, server, kind).await.is_none() {
        begin(&server.app, &world.caller, kind).await.expect("it begins");
    }
    for _ in 0..PASSES {
        work(&server.app).await.expect("it is carried on");
        if is_finished(world, server, kind).await == Some(true) {
            return;
        }
        world.clock.advance(AFTER_ANY_CLAIM);
    }
    panic!("the rotation does not end: {:?}", list(&server.app, &world.caller).await);
}

async fn everything_opens(world: &World, server: &Server) {
    for shape in SHAPES {
        world.issue(server, shape).await.expect("a token is issued");
    }
    server.store.signing_keys().list().await.expect("keys that sign open");
    server.store.seal_keys().list().await.expect("keys that seal open");
}

async fn stop_everywhere(database: Kind, kind: RotationKind) -> Hits {
    let mut hits = Hits::default();
    for number in 0..=MOST_POINTS {
        assert!(number < MOST_POINTS, "the rotation has more than {MOST_POINTS} points");
        let world = World::new(11, database.database().await, &SHAPES, Duration::ZERO).await;
        let server = world.server().await;
        let keys = server.store.key_rotations().count_wrapped().await.unwrap();
        let stopped = Stops::at(number, None).stop(rotate(&world, &server, kind)).await;
        drop(server);
        let server = world.server().await;
        world.clock.advance(AFTER_ANY_CLAIM);
        rotate(&world, &server, kind).await;
        everything_opens(&world, &server).await;
        assert_eq!(server.store.key_rotations().count_wrapped().await.unwrap(), keys, "{stopped:?}: old keys are left");
        drop(server);
        if kind == RotationKind::Master {
            the_old_key_is_refused(&world).await;
        }
        let Some(point) = stopped else {
            assert!(number > 0, "a rotation without a point");
            break;
        };
        hits.count(point);
    }
    hits
}

async fn the_old_key_is_refused(world: &World) {
    let refused = open_with(&world.database, &world.ambient, [MASTER_KEY, MASTER_KEY]).await;
    let refused = refused.err().expect("the old key is refused").to_string();
    assert!(refused.contains("master key 2 of this database is missing"), "{refused}");
    let opened = open_with(&world.database, &world.ambient, [NEXT_MASTER_KEY, NEXT_MASTER_KEY]).await;
    opened.expect("the new key suffices");
}

both_databases! {
    async fn a_rotation_of_data_keys_that_is_stopped_anywhere_goes_on(database: Kind) {
        let hits = Box::pin(stop_everywhere(database, RotationKind::Data)).await;
        hits.demand("rotate data keys", &["INSERT", "CLAIM", "HOLD", "LOCK_SUPERSEDED", "FINISH"], &[]);
    }

    async fn a_rotation_of_the_master_key_that_is_stopped_anywhere_goes_on(database: Kind) {
        let hits = Box::pin(stop_everywhere(database, RotationKind::Master)).await;
        hits.demand("rotate the master key", &["INSERT", "CLAIM", "HOLD", "RETIRE_MASTERS", "FINISH"], &[]);
    }

    async fn one_rotation_of_a_kind_runs_at_a_time(database: Kind) {
        let world = World::new(12, database.database().await, &SHAPES, Duration::ZERO).await;
        let server = world.server().await;
        for kind in [RotationKind::Data, RotationKind::Master] {
            begin(&server.app, &world.caller, kind).await.expect("it begins");
            let again = begin(&server.app, &world.caller, kind).await.expect_err("one runs");
            let is_told = match kind {
                RotationKind::Master => matches!(again, AppError::NextMasterKey(_)),
                RotationKind::Data | RotationKind::Signing => matches!(again, AppError::RotationRuns { .. }),
            };
            assert!(is_told, "{again}");
        }
        // Both at once: what one wraps anew the other may have just made.
        rotate(&world, &server, RotationKind::Data).await;
        rotate(&world, &server, RotationKind::Master).await;
        everything_opens(&world, &server).await;
    }
}

/// Servers that know nothing of each other but the database.
#[tokio::test]
async fn other_servers_learn_of_new_keys_while_they_serve() {
    let world = World::new(13, Kind::Postgres.database().await, &SHAPES, Duration::ZERO).await;
    let (one, other) = (world.server().await, world.server().await);
    everything_opens(&world, &other).await;
    for kind in RotationKind::ALL {
        begin(&one.app, &world.caller, kind).await.expect("it begins");
        everything_opens(&world, &other).await;
        rotate(&world, &one, kind).await;
        everything_opens(&world, &other).await;
    }
    // Both work at once, and neither undoes what the other does.
    begin(&one.app, &world.caller, RotationKind::Data).await.expect("it begins");
    let (first, second) = futures::join!(work(&one.app), work(&other.app));
    first.expect("it works");
    second.expect("it works");
    world.clock.advance(AFTER_ANY_CLAIM);
    rotate(&world, &other, RotationKind::Data).await;
    everything_opens(&world, &one).await;
}

#[tokio::test]
async fn old_keys_that_sign_go_when_no_token_needs_them() {
    let world = World::new(14, Kind::Sqlite.database().await, &SHAPES, Duration::ZERO).await;
    let server = world.server().await;
    world.clock.advance(Duration::from_secs(1));
    begin(&server.app, &world.caller, RotationKind::Signing).await.expect("it begins");
    work(&server.app).await.expect("it works");
    let keys = async || server.store.signing_keys().list().await.expect("they open").len();
    assert_eq!(keys().await, 2, "the first administrator's token was signed with the older one");
    world.clock.advance(AFTER_ANY_CLAIM);
    work(&server.app).await.expect("it works");
    retire_signing_keys(&server.app).await.expect("they are looked at");
    assert_eq!(keys().await, 2, "that token lives");
    let seals = server.store.seal_keys().list().await.expect("they open");
    assert!(seals[0].private.expose().len() == 32 && seals[1].private.expose().is_empty(), "one seals");
    assert_eq!(seals[1].public.len(), 32, "both verify");
    world.clock.advance(Duration::from_hours(24 * 3_700));
    retire_signing_keys(&server.app).await.expect("they are looked at");
    assert_eq!(keys().await, 1);
}
