//! Which leases are seen by whom, in which order, page by page.

use mayfly_domain::{
    caller::Actor,
    ids::{DynamicSecretId, EnvironmentId, LeaseId, ProjectId, UserId},
    lease::{Lease, Outcome},
};
use mayfly_store::leases::{HistoryFilter, HistoryPage, Holders};
use mayfly_testkit::both_databases;

use crate::support::{World, actor};

async fn live(world: &World, secret: DynamicSecretId, holders: Holders<'_>) -> Vec<Lease> {
    world.store().leases().list_live(secret, holders).await.expect("live leases are listed")
}

/// All leases of the project that `page` narrows, read in pages of `limit`.
async fn pages(world: &World, page: HistoryPage<'_>) -> Vec<LeaseId> {
    let mut found: Vec<LeaseId> = Vec::new();
    loop {
        let page = HistoryPage { before: found.last().copied(), ..page.clone() };
        let leases = world.store().leases().history(&page).await.expect("the history is read");
        assert!(i64::try_from(leases.len()).unwrap() <= page.limit);
        if leases.is_empty() {
            return found;
        }
        found.extend(leases.iter().map(|lease| lease.id));
    }
}

fn everybodys(project: ProjectId, limit: i64) -> HistoryPage<'static> {
    HistoryPage::newest(project, limit)
}

