//! Sealed values open where they belong, and nowhere else.

use std::fs;

use futures::future::join_all;
use mayfly_domain::{
    clock::Ambient,
    ids::{InstallationId, ProjectId},
    sensitive::Sensitive,
};
use mayfly_testkit::{both_databases, clock::TestClock, postgres};

use super::fixture::{Fixture, sqlite_folder};
use crate::{
    database::DatabaseOptions,
    error::StoreError,
    installation,
    migrations::{MIGRATIONS, Migration},
    postgres::Statements,
    sealed::{Keyring, MasterKeySource, MasterKeySources, Place, Scope, columns::KEY_IS_THERE},
    sql::{Sql, statements},
    sqlite::Execution,
    transaction::Transaction,
    value::values,
};

statements! {
    INSERT_NOTE = "INSERT INTO notes (id, plain, sealed) VALUES (?1, ?2, ?3)";
    NOTE = "SELECT id, sealed FROM notes WHERE id = ?1";
    DELETE_KEYS = "DELETE FROM data_keys WHERE scope = ?1";
    SWAP = "UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE scope = ?2) WHERE scope = ?1";
}

const _: &[&Sql] = STATEMENTS;

/// Base64 of 32 bytes.
const MASTER_KEY: &str = "dGhlIG1hc3RlciBrZXkgb2YgbWF5Zmx5J3MgdGVzdHM=";
const BOUND: &str = "https://cluster.example:6443";

/// A keyring over a database with a table of notes.
struct Sealing {
    fixture: Fixture,
    keyring: Keyring,
    ambient: Ambient,
    installation: InstallationId,
}

impl Sealing {
    async fn sqlite() -> Self {
        Self::another(1).await
    }

    /// One whose chance has another `seed` is another installation.
    async fn another(seed: u64) -> Self {
        Self::over(Fixture::sqlite_with(&migrations(), Execution::Threads).await, seed).await
    }

    async fn postgres() -> Self {
        Self::over(Fixture::postgres_with(&migrations(), Statements::Prepared).await, 1).await
    }

    async fn over(fixture: Fixture, seed: u64) -> Self {
        let ambient = TestClock::default().ambient(seed);
        let (installation, keyring) = keyring(&fixture, &ambient).await;
        Self { fixture, keyring, ambient, installation }
    }

    async fn seal(&self, place: &Place, text: &str) -> Result<Vec<u8>, StoreError> {
        let sealed = self.keyring.seal(&self.fixture.database, place, text.as_bytes()).await?;
        Ok(sealed.bytes().to_vec())
    }

    async fn open(&self, place: &Place, sealed: &[u8]) -> Result<Sensitive<Vec<u8>>, StoreError> {
        self.keyring.open(&self.fixture.database, place, sealed).await
    }

    async fn opens_as(&self, place: &Place, sealed: &[u8], text: &str) -> bool {
        self.open(place, sealed).await.is_ok_and(|opened| opened.expose() == text.as_bytes())
    }

    async fn add_project(&self) -> Scope {
        let scope = Scope::Project(ProjectId::generate(&self.ambient));
        let key = self.keyring.new_data_key(&self.fixture.database, scope, &self.ambient).await.unwrap();
        self.fixture.database.write(Transaction::new().with(key)).await.unwrap();
        scope
    }
}

/// The crate's own schema, and a table of notes.
fn migrations() -> Vec<Migration> {
    let text = "CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, plain TEXT NOT NULL, sealed BYTEA NOT NULL);";
    let number = MIGRATIONS.last().map_or(1, |last| last.number + 1);
    [MIGRATIONS, &[Migration { number, name: "notes", text }]].concat()
}

/// What another server on the same database would have.
async fn keyring(fixture: &Fixture, ambient: &Ambient) -> (InstallationId, Keyring) {
    let source = MasterKeySource::Base64(Sensitive::from(MASTER_KEY));
    let sources = MasterKeySources::of(&fixture.options, Some(source), None, ambient);
    let opened = installation::open(&fixture.database, &fixture.options, sources, ambient).await.unwrap();
    (opened.installation.id, opened.keyring)
}

