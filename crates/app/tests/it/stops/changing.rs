//! Stops of what changes a dynamic secret or a connection while leases live, or puts a lease in the place of another.

use std::time::Duration;

use mayfly_app::{
    AppError,
    cluster_connections::{self, ConnectionChanges, GivenCredential},
    dynamic_secrets::{self, DynamicSecretChanges, InputChanges, LeasesThen, SecretKey},
    leases::{IsForced, IssueLease, RequestKey, issue, revoke},
};
use mayfly_domain::{
    ids::{ConnectionId, LeaseId},
    lease::Lease,
    sensitive::Sensitive,
};
use mayfly_testkit::{
    both_databases,
    fake_cluster::{Calls, FakeCluster},
};

use super::{
    A_FEW, Kind, Operation, Work, in_shapes,
    removing::{connection, has_ended},
};
use crate::world::{Server, World, shape::Shape};

async fn row(world: &World, server: &Server, id: LeaseId) -> Lease {
    server.leases(world).await.into_iter().find(|lease| lease.id == id).expect("its row stays")
}

/// Ends a lease that is live, with whatever the connection is now.
async fn end(world: &World, server: &Server, id: LeaseId) {
    let ended = revoke(&server.app, &world.caller, &world.place(), &id.to_string(), IsForced::No).await;
    let state = ended.expect("it ends").state;
    assert!(["ended", "closed"].contains(&state.name()), "{state:?}");
}

/// Another lifetime and another credential for a dynamic secret. Its leases go on, and end when they end; or they end with
/// the change.
struct Editing<const ENDS: bool>;

impl<const ENDS: bool> Editing<ENDS> {
    async fn edit(world: &World, server: &Server, shape: Shape) {
        let inputs = InputChanges { cluster_token: Some(world.address().1), ..InputChanges::default() };
        let ttl = "12m".parse().expect("a lifetime");
        let changes = DynamicSecretChanges { default_ttl: Some(ttl), inputs: Some(inputs), ..Default::default() };
        let key = SecretKey { place: world.place(), name: shape.name().parse().expect("a name") };
        let leases = if ENDS { LeasesThen::End } else { LeasesThen::RunOut };
        let edited = dynamic_secrets::update(&server.app, &world.caller, &key, changes, leases).await;
        edited.expect("it is changed");
    }
}

impl<const ENDS: bool> Operation for Editing<ENDS> {
    type Prepared = (Shape, LeaseId);

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, Self::Prepared> {
        Box::pin(async move { (shape, world.issue(server, shape).await.expect("a token is issued").lease.id) })
    }

    fn carry_out<'a>(world: &'a World, server: &'a Server, (shape, _): &'a Self::Prepared) -> Work<'a, ()> {
        Box::pin(Self::edit(world, server, *shape))
    }

    fn ask_again<'a>(world: &'a World, server: &'a Server, (shape, _): &'a Self::Prepared) -> Work<'a, ()> {
        Box::pin(Self::edit(world, server, *shape))
    }

    fn look<'a>(world: &'a World, server: &'a Server, (_, lease): &'a Self::Prepared) -> Work<'a, ()> {
        Box::pin(async move {
            if ENDS {
                return has_ended(world, server, *lease).await;
            }
            assert_eq!(row(world, server, *lease).await.state.name(), "active", "this change ends no lease");
            end(world, server, *lease).await;
        })
    }
}

/// Another credential for a connection of the organization. The one before it soon stops working; leases that were issued
/// with it end all the same.
struct Rotating;

/// Longer than the credential before lives, shorter than the lease.
const AFTER_THE_CREDENTIAL: Duration = Duration::from_mins(25);
const CREDENTIAL_SECONDS: i64 = 20 * 60;

struct Rotation {
    connection: ConnectionId,
    lease: LeaseId,
}

impl Rotation {
    async fn change(&self, world: &World, server: &Server) {
        let changes = ConnectionChanges {
            credential: Some(GivenCredential::Token(world.address().1)),
            ..ConnectionChanges::default()
        };
        let done = cluster_connections::update(&server.app, &world.caller, self.connection, changes).await;
        done.expect("it is changed");
    }

    /// A credential that soon stops working.
    fn short_credential(world: &World) -> Sensitive<String> {
        let issuer = FakeCluster::DYNAMIC_ISSUER.rsplit(':').next().expect("a name");
        Sensitive::from(
            world.cluster.token_of(FakeCluster::DYNAMIC_ISSUER_NAMESPACE, issuer, CREDENTIAL_SECONDS).as_str(),
        )
    }
}

impl Operation for Rotating {
    type Prepared = Rotation;

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, Rotation> {
        Box::pin(async move {
            let name = format!("connection-{}", server.leases(world).await.len());
            let connection = connection(world, server, (&name, Rotation::short_credential(world))).await;
            let mut secret = world.secret(shape);
            secret.name = name.parse().expect("a name");
            secret.connection = dynamic_secrets::ConnectionSource::Shared(connection);
            let name = secret.name.clone();
            dynamic_secrets::create(&server.app, &world.caller, secret).await.expect("a dynamic secret is made");
            let ttl = Some("1h".parse().expect("a lifetime"));
            let wish = IssueLease { name, ttl, ..world.wish(shape) };
            let issued = issue(&server.app, &world.caller, wish).await.expect("a token is issued");
            Rotation { connection, lease: issued.lease.id }
        })
    }

