//! Leases that end by removing something: how an end begins, is tried, put off, and comes to its end.

use futures::future::join_all;
use mayfly_domain::{
    ids::LeaseId,
    lease::{EndReason, Lease, LeaseState, Outcome},
};
use mayfly_store::{
    StoreError,
    leases::removing::{Attempt, Beginning, CLAIM_HOLDS, Claimed, Failure},
};
use mayfly_testkit::both_databases;

use crate::support::{Granted, World, ending_by, later, tries};

const STILL_RESERVED: &str = "the lease is still reserved";
const STILL_ACTIVE: &str = "the lease is still active";
const STILL_ENDING: &str = "the lease is still ending";

/// What became of a token that was never made.
fn never() -> Outcome {
    Outcome::NeverIssued { why: "the cluster \"refused\"".to_owned() }
}

/// What a named person leaves behind.
fn forgotten(granted: &Granted) -> Outcome {
    Outcome::Forgotten { by: "Ada".to_owned(), left: granted.grant.objects.clone() }
}

/// A failure whose next attempt is due in a minute.
fn failure(world: &World, why: &'static str, attempt: Attempt) -> Failure<'static> {
    Failure { why, next: later(world.now(), World::CLAIM), attempt }
}

/// Tries to begin the end of `lease` for every reason but those in `allowed`; each must be refused by its guard.
async fn begins_only_as(world: &World, lease: LeaseId, allowed: &[EndReason]) {
    let (leases, event, never) = (world.store().leases(), world.event("begin"), never());
    for (reason, guard) in
        [(EndReason::Undone, STILL_RESERVED), (EndReason::Due, STILL_ACTIVE), (EndReason::Revoked, STILL_ACTIVE)]
    {
        if !allowed.contains(&reason) {
            let beginning = Beginning { reason, undone: Some(&never), until: world.now() };
            world.guards(guard, leases.begin_ending(lease, beginning, &event)).await;
        }
    }
}

/// That nothing can be done with `lease` that only a lease that is ending allows.
async fn is_not_ending(world: &World, lease: LeaseId) {
    let (leases, event) = (world.store().leases(), world.event("ending"));
    world.guards(STILL_ENDING, leases.claim_ending(lease, later(world.now(), World::CLAIM))).await;
    world.guards(STILL_ENDING, leases.forget(lease, &Outcome::Revoked, &event)).await;
    let fence = world.raw().rows(&format!("SELECT fence FROM lease_states WHERE lease_id = '{lease}'")).await;
    let fence = fence[0].parse().expect("a number");
    is_not_ours(world, &Claimed { lease: world.read_lease(lease).await, fence }).await;
}

/// That a fence is of no use any more.
async fn is_not_ours(world: &World, Claimed { lease, fence }: &Claimed) {
    let (leases, event) = (world.store().leases(), world.event("late"));
    world.guards(CLAIM_HOLDS, leases.finish(lease.id, *fence, &Outcome::Revoked, &event)).await;
    for attempt in [Attempt::Made, Attempt::Spared] {
        let failure = failure(world, "late", attempt);
        world.guards(CLAIM_HOLDS, leases.postpone(lease.id, *fence, failure, Some(&event))).await;
    }
}

both_databases! {
    async fn an_active_lease_begins_to_end_with_its_event_and_is_ours(world: World) {
        let secret = world.stored_secret("ci").await;
        for reason in [EndReason::Revoked, EndReason::Due] {
            let Granted { lease, grant } = world.removable(&secret).await;
            begins_only_as(&world, lease.id, &[EndReason::Revoked, EndReason::Due]).await;
            is_not_ending(&world, lease.id).await;

            let event = world.event("revoke-lease");
            let beginning = Beginning { reason, undone: None, until: later(world.now(), World::CLAIM) };
            let leases = world.store().leases();
            let fence = world.leaves(&event, leases.begin_ending(lease.id, beginning, &event)).await;
            let expected = ending_by(&lease, &event, beginning, Some(grant));
            assert_eq!(world.read_lease(lease.id).await, expected);
            begins_only_as(&world, lease.id, &[]).await;

            assert!(world.claim(&secret).await.is_empty(), "it is ours until then");
            world.finish(&Claimed { lease: expected, fence }).await;
        }
    }

    async fn a_reservation_is_undone_with_what_became_of_its_token(world: World) {
        let secret = world.stored_secret("ci").await;
        for outcome in [never(), Outcome::PossiblyIssued { dead_by: world.now() }] {
            let lease = world.reserved_removable(&secret).await;
            begins_only_as(&world, lease.id, &[EndReason::Undone]).await;
            is_not_ending(&world, lease.id).await;

            let event = world.event("fail-lease");
            let beginning =
                Beginning { reason: EndReason::Undone, undone: Some(&outcome), until: later(world.now(), World::CLAIM) };
            let leases = world.store().leases();
            let fence = world.leaves(&event, leases.begin_ending(lease.id, beginning, &event)).await;
            let expected = ending_by(&lease, &event, beginning, None);
            assert_eq!(world.read_lease(lease.id).await, expected);
            begins_only_as(&world, lease.id, &[]).await;
            world.finish(&Claimed { lease: expected, fence }).await;
        }
    }

    async fn a_lease_that_left_nothing_to_remove_never_begins_to_end(world: World) {
        let secret = world.stored_secret("ci").await;
        let (reserved, granted) = (world.reserved(&secret).await, world.active(&secret).await);
        let closed = world.close(&world.active(&secret).await).await;
        let nowhere = LeaseId::generate(world.ambient());
        for lease in [reserved.id, granted.lease.id, closed.id, nowhere] {
            begins_only_as(&world, lease, &[]).await;
        }
        is_not_ending(&world, granted.lease.id).await;
        let (leases, event) = (world.store().leases(), world.event("forget"));
        world.guards(STILL_ENDING, leases.claim_ending(nowhere, world.now())).await;
        world.guards(STILL_ENDING, leases.forget(nowhere, &Outcome::Revoked, &event)).await;
    }

    async fn finishing_ends_a_lease_once_with_its_event(world: World) {
        let secret = world.stored_secret("ci").await;
        let claimed = world.ending(&secret).await;
        let (leases, event) = (world.store().leases(), world.event("finish-lease"));
        is_not_ours(&world, &Claimed { fence: claimed.fence + 1, ..claimed.clone() }).await;
        is_not_ours(&world, &Claimed { fence: claimed.fence - 1, ..claimed.clone() }).await;

        let id = claimed.lease.id;
        world.leaves(&event, leases.finish(id, claimed.fence, &Outcome::Revoked, &event)).await;
        let ended_at = event.created_at;
        let grant = claimed.lease.state.grant().cloned();
        let state = LeaseState::Ended { grant, outcome: Outcome::Revoked, ended_at };
        assert_eq!(world.read_lease(id).await, Lease { state, updated_at: ended_at, ..claimed.lease });
        is_not_ending(&world, id).await;
        begins_only_as(&world, id, &[]).await;
        world.after(World::LIFE);
        assert_eq!((world.claim(&secret).await.len(), world.lanes().await), (0, Vec::new()));
        assert_eq!(leases.count_unfinished(secret.id).await.unwrap(), 0);
    }

    async fn a_failed_attempt_is_counted_and_a_spared_one_is_not(world: World) {
        let secret = world.stored_secret("ci").await;
        let Claimed { lease, .. } = world.ending(&secret).await;
        let leases = world.store().leases();
        for (number, attempt, why) in
            [(1, Attempt::Made, "no answer"), (1, Attempt::Spared, "the lane is shut"), (2, Attempt::Made, "\"refused\"")]
        {
            let [claimed] = &world.claim(&secret).await[..] else { panic!("it is due") };
            let (failure, event) = (failure(&world, why, attempt), world.event("fail-attempt"));
            world.leaves(&event, leases.postpone(lease.id, claimed.fence, failure, Some(&event))).await;

            let stored = world.read_lease(lease.id).await;
            assert_eq!(tries(&stored), (number, Some(why), failure.next));
            assert_eq!(stored.updated_at, lease.updated_at, "an attempt changes nothing about the lease");
            is_not_ours(&world, claimed).await;
            world.wait_until_before(failure.next);
            assert!(world.claim(&secret).await.is_empty(), "it is tried again before its time");
            world.tick();
        }
    }

    async fn an_attempt_that_fails_as_before_needs_no_event(world: World) {
        let secret = world.stored_secret("ci").await;
        let claimed = world.ending(&secret).await;
        let before = world.events().await.len();
        let failure = failure(&world, "no answer", Attempt::Made);
        world.store().leases().postpone(claimed.lease.id, claimed.fence, failure, None).await.unwrap();
        assert_eq!(world.events().await.len(), before);
        assert_eq!(tries(&world.read_lease(claimed.lease.id).await).0, 1);
    }

    async fn a_finished_lease_keeps_its_attempts_and_not_their_last_error(world: World) {
        let secret = world.stored_secret("ci").await;
        let claimed = world.ending(&secret).await;
        let failure = failure(&world, "no answer", Attempt::Made);
        world.store().leases().postpone(claimed.lease.id, claimed.fence, failure, None).await.unwrap();
        world.after(World::CLAIM);
        world.finish(&world.claim(&secret).await[0]).await;
        let kept = world.raw().rows("SELECT attempts, last_error, due_at, claimed_by FROM lease_states").await;
        assert_eq!(kept, ["1|null|null|null"]);
    }

    async fn whoever_takes_a_lease_that_is_ending_has_it_alone(world: World) {
        let secret = world.stored_secret("ci").await;
        let first = world.ending(&secret).await;
        let [second] = &world.claim(&secret).await[..] else { panic!("it is due") };
        is_not_ours(&world, &first).await;

        let until = later(world.now(), World::LIFE);
        let (leases, before) = (world.store().leases(), world.events().await.len());
        let taken = leases.claim_ending(first.lease.id, until).await.unwrap();
        assert_eq!(world.events().await.len(), before, "an attempt is no event");
        is_not_ours(&world, second).await;
        let stored = world.read_lease(first.lease.id).await;
        assert_eq!(taken.lease, stored, "as it is now");
        assert_eq!(tries(&stored), (0, None, until));
        world.wait_until_before(until);
        assert!(world.claim(&secret).await.is_empty(), "what was taken over is claimed before it lapses");
        world.finish(&taken).await;
    }

    async fn forgetting_ends_a_lease_whoever_is_at_work_on_it(world: World) {
        let secret = world.stored_secret("ci").await;
        let active = world.removable(&secret).await;
        world.after(World::LIFE);
        let [claimed] = &world.claim(&secret).await[..] else { panic!("it is due") };
        let (leases, event, outcome) = (world.store().leases(), world.event("forget-lease"), forgotten(&active));
        world.leaves(&event, leases.forget(active.lease.id, &outcome, &event)).await;

        let ended_at = event.created_at;
        let state = LeaseState::Ended { grant: Some(active.grant), outcome, ended_at };
        assert_eq!(world.read_lease(active.lease.id).await, Lease { state, updated_at: ended_at, ..active.lease.clone() });
        is_not_ours(&world, claimed).await;
        is_not_ending(&world, active.lease.id).await;
        world.after(World::LIFE);
        assert_eq!((world.claim(&secret).await.len(), world.lanes().await), (0, Vec::new()));
    }

    async fn one_of_many_who_begin_or_finish_an_end_at_once_succeeds(world: World) {
        let secret = world.stored_secret("ci").await;
        let (active, claimed) = (world.removable(&secret).await.lease, world.ending(&secret).await);
        let events: Vec<_> = (0..16).map(|number| world.event(&format!("end {number}"))).collect();
        let (before, leases) = (world.events().await.len(), world.store().leases());
        let beginning = Beginning { reason: EndReason::Revoked, undone: None, until: world.now() };
        let begun = join_all(events[..8].iter().map(|event| leases.begin_ending(active.id, beginning, event))).await;
        assert_eq!(begun.iter().filter(|result| result.is_ok()).count(), 1, "{begun:?}");
        let finish = |event| leases.finish(claimed.lease.id, claimed.fence, &Outcome::Revoked, event);
        let finished = join_all(events[8..].iter().map(finish)).await;
        assert_eq!(finished.iter().filter(|result| result.is_ok()).count(), 1, "{finished:?}");
        assert_eq!(world.events().await.len(), before + 2);
    }

    async fn an_event_that_cannot_be_written_stops_the_end(world: World) {
        const TAKEN: &str = "audit_events_pkey";
        let secret = world.stored_secret("ci").await;
        let active = world.removable(&secret).await;
        let claimed = world.ending(&secret).await;
        let (leases, event) = (world.store().leases(), world.event("written"));
        let beginning = Beginning { reason: EndReason::Revoked, undone: None, until: world.now() };
        let written = world.removable(&secret).await.lease.id;
        leases.begin_ending(written, beginning, &event).await.unwrap();

        let (id, fence) = (claimed.lease.id, claimed.fence);
        world.is_taken(TAKEN, leases.begin_ending(active.lease.id, beginning, &event)).await;
        world.is_taken(TAKEN, leases.finish(id, fence, &Outcome::Revoked, &event)).await;
        world.is_taken(TAKEN, leases.forget(id, &forgotten(&active), &event)).await;
        let failure = failure(&world, "no answer", Attempt::Made);
        world.is_taken(TAKEN, leases.postpone(id, fence, failure, Some(&event))).await;
        world.finish(&claimed).await;
    }

    async fn what_only_waits_for_its_token_is_no_matter_of_removal(world: World) {
        let secret = world.stored_secret("ci").await;
        let removable = world.removable(&secret).await.lease;
        let event = world.event("close-lease");
        world.guards(STILL_ACTIVE, world.store().leases().close(removable.id, &event)).await;
        let ending = world.ending(&secret).await.lease;
        let error = world.refuses(world.store().leases().abandon(ending.id, &never(), &event)).await;
        assert!(matches!(error, StoreError::GuardFailed { guard: STILL_RESERVED }), "{error:?}");
    }
}
