//! Databases of every released version, with rows in them, become what a new one is, and everything reads back.
//!
//! `tests/data/README.md` says how a release adds itself.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mayfly_domain::{
    audit::{AccessEvent, AuditEvent},
    caller::{Actor, Origin},
    ids::{AuditEventId, DynamicSecretId},
    lease::{EndReason, Lease, Outcome},
    membership::Principal,
    project::FolderPath,
    sensitive::Sensitive,
    ttl::EndsWhen,
};
use mayfly_testkit::{both_databases, clock::TestClock};
use tokio_postgres::NoTls;

use super::{
    fixture::{Fixture, Place},
    schema,
};
use crate::{
    MasterKeySource, Store, StoreOptions,
    audit_events::AuditFilter,
    database::DatabaseOptions,
    dynamic_secrets::SecretAddress,
    identities::{IdentityFilter, NameFilter, Order},
    leases::{
        HistoryPage,
        removing::{Beginning, Claim, Claimed},
    },
    migrations::{MIGRATIONS, Migration},
    postgres::Statements,
    sql::{Sql, statements},
    sqlite::Execution,
    value::values,
};

/// What a version left behind.
struct Released {
    version: &'static str,
    /// How many migrations it had.
    migrations: usize,
    rows: &'static str,
}

const RELEASED: [Released; 1] =
    [Released { version: "0.1.0", migrations: 2, rows: include_str!("../../tests/data/0.1.0/rows.sql") }];

/// Of the tests that wrote the rows.
const MASTER_KEY: &str = "dGhlIG1hc3RlciBrZXkgb2YgbWF5Zmx5J3MgdGVzdHM=";

/// Opening the store reads the first three, bootstrapping writes people, and nothing lists tokens.
const WITHOUT_NOUN: [&str; 5] = ["installation", "master_keys", "data_keys", "users", "access_tokens"];

/// What a page of anything holds at most here: more than there is.
const ALL: i64 = 1000;

impl Released {
    /// The tables it had.
    fn tables(&self) -> impl Iterator<Item = &'static str> {
        let names = self.rows.lines().filter_map(|line| line.split(' ').nth(2));
        names.collect::<BTreeSet<_>>().into_iter()
    }

    /// How many rows it left in `table`.
    fn rows_of(&self, table: &str) -> usize {
        let start = format!("INSERT INTO {table} ");
        self.rows.lines().filter(|line| line.starts_with(&start)).count()
    }
}

/// Counts what was read of each table, through the nouns that read it.
#[derive(Default)]
struct ReadBack {
    counts: BTreeMap<&'static str, usize>,
    secrets: Vec<DynamicSecretId>,
}

impl ReadBack {
    fn add(&mut self, table: &'static str, count: usize) {
        *self.counts.entry(table).or_default() += count;
    }

    async fn everything(store: &Store) -> Self {
        let mut read = Self::default();
        let organization = store.organizations().get().await.unwrap().unwrap();
        read.add("organizations", 1);
        read.add("signing_keys", store.signing_keys().list().await.unwrap().len());
        read.add("seal_keys", store.seal_keys().list().await.unwrap().len());
        read.events_and_tokens(store).await;
        let filter = IdentityFilter {
            organization: organization.id,
            name: NameFilter::Any,
            role: None,
            order: Order::Ascending,
            limit: ALL,
            offset: 0,
        };
        let mut projects = BTreeSet::new();
        let people = store.users().page(organization.id, None, ALL).await.unwrap();
        for identity in store.identities().search(&filter).await.unwrap() {
            read.add("identities", 1);
            // It was made before anybody noted who stands behind it.
            let keepers = store.keepers().of_identity(identity.id).await.unwrap();
            assert_eq!(keepers, [Principal::User(people[0].id)], "who stands behind {}", identity.name.as_str());
            if let Some(auth) = store.universal_auths().get(organization.id, identity.id).await.unwrap() {
                read.add("universal_auths", 1);
                read.add("client_secrets", store.client_secrets().list(auth.id).await.unwrap().len());
            }
            let own =
                store.projects().list_of_principal(organization.id, Principal::Identity(identity.id)).await.unwrap();
            projects.extend(own.iter().map(|project| project.id));
        }
        for id in projects {
            let project = store.projects().get(organization.id, id).await.unwrap().unwrap();
            read.add("projects", 1);
            read.project(store, &project).await;
        }
        read
    }