both_databases! {
    async fn live_leases_are_the_active_ones_newest_first(world: World) {
        let (secret, other) = (world.stored_secret("ci").await, world.stored_secret("other").await);
        world.reserved(&secret).await;
        let first = world.active(&secret).await.lease;
        let closed = world.active(&secret).await;
        world.close(&closed).await;
        let second = world.active(&secret).await.lease;
        let others = world.active(&other).await.lease;
        assert_eq!(live(&world, secret.id, Holders::All).await, [second, first]);
        assert_eq!(live(&world, other.id, Holders::All).await, [others]);
        assert_eq!(live(&world, DynamicSecretId::generate(world.ambient()), Holders::All).await, []);
    }

    async fn a_lease_that_cannot_be_read_hides_no_other(world: World) {
        let secret = world.stored_secret("ci").await;
        let first = world.active(&secret).await.lease;
        let spoiled = world.active(&secret).await.lease.id;
        let last = world.active(&secret).await.lease;
        world.raw().execute(&format!("UPDATE leases SET plan = '{{' WHERE id = '{spoiled}'")).await;
        assert_eq!(live(&world, secret.id, Holders::All).await, [last.clone(), first.clone()]);
        assert_eq!(world.store().leases().history(&everybodys(world.project.id, 10)).await.unwrap(), [last, first]);
        let leases = world.store().leases();
        assert!(leases.exists(spoiled).await.unwrap());
        assert!(!leases.exists(LeaseId::generate(world.ambient())).await.unwrap());
    }

    async fn holders_see_their_own(world: World) {
        let secret = world.stored_secret("ci").await;
        let machine = actor(&world.stored_identity("machine").await);
        let person = Actor::User { user_id: UserId::generate(world.ambient()), email: "a@b.example".to_owned() };
        let mine = world.active(&secret).await.lease;
        let machines = world.active_of(&secret, machine.clone()).await.lease;
        let persons = world.active_of(&secret, person.clone()).await.lease;
        for (holder, lease) in [(&world.actor(), &mine), (&machine, &machines), (&person, &persons)] {
            assert_eq!(live(&world, secret.id, Holders::Only(holder)).await, std::slice::from_ref(lease));
            let page = HistoryPage { holders: Holders::Only(holder), ..everybodys(world.project.id, 10) };
            assert_eq!(pages(&world, page).await, [lease.id]);
        }
        // A machine that was renamed since is the same machine.
        let Actor::Identity { identity_id, .. } = machine else { unreachable!() };
        let renamed = Actor::Identity { identity_id, name: "renamed".to_owned() };
        assert_eq!(live(&world, secret.id, Holders::Only(&renamed)).await, [machines]);
        for nobody in [Actor::Anonymous, Actor::Platform] {
            assert_eq!(live(&world, secret.id, Holders::Only(&nobody)).await, []);
        }
    }

    async fn unfinished_leases_are_those_whose_token_lives_or_may_live(world: World) {
        let secret = world.stored_secret("ci").await;
        let count = async || world.store().leases().count_unfinished(secret.id).await.unwrap();
        assert_eq!(count().await, 0);
        let reserved = world.reserved(&secret).await;
        let active = world.active(&secret).await;
        world.active(&secret).await;
        world.close(&active).await;
        assert_eq!(count().await, 3);
        let never = Outcome::NeverIssued { why: "refused".to_owned() };
        world.store().leases().abandon(reserved.id, &never, &world.event("fail")).await.unwrap();
        assert_eq!(count().await, 2);
        let id = world.event("only for its id").id;
        world.store().leases().expire_due(world.after(World::TOKEN_LIFE), 10, id).await.unwrap();
        assert_eq!(count().await, 0);
    }

    async fn history_pages_have_no_gap_and_no_double(world: World) {
        let secret = world.stored_secret("ci").await;
        let mut made = Vec::new();
        for number in 0..7 {
            let lease = world.reserved(&secret).await;
            made.push(lease.id);
            if number % 2 == 0 {
                world.activate(&lease).await;
            }
        }
        made.reverse();
        for limit in [1, 2, 3, 7, 100] {
            assert_eq!(pages(&world, everybodys(world.project.id, limit)).await, made, "pages of {limit}");
        }
        // A lease that comes while somebody reads is before their page, and moves nothing.
        let page = HistoryPage { before: Some(made[2]), ..everybodys(world.project.id, 2) };
        world.reserved(&secret).await;
        let next: Vec<_> = world.store().leases().history(&page).await.unwrap().iter().map(|lease| lease.id).collect();
        assert_eq!(next, made[3..5]);
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        assert_eq!(pages(&world, everybodys(elsewhere.id, 10)).await, []);
    }

    async fn history_is_narrowed_to_a_state(world: World) {
        let secret = world.stored_secret("ci").await;
        let due = world.active(&secret).await.lease.id;
        let id = world.event("only for its id").id;
        world.store().leases().expire_due(world.after(World::TOKEN_LIFE), 10, id).await.unwrap();
        let reserved = world.reserved(&secret).await.id;
        let active = world.active(&secret).await.lease.id;
        let closed = world.active(&secret).await;
        world.close(&closed).await;
        for (state, expected) in [
            ("reserved", vec![reserved]),
            ("active", vec![active]),
            ("closed", vec![closed.lease.id]),
            ("ended", vec![due]),
            ("ending", vec![]),
            ("%", vec![]),
        ] {
            let filter = HistoryFilter { state: Some(state.to_owned()), ..HistoryFilter::default() };
            let page = HistoryPage { filter, ..everybodys(world.project.id, 10) };
            assert_eq!(pages(&world, page).await, expected, "{state}");
        }
    }

    async fn a_list_is_narrowed_by_what_people_look_for(world: World) {
        let (secret, other) = (world.stored_secret("ci").await, world.stored_secret("nightly").await);
        let person = Actor::User { user_id: UserId::generate(world.ambient()), email: "Ana@b.example".to_owned() };
        let due = world.active(&secret).await.lease;
        let id = world.event("only for its id").id;
        world.store().leases().expire_due(world.after(World::TOKEN_LIFE), 10, id).await.unwrap();
        let mine = world.active(&secret).await.lease;
        let anas = world.active_of(&secret, person.clone()).await.lease;
        let others = world.active(&other).await.lease;
        let none = HistoryFilter::default;
        let table = [
            (none(), vec![&others, &anas, &mine, &due]),
            (HistoryFilter { holder: person_id(&person), ..none() }, vec![&anas]),
            (HistoryFilter { dynamic_secret: Some(other.id), ..none() }, vec![&others]),
            (HistoryFilter { environment: Some(secret.place.environment), ..none() }, vec![&others, &anas, &mine, &due]),
            (HistoryFilter { environment: Some(EnvironmentId::generate(world.ambient())), ..none() }, vec![]),
            (HistoryFilter { connection: Some(other.connection.id), ..none() }, vec![&others]),
            (HistoryFilter { is_over: Some(true), ..none() }, vec![&due]),
            (HistoryFilter { is_over: Some(false), ..none() }, vec![&others, &anas, &mine]),
            (HistoryFilter { has_failed: Some(true), ..none() }, vec![]),
            (HistoryFilter { has_failed: Some(false), text: Some("ana@".to_owned()), ..none() }, vec![&anas]),
            (HistoryFilter { text: Some("NIGHT".to_owned()), ..none() }, vec![&others]),
            (HistoryFilter { text: Some("%".to_owned()), ..none() }, vec![]),
            (HistoryFilter { ends_by: Some(due.created_at), ..none() }, vec![]),
        ];
        for (filter, expected) in table {
            let expected: Vec<LeaseId> = expected.into_iter().map(|lease| lease.id).collect();
            let page = HistoryPage { filter: filter.clone(), ..everybodys(world.project.id, 2) };
            assert_eq!(pages(&world, page.clone()).await, expected, "{filter:?}");
            let most = HistoryPage { limit: 3, ..page };
            let count = world.store().leases().count_history(&most).await.unwrap();
            assert_eq!(count, i64::try_from(expected.len().min(3)).unwrap(), "{filter:?}");
        }
    }
}

fn person_id(person: &Actor) -> Option<String> {
    let Actor::User { user_id, .. } = person else { return None };
    Some(user_id.to_string())
}
