//! Passkeys: what is stored of them, how often each count and each challenge is good, and who goes with whom.

use mayfly_domain::{access::role::OrganizationRole, identity::User, passkey::Passkey};
use mayfly_store::{
    StoreError,
    passkey_challenges::Purpose,
    passkeys::{self, PasskeyUse},
    password_links::{Recovery, SecondFactorAfter},
    second_factors::{self, Shown},
    sessions::{NewSession, SignIn},
};
use mayfly_testkit::both_databases;

use crate::support::{World, sign_in::seconds_after};

#[track_caller]
fn guarded<T: std::fmt::Debug>(result: Result<T, StoreError>, guard: &str) {
    match result {
        Err(StoreError::GuardFailed { guard: failed }) if failed == guard => {}
        other => panic!("{other:?}"),
    }
}

/// Whether a sign-in with a count succeeds.
async fn signs_in(world: &World, user: &User, passkey: &Passkey, sign_count: u32) -> bool {
    let session = world.session(user);
    let digest = session.id.to_string().into_bytes();
    let shown = PasskeyUse { passkey: passkey.id, sign_count, is_backed_up: true, at: session.created_at };
    let session = NewSession { session: &session, digest: &digest };
    let sign_in = SignIn { session, password_hash: None, second_factor: Some(Shown::Passkey(shown)) };
    match world.store().sessions().create(&sign_in, &world.event("sign in")).await {
        Ok(()) => true,
        Err(StoreError::GuardFailed { guard: second_factors::NOT_USED }) => false,
        other => panic!("{other:?}"),
    }
}