    async fn events_and_tokens(&mut self, store: &Store) {
        for event in store.audit_events().list(&AuditFilter::everything()).await.unwrap() {
            self.add("audit_events", 1);
            if let Some(id) = event.metadata["identityAccessTokenId"].as_str() {
                assert!(store.access_tokens().get(id.parse().unwrap()).await.unwrap().is_some());
                self.add("access_tokens told of", 1);
            }
        }
    }

    async fn project(&mut self, store: &Store, project: &mayfly_domain::project::Project) {
        self.add("memberships", store.memberships().all(project.id).await.unwrap().len());
        let mut connections = BTreeSet::new();
        for environment in &project.environments {
            self.add("environments", 1);
            let root = FolderPath::root();
            assert!(store.folders().get_by_path(environment.id, &root).await.unwrap().is_some());
            self.add("folders", 1 + store.folders().list_below(environment.id, &root).await.unwrap().len());
            for secret in store.dynamic_secrets().list_below(environment.id, &root).await.unwrap() {
                let place = &secret.place;
                let address =
                    SecretAddress { project: project.id, environment: &place.environment_slug, path: &place.path };
                let opened = store.dynamic_secrets().get_with_target(&address, &secret.name).await.unwrap();
                assert!(!opened.unwrap().1.credential.expose().is_empty());
                self.add("dynamic_secrets", 1);
                self.add("connections", 1);
                connections.insert(secret.connection.id);
                self.secrets.push(secret.id);
            }
        }
        let page = HistoryPage::newest(project.id, ALL);
        let leases = store.leases().history(&page).await.unwrap();
        self.add("leases", leases.len());
        self.add("lease_states", leases.len());
        connections.extend(leases.iter().map(|lease| lease.source.connection));
        for connection in connections {
            for version in store.connections().versions(connection).await.unwrap() {
                assert!(!version.target.credential.expose().is_empty());
                self.add("connection_versions", 1);
            }
        }
    }
}

#[test]
fn every_folder_of_rows_is_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_dir());
    let found: BTreeSet<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    assert_eq!(found, RELEASED.iter().map(|released| released.version.to_owned()).collect());
}

/// Which database; each version needs one of its own.
enum On {
    Sqlite,
    Postgres,
}

#[expect(clippy::unused_async, reason = "`both_databases!` awaits its constructors")]
impl On {
    async fn sqlite() -> Self {
        Self::Sqlite
    }

    async fn postgres() -> Self {
        Self::Postgres
    }

    /// A new database with the schema that `migrations` make, closed.
    async fn made_by(&self, migrations: &[Migration]) -> (DatabaseOptions, Place) {
        let fixture = match self {
            Self::Sqlite => Fixture::sqlite_with(migrations, Execution::Inline).await,
            Self::Postgres => Fixture::postgres_with(migrations, Statements::Prepared).await,
        };
        let Fixture { options, place, database } = fixture;
        drop(database);
        (options, place)
    }
}