    fn carry_out<'a>(world: &'a World, server: &'a Server, rotation: &'a Rotation) -> Work<'a, ()> {
        Box::pin(rotation.change(world, server))
    }

    fn ask_again<'a>(world: &'a World, server: &'a Server, rotation: &'a Rotation) -> Work<'a, ()> {
        Box::pin(rotation.change(world, server))
    }

    fn look<'a>(world: &'a World, server: &'a Server, rotation: &'a Rotation) -> Work<'a, ()> {
        Box::pin(async move {
            assert_eq!(row(world, server, rotation.lease).await.state.name(), "active", "a change ends no lease");
            world.clock.advance(AFTER_THE_CREDENTIAL);
            end(world, server, rotation.lease).await;
        })
    }
}

/// A lease that takes the place of another, asked for with a key.
pub(super) struct Replacing;

pub(super) struct Replacement {
    shape: Shape,
    old: LeaseId,
    key: String,
}

impl Replacement {
    fn wish(&self, world: &World, key: &str) -> IssueLease {
        let key = Some(RequestKey::new(key.to_owned(), self.key.as_bytes()));
        let replaces = Some(self.old.to_string());
        IssueLease { key, replaces, reason: Some(self.key.clone()), ..world.wish(self.shape) }
    }

    /// What took its place: its time may be up by now.
    async fn others(&self, world: &World, server: &Server) -> Vec<Lease> {
        let is_other = |lease: &Lease| lease.reason.as_ref() == Some(&self.key) && lease.state.grant().is_some();
        server.leases(world).await.into_iter().filter(is_other).collect()
    }
}

impl Operation for Replacing {
    type Prepared = Replacement;

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, Replacement> {
        Box::pin(async move {
            let old = world.issue(server, shape).await.expect("a token is issued").lease.id;
            // Not the id itself: events are told apart by the ids in them.
            Replacement { shape, old, key: format!("replace {}", old.to_string().replace('-', "")) }
        })
    }

    fn carry_out<'a>(world: &'a World, server: &'a Server, replacement: &'a Replacement) -> Work<'a, ()> {
        Box::pin(async move {
            let issued = issue(&server.app, &world.caller, replacement.wish(world, &replacement.key)).await;
            let replaced = issued.expect("a token is issued").replaced.expect("the old one");
            assert!(["ended", "closed"].contains(&replaced.state.name()), "{replaced:?}");
        })
    }

    /// With the same key: it is carried out, or whoever asks hears what became of it.
    fn ask_again<'a>(world: &'a World, server: &'a Server, replacement: &'a Replacement) -> Work<'a, ()> {
        Box::pin(async move {
            match issue(&server.app, &world.caller, replacement.wish(world, &replacement.key)).await {
                Ok(_) | Err(AppError::KeyStillUsed | AppError::LeaseNotFound(_)) => {}
                Err(AppError::KeyUsed { lease, .. }) => drop(row(world, server, lease).await),
                Err(error) => panic!("asked again: {error}"),
            }
        })
    }

    /// The old one ends only after another took its place. Where it is the old one still, another request replaces it.
    fn look<'a>(world: &'a World, server: &'a Server, replacement: &'a Replacement) -> Work<'a, ()> {
        Box::pin(async move {
            if row(world, server, replacement.old).await.state.name() == "active" {
                let again = replacement.wish(world, &format!("{}-again", replacement.key));
                issue(&server.app, &world.caller, again).await.expect("a token is issued");
            }
            has_ended(world, server, replacement.old).await;
            let others = replacement.others(world, server).await;
            assert!(!others.is_empty(), "the old lease ended, and nothing takes its place");
            for other in others.iter().filter(|other| other.state.name() == "active") {
                end(world, server, other.id).await;
            }
        })
    }
}

both_databases! {
    async fn a_change_of_a_dynamic_secret_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        let hits = in_shapes::<Editing<false>>(kind, &A_FEW).await;
        hits.demand("change of a secret", &["LIES_AT"], &[Calls::Version]);
    }

    async fn a_change_that_ends_leases_and_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        let hits = in_shapes::<Editing<true>>(kind, &A_FEW).await;
        hits.demand("change that ends leases", &["LIES_AT"], &[Calls::Version]);
    }

    async fn a_rotation_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        let hits = in_shapes::<Rotating>(kind, &A_FEW).await;
        hits.demand("rotation", &["UPDATE_SHARING"], &[Calls::Version]);
    }

    async fn a_replacement_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        let hits = in_shapes::<Replacing>(kind, &A_FEW).await;
        let calls = [Calls::Token, Calls::DeleteBinding, Calls::DeleteAccount, Calls::DeleteRole, Calls::DeleteSecret];
        hits.demand("replacement", &["RESERVE", "ACTIVATE", "BEGIN", "FINISH", "CLOSE"], &calls);
    }
}
