//! Versions of cluster connections: kept while a lease may need them, and bound to where they may go.

use mayfly_domain::{
    connection::{ClusterIdentity, Target, Verification},
    dynamic_secret::{Connection, DynamicSecret},
    ids::ConnectionId,
    lease::{EndReason, Outcome},
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError,
    connections::PinnedTarget,
    dynamic_secrets::{ConnectionChange, LeasesThen},
    leases::removing::Beginning,
};
use mayfly_testkit::both_databases;

use crate::{
    fixture::open,
    support::{SECRET_TOKEN, World, address, address_of},
};

async fn versions(world: &World, id: ConnectionId) -> Vec<PinnedTarget> {
    world.store().connections().versions(id).await.expect("versions are read")
}

/// The numbers of the versions of `secret`'s connection that are kept.
async fn kept(world: &World, secret: &DynamicSecret) -> Vec<i64> {
    versions(world, secret.connection.id).await.iter().map(|version| version.target.version).collect()
}

async fn delete_spent(world: &World) -> u64 {
    world.store().connections().delete_spent(world.now()).await.expect("spent versions go")
}

/// Gives `secret` another address and credential: `secret` as it is then.
async fn moved(world: &World, secret: &DynamicSecret, url: &str, token: &str) -> DynamicSecret {
    let cluster = Some(ClusterIdentity::KubeSystem(format!("the cluster at {url}")));
    let connection =
        Connection { address: address(url), cluster, updated_at: world.tick(), ..secret.connection.clone() };
    let change = DynamicSecret { connection, updated_at: world.now(), ..secret.clone() };
    let token = Sensitive::from(token);
    let replace = ConnectionChange::Replace(&token);
    world
        .store()
        .dynamic_secrets()
        .update(&change, &replace, LeasesThen::RunOut, &world.event("update"))
        .await
        .expect("it is changed");
    world.store().dynamic_secrets().get(&address_of(secret), &secret.name).await.unwrap().expect("it is there")
}

fn expected(secret: &DynamicSecret, token: &str) -> Target {
    Target {
        connection: secret.connection.id,
        version: secret.connection.version,
        url: secret.connection.address.url.clone(),
        ca: secret.connection.address.ca.clone(),
        verification: Verification::Full,
        credential: Sensitive::from(token),
        token_file: None,
        route: mayfly_domain::connection::Route::Direct,
    }
}

/// That no version of `secret`'s connection opens, and that the error says which row and repeats nothing.
async fn does_not_open(world: &World, secret: &DynamicSecret) {
    let opened = world.store().connections().versions(secret.connection.id).await;
    let error = opened.expect_err("what was tampered with opened");
    let StoreError::Sealed { row, column, .. } = &error else { panic!("{error:?}") };
    assert_eq!((*column, row), ("sealed_credential", &secret.connection.id.to_string()));
    assert!(!format!("{error:?} {error}").contains(SECRET_TOKEN));
}

async fn edit(world: &World, secret: &DynamicSecret, version: i64, assignment: &str) {
    let id = secret.connection.id;
    let rows = format!("connection_id = '{id}' AND version = {version}");
    world.raw().execute(&format!("UPDATE connection_versions SET {assignment} WHERE {rows}")).await;
}

