//! Stops of what takes leases with it: the removal of a dynamic secret, of what it lies in, and of the connection that it is
//! pointed at.

use mayfly_app::{
    AppError,
    cluster_connections::{self, GivenCredential, NewConnection},
    dynamic_secrets::{self, ConnectionSource, LeasesThen, NewDynamicSecret, SecretKey, SecretPlaceName},
    environments::{self, EnvironmentName, NewEnvironment},
    folders::{self, Contents, FolderKey, FolderPlace, NewFolder},
    leases::{IssueLease, issue, reap},
    projects::{self, DefaultEnvironments, NewProject, ProjectName},
};
use mayfly_domain::{
    ids::{ConnectionId, LeaseId, ProjectId},
    project::FolderPath,
    sensitive::Sensitive,
    shared_connection::{ClientAddress, ConnectionLimits, Openings, SharedWith, Sharing},
};
use mayfly_testkit::{both_databases, fake_cluster::Calls};

use super::{A_FEW, Kind, Operation, Work, in_shapes};
use crate::world::{Server, World, shape::Shape};

/// What is made to be removed.
const GONE: &str = "gone";

/// A dynamic secret that is to go, with a live lease.
pub(super) struct Gone {
    place: SecretPlaceName,
    pub(super) lease: LeaseId,
}

impl Gone {
    /// Makes it in `place`, over a connection of its own or another.
    pub(super) async fn make(
        world: &World,
        server: &Server,
        shape: Shape,
        (place, connection): (SecretPlaceName, Option<ConnectionId>),
    ) -> Self {
        let own = world.secret(shape);
        let connection = connection.map_or(own.connection, ConnectionSource::Shared);
        let secret = NewDynamicSecret { place, name: GONE.parse().expect("a name"), connection, ..own };
        let (place, name) = (secret.place.clone(), secret.name.clone());
        dynamic_secrets::create(&server.app, &world.caller, secret).await.expect("a dynamic secret is made");
        let wish = IssueLease { place: place.clone(), name, ..world.wish(shape) };
        let issued = issue(&server.app, &world.caller, wish).await.expect("a token is issued");
        Self { place, lease: issued.lease.id }
    }

    fn key(&self) -> SecretKey {
        SecretKey { place: self.place.clone(), name: GONE.parse().expect("a name") }
    }

    async fn remove(&self, world: &World, server: &Server) -> Result<(), AppError> {
        dynamic_secrets::delete(&server.app, &world.caller, &self.key(), LeasesThen::End).await.map(drop)
    }

    fn folder(&self) -> FolderPlace {
        let SecretPlaceName { project, environment, .. } = self.place.clone();
        FolderPlace { project, environment, path: FolderPath::root() }
    }

    /// It is gone, and its lease is over or at least ended for its holder.
    async fn is_gone(&self, world: &World, server: &Server) {
        let SecretKey { place, name } = self.key();
        let found = dynamic_secrets::get(&server.app, &world.caller, &place, &name).await;
        assert!(matches!(found, Err(AppError::NotFound { .. })), "the dynamic secret is gone");
        has_ended(world, server, self.lease).await;
    }
}

/// A lease is over; one that cannot be taken back is closed.
pub(super) async fn has_ended(world: &World, server: &Server, lease: LeaseId) {
    let lease = server.leases(world).await.into_iter().find(|row| row.id == lease).expect("its row stays");
    assert!(["ended", "closed"].contains(&lease.state.name()), "{lease:?}");
}

/// What was asked for again is done now, or was done before.
fn done_or_gone(result: Result<(), AppError>) {
    match result {
        Ok(()) | Err(AppError::NotFound { .. }) => {}
        Err(error) => panic!("asked again: {error}"),
    }
}

/// An operation that removes something with a dynamic secret in it.
macro_rules! removals {
    ($($(#[$doc:meta])* $name:ident { $prepare:expr, $remove:expr })+) => {$(
        $(#[$doc])*
        struct $name;

        impl Operation for $name {
            type Prepared = Gone;

            fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, Gone> {
                Box::pin(async move {
                    let place = $prepare(world, server).await;
                    Gone::make(world, server, shape, (place, None)).await
                })
            }

            fn carry_out<'a>(world: &'a World, server: &'a Server, gone: &'a Gone) -> Work<'a, ()> {
                Box::pin(async move { $remove(world, server, gone).await.expect("it is removed") })
            }

            fn ask_again<'a>(world: &'a World, server: &'a Server, gone: &'a Gone) -> Work<'a, ()> {
                Box::pin(async move { done_or_gone($remove(world, server, gone).await) })
            }

            fn look<'a>(world: &'a World, server: &'a Server, gone: &'a Gone) -> Work<'a, ()> {
                Box::pin(gone.is_gone(world, server))
            }
        }
    )+};
}

removals! {
    /// A dynamic secret by itself.
    RemovingSecret { async |world: &World, _: &Server| world.place(), async |world, server, gone: &Gone| {
        gone.remove(world, server).await
    } }

    /// A folder with one in it.
    RemovingFolder { folder, async |world: &World, server: &Server, gone: &Gone| {
        let key = FolderKey::Name(GONE.to_owned());
        folders::delete(&server.app, &world.caller, &gone.folder(), &key, Contents::Remove).await.map(drop)
    } }

    /// An environment with one in it.
    RemovingEnvironment { environment, async |world: &World, server: &Server, gone: &Gone| {
        let SecretPlaceName { project, environment, .. } = &gone.place;
        environments::delete(&server.app, &world.caller, project, environment).await.map(drop)
    } }

    /// A project with one in it.
    RemovingProject { project, async |world: &World, server: &Server, gone: &Gone| {
        projects::delete(&server.app, &world.caller, &gone.place.project).await.map(drop)
    } }
}