fn place(row: &str, scope: Scope) -> Place {
    Place::new("notes", "sealed", row, scope).bound_to(BOUND)
}

both_databases! {
    async fn what_is_sealed_opens_again(sealing: Sealing) {
        let project = sealing.add_project().await;
        for scope in [Scope::Organization, project] {
            for text in ["", "x", &"long ".repeat(50_000)] {
                let sealed = sealing.seal(&place("1", scope), text).await.unwrap();
                assert!(sealing.opens_as(&place("1", scope), &sealed, text).await);
            }
        }
    }

    async fn the_same_text_is_never_sealed_the_same_way(sealing: Sealing) {
        let place = place("1", Scope::Organization);
        assert_ne!(sealing.seal(&place, "text").await.unwrap(), sealing.seal(&place, "text").await.unwrap());
    }

    async fn a_value_does_not_open_anywhere_else(sealing: Sealing) {
        let (one, other) = (sealing.add_project().await, sealing.add_project().await);
        let sealed = sealing.seal(&place("1", one), "secret").await.unwrap();
        assert!(sealing.opens_as(&place("1", one), &sealed, "secret").await);
        for elsewhere in [
            place("2", one),
            place("1", other),
            place("1", Scope::Organization),
            Place::new("notes", "plain", "1", one).bound_to(BOUND),
            Place::new("letters", "sealed", "1", one).bound_to(BOUND),
            Place::new("notes", "sealed", "1", one),
            Place::new("notes", "sealed", "1", one).bound_to(""),
            place("1", one).bound_to("https://trap.example:6443"),
        ] {
            let error = sealing.open(&elsewhere, &sealed).await.unwrap_err();
            assert!(matches!(error, StoreError::Sealed { .. }), "{elsewhere:?}: {error:?}");
        }
    }

    async fn a_value_does_not_open_in_another_installation(sealing: Sealing) {
        let sealed = sealing.seal(&place("1", Scope::Organization), "secret").await.unwrap();
        let other = Sealing::another(2).await;
        assert_ne!(other.installation, sealing.installation);
        assert!(other.open(&place("1", Scope::Organization), &sealed).await.is_err());
    }

    async fn an_altered_value_does_not_open(sealing: Sealing) {
        let place = place("1", Scope::Organization);
        let sealed = sealing.seal(&place, "secret").await.unwrap();
        let altered = (0..sealed.len()).map(|position| {
            let mut altered = sealed.clone();
            altered[position] ^= 1;
            altered
        });
        let cut = (0..sealed.len()).map(|length| sealed[..length].to_vec());
        let longer = [[sealed.as_slice(), &[0]].concat()];
        for wrong in altered.chain(cut).chain(longer) {
            let error = sealing.open(&place, &wrong).await.unwrap_err();
            assert!(matches!(error, StoreError::Sealed { .. }), "{error:?}");
        }
        assert!(sealing.opens_as(&place, &sealed, "secret").await);
    }

    async fn nothing_is_sealed_for_a_scope_without_a_key(sealing: Sealing) {
        let scope = Scope::Project(ProjectId::generate(&sealing.ambient));
        let error = sealing.seal(&place("1", scope), "secret").await.unwrap_err();
        assert!(error.to_string().contains("has no data key"), "{error}");
    }

    async fn a_scope_has_one_first_key(sealing: Sealing) {
        let scope = sealing.add_project().await;
        let database = &sealing.fixture.database;
        let again = sealing.keyring.new_data_key(database, scope, &sealing.ambient).await.unwrap();
        let error = database.write(Transaction::new().with(again)).await.unwrap_err();
        assert!(matches!(&error, StoreError::Unique { index } if index == "data_keys_scope_version"), "{error:?}");
    }

    async fn other_servers_open_what_one_has_sealed(sealing: Sealing) {
        let (_, other) = keyring(&sealing.fixture, &sealing.ambient).await;
        let scope = sealing.add_project().await;
        let sealed = sealing.seal(&place("1", scope), "secret").await.unwrap();
        let opened = other.open(&sealing.fixture.database, &place("1", scope), &sealed).await.unwrap();
        assert_eq!(opened.expose(), b"secret");
    }

    async fn nothing_is_written_whose_key_went_while_it_was_on_its_way(sealing: Sealing) {
        let database = &sealing.fixture.database;
        for (row, has_key) in [("1", true), ("2", false)] {
            let scope = sealing.add_project().await;
            let sealed = sealing.keyring.seal(database, &place(row, scope), b"secret").await.unwrap();
            if !has_key {
                database.write(Transaction::new().step(&DELETE_KEYS, values![scope.to_string()])).await.unwrap();
            }
            let written = database.write(Transaction::new().step(&INSERT_NOTE, values![row, "plain", sealed])).await;
            match written {
                Ok(outcomes) => assert!(has_key && outcomes.len() == 1, "what guards has no outcome of its own"),
                Err(error) => {
                    let is_guard = matches!(error, StoreError::GuardFailed { guard } if guard == KEY_IS_THERE);
                    assert!(!has_key && is_guard, "{error:?}");
                }
            }
            let notes = database.read(&NOTE, values![row]).await.unwrap().len();
            assert_eq!(notes, usize::from(has_key));
        }
    }

    async fn a_wrapped_key_belongs_to_its_row(sealing: Sealing) {
        let (one, other) = (sealing.add_project().await, sealing.add_project().await);
        let sealed = sealing.seal(&place("1", one), "secret").await.unwrap();
        let values = values![one.to_string(), other.to_string()];
        sealing.fixture.database.write(Transaction::new().step(&SWAP, values)).await.unwrap();
        let (_, fresh) = keyring(&sealing.fixture, &sealing.ambient).await;
        let error = fresh.open(&sealing.fixture.database, &place("1", one), &sealed).await.unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { column, .. } if column == "wrapped"), "{error:?}");
    }

    async fn many_callers_share_the_keys(sealing: Sealing) {
        let scope = sealing.add_project().await;
        let round_trip = |number: usize| {
            let sealing = &sealing;
            async move {
                let (place, text) = (place(&number.to_string(), scope), format!("secret {number}"));
                let sealed = sealing.seal(&place, &text).await.unwrap();
                sealing.opens_as(&place, &sealed, &text).await
            }
        };
        assert!(join_all((0..100).map(round_trip)).await.into_iter().all(|opened| opened));
    }

    async fn the_disk_holds_the_plain_text_and_not_the_secret(sealing: Sealing) {
        const PLAIN: &str = "canary-plain-5f1c9d";
        const SECRET: &str = "canary-secret-77aa03";
        let sealed = sealing.seal(&place("1", Scope::Organization), SECRET).await.unwrap();
        let transaction = Transaction::new().step(&INSERT_NOTE, values!["1", PLAIN, sealed]);
        sealing.fixture.database.write(transaction).await.unwrap();

        let stored = everything_stored(&sealing.fixture.options);
        assert!(contains(&stored, PLAIN.as_bytes()), "the search itself does not work");
        let key = b"the master key of mayfly's tests";
        for secret in [SECRET.as_bytes(), hexadecimal(SECRET.as_bytes()).as_bytes(), key, hexadecimal(key).as_bytes()] {
            assert!(!contains(&stored, secret));
        }
        let row = sealing.fixture.database.read_one(&NOTE, values!["1"]).await.unwrap().unwrap();
        assert!(sealing.opens_as(&place("1", Scope::Organization), row.bytes("sealed").unwrap(), SECRET).await);
    }
}

/// The database file with its log, or what `pg_dump` writes, in which bytes are hexadecimal.
fn everything_stored(options: &DatabaseOptions) -> Vec<u8> {
    match options {
        DatabaseOptions::Postgres(options) => postgres::dump(options.url.expose()).unwrap().into_bytes(),
        DatabaseOptions::Sqlite(_) => {
            let files = fs::read_dir(sqlite_folder(options)).unwrap().map(|entry| entry.unwrap().path());
            let files: Vec<_> = files.collect();
            assert!(files.iter().any(|path| path.ends_with("mayfly.db-wal")), "{files:?}");
            files.into_iter().flat_map(|path| fs::read(path).unwrap()).collect()
        }
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