/// Runs `rows` past the store.
async fn load(options: &DatabaseOptions, rows: &str) {
    match options {
        DatabaseOptions::Sqlite(options) => {
            let connection = rusqlite::Connection::open(options.folder.join("mayfly.db")).unwrap();
            connection.execute_batch(rows).unwrap();
        }
        DatabaseOptions::Postgres(options) => {
            let (client, connection) = tokio_postgres::connect(options.url.expose(), NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            client.batch_execute(&rows.replace(" X'", " '\\x")).await.unwrap();
            drop(client);
            connection.await.unwrap().unwrap();
        }
    }
}

statements! {
    WITHOUT_LANE = "SELECT COUNT(*) AS number FROM lease_states WHERE lane IS NULL";
}

// They are the tests' own, so that the list goes to no test.
const _: &[&Sql] = STATEMENTS;

/// Ends all leases that are there, as the loop does once they are all due.
async fn every_lease_ends(store: &Store, secrets: &[DynamicSecretId]) {
    let ambient = TestClock::default().ambient(2);
    let now = Timestamp::from_second(4_000_000_000).unwrap();
    let event = || AuditEvent {
        id: AuditEventId::generate(&ambient),
        organization: None,
        project: None,
        actor: Actor::Platform,
        origin: Origin::platform(),
        event: AccessEvent::AccessDenied { operation: "end".to_owned(), reason: "tests".to_owned() }.into(),
        created_at: now,
    };
    let leases = store.leases();
    let outcome = Outcome::PossiblyIssued { dead_by: now };
    for lease in leases.overdue_reservations(now, ALL).await.unwrap() {
        let Lease { id, ends_when, .. } = lease.unwrap();
        match ends_when {
            EndsWhen::Expired => leases.abandon(id, &outcome, &event()).await.unwrap(),
            EndsWhen::Deleted => {
                let undone = Beginning { reason: EndReason::Undone, undone: Some(&outcome), until: now };
                leases.begin_ending(id, undone, &event()).await.unwrap();
            }
        }
    }
    leases.expire_due(now, ALL, event().id).await.unwrap();
    let until = now + jiff::SignedDuration::from_mins(1);
    for connection in leases.due_lanes(now).await.unwrap() {
        let claim = Claim { connection, now, until, limit: ALL, token: "tests", event: event().id };
        for claimed in leases.claim_due(claim).await.unwrap() {
            let Claimed { lease, fence } = claimed.unwrap();
            leases.finish(lease.id, fence, &Outcome::Revoked, &event()).await.unwrap();
        }
    }
    for secret in secrets {
        assert_eq!(leases.count_unfinished(*secret).await.unwrap(), 0, "leases of {secret} do not end");
    }
}

both_databases! {
    async fn databases_of_released_versions_become_what_a_new_one_is(on: On) {
        for released in RELEASED {
            let migrations = MIGRATIONS.get(..released.migrations).expect("releases are never taken back");
            let (old, _place) = on.made_by(migrations).await;
            load(&old, released.rows).await;
            let store = Store::open(StoreOptions {
                database: old.clone(),
                master_key: Some(MasterKeySource::Base64(Sensitive::from(MASTER_KEY))),
                ambient: TestClock::default().ambient(1),
            });
            let store = store.await.unwrap();
            let read = ReadBack::everything(&store).await;
            assert_eq!(read.counts.get("access_tokens told of"), Some(&1), "the login of {}", released.version);
            for table in released.tables().filter(|table| !WITHOUT_NOUN.contains(table)) {
                let count = read.counts.get(table).copied().unwrap_or_default();
                assert_eq!(count, released.rows_of(table), "rows of `{table}` of {}", released.version);
            }
            assert_eq!(read.counts.get("connection_versions"), read.counts.get("connections"), "{}", released.version);
            let lost = store.database().read_one(&WITHOUT_LANE, values![]).await.unwrap().unwrap();
            assert_eq!(lost.integer("number").unwrap(), 0, "leases of {} are in no lane", released.version);
            let unfinished = store.leases().count_unfinished(read.secrets[0]).await.unwrap();
            assert!(unfinished > 0, "{} has no lease left to end", released.version);
            every_lease_ends(&store, &read.secrets).await;
            drop(store);

            let (new, _place) = on.made_by(MIGRATIONS).await;
            assert_eq!(schema::lines(&old).await, schema::lines(&new).await, "{}", released.version);
        }
    }
}