both_databases! {
    async fn a_passkey_reads_back_and_is_of_one_person(world: World) {
        let (ben, cleo) = (world.stored_person("ben@example.com").await, world.stored_person("cleo@example.com").await);
        let passkeys = world.store().passkeys();
        let first = world.passkey(&ben, b"first");
        passkeys.create(&first, &world.event("add")).await.unwrap();
        assert_eq!(passkeys.find(b"first").await.unwrap().as_ref(), Some(&first));
        assert_eq!(passkeys.list(ben.id).await.unwrap(), std::slice::from_ref(&first));
        assert!(passkeys.get(cleo.id, first.id).await.unwrap().is_none());
        let taken = passkeys.create(&world.passkey(&cleo, b"first"), &world.event("add")).await.unwrap_err();
        assert!(matches!(taken, StoreError::Unique { ref index } if *index == passkeys::CREDENTIALS), "{taken:?}");
        passkeys.rename((cleo.id, first.id), "mine", &world.event("rename")).await.unwrap_err();
        passkeys.rename((ben.id, first.id), "phone", &world.event("rename")).await.unwrap();
        assert_eq!(passkeys.get(ben.id, first.id).await.unwrap().unwrap().name.as_str(), "phone");
        passkeys.delete(cleo.id, first.id, &world.event("remove")).await.unwrap_err();
        passkeys.delete(ben.id, first.id, &world.event("remove")).await.unwrap();
        assert!(passkeys.list(ben.id).await.unwrap().is_empty());
    }

    async fn a_person_has_twenty_at_most(world: World) {
        let ben = world.stored_person("ben@example.com").await;
        let passkeys = world.store().passkeys();
        for number in 0..20_u8 {
            passkeys.create(&world.passkey(&ben, &[number]), &world.event("add")).await.unwrap();
        }
        guarded(passkeys.create(&world.passkey(&ben, &[20]), &world.event("add")).await, passkeys::HAS_ROOM);
        assert_eq!(passkeys.list(ben.id).await.unwrap().len(), 20);
    }

    async fn of_two_that_are_added_at_once_only_one_is_the_twentieth(world: World) {
        let ben = world.stored_person("ben@example.com").await;
        let passkeys = world.store().passkeys();
        for number in 0..19_u8 {
            passkeys.create(&world.passkey(&ben, &[number]), &world.event("add")).await.unwrap();
        }
        let (one, other) = (world.passkey(&ben, &[30]), world.passkey(&ben, &[31]));
        let (first, second) = (world.event("add"), world.event("add"));
        let (one, other) = tokio::join!(passkeys.create(&one, &first), passkeys.create(&other, &second));
        assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "{one:?} {other:?}");
        assert_eq!(passkeys.list(ben.id).await.unwrap().len(), 20);
    }

    async fn a_count_goes_up_or_is_none_at_all(world: World) {
        let ben = world.stored_person("ben@example.com").await;
        let passkey = world.passkey(&ben, b"credential");
        world.store().passkeys().create(&passkey, &world.event("add")).await.unwrap();
        for (count, is_right) in [(0, true), (0, true), (7, true), (7, false), (6, false), (0, false), (9, true)] {
            assert_eq!(signs_in(&world, &ben, &passkey, count).await, is_right, "{count}");
        }
        let used = world.store().passkeys().get(ben.id, passkey.id).await.unwrap().unwrap();
        assert!(used.sign_count == 9 && used.is_backed_up && used.last_used_at.is_some(), "{used:?}");
        world.store().passkeys().suspect(passkey.id, &world.event("suspect")).await.unwrap();
        let again = world.store().passkeys().suspect(passkey.id, &world.event("suspect")).await;
        guarded(again, passkeys::NOT_SUSPECTED);
        assert!(!signs_in(&world, &ben, &passkey, 10).await, "one that is suspected counts no more");
    }

    async fn a_challenge_is_good_once_for_one_purpose_and_person(world: World) {
        let (ben, cleo) = (world.stored_person("ben@example.com").await, world.stored_person("cleo@example.com").await);
        let (challenges, now) = (world.store().passkey_challenges(), world.now());
        let soon = seconds_after(now, 300);
        let own = Purpose::Registration(ben.id);
        challenges.create(b"one", own, soon).await.unwrap();
        for other in [Purpose::Registration(cleo.id), Purpose::SecondFactor(ben.id), Purpose::SignIn] {
            assert!(!challenges.take(b"one", other, now).await.unwrap(), "{other:?}");
        }
        assert!(challenges.take(b"one", own, now).await.unwrap());
        assert!(!challenges.take(b"one", own, now).await.unwrap());
        challenges.create(b"two", own, soon).await.unwrap();
        challenges.create(b"three", own, soon).await.unwrap();
        assert!(!challenges.take(b"two", own, now).await.unwrap(), "the newest counts");
        assert!(!challenges.take(b"three", own, soon).await.unwrap(), "its time is up");
        // Of nobody known there may be many.
        for digest in [b"four", b"five"] {
            challenges.create(digest, Purpose::SignIn, soon).await.unwrap();
        }
        assert!(challenges.take(b"four", Purpose::SignIn, now).await.unwrap());
        assert_eq!(challenges.forget(seconds_after(soon, -1), 10).await.unwrap(), 0);
        assert_eq!(challenges.forget(soon, 10).await.unwrap(), 1);
    }

    async fn a_handle_is_made_once(world: World) {
        let ben = world.stored_person("ben@example.com").await;
        let passkeys = world.store().passkeys();
        assert_eq!(passkeys.keep_handle(ben.id, b"first").await.unwrap(), b"first");
        assert_eq!(passkeys.keep_handle(ben.id, b"second").await.unwrap(), b"first");
        assert_eq!(passkeys.handle(ben.id).await.unwrap().unwrap(), b"first");
    }

    async fn passkeys_go_with_their_person_and_when_they_are_reset(world: World) {
        let ben = world.stored_person("ben@example.com").await;
        let passkeys = world.store().passkeys();
        let fill = async |credential: &[u8]| {
            passkeys.create(&world.passkey(&ben, credential), &world.event("add")).await.unwrap();
            passkeys.keep_handle(ben.id, b"handle").await.unwrap();
            let purpose = Purpose::SecondFactor(ben.id);
            world.store().passkey_challenges().create(credential, purpose, world.tick()).await.unwrap();
        };
        fill(b"one").await;
        passkeys.delete_all(ben.id, 2, &world.event("reset")).await.unwrap_err();
        passkeys.delete_all(ben.id, 1, &world.event("reset")).await.unwrap();
        assert!(passkeys.list(ben.id).await.unwrap().is_empty());
        fill(b"two").await;
        let admin = User { role: OrganizationRole::Admin, updated_at: seconds_after(ben.updated_at, 1), ..ben.clone() };
        let link = world.password_link(&ben, 10);
        let recovery = |second_factor, digest| Recovery {
            user: &admin, since: Some(ben.updated_at), second_factor, link: &link, digest,
        };
        let links = world.store().password_links();
        links.recover(&recovery(SecondFactorAfter::Removed, b"a"), &world.event("recover")).await.unwrap();
        assert!(passkeys.list(ben.id).await.unwrap().is_empty());
        fill(b"three").await;
        let kept = Recovery { since: Some(admin.updated_at), ..recovery(SecondFactorAfter::Kept, b"b") };
        links.recover(&kept, &world.event("recover")).await.unwrap();
        assert_eq!(passkeys.list(ben.id).await.unwrap().len(), 1);
        world.store().users().delete(&admin, &world.event("delete")).await.unwrap();
        assert!(passkeys.find(b"three").await.unwrap().is_none());
    }
}