both_databases! {
    async fn every_version_is_kept_with_its_own_address_and_credential_newest_first(world: World) {
        let first = world.stored_secret("ci").await;
        world.removable(&first).await;
        let second = moved(&world, &first, "https://second.example", "the-second-token").await;
        let third = moved(&world, &second, "https://third.example", "the-third-token").await;
        let stored = versions(&world, first.connection.id).await;
        let made = [(&third, "the-third-token"), (&second, "the-second-token"), (&first, SECRET_TOKEN)];
        assert_eq!(stored.len(), made.len());
        for (stored, (secret, token)) in stored.iter().zip(made) {
            assert_eq!(stored.target, expected(secret, token));
            assert_eq!(stored.cluster, secret.connection.cluster);
        }
        assert!(!format!("{stored:?}").contains(SECRET_TOKEN));
        assert!(versions(&world, ConnectionId::generate(world.ambient())).await.is_empty());
    }

    async fn a_change_of_something_else_makes_no_version(world: World) {
        let secret = world.stored_secret("ci").await;
        let (secrets, event) = (world.store().dynamic_secrets(), world.event("update"));
        secrets.update(&secret, &ConnectionChange::None, LeasesThen::RunOut, &event).await.unwrap();
        assert_eq!(kept(&world, &secret).await, [1]);

        // Nor does one that is refused.
        let token = Sensitive::from("another");
        world.refuses(secrets.update(&secret, &ConnectionChange::Replace(&token), LeasesThen::RunOut, &world.event("stale"))).await;
        assert_eq!(kept(&world, &secret).await, [1]);
    }

    async fn a_version_that_its_connection_has_stays_and_what_nobody_needs_goes(world: World) {
        let (secret, other) = (world.stored_secret("ci").await, world.stored_secret("other").await);
        assert_eq!(delete_spent(&world).await, 0);
        let second = moved(&world, &secret, "https://second.example", "second").await;
        moved(&world, &second, "https://third.example", "third").await;
        assert_eq!(kept(&world, &secret).await, [3, 2, 1]);
        assert_eq!(delete_spent(&world).await, 2);
        assert_eq!((kept(&world, &secret).await, kept(&world, &other).await), (vec![3], vec![1]));
        world.store().dynamic_secrets().delete(&world.removal(&other)).await.unwrap();
        assert_eq!(delete_spent(&world).await, 1);
        assert_eq!((kept(&world, &secret).await, kept(&world, &other).await), (vec![3], vec![]));
        assert_eq!(delete_spent(&world).await, 0);
    }

    async fn versions_are_kept_until_the_last_lease_that_may_need_them_has_ended(world: World) {
        let secret = world.stored_secret("ci").await;
        let (reserved, active) = (world.reserved_removable(&secret).await, world.removable(&secret).await.lease);
        let ending = world.ending(&secret).await;
        let other = world.stored_secret("other").await;
        world.removable(&other).await;
        moved(&world, &secret, "https://second.example", "second").await;
        let keeps = async |why: &str| {
            assert_eq!(delete_spent(&world).await, 0, "{why}");
            assert_eq!(kept(&world, &secret).await, [2, 1], "{why}");
        };
        keeps("reserved, active and ending").await;
        world.finish(&ending).await;
        keeps("reserved and active").await;
        let (leases, event) = (world.store().leases(), world.event("end"));
        let beginning = Beginning { reason: EndReason::Revoked, undone: None, until: world.now() };
        let fence = leases.begin_ending(active.id, beginning, &event).await.unwrap();
        leases.finish(active.id, fence, &Outcome::Revoked, &world.event("end")).await.unwrap();
        keeps("reserved").await;
        let outcome = Outcome::NeverIssued { why: "no answer".to_owned() };
        let undo = Beginning { reason: EndReason::Undone, undone: Some(&outcome), until: world.now() };
        let fence = leases.begin_ending(reserved.id, undo, &world.event("undo")).await.unwrap();
        keeps("undone").await;
        leases.finish(reserved.id, fence, &outcome, &world.event("end")).await.unwrap();
        assert_eq!(delete_spent(&world).await, 1);
        assert_eq!(kept(&world, &secret).await, [2]);
    }

    async fn a_version_that_a_newer_one_of_its_cluster_stands_in_for_goes_before_the_last_lease(world: World) {
        let secret = world.stored_secret("ci").await;
        let ending = world.ending(&secret).await;
        let second = moved(&world, &secret, "https://second.example", "second").await;
        let third = moved(&world, &second, "https://second.example", "third").await;
        let fourth = moved(&world, &third, "https://second.example", "fourth").await;
        moved(&world, &fourth, "https://fifth.example", "fifth").await;
        // The first is the lease's own; the fourth is the newest way to its cluster, as far as anybody knows.
        assert_eq!(delete_spent(&world).await, 2);
        assert_eq!(kept(&world, &secret).await, [5, 4, 1]);
        world.finish(&ending).await;
        assert_eq!(delete_spent(&world).await, 2);
        assert_eq!(kept(&world, &secret).await, [5]);
    }

    async fn a_lease_that_left_nothing_to_remove_keeps_no_version(world: World) {
        let secret = world.stored_secret("ci").await;
        world.reserved(&secret).await;
        world.active(&secret).await;
        world.close(&world.active(&secret).await).await;
        moved(&world, &secret, "https://second.example", "second").await;
        assert_eq!(delete_spent(&world).await, 1);
        assert_eq!(kept(&world, &secret).await, [2]);
    }

    async fn versions_open_after_their_secret_and_project_are_gone(world: World) {
        let (elsewhere, roots) = world.stored_project("elsewhere").await;
        let old = world.secret_of(&elsewhere, &roots[0], "ci");
        world.store_secret(&old).await;
        let lease = world.removable(&old).await.lease;
        let new = moved(&world, &old, "https://second.example", "the-second-token").await;
        let removals = [world.removal(&new)];
        world.store().projects().delete(&elsewhere, &removals, &world.event("delete-project")).await.unwrap();
        let gone = format!("SELECT id FROM connections WHERE id = '{}'", old.connection.id);
        assert!(world.raw().rows(&gone).await.is_empty());

        assert_eq!(delete_spent(&world).await, 0);
        let stored = versions(&world, old.connection.id).await;
        let targets: Vec<Target> = stored.into_iter().map(|version| version.target).collect();
        assert_eq!(targets, [expected(&new, "the-second-token"), expected(&old, SECRET_TOKEN)]);

        let claimed = world.claim(&old).await;
        assert_eq!(claimed.iter().map(|claimed| claimed.lease.id).collect::<Vec<_>>(), [lease.id]);
        world.finish(&claimed[0]).await;
        assert_eq!(delete_spent(&world).await, 2);
        assert!(versions(&world, old.connection.id).await.is_empty());
    }

    async fn a_kept_credential_does_not_follow_an_edited_address(world: World) {
        let secret = world.stored_secret("ci").await;
        for (from, to) in [
            ("kubernetes.example", "evil.example"),
            (":6443", ":6444"),
            ("AAAA", "BBBB"),
            ("\"ssl_reject_unauthorized\":true", "\"ssl_reject_unauthorized\":false"),
        ] {
            edit(&world, &secret, 1, &format!("address = REPLACE(address, '{from}', '{to}')")).await;
            does_not_open(&world, &secret).await;
            edit(&world, &secret, 1, &format!("address = REPLACE(address, '{to}', '{from}')")).await;
            assert_eq!(versions(&world, secret.connection.id).await[0].target, expected(&secret, SECRET_TOKEN));
        }
    }

    async fn a_kept_credential_does_not_follow_into_another_project_or_connection(world: World) {
        let (secret, other) = (world.stored_secret("ci").await, world.stored_secret("other").await);
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        for project in [format!("'{}'", elsewhere.id), "NULL".to_owned()] {
            edit(&world, &secret, 1, &format!("project_id = {project}")).await;
            does_not_open(&world, &secret).await;
        }
        edit(&world, &secret, 1, &format!("project_id = '{}'", world.project.id)).await;
        let others = format!(
            "sealed_credential = (SELECT sealed_credential FROM connections WHERE id = '{}')",
            other.connection.id
        );
        edit(&world, &secret, 1, &others).await;
        does_not_open(&world, &secret).await;
    }

    async fn a_version_that_does_not_open_hides_no_other(world: World) {
        let first = world.stored_secret("ci").await;
        world.removable(&first).await;
        let second = moved(&world, &first, "https://second.example", "second").await;
        edit(&world, &first, 2, "address = REPLACE(address, 'second.example', 'evil.example')").await;
        assert_eq!(kept(&world, &first).await, [1]);
        edit(&world, &first, 2, "address = REPLACE(address, 'evil.example', 'second.example')").await;
        edit(&world, &first, 1, "address = '{'").await;
        assert_eq!(versions(&world, first.connection.id).await[0].target, expected(&second, "second"));
        assert_eq!(kept(&world, &first).await, [2]);
    }
}

/// A server that starts later knows no key by heart.
#[tokio::test]
async fn another_server_opens_versions_whose_project_is_gone() {
    let world = World::postgres().await;
    let (elsewhere, roots) = world.stored_project("elsewhere").await;
    let secret = world.secret_of(&elsewhere, &roots[0], "ci");
    world.store_secret(&secret).await;
    world.removable(&secret).await;
    let removals = [world.removal(&secret)];
    world.store().projects().delete(&elsewhere, &removals, &world.event("delete-project")).await.unwrap();
    let other = open(&world.fixture.database, world.ambient()).await.unwrap();
    let stored = other.connections().versions(secret.connection.id).await.unwrap();
    let [version] = &stored[..] else { panic!("one version, not {}", stored.len()) };
    assert_eq!(version.target, expected(&secret, SECRET_TOKEN));
}
