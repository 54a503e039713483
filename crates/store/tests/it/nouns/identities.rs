//! Machine identities: made, changed, found by parts of their names, removed with all they sign in with.

use mayfly_domain::{access::role::OrganizationRole, identity::Identity, ids::OrganizationId};
use mayfly_store::{
    UNCHANGED,
    identities::{IdentityFilter, NOT_PROTECTED, NameFilter, Order},
};
use mayfly_testkit::both_databases;

use crate::support::World;

fn everybody(world: &World) -> IdentityFilter {
    IdentityFilter {
        organization: world.organization.id,
        name: NameFilter::Any,
        role: None,
        order: Order::Ascending,
        limit: 100,
        offset: 0,
    }
}

/// The names that `filter` finds, having checked that they are as many as it counts.
async fn found(world: &World, filter: &IdentityFilter) -> Vec<String> {
    let identities = world.store().identities().search(filter).await.expect("identities are searched");
    let whole = IdentityFilter { limit: 1000, offset: 0, ..filter.clone() };
    let all = world.store().identities().search(&whole).await.expect("identities are searched");
    let count = world.store().identities().count(filter).await.expect("identities are counted");
    assert_eq!(usize::try_from(count).unwrap(), all.len(), "{filter:?}");
    identities.iter().map(|identity| identity.name.to_string()).collect()
}

fn containing(world: &World, text: &str) -> IdentityFilter {
    IdentityFilter { name: NameFilter::Contains(text.to_owned()), ..everybody(world) }
}

fn called(world: &World, text: &str) -> IdentityFilter {
    IdentityFilter { name: NameFilter::Equals(text.to_owned()), ..everybody(world) }
}

both_databases! {
    async fn an_identity_is_stored_as_it_was_made(world: World) {
        let identity = world.identity("robot");
        let event = world.event("create-identity");
        world.leaves(&event, world.store().identities().create(&identity, &event)).await;
        let get = async |organization| world.store().identities().get(organization, identity.id).await.unwrap();
        assert_eq!(get(world.organization.id).await.as_ref(), Some(&identity));
        assert_eq!(get(OrganizationId::generate(world.ambient())).await, None);
        let event = world.event("again");
        world.is_taken("identities_pkey", world.store().identities().create(&identity, &event)).await;
        let foreign = Identity { organization: OrganizationId::generate(world.ambient()), ..world.identity("x") };
        world.dangles(world.store().identities().create(&foreign, &event)).await;
    }

    async fn an_identity_is_changed_with_its_event(world: World) {
        let old = world.stored_identity("robot").await;
        let new = Identity {
            name: "other".parse().unwrap(),
            role: OrganizationRole::NoAccess,
            has_delete_protection: true,
            metadata: Vec::new(),
            updated_at: world.tick(),
            ..old.clone()
        };
        let event = world.event("update-identity");
        world.leaves(&event, world.store().identities().update(&new, old.updated_at, &event)).await;
        assert_eq!(world.store().identities().get(old.organization, old.id).await.unwrap(), Some(new));
        let (gone, event) = (world.identity("gone"), world.event("update-nobody"));
        for (identity, since) in [(&gone, gone.updated_at), (&old, old.updated_at)] {
            world.guards(UNCHANGED, world.store().identities().update(identity, since, &event)).await;
        }
    }

    async fn a_removed_identity_takes_all_it_signs_in_with(world: World) {
        let (kept, kept_auth) = world.stored_universal_auth("kept").await;
        world.stored_client_secret(&kept_auth, b"kept").await;
        let before = world.raw().dump().await;
        let (identity, auth) = world.stored_universal_auth("robot").await;
        let secret = world.stored_client_secret(&auth, b"digest").await;
        let token = world.access_token(&identity);
        world.store().client_secrets().sign_in(secret.id, &token, &world.event("login")).await.unwrap();
        let membership = world.membership(&identity, &world.project);
        world.store().memberships().create(&membership, &world.event("add")).await.unwrap();

        let event = world.event("delete-identity");
        world.leaves(&event, world.store().identities().delete(identity.id, &event)).await;
        let mut after = world.raw().dump().await;
        after.insert("audit_events".to_owned(), before["audit_events"].clone());
        assert_eq!(after, before);
        assert!(world.store().identities().get(kept.organization, kept.id).await.unwrap().is_some());
        world.guards(NOT_PROTECTED, world.store().identities().delete(identity.id, &world.event("again"))).await;
    }

    async fn a_protected_identity_stays_with_all_it_has(world: World) {
        let (identity, auth) = world.stored_universal_auth("robot").await;
        world.stored_client_secret(&auth, b"digest").await;
        let protected = Identity { has_delete_protection: true, updated_at: world.tick(), ..identity.clone() };
        world.store().identities().update(&protected, identity.updated_at, &world.event("protect")).await.unwrap();
        world.guards(NOT_PROTECTED, world.store().identities().delete(protected.id, &world.event("no"))).await;
        let stored = world.store().identities().get(protected.organization, protected.id).await.unwrap();
        assert_eq!(stored, Some(protected));
    }

    async fn searching_takes_signs_as_they_are_and_no_heed_of_case(world: World) {
        for name in ["100% sure", "100 sure", "a_b", "aXb", r"back\slash", "ROBOT", "robot two", "Ärger"] {
            world.stored_identity(name).await;
        }
        for (filter, expected) in [
            (containing(&world, "%"), vec!["100% sure"]),
            (containing(&world, "_"), vec!["a_b"]),
            (containing(&world, "\\"), vec![r"back\slash"]),
            (containing(&world, "RoBo"), vec!["ROBOT", "robot two"]),
            (containing(&world, "Ärg"), vec!["Ärger"]),
            (containing(&world, "nobody"), vec![]),
            (called(&world, "robot"), vec!["ROBOT"]),
            (called(&world, "rob%"), vec![]),
            (called(&world, "A_B"), vec!["a_b"]),
        ] {
            assert_eq!(found(&world, &filter).await, expected, "{:?}", filter.name);
        }
    }

    async fn names_are_in_order_forth_and_back_page_by_page(world: World) {
        for name in ["delta", "Alpha", "charlie", "Bravo"] {
            world.stored_identity(name).await;
        }
        let all = ["Alpha", "Bravo", "charlie", "delta", "First identity"];
        assert_eq!(found(&world, &everybody(&world)).await, all);
        for (offset, expected) in [(0, &all[..2]), (2, &all[2..4]), (4, &all[4..]), (6, &[][..])] {
            assert_eq!(found(&world, &IdentityFilter { limit: 2, offset, ..everybody(&world) }).await, expected);
        }
        let descending = IdentityFilter { order: Order::Descending, ..everybody(&world) };
        let mut reversed = found(&world, &descending).await;
        reversed.reverse();
        assert_eq!(reversed, all);
    }

    async fn identities_are_found_by_role_and_with_their_universal_auth(world: World) {
        let (identity, _) = world.stored_universal_auth("robot").await;
        let filter = |role: &str| IdentityFilter { role: Some(role.to_owned()), ..everybody(&world) };
        assert_eq!(found(&world, &filter("member")).await, ["robot"]);
        assert_eq!(found(&world, &filter("admin")).await, ["First identity"]);
        assert_eq!(found(&world, &filter("no-access")).await, Vec::<String>::new());
        assert_eq!(world.store().identities().search(&filter("member")).await.unwrap(), [identity]);
        let foreign = IdentityFilter { organization: OrganizationId::generate(world.ambient()), ..everybody(&world) };
        assert_eq!(found(&world, &foreign).await, Vec::<String>::new());
    }
}