async fn folder(world: &World, server: &Server) -> SecretPlaceName {
    let SecretPlaceName { project, environment, path } = world.place();
    let name = GONE.parse().expect("a name");
    let inner = path.join(&name).expect("a path");
    let place = FolderPlace { project: project.clone(), environment: environment.clone(), path };
    let folder = NewFolder { place, name, description: None };
    folders::create(&server.app, &world.caller, folder).await.expect("a folder is made");
    SecretPlaceName { project, environment, path: inner }
}

async fn environment(world: &World, server: &Server) -> SecretPlaceName {
    let place = world.place();
    let new =
        NewEnvironment { name: "Gone".parse().expect("a name"), slug: GONE.parse().expect("a slug"), position: None };
    environments::create(&server.app, &world.caller, &place.project, new).await.expect("an environment is made");
    SecretPlaceName { environment: EnvironmentName::Slug(GONE.parse().expect("a slug")), ..place }
}

async fn project(world: &World, server: &Server) -> SecretPlaceName {
    let new = NewProject {
        name: "Gone".parse().expect("a name"),
        slug: None,
        description: None,
        has_delete_protection: false,
        environments: DefaultEnvironments::Create,
    };
    let project: ProjectId = projects::create(&server.app, &world.caller, new).await.expect("a project is made").id;
    world.add_project(project);
    SecretPlaceName { project: ProjectName::Id(project), ..world.place() }
}

/// A connection of the organization to the cluster of `world`, with this token.
pub(super) async fn connection(
    world: &World,
    server: &Server,
    (name, cluster_token): (&str, Sensitive<String>),
) -> ConnectionId {
    let (address, _) = world.address();
    let sharing = Sharing {
        name: name.parse().expect("a name"),
        projects: SharedWith::All,
        limits: ConnectionLimits { openings: Openings::ALL, ..ConnectionLimits::default() },
        clients: ClientAddress::default(),
    };
    let new = NewConnection { sharing, address, credential: GivenCredential::Token(cluster_token), renews_token: None };
    cluster_connections::create(&server.app, &world.caller, new).await.expect("a connection is made").id
}

/// A connection of the organization: what is pointed at it goes first, its leases end, and then it goes.
struct RemovingConnection;

impl RemovingConnection {
    async fn remove(world: &World, server: &Server, (gone, connection): &(Gone, ConnectionId)) -> Result<(), AppError> {
        done_or_gone(gone.remove(world, server).await);
        reap(&server.app).await?;
        cluster_connections::delete(&server.app, &world.caller, *connection).await.map(drop)
    }
}

impl Operation for RemovingConnection {
    type Prepared = (Gone, ConnectionId);

    fn prepare<'a>(world: &'a World, server: &'a Server, shape: Shape) -> Work<'a, Self::Prepared> {
        Box::pin(async move {
            let connection = connection(world, server, (GONE, world.address().1)).await;
            (Gone::make(world, server, shape, (world.place(), Some(connection))).await, connection)
        })
    }

    fn carry_out<'a>(world: &'a World, server: &'a Server, prepared: &'a Self::Prepared) -> Work<'a, ()> {
        Box::pin(async move { Self::remove(world, server, prepared).await.expect("it is removed") })
    }

    fn ask_again<'a>(world: &'a World, server: &'a Server, prepared: &'a Self::Prepared) -> Work<'a, ()> {
        Box::pin(async move {
            match Self::remove(world, server, prepared).await {
                // Whoever died had begun to end its lease, and it takes a minute to see that they are gone.
                Err(AppError::ConnectionInUse(users)) => assert_eq!(users.leases, [prepared.0.lease]),
                other => done_or_gone(other),
            }
        })
    }

    fn look<'a>(world: &'a World, server: &'a Server, prepared: &'a Self::Prepared) -> Work<'a, ()> {
        Box::pin(async move {
            done_or_gone(Self::remove(world, server, prepared).await);
            prepared.0.is_gone(world, server).await;
        })
    }
}

both_databases! {
    async fn a_removal_of_a_dynamic_secret_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        in_shapes::<RemovingSecret>(kind, &A_FEW).await.demand("removal of a secret", &["DELETE"], &[]);
    }

    async fn a_removal_of_a_folder_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        in_shapes::<RemovingFolder>(kind, &A_FEW).await.demand("removal of a folder", &["IS_AT"], &[]);
    }

    async fn a_removal_of_an_environment_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        in_shapes::<RemovingEnvironment>(kind, &A_FEW).await.demand("removal of an environment", &["DELETE"], &[]);
    }

    async fn a_removal_of_a_project_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        in_shapes::<RemovingProject>(kind, &A_FEW).await.demand("removal of a project", &["DELETE"], &[]);
    }

    async fn a_removal_of_a_connection_that_is_stopped_anywhere_is_finished_by_asking_again(kind: Kind) {
        let hits = in_shapes::<RemovingConnection>(kind, &A_FEW).await;
        let calls = [Calls::DeleteBinding, Calls::DeleteAccount, Calls::DeleteRole, Calls::DeleteSecret];
        hits.demand("removal of a connection", &["DELETE", "RECORD_DUE", "FINISH", "UNFINISHED"], &calls);
    }
}
