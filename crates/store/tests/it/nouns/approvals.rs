//! Requests that wait for another person's word: each goes one way once, and what it allows happens once.

use std::time::Duration;

use mayfly_domain::{
    approval::{ApprovalRequest, ApprovalState},
    caller::Actor,
    membership::Principal,
};
use mayfly_store::{
    UNCHANGED,
    approvals::{Effect, HAS_ROOM_TO_ASK, IS_APPROVED, IS_USED, RequestFilter, WAITING_INDEX},
    leases::reserving::Conditions,
};
use mayfly_testkit::both_databases;

use crate::support::{World, approvals::MOST_WAITING, later};

impl World {
    async fn read_request(&self, request: &ApprovalRequest) -> ApprovalRequest {
        let found = self.store().approvals().get(self.organization.id, request.id).await;
        found.expect("a request can be asked for").expect("it is there")
    }
}

both_databases! {
    async fn a_request_reads_back_and_the_same_waits_once(world: World) {
        let secret = world.stored_secret("ci").await;
        let request = world.stored_request(&secret, "one").await;
        assert_eq!(world.read_request(&request).await, request);
        let approvals = world.store().approvals();
        assert_eq!(approvals.newest("one").await.unwrap(), Some(request.clone()));
        assert_eq!(approvals.newest("other").await.unwrap(), None);
        let same = world.approval_request(&secret, "one");
        world.is_taken(WAITING_INDEX, approvals.create(&same, MOST_WAITING, &world.event("again"))).await;
        // What ran out waits for nothing, once somebody noted it.
        world.after(World::LIFE);
        let anew = world.approval_request(&secret, "one");
        world.is_taken(WAITING_INDEX, approvals.create(&anew, MOST_WAITING, &world.event("too early"))).await;
        let event = world.event("expire");
        world.leaves(&event, approvals.expire(&request, &event)).await;
        approvals.create(&anew, MOST_WAITING, &world.event("anew")).await.unwrap();
        assert_eq!(world.read_request(&request).await.state, ApprovalState::Expired);
        assert_eq!(approvals.newest("one").await.unwrap(), Some(anew.clone()));
        assert_eq!(approvals.recent("one", 1).await.unwrap(), [anew]);
        assert_eq!(approvals.recent("one", 9).await.unwrap().len(), 2);
    }

    async fn whoever_asks_for_much_waits_first(world: World) {
        let secret = world.stored_secret("ci").await;
        let first = world.stored_request(&secret, "one").await;
        let second = world.approval_request(&secret, "two");
        let approvals = world.store().approvals();
        world.guards(HAS_ROOM_TO_ASK, approvals.create(&second, 1, &world.event("ask"))).await;
        let cancelled =
            ApprovalRequest { state: ApprovalState::Cancelled, updated_at: world.tick(), ..first.clone() };
        approvals.decide(&cancelled, first.updated_at, &Effect::None, &[world.event("cancel")]).await.unwrap();
        approvals.create(&second, 1, &world.event("ask")).await.unwrap();
        let others = ApprovalRequest { requester: world.person_actor(), ..world.approval_request(&secret, "three") };
        approvals.create(&others, 1, &world.event("ask")).await.unwrap();
    }

    async fn pages_are_of_a_project_or_of_the_organization_newest_first(world: World) {
        let secret = world.stored_secret("ci").await;
        let approvals = world.store().approvals();
        let older = world.stored_request(&secret, "one").await;
        let newer = world.approved_request(&secret, "two").await;
        let own = ApprovalRequest { project: None, ..world.approval_request(&secret, "three") };
        approvals.create(&own, MOST_WAITING, &world.event("ask")).await.unwrap();
        let page = async |project, state, before, limit| {
            let filter = RequestFilter { organization: world.organization.id, project, state, now: world.now() };
            let page = approvals.page(&filter, before, limit).await.unwrap();
            page.into_iter().map(|request| request.digest).collect::<Vec<_>>()
        };
        let project = Some(world.project.id);
        assert_eq!(page(project, None, None, 10).await, ["two", "one"]);
        assert_eq!(page(project, None, None, 1).await, ["two"]);
        assert_eq!(page(project, None, Some(newer.id), 10).await, ["one"]);
        assert_eq!(page(project, Some("approved"), None, 10).await, ["two"]);
        assert_eq!(page(project, Some("pending"), None, 10).await, ["one"]);
        assert_eq!(page(project, None, Some(older.id), 10).await, Vec::<String>::new());
        assert_eq!(page(None, None, None, 10).await, ["three"]);
        // What ran out is over, though nobody noted it.
        world.after(World::LIFE);
        for over in ["pending", "approved"] {
            assert_eq!(page(project, Some(over), None, 10).await, Vec::<String>::new());
        }
        assert_eq!(page(project, Some("expired"), None, 10).await, ["two", "one"]);
    }

    async fn of_two_words_on_one_state_one_counts(world: World) {
        let secret = world.stored_secret("ci").await;
        let request = world.stored_request(&secret, "one").await;
        let approvals = world.store().approvals();
        let approved = world.agreed(&request, &world.user);
        let late = ApprovalRequest { state: ApprovalState::Cancelled, ..world.agreed(&request, &world.user) };
        approvals.decide(&approved, request.updated_at, &Effect::None, &[world.event("yes")]).await.unwrap();
        assert_eq!(world.read_request(&request).await, approved);
        for since in [request.updated_at, approved.updated_at] {
            let events = [world.event("late")];
            world.guards(UNCHANGED, approvals.decide(&late, since, &Effect::None, &events)).await;
        }
    }

    async fn a_decision_and_the_policy_it_brings_are_one(world: World) {
        let secret = world.stored_secret("ci").await;
        let request = world.stored_request(&secret, "one").await;
        let (approvals, policy) = (world.store().approvals(), world.policy(2));
        let used = ApprovalState::Used { lease: None, at: world.tick() };
        let done = ApprovalRequest { state: used, ..world.agreed(&request, &world.user) };
        let (effect, events) = (Effect::Policy(&policy), [world.event("yes"), world.event("policy")]);
        // There is no first version yet: neither the word nor the policy is kept.
        world.guards(UNCHANGED, approvals.decide(&done, request.updated_at, &effect, &events)).await;
        world.store().policies().put(&world.policy(1), &world.event("first")).await.unwrap();
        approvals.decide(&done, request.updated_at, &effect, &events).await.unwrap();
        assert_eq!(world.store().policies().get(world.dev()).await.unwrap(), policy);
        assert_eq!(world.read_request(&request).await.state, done.state);
    }

    async fn an_approval_is_used_once_and_given_back_only_by_the_lease_that_used_it(world: World) {
        let secret = world.stored_secret("ci").await;
        let request = world.approved_request(&secret, "one").await;
        let (approvals, leases) = (world.store().approvals(), world.store().leases());
        let conditions = Conditions { approval: Some(request.id), ..Conditions::default() };
        let reserve = async |lease: &mayfly_domain::lease::Lease| {
            leases.reserve(lease, later(lease.created_at, World::LIFE), &conditions).await
        };
        let (first, second) = (world.lease(&secret), world.lease(&secret));
        reserve(&first).await.unwrap();
        let used = ApprovalState::Used { lease: Some(first.id), at: first.created_at };
        assert_eq!(world.read_request(&request).await.state, used);
        world.guards(IS_APPROVED, reserve(&second)).await;
        let until = approvals.usable_until(request.id).await.unwrap().unwrap();
        let updated_at = world.tick();
        let back = ApprovalRequest { state: ApprovalState::Approved { until }, updated_at, ..request.clone() };
        let event = world.event("back");
        world.guards(IS_USED, approvals.give_back(&back, (second.id, first.created_at), &event)).await;
        assert_eq!(world.read_request(&request).await.state, used, "another lease gives nothing back");
        world.leaves(&event, approvals.give_back(&back, (first.id, first.created_at), &event)).await;
        assert_eq!(world.read_request(&request).await.state, back.state);
        let third = world.lease(&secret);
        reserve(&third).await.unwrap();
        world.guards(IS_USED, approvals.give_back(&back, (first.id, first.created_at), &world.event("again"))).await;
        assert!(matches!(world.read_request(&request).await.state, ApprovalState::Used { lease: Some(id), .. } if id == third.id));
    }

    async fn an_approval_ends_to_the_millisecond(world: World) {
        let secret = world.stored_secret("ci").await;
        let (one, two) = (world.approved_request(&secret, "one").await, world.approved_request(&secret, "two").await);
        let until = |request: &ApprovalRequest| match request.state {
            ApprovalState::Approved { until } => until,
            _ => unreachable!("it is approved"),
        };
        let reserve = async |request: &ApprovalRequest| {
            let lease = world.lease(&secret);
            let conditions = Conditions { approval: Some(request.id), ..Conditions::default() };
            world.store().leases().reserve(&lease, later(lease.created_at, World::LIFE), &conditions).await
        };
        // A lease is made a millisecond after it is asked for here.
        world.wait_until_before(until(&one));
        world.guards(IS_APPROVED, reserve(&one)).await;
        reserve(&two).await.expect("a millisecond is left");
        let overdue = world.store().approvals().overdue(until(&one), 10).await.unwrap();
        assert_eq!(overdue.iter().map(|request| request.digest.as_str()).collect::<Vec<_>>(), ["one"]);
        let event = world.event("expire");
        world.leaves(&event, world.store().approvals().expire(&overdue[0], &event)).await;
        assert_eq!(world.read_request(&one).await.state, ApprovalState::Expired);
        world.guards(UNCHANGED, world.store().approvals().expire(&overdue[0], &world.event("again"))).await;
    }

    async fn a_request_outlives_its_project(world: World) {
        let secret = world.stored_secret("ci").await;
        let request = world.stored_request(&secret, "one").await;
        world.after(Duration::from_secs(1));
        let removals = [world.removal(&secret)];
        world.store().projects().delete(&world.project, &removals, &world.event("remove")).await.unwrap();
        assert_eq!(world.store().projects().get(world.organization.id, world.project.id).await.unwrap(), None);
        assert_eq!(world.read_request(&request).await, request);
    }

    async fn whoever_makes_credentials_of_a_machine_is_its_keeper_until_it_is_gone(world: World) {
        let keepers = world.store().keepers();
        let (identity, auth) = world.stored_universal_auth("robot").await;
        assert_eq!(keepers.of_identity(identity.id).await.unwrap(), [Principal::Identity(world.admin.id)]);
        let mut event = world.event("another");
        event.actor = world.person_actor();
        let secret = world.client_secret(&auth);
        world.store().client_secrets().create(&secret, b"digest", &event).await.unwrap();
        world.stored_client_secret(&auth, b"another").await;
        let mut expected = [Principal::Identity(world.admin.id), Principal::User(world.user.id)];
        expected.sort_by_key(ToString::to_string);
        let mut found = keepers.of_identity(identity.id).await.unwrap();
        found.sort_by_key(ToString::to_string);
        assert_eq!(found, expected);
        let other = world.stored_identity("other").await;
        assert_eq!(keepers.of_identity(other.id).await.unwrap(), []);
        world.store().client_secrets().revoke(secret.id, world.tick(), &world.event("revoke")).await.unwrap();
        assert_eq!(keepers.of_identity(identity.id).await.unwrap().len(), 2, "what was made with it may live on");
        world.store().identities().delete(identity.id, &world.event("remove")).await.unwrap();
        assert_eq!(keepers.of_identity(identity.id).await.unwrap(), []);
    }

    async fn whoever_stands_behind_a_machine_goes_on_to_stand_behind_those_it_made(world: World) {
        let keepers = world.store().keepers();
        let (between, auth) = world.stored_universal_auth("between").await;
        let mut event = world.event("by a person");
        event.actor = world.person_actor();
        world.store().client_secrets().create(&world.client_secret(&auth), b"first", &event).await.unwrap();
        let (last, auth) = world.stored_universal_auth("last").await;
        let mut event = world.event("by the machine between");
        event.actor = Actor::Identity { identity_id: between.id, name: between.name.to_string() };
        world.store().client_secrets().create(&world.client_secret(&auth), b"second", &event).await.unwrap();
        assert!(!keepers.of_identity(last.id).await.unwrap().contains(&Principal::User(world.user.id)));
        world.store().identities().delete(between.id, &world.event("remove")).await.unwrap();
        let found = keepers.of_identity(last.id).await.unwrap();
        assert!(found.contains(&Principal::User(world.user.id)), "{found:?}");
    }
}
