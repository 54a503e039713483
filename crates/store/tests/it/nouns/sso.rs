//! Single sign-on: each sign-in is whole or not at all, and each of its secrets works once.

use std::collections::BTreeSet;

use mayfly_domain::{
    access::role::OrganizationRole,
    ids::{GroupId, PasskeyId},
    membership::Principal,
    sso::SsoProvider,
};
use mayfly_store::{
    StoreError, UNCHANGED,
    groups::GroupMember,
    sessions::{NewSession, STILL_MAY},
    sso_attempts,
    sso_links::{Coming, KEEPS_A_WAY_IN, SUBJECT_INDEX, USER_INDEX, WayIn},
    sso_providers::{AfterChange, SLUG_INDEX, STILL_AS_READ, SecretChange},
    sso_requests, users,
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

#[track_caller]
fn taken<T: std::fmt::Debug>(result: &Result<T, StoreError>, name: &str) {
    assert!(matches!(&result, Err(StoreError::Unique { index }) if index == name), "{result:?}");
}

fn none() -> BTreeSet<GroupId> {
    BTreeSet::new()
}

both_databases! {
    async fn a_provider_reads_back_and_its_secret_opens_beside_its_endpoint_alone(world: World) {
        let providers = world.store().sso_providers();
        let acme = world.stored_sso_provider("acme").await;
        let found = providers.get(acme.organization, "acme").await.unwrap().unwrap();
        assert_eq!((&found.provider, found.has_secret), (&acme, true));
        assert_eq!(providers.find(acme.id).await.unwrap().unwrap(), found);
        assert_eq!(providers.secret(&acme).await.unwrap().unwrap().expose(), "secret of acme");
        let mut moved = acme.clone();
        moved.terms.endpoint.discovery_url = "https://evil.example".parse().unwrap();
        assert!(providers.secret(&moved).await.is_err(), "it was given for another place");
        taken(&providers.create(&world.sso_provider("acme"), None, &world.event("make")).await, SLUG_INDEX);
        let beta = world.sso_provider("beta");
        providers.create(&beta, None, &world.event("make")).await.unwrap();
        assert!(!providers.get(beta.organization, "beta").await.unwrap().unwrap().has_secret);
        assert_eq!(providers.page(acme.organization, Some(acme.id), 10).await.unwrap()[0].provider, beta);
        let off = SsoProvider { is_enabled: false, updated_at: seconds_after(acme.updated_at, 1), ..acme.clone() };
        let stale = (seconds_after(acme.updated_at, 7), SecretChange::Kept);
        guarded(providers.update(&off, stale, AfterChange::default(), &world.event("change")).await, UNCHANGED);
        let change = (acme.updated_at, SecretChange::Removed);
        providers.update(&off, change, AfterChange::default(), &world.event("change")).await.unwrap();
        assert_eq!(providers.secret(&off).await.unwrap(), None);
        let enabled = providers.enabled(10).await.unwrap();
        assert_eq!(enabled.iter().map(|stored| stored.provider.id).collect::<Vec<_>>(), [beta.id]);
    }

    async fn an_attempt_is_used_once_and_until_it_is_over(world: World) {
        let (acme, attempts) = (world.stored_sso_provider("acme").await, world.store().sso_attempts());
        let attempt = world.sso_attempt(&acme, b"state");
        attempts.create(&attempt).await.unwrap();
        assert_eq!(attempts.find(b"state").await.unwrap(), Some(attempt.clone()));
        assert_eq!(attempts.find(b"another").await.unwrap(), None);
        guarded(attempts.spend(attempt.id, attempt.expires_at).await, sso_attempts::COUNTS);
        attempts.spend(attempt.id, attempt.created_at).await.unwrap();
        guarded(attempts.spend(attempt.id, attempt.created_at).await, sso_attempts::COUNTS);
        let over = world.sso_attempt(&acme, b"other state");
        attempts.create(&over).await.unwrap();
        assert_eq!(attempts.delete_over(over.created_at, 10).await.unwrap(), 0);
        assert_eq!(attempts.delete_over(over.expires_at, 10).await.unwrap(), 1);
    }

    async fn a_sign_in_is_whole_or_not_at_all(world: World) {
        let acme = world.stored_sso_provider("acme").await;
        let group = world.stored_group("team").await;
        let eve = world.person("eve@example.com", OrganizationRole::NoAccess);
        let team = BTreeSet::from([group.id]);
        let links = world.store().sso_links();
        let link = world.comes((&acme, &eve, Coming::Joined), (&team, &none()), None).await.unwrap();
        assert_eq!(links.of_subject(acme.id, &link.subject).await.unwrap(), Some(link.clone()));
        assert_eq!(world.store().groups().through(acme.id, eve.id).await.unwrap(), team);
        // Subject and person are both linked: which index says so first is the database's to choose.
        let again = world.comes((&acme, &eve, Coming::Linked), (&none(), &none()), None).await;
        let is_told = |index: &str| [SUBJECT_INDEX, USER_INDEX].contains(&index);
        assert!(matches!(&again, Err(StoreError::Unique { index }) if is_told(index)), "{again:?}");
        let twin = world.person("eve@example.com", OrganizationRole::NoAccess);
        taken(&world.comes((&acme, &twin, Coming::Joined), (&none(), &none()), None).await, users::EMAILS);
        // A provider that was changed or switched off since it was read, and somebody who is disabled.
        let since = SsoProvider { updated_at: seconds_after(acme.updated_at, 1), ..acme.clone() };
        let known = (&since, &eve, Coming::Known);
        guarded(world.comes(known, (&none(), &team), None).await, STILL_AS_READ);
        let raw = world.raw();
        raw.execute(&format!("UPDATE users SET is_disabled = TRUE WHERE id = '{}'", eve.id)).await;
        guarded(world.comes((&acme, &eve, Coming::Known), (&none(), &team), None).await, STILL_MAY);
        assert_eq!(world.store().groups().through(acme.id, eve.id).await.unwrap(), team, "nothing of it happened");
        raw.execute(&format!("UPDATE users SET is_disabled = FALSE WHERE id = '{}'", eve.id)).await;
        world.comes((&acme, &eve, Coming::Known), (&none(), &team), None).await.unwrap();
        assert_eq!(world.store().groups().through(acme.id, eve.id).await.unwrap(), none());
        assert_eq!(world.store().sessions().list(eve.id, world.now(), jiff::Timestamp::MIN).await.unwrap().len(), 2);
        links.delete(&link, &none(), &world.event("unlink")).await.unwrap();
        assert_eq!(world.store().sessions().list(eve.id, world.now(), jiff::Timestamp::MIN).await.unwrap().len(), 0);
    }

    async fn a_link_goes_only_while_the_way_in_that_is_kept_still_stands(world: World) {
        let (acme, beta) = (world.stored_sso_provider("acme").await, world.stored_sso_provider("beta").await);
        let eve = world.person("eve@example.com", OrganizationRole::NoAccess);
        let at_acme = world.comes((&acme, &eve, Coming::Joined), (&none(), &none()), None).await.unwrap();
        let at_beta = world.comes((&beta, &eve, Coming::Linked), (&none(), &none()), None).await.unwrap();
        let links = world.store().sso_links();
        assert_eq!(links.of_person(eve.id).await.unwrap(), [at_acme.clone(), at_beta.clone()]);
        let unlink = async |link, kept| links.delete_and_keep(link, &none(), kept, &world.event("unlink")).await;
        guarded(unlink(&at_acme, WayIn::Password("another hash")).await, KEEPS_A_WAY_IN);
        guarded(unlink(&at_acme, WayIn::Passkey(PasskeyId::generate(world.ambient()))).await, KEEPS_A_WAY_IN);
        let since = SsoProvider { updated_at: seconds_after(beta.updated_at, 1), ..beta.clone() };
        guarded(unlink(&at_acme, WayIn::Provider(&since)).await, STILL_AS_READ);
        assert_eq!(links.of_person(eve.id).await.unwrap().len(), 2, "nothing of it happened");
        unlink(&at_acme, WayIn::Provider(&beta)).await.unwrap();
        // Both were to go, each while the other was to stay.
        guarded(unlink(&at_beta, WayIn::Provider(&acme)).await, KEEPS_A_WAY_IN);
        world.raw().execute(&format!("UPDATE users SET password_hash = 'a hash' WHERE id = '{}'", eve.id)).await;
        unlink(&at_beta, WayIn::Password("a hash")).await.unwrap();
        assert_eq!(links.of_person(eve.id).await.unwrap(), []);
        assert_eq!(world.store().sessions().list(eve.id, world.now(), jiff::Timestamp::MIN).await.unwrap().len(), 0);
    }

    async fn each_way_into_a_group_stands_for_itself(world: World) {
        let (acme, beta) = (world.stored_sso_provider("acme").await, world.stored_sso_provider("beta").await);
        let (group, groups) = (world.stored_group("team").await, world.store().groups());
        let team = BTreeSet::from([group.id]);
        let eve = world.person("eve@example.com", OrganizationRole::NoAccess);
        world.comes((&acme, &eve, Coming::Joined), (&team, &none()), None).await.unwrap();
        world.comes((&beta, &eve, Coming::Linked), (&team, &none()), None).await.unwrap();
        let listed = groups.members(group.id, None, 10).await.unwrap();
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert!(listed[0].through.is_some());
        world.comes((&acme, &eve, Coming::Known), (&none(), &team), None).await.unwrap();
        assert_eq!(groups.members(group.id, None, 10).await.unwrap()[0].through, Some(beta.id));
        let principal = Principal::User(eve.id);
        let by_hand = GroupMember { principal, since: world.tick(), through: None };
        groups.add(group.id, &by_hand, &world.event("add")).await.unwrap();
        assert_eq!(groups.members(group.id, None, 10).await.unwrap()[0].through, None);
        assert_eq!(groups.members_through(beta.id, None).await.unwrap(), [(group.id, eve.id)]);
        world.store().sso_providers().delete(&beta, None, &world.event("remove")).await.unwrap();
        assert_eq!(groups.members(group.id, None, 10).await.unwrap().len(), 1, "by hand");
        assert_eq!(groups.of_principal(&principal).await.unwrap().len(), 1);
        groups.remove(group.id, &principal, &world.event("remove")).await.unwrap();
        assert!(groups.remove(group.id, &principal, &world.event("remove")).await.is_err());
    }

    async fn a_request_is_confirmed_in_one_browser_and_claimed_once(world: World) {
        let (acme, requests) = (world.stored_sso_provider("acme").await, world.store().sso_requests());
        let eve = world.person("eve@example.com", OrganizationRole::NoAccess);
        let request = world.stored_sso_request(&acme, b"token").await;
        assert_eq!(requests.find(b"token").await.unwrap(), Some(request.clone()));
        let (id, now) = (request.id, world.now());
        let session = world.session(&eve);
        let new = NewSession { session: &session, digest: b"session" };
        world.comes((&acme, &eve, Coming::Joined), (&none(), &none()), Some(id)).await.unwrap();
        guarded(requests.claim(id, new, now, &world.event("claim")).await, sso_requests::COUNTS);
        let confirm = async |browser: &[u8], at, most| {
            requests.confirm((id, eve.id), browser, (at, most), &world.event("confirm")).await
        };
        guarded(confirm(b"another", now, 5).await, sso_requests::COUNTS);
        guarded(confirm(b"browser", request.expires_at, 5).await, sso_requests::COUNTS);
        requests.miss(id).await.unwrap();
        guarded(confirm(b"browser", now, 1).await, sso_requests::COUNTS);
        confirm(b"browser", now, 5).await.unwrap();
        guarded(confirm(b"browser", now, 5).await, sso_requests::COUNTS);
        let known = world.comes((&acme, &eve, Coming::Known), (&none(), &none()), Some(id)).await;
        guarded(known, sso_requests::COUNTS);
        guarded(requests.claim(id, new, request.expires_at, &world.event("claim")).await, sso_requests::COUNTS);
        requests.claim(id, new, now, &world.event("claim")).await.unwrap();
        assert!(world.store().sessions().get(b"session").await.unwrap().is_some());
        guarded(requests.claim(id, new, now, &world.event("claim")).await, sso_requests::COUNTS);
        world.stored_sso_request(&acme, b"other").await;
        assert_eq!(requests.delete_over(seconds_after(now, 700), 10).await.unwrap(), 1);
    }
}
