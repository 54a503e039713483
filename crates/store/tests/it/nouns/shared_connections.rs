//! Connections of the organization: stored as they were made, changed by who has seen them last, and kept while used.

use mayfly_domain::{
    caller::Actor,
    connection::{ClusterIdentity, Target, Verification},
    dynamic_secret::{Connection, Credential, DynamicSecret, Revocable},
    ids::ConnectionId,
    kubernetes_name::Namespace,
    membership::Principal,
    outside_auth::{KubernetesTrust, ReviewBy, Trust},
    renewal::TokenState,
    sensitive::Sensitive,
    shared_connection::{BindingShape, ClientAddress, ConnectionLimits, Openings, SharedWith, Sharing},
};
use mayfly_store::{StoreError, UNCHANGED, dynamic_secrets::Removal};
use mayfly_testkit::both_databases;

use crate::support::{
    SECRET_TOKEN, World, address, address_of,
    outside::{kubernetes, outside_auth},
};

fn sharing(world: &World, name: &str) -> Sharing {
    Sharing {
        name: name.parse().expect("a name"),
        projects: SharedWith::Named(vec![world.project.id]),
        limits: ConnectionLimits {
            namespaces: Some(vec!["payments".parse().expect("a namespace")]),
            shapes: Some(vec![BindingShape::Role, BindingShape::ClusterRoleInNamespace]),
            max_ttl: Some("8h".parse().expect("a lifetime")),
            openings: Openings { whole_cluster: true, ..Openings::default() },
            ..ConnectionLimits::default()
        },
        clients: ClientAddress { url: Some("https://public.example".parse().expect("an address")), ca: None },
    }
}

/// One of the organization, not stored.
pub(crate) fn connection(world: &World, name: &str) -> Connection {
    let created_at = world.tick();
    Connection {
        id: ConnectionId::generate(world.ambient()),
        organization: world.organization.id,
        owner: None,
        sharing: Some(sharing(world, name)),
        version: 1,
        address: address("https://kubernetes.example:6443"),
        cluster: Some(ClusterIdentity::KubeSystem("one".to_owned())),
        token: TokenState::default(),
        created_at,
        updated_at: created_at,
    }
}

/// One of the organization, stored.
pub(crate) async fn stored(world: &World, name: &str) -> Connection {
    let connection = connection(world, name);
    let (token, event) = (Sensitive::from(SECRET_TOKEN), world.event("create"));
    world.leaves(&event, world.store().connections().create(&connection, &token, &event)).await;
    connection
}

async fn get(world: &World, id: ConnectionId) -> Option<(Connection, Target)> {
    world.store().connections().get_with_target(world.organization.id, id).await.expect("it is read")
}

async fn attached(world: &World, connection: &Connection) -> DynamicSecret {
    let secret = DynamicSecret { connection: connection.clone(), ..world.secret("ci") };
    world.store().dynamic_secrets().create(&secret, None, &world.event("create")).await.expect("it is made");
    secret
}

