//! An installation with one project and one dynamic secret, whose time and chance are the test's.

use std::{sync::Arc, time::Duration};

use mayfly_app::{
    App, AppError, Settings,
    bootstrap::{Bootstrap, Bootstrapped, bootstrap},
    dynamic_secrets::{ConnectionSource, NewDynamicSecret, RevocableWish, SecretPlaceName, create},
    environments::EnvironmentName,
    leases::{HistoryFilter, HistoryQuery, IssueLease, IssuedLease, Verify, history, issue},
    projects::{DefaultEnvironments, NewProject, ProjectName},
};
use mayfly_domain::{
    access::role::OrganizationRole,
    caller::{Actor, Caller, Origin},
    clock::Ambient,
    dynamic_secret::{ConnectionAddress, Credential},
    lease::Lease,
    project::FolderPath,
    sensitive::Sensitive,
};
use mayfly_providers::Providers;
use mayfly_store::{
    DatabaseOptions, Execution, MasterKeySource, SqliteOptions, Store, StoreOptions, audit_events::AuditFilter,
};
use mayfly_testkit::clock::TestClock;
use tempfile::TempDir;

use crate::{scripted_place::ScriptedPlace, world::nobody_outside};

pub(crate) struct Scene {
    pub(crate) app: App,
    pub(crate) clock: TestClock,
    pub(crate) place: Arc<ScriptedPlace>,
    pub(crate) store: Store,
    pub(crate) caller: Caller,
    pub(crate) where_it_is: SecretPlaceName,
    _folder: TempDir,
}

impl Scene {
    pub(crate) async fn new(seed: u64, execution: Execution) -> Self {
        Self::beside(nobody_outside, seed, execution).await
    }

    /// One that reaches these identity providers.
    pub(crate) async fn beside(outside: fn(&Ambient) -> Providers, seed: u64, execution: Execution) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = TestClock::default();
        let ambient = clock.ambient(seed);
        let database = DatabaseOptions::Sqlite(SqliteOptions { folder: folder.path().join("data"), execution });
        let master_key = Some(MasterKeySource::Base64("dGhlIG1hc3RlciBrZXkgb2YgbWF5Zmx5J3MgdGVzdHM=".into()));
        let options = StoreOptions { database, master_key, ambient: ambient.clone() };
        let store = Store::open(options).await.expect("a new store opens");
        let place = Arc::new(ScriptedPlace::new(ambient.clone()));
        let app = App::start(store.clone(), place.clone(), outside(&ambient), ambient, Settings::default())
            .await
            .expect("the app starts");
        let caller = first_caller(&app).await;
        let where_it_is = secret(&app, &caller).await;
        Self { app, clock, place, store, caller, where_it_is, _folder: folder }
    }

    pub(crate) fn wish(&self) -> IssueLease {
        IssueLease {
            place: self.where_it_is.clone(),
            name: "ci".parse().expect("a name"),
            ttl: None,
            namespace: None,
            config: None,
            reason: Some("a test".to_owned()),
            verify: Verify::Skip,
            key: None,
            replaces: None,
        }
    }

    pub(crate) async fn issue(&self) -> Result<IssuedLease, AppError> {
        issue(&self.app, &self.caller, self.wish()).await
    }

    pub(crate) fn wait(&self, duration: Duration) {
        self.clock.advance(duration);
    }

    /// Every lease, newest first.
    pub(crate) async fn leases(&self) -> Vec<Lease> {
        let project = self.where_it_is.project.clone();
        let filter = HistoryFilter::default();
        let query = HistoryQuery { project: Some(project), filter, before: None, limit: HistoryQuery::LONGEST_PAGE };
        history(&self.app, &self.caller, query).await.expect("the history is read").leases
    }

    /// The kinds of all events with the lease they tell of, oldest first; and everything in them, as text.
    pub(crate) async fn events(&self) -> Vec<(String, String)> {
        let mut events =
            self.store.audit_events().list(&AuditFilter::everything()).await.expect("the audit log is read");
        events.reverse();
        events.into_iter().map(|event| (event.kind.clone(), format!("{event:?}"))).collect()
    }
}

pub(crate) async fn first_caller(app: &App) -> Caller {
    let origin = Origin { ip_address: None, user_agent: "tests".to_owned() };
    let request = Bootstrap {
        email: "admin@acme.example".to_owned(),
        password: "correct horse battery".parse().expect("a password"),
        organization: "Acme".parse().expect("a name"),
    };
    let Bootstrapped { organization, identity, .. } =
        bootstrap(app, origin.clone(), request).await.expect("the first administrator is made");
    Caller {
        actor: Actor::Identity { identity_id: identity.id, name: identity.name.to_string() },
        organization: Some(organization.id),
        organization_role: Some(OrganizationRole::Admin),
        access_token: None,
        session: None,
        origin,
    }
}

async fn secret(app: &App, caller: &Caller) -> SecretPlaceName {
    let project = NewProject {
        name: "Payments".parse().expect("a name"),
        slug: None,
        description: None,
        has_delete_protection: false,
        environments: DefaultEnvironments::Create,
    };
    let project = mayfly_app::projects::create(app, caller, project).await.expect("a project is made");
    let place = SecretPlaceName {
        project: ProjectName::Id(project.id),
        environment: EnvironmentName::Slug("dev".parse().expect("a slug")),
        path: FolderPath::root(),
    };
    let secret = NewDynamicSecret {
        place: place.clone(),
        name: "ci".parse().expect("a name"),
        default_ttl: "1h".parse().expect("a lifetime"),
        max_ttl: None,
        connection: ConnectionSource::Own {
            address: ConnectionAddress {
                url: "https://kubernetes.example:6443".parse().expect("an address"),
                ca: None,
                ssl_enabled: false,
                ssl_reject_unauthorized: true,
                token_file: None,
                route: mayfly_domain::connection::Route::Direct,
            },
            cluster_token: Sensitive::from("the-cluster-token"),
        },
        credential: Credential::Static {
            namespace: "payments".parse().expect("a namespace"),
            service_account_name: "deployer".parse().expect("a name"),
            revocable: RevocableWish::No.undecided(),
        },
        username_template: None,
        audiences: Vec::new(),
        metadata: Vec::new(),
    };
    create(app, caller, secret).await.expect("a dynamic secret is made");
    place
}
