//! A rename and what is changed below it between the judgement and the write: what nobody judged does not move.

use std::{sync::Arc, time::Duration};

use futures::future::{BoxFuture, ready};
use mayfly_app::{
    AppError,
    dynamic_secrets::{self, DynamicSecretChanges, LeasesThen, NewDynamicSecret, SecretKey, SecretPlaceName},
    environments::{self, EnvironmentChanges, EnvironmentName},
    folders::{self, FolderChanges, FolderKey, FolderPlace, NewFolder},
};
use mayfly_domain::{identity::MetadataEntry, project::FolderPath};
use mayfly_store::watch::{Spoil, Watcher, watched};
use mayfly_testkit::both_databases;

use crate::world::{Database, Server, World, shape::Shape};

/// What somebody else does just before a rename is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meanwhile {
    Labels,
    Adds(&'static str),
}

struct Scene {
    world: World,
    one: Server,
    other: Server,
}

/// The other one at work, before a rename is written.
struct InBetween {
    scene: Arc<Scene>,
    meanwhile: Meanwhile,
}

impl Watcher for InBetween {
    fn before(&self, transaction: &'static str) -> BoxFuture<'_, Spoil> {
        Box::pin(async move {
            if ["IS_AT", "IS_CALLED"].contains(&transaction) {
                self.scene.meanwhile(self.meanwhile).await;
            }
            Spoil::Nothing
        })
    }

    fn after(&self, _: &'static str) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

impl Scene {
    /// With the folder `/a`, and a dynamic secret in it.
    async fn new(database: Database) -> Arc<Self> {
        let world = World::new(1, database, &[], Duration::ZERO).await;
        let store = world.store().await;
        let one = world.server_over(store.clone(), world.direct()).await;
        let other = world.server_over(store, world.direct()).await;
        let scene = Self { world, one, other };
        let folder = NewFolder { place: scene.folders(), name: "a".parse().unwrap(), description: None };
        folders::create(&scene.one.app, &scene.world.caller, folder).await.expect("a folder is made");
        scene.add("first").await;
        Arc::new(scene)
    }

    fn folders(&self) -> FolderPlace {
        let place = self.world.place();
        FolderPlace { project: place.project, environment: place.environment, path: FolderPath::root() }
    }

    fn below(&self) -> SecretPlaceName {
        SecretPlaceName { path: FolderPath::parse("/a").unwrap(), ..self.world.place() }
    }

    async fn add(&self, name: &str) {
        let new =
            NewDynamicSecret { place: self.below(), name: name.parse().unwrap(), ..self.world.secret(Shape::Anchor) };
        dynamic_secrets::create(&self.other.app, &self.world.caller, new).await.expect("it is made");
    }

    async fn label(&self) {
        let key = SecretKey { place: self.below(), name: "first".parse().unwrap() };
        let metadata = Some(vec![MetadataEntry { key: "tier".to_owned(), value: "1".to_owned() }]);
        let changes = DynamicSecretChanges { metadata, ..Default::default() };
        let (app, caller) = (&self.other.app, &self.world.caller);
        dynamic_secrets::update(app, caller, &key, changes, LeasesThen::RunOut).await.expect("it is labelled");
    }

    async fn meanwhile(&self, what: Meanwhile) {
        match what {
            Meanwhile::Labels => self.label().await,
            Meanwhile::Adds(name) => self.add(name).await,
        }
    }

    async fn rename(&self) -> Result<(), AppError> {
        let (place, key) = (self.folders(), FolderKey::Name("a".to_owned()));
        let changes = FolderChanges { name: Some("b".parse().unwrap()), description: None };
        folders::update(&self.one.app, &self.world.caller, &place, &key, changes).await.map(|_| ())
    }

    async fn call(&self) -> Result<(), AppError> {
        let place = self.world.place();
        let changes = EnvironmentChanges { slug: Some("other".parse().unwrap()), ..Default::default() };
        let name = EnvironmentName::Slug("dev".parse().unwrap());
        environments::update(&self.one.app, &self.world.caller, &place.project, &name, changes).await.map(|_| ())
    }
}

both_databases! {
    async fn what_is_labelled_or_added_between_judgement_and_rename_does_not_move(database: Database) {
        let scene = Box::pin(Scene::new(database)).await;
        for meanwhile in [Meanwhile::Labels, Meanwhile::Adds("second"), Meanwhile::Adds("third")] {
            let watcher = || Arc::new(InBetween { scene: Arc::clone(&scene), meanwhile });
            let renamed = if meanwhile == Meanwhile::Adds("third") {
                watched(watcher(), Box::pin(scene.call())).await
            } else {
                watched(watcher(), Box::pin(scene.rename())).await
            };
            assert!(matches!(renamed, Err(AppError::ChangedMeanwhile { .. })), "{meanwhile:?}: {renamed:?}");
        }
        // With nobody in between, both are done.
        scene.rename().await.expect("the folder is renamed");
        scene.call().await.expect("the environment is renamed");
    }
}