both_databases! {
    async fn who_says_where_a_connection_goes_keeps_each_machine_that_its_cluster_vouches_for(world: World) {
        let connection = stored(&world, "shared").await;
        let (reviewed, attaching) = (world.stored_identity("reviewed").await, world.stored_identity("attaching").await);
        let Trust::Kubernetes(trust) = kubernetes("https://kubernetes.example") else { unreachable!("it is a cluster's") };
        let review = ReviewBy::Connection { connection: connection.id };
        let auth = outside_auth(&world, &reviewed, Trust::Kubernetes(KubernetesTrust { review, ..trust }));
        let mut event = world.event("attach");
        event.actor = Actor::Identity { identity_id: attaching.id, name: attaching.name.to_string() };
        world.store().outside_auths().create(&auth, None, &event).await.unwrap();
        let keepers = async || world.store().keepers().of_identity(reviewed.id).await.unwrap();
        let found = keepers().await;
        assert!(found.contains(&Principal::Identity(attaching.id)), "{found:?}");
        assert!(found.contains(&Principal::Identity(world.admin.id)), "they made the connection: {found:?}");

        let mut event = world.event("change");
        event.actor = world.person_actor();
        let renamed = Connection { updated_at: world.tick(), ..connection.clone() };
        world.store().connections().update(&renamed, connection.updated_at, None, &event).await.unwrap();
        assert!(!keepers().await.contains(&Principal::User(world.user.id)), "a name lets nobody in");
        let moved = Connection { updated_at: world.tick(), ..renamed.clone() };
        let (token, mut event) = (Sensitive::from(SECRET_TOKEN), world.event("move"));
        event.actor = world.person_actor();
        world.store().connections().update(&moved, renamed.updated_at, Some(&token), &event).await.unwrap();
        assert!(keepers().await.contains(&Principal::User(world.user.id)));
    }

    async fn one_is_stored_as_it_was_made_with_its_credential(world: World) {
        let connection = stored(&world, "staging").await;
        let (found, target) = get(&world, connection.id).await.expect("it is there");
        assert_eq!(found, connection);
        assert_eq!((target.credential.expose().as_str(), target.verification), (SECRET_TOKEN, Verification::Full));
        let pages = world.store().connections();
        let private = world.stored_secret("private").await;
        let all = pages.page(world.organization.id, None, 10).await.unwrap();
        assert_eq!(all, [connection.clone(), private.connection], "in the order of their making");
        assert_eq!(pages.page(world.organization.id, Some(connection.id), 10).await.unwrap().len(), 1);
        assert_eq!(pages.page(world.organization.id, None, 1).await.unwrap().len(), 1);
    }

    async fn a_name_is_taken_once_and_private_ones_have_none(world: World) {
        stored(&world, "staging").await;
        world.stored_secret("one").await;
        world.stored_secret("two").await;
        let (again, token) = (connection(&world, "staging"), Sensitive::from(SECRET_TOKEN));
        let event = world.event("create");
        world.is_taken("connections_name", world.store().connections().create(&again, &token, &event)).await;
    }

    async fn a_change_keeps_the_credential_unless_it_brings_one(world: World) {
        let old = stored(&world, "staging").await;
        let renamed = Connection { sharing: Some(sharing(&world, "prod")), updated_at: world.tick(), ..old.clone() };
        let connections = world.store().connections();
        let event = world.event("update");
        world.leaves(&event, connections.update(&renamed, old.updated_at, None, &event)).await;
        let (found, target) = get(&world, old.id).await.unwrap();
        assert_eq!((&found, target.credential.expose().as_str()), (&renamed, SECRET_TOKEN));
        world.guards(UNCHANGED, connections.update(&renamed, old.updated_at, None, &world.event("late"))).await;
        let moved =
            Connection { address: address("https://other.example"), updated_at: world.tick(), ..renamed.clone() };
        let (token, event) = (Sensitive::from("another token"), world.event("rotate"));
        world.leaves(&event, connections.update(&moved, renamed.updated_at, Some(&token), &event)).await;
        let (found, target) = get(&world, old.id).await.unwrap();
        assert_eq!((found.version, target.credential.expose().as_str()), (2, "another token"));
        let versions = connections.versions(old.id).await.unwrap();
        assert_eq!(versions.len(), 2, "the older one stays for leases that run");
        assert_eq!(versions[1].target.credential.expose().as_str(), SECRET_TOKEN);
    }

    async fn one_that_is_used_stays_and_says_by_what(world: World) {
        let connection = stored(&world, "staging").await;
        let secret = attached(&world, &connection).await;
        let found = world.store().dynamic_secrets().get(&address_of(&secret), &secret.name).await.unwrap().unwrap();
        assert_eq!(found, secret, "the secret has the connection with its limits");
        let connections = world.store().connections();
        let error = world.refuses(connections.delete(connection.id, &world.event("delete"))).await;
        assert!(matches!(error, StoreError::ForeignKey { .. }), "{error:?}");
        let users = connections.users(connection.id, 10).await.unwrap();
        let [user] = &users.secrets[..] else { panic!("{users:?}") };
        assert_eq!((user.id, user.name.as_str(), user.path.as_str()), (secret.id, "ci", "/"));
        let lease = world.removable(&secret).await.lease;
        assert_eq!(connections.users(connection.id, 10).await.unwrap().leases, [lease.id]);
        let removal = Removal { connection: None, ..world.removal(&secret) };
        world.store().dynamic_secrets().delete(&removal).await.expect("the secret goes, and its connection stays");
        let event = world.event("delete");
        world.guards("no lease needs the connection any more", connections.delete(connection.id, &event)).await;
    }

    async fn one_is_listed_once_with_the_namespaces_of_all_its_secrets(world: World) {
        let connection = stored(&world, "staging").await;
        for (name, namespace) in [("one", "team-b"), ("two", "team-a"), ("three", "team-a")] {
            let credential = Credential::Static {
                namespace: namespace.parse().unwrap(),
                service_account_name: "deployer".parse().unwrap(),
                revocable: Revocable::default(),
            };
            let secret = DynamicSecret { connection: connection.clone(), credential, ..world.secret(name) };
            world.store().dynamic_secrets().create(&secret, None, &world.event("create")).await.expect("it is made");
        }
        let listed = world.store().connections().list().await.unwrap();
        let [Ok(used)] = &listed[..] else { panic!("{listed:?}") };
        let namespaces: Vec<&str> = used.namespaces.iter().map(Namespace::as_str).collect();
        assert_eq!((used.id, used.owner, namespaces), (connection.id, None, vec!["team-a", "team-b"]));
    }

    async fn one_that_nothing_uses_goes(world: World) {
        let connection = stored(&world, "staging").await;
        let event = world.event("delete");
        world.leaves(&event, world.store().connections().delete(connection.id, &event)).await;
        assert_eq!(get(&world, connection.id).await, None);
        assert!(world.store().connections().users(connection.id, 10).await.unwrap().is_empty());
        world.guards("the connection is still there", world.store().connections().delete(connection.id, &event)).await;
    }
}
