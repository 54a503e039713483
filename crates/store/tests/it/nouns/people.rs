//! People, their sessions and links: what a guard keeps from happening did not happen, in part or whole.

use jiff::Timestamp;
use mayfly_domain::{
    access::role::OrganizationRole,
    caller::Actor,
    identity::{Identity, User},
    membership::Principal,
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError, UNCHANGED, invitations, password_links,
    second_factors::{self, Confirmed, Shown},
    sessions::{NewSession, STILL_MAY, SignIn},
    users::{self, PasswordChange, SessionsAfter},
};
use mayfly_testkit::both_databases;

use crate::support::{
    World,
    sign_in::{HASH, seconds_after},
};

#[track_caller]
fn guarded<T: std::fmt::Debug>(result: Result<T, StoreError>, guard: &str) {
    match result {
        Err(StoreError::GuardFailed { guard: failed }) if failed == guard => {}
        other => panic!("{other:?}"),
    }
}

both_databases! {
    async fn an_administrator_is_left_whatever_is_changed(world: World) {
        let (users, ana) = (world.store().users(), world.user.clone());
        let demoted = User { role: OrganizationRole::Member, updated_at: seconds_after(ana.updated_at, 1), ..ana.clone() };
        let update = users.update(&demoted, ana.updated_at, SessionsAfter::Ended, &world.event("a change")).await;
        guarded(update, users::AN_ADMIN_IS_LEFT);
        guarded(users.delete(&ana, &world.event("a change")).await, users::AN_ADMIN_IS_LEFT);
        assert_eq!(users.get(ana.organization, ana.id).await.unwrap().unwrap().user, ana);
        users.create(&world.person("ben@example.com", OrganizationRole::Admin), HASH, &world.event("a change")).await.unwrap();
        let stale = users.update(&demoted, seconds_after(ana.updated_at, 7), SessionsAfter::Ended, &world.event("a change")).await;
        guarded(stale, UNCHANGED);
        users.update(&demoted, ana.updated_at, SessionsAfter::Ended, &world.event("a change")).await.unwrap();
        assert_eq!(users.get(ana.organization, ana.id).await.unwrap().unwrap().user, demoted);
        let listed = users.page(ana.organization, Some(ana.id), 10).await.unwrap();
        assert_eq!(listed.iter().map(|user| user.email.as_str()).collect::<Vec<_>>(), ["ben@example.com"]);
    }

    async fn a_session_begins_with_the_password_of_now_and_reads_back(world: World) {
        let ben = world.person("ben@example.com", OrganizationRole::Member);
        world.store().users().create(&ben, HASH, &world.event("a change")).await.unwrap();
        let session = world.session(&ben);
        let new = NewSession { session: &session, digest: b"digest" };
        let sign_in = |hash| SignIn { session: new, password_hash: Some(hash), second_factor: None };
        let sessions = world.store().sessions();
        guarded(sessions.create(&sign_in("another hash"), &world.event("a change")).await, STILL_MAY);
        assert!(sessions.get(b"digest").await.unwrap().is_none());
        sessions.create(&sign_in(HASH), &world.event("a change")).await.unwrap();
        let facts = sessions.get(b"digest").await.unwrap().unwrap();
        assert_eq!((facts.session, facts.email.as_str(), facts.role), (session.clone(), "ben@example.com", ben.role));
        sessions.seen(session.id, seconds_after(session.seen_at, 60)).await.unwrap();
        sessions.seen(session.id, session.seen_at).await.unwrap();
        let seen = sessions.get(b"digest").await.unwrap().unwrap().session.seen_at;
        assert_eq!(seen, seconds_after(session.seen_at, 60), "it never goes back");
        assert_eq!(sessions.delete_ended(session.expires_at, Timestamp::MIN, 10).await.unwrap(), 1);
    }

    async fn a_password_is_changed_once_for_each_one_that_was_known(world: World) {
        let ben = world.person("ben@example.com", OrganizationRole::Member);
        world.store().users().create(&ben, HASH, &world.event("a change")).await.unwrap();
        let links = world.store().password_links();
        let (first, second) = (world.password_link(&ben, 10), world.password_link(&ben, 20));
        links.create(&first, b"first", &world.event("a change")).await.unwrap();
        links.create(&second, b"second", &world.event("a change")).await.unwrap();
        assert!(links.find(b"first").await.unwrap().is_none(), "the newest counts");
        let change = |at: i64| PasswordChange {
            user: ben.id,
            old_hash: HASH,
            new_hash: "a new hash",
            at: seconds_after(ben.created_at, at),
            session: None,
        };
        guarded(links.spend(second.id, &change(20), &world.event("a change")).await, password_links::COUNTS);
        links.spend(second.id, &change(19), &world.event("a change")).await.unwrap();
        guarded(links.spend(second.id, &change(19), &world.event("a change")).await, password_links::COUNTS);
        guarded(world.store().users().change_password(&change(19), &world.event("a change")).await, UNCHANGED);
        let facts = world.store().users().for_login("ben@example.com").await.unwrap().unwrap();
        assert_eq!(facts.password_hash, "a new hash");
        let keepers = async || world.store().keepers().of_user(ben.id).await.unwrap();
        assert_eq!(keepers().await, [Principal::Identity(world.admin.id)], "whoever made the link may be them");
        let third = world.password_link(&ben, 20);
        let mut own = world.event("asks for a mail");
        own.actor = Actor::User { user_id: ben.id, email: ben.email.clone() };
        links.create(&third, b"third", &own).await.unwrap();
        assert_eq!(links.maker(third.id).await.unwrap(), None);
        let again = PasswordChange { old_hash: "a new hash", new_hash: "the last", ..change(19) };
        links.spend(third.id, &again, &world.event("a change")).await.unwrap();
        assert_eq!(keepers().await, [], "the last link counts, and it was theirs");
    }

    async fn an_invitation_joins_once_and_only_nobody(world: World) {
        let invitations = world.store().invitations();
        let taken = invitations.create(&world.invitation(&world.user.email), b"a", &world.event("a change")).await;
        guarded(taken, invitations::IS_NOBODY_YET);
        let ben = world.invitation("ben@example.com");
        invitations.create(&ben, b"b", &world.event("a change")).await.unwrap();
        let again = invitations.create(&world.invitation("ben@example.com"), b"c", &world.event("a change")).await.unwrap_err();
        assert!(matches!(again, StoreError::Unique { index } if index == invitations::EMAILS));
        assert_eq!(invitations.find(b"b").await.unwrap(), Some(ben.clone()));
        let late = User { created_at: ben.expires_at, ..world.person("ben@example.com", ben.role) };
        guarded(invitations.accept(ben.id, &late, HASH, &world.event("a change")).await, invitations::WAITS);
        let joined = world.person("ben@example.com", ben.role);
        invitations.accept(ben.id, &joined, HASH, &world.event("a change")).await.unwrap();
        guarded(invitations.accept(ben.id, &joined, HASH, &world.event("a change")).await, invitations::WAITS);
        let keepers = world.store().keepers().of_user(joined.id).await.unwrap();
        assert_eq!(keepers, [Principal::Identity(world.admin.id)]);
    }

    async fn links_of_a_machine_go_when_it_may_not_make_them_any_more(world: World) {
        let invitations = world.store().invitations();
        let maker = world.stored_identity("maker").await;
        let made = |text: &str| {
            let mut event = world.event(text);
            event.actor = Actor::Identity { identity_id: maker.id, name: maker.name.to_string() };
            event
        };
        invitations.create(&world.invitation("one@example.com"), b"one", &made("invite")).await.unwrap();
        let renamed = Identity { name: "other".parse().unwrap(), updated_at: world.tick(), ..maker.clone() };
        world.store().identities().update(&renamed, maker.updated_at, &world.event("rename")).await.unwrap();
        assert!(invitations.find(b"one").await.unwrap().is_some(), "a name takes nothing away");
        let disabled = Identity { is_disabled: true, updated_at: world.tick(), ..renamed.clone() };
        world.store().identities().update(&disabled, renamed.updated_at, &world.event("disable")).await.unwrap();
        assert!(invitations.find(b"one").await.unwrap().is_none());
    }

    async fn a_second_factor_is_sealed_and_each_step_is_spent_once(world: World) {
        let ben = world.person("ben@example.com", OrganizationRole::Member);
        world.store().users().create(&ben, HASH, &world.event("a change")).await.unwrap();
        let factors = world.store().second_factors();
        let secret = Sensitive::new(b"twenty bytes, exactly".to_vec());
        factors.begin(ben.id, &secret, &world.event("a change")).await.unwrap();
        let found = factors.get(ben.id).await.unwrap().unwrap();
        assert!(found.secret == secret && !found.is_confirmed);
        let (first, codes) = (world.session(&ben), vec![b"one".to_vec(), b"two".to_vec()]);
        let kept = NewSession { session: &first, digest: b"first" };
        let confirmed = Confirmed { user: ben.id, made_at: found.created_at, step: 7, codes: &codes, session: kept };
        factors.confirm(&confirmed, &world.event("a change")).await.unwrap();
        guarded(factors.confirm(&confirmed, &world.event("a change")).await, second_factors::WAITS);
        assert!(factors.begin(ben.id, &secret, &world.event("a change")).await.is_err(), "a confirmed one is not replaced");
        let facts = world.store().users().get(ben.organization, ben.id).await.unwrap().unwrap();
        assert!(facts.user.has_second_factor);
        for (number, (shown, is_right)) in [
            (Shown::Step(7), false),
            (Shown::Step(8), true),
            (Shown::Step(8), false),
            (Shown::RecoveryCode(b"one"), true),
            (Shown::RecoveryCode(b"one"), false),
        ]
        .into_iter()
        .enumerate()
        {
            let (session, digest) = (world.session(&ben), [u8::try_from(number).unwrap()]);
            let session = NewSession { session: &session, digest: &digest };
            let sign_in = SignIn { session, password_hash: None, second_factor: Some(shown) };
            let begun = world.store().sessions().create(&sign_in, &world.event("a change")).await;
            assert_eq!(begun.is_ok(), is_right, "{number}: {begun:?}");
        }
        assert_eq!(factors.count_codes(ben.id).await.unwrap(), 1);
    }

    async fn attempts_are_counted_in_windows_and_taken_back(world: World) {
        let attempts = world.store().sign_in_attempts();
        let now = world.ambient().now();
        let ids = ["one".to_owned(), "other".to_owned()];
        let count = async |ids: &[String], at: i64| {
            let (now, over) = (seconds_after(now, at), seconds_after(now, at - 10));
            let counted = attempts.count(ids, now, over).await.unwrap();
            counted.iter().map(|counted| counted.number).collect::<Vec<_>>()
        };
        assert_eq!(count(&ids, 0).await, [1, 1]);
        assert_eq!(count(&ids[..1], 9).await, [2]);
        attempts.take_back(&ids).await.unwrap();
        attempts.take_back(&ids).await.unwrap();
        attempts.take_back(&ids).await.unwrap();
        assert_eq!(count(&ids, 9).await, [1, 1], "never fewer than none");
        assert_eq!(count(&ids[..1], 10).await, [1], "a window that is over begins anew");
        assert_eq!(attempts.forget(seconds_after(now, 5), 10).await.unwrap(), 1);
    }
}
