//! Starting on an empty database, again on a full one, and every reason not to start.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use futures::future::join_all;
use jiff::SignedDuration;
use mayfly_domain::{
    audit::{AuditEvent, InstallationEvent},
    caller::{Actor, Origin},
    clock::Ambient,
    ids::{AuditEventId, KeyRotationId, OrganizationId, ReplicaId},
    key_rotation::{KeyRotation, RotationKind},
    sensitive::Sensitive,
};
use mayfly_store::{
    DatabaseOptions, MasterKeySource, Store, StoreError, StoreOptions,
    key_rotations::{RotationClaim, RotationClaims},
};
use mayfly_testkit::{both_databases, clock::TestClock};
use tempfile::TempDir;

use crate::fixture::{MASTER_KEY, StoreFixture, open, sqlite_options};

/// The embedded database, opened without a key of ours.
struct Alone(TempDir);

impl Alone {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    fn key(&self) -> PathBuf {
        self.0.path().join("data/master.key")
    }

    async fn open(&self) -> Result<Store, StoreError> {
        open_with(&sqlite_options(&self.0), None).await
    }

    async fn open_with(&self, source: MasterKeySource) -> Result<Store, StoreError> {
        open_with(&sqlite_options(&self.0), Some(source)).await
    }
}

async fn open_with(database: &DatabaseOptions, master_key: Option<MasterKeySource>) -> Result<Store, StoreError> {
    const SEED: u64 = 7;
    let ambient = TestClock::default().ambient(SEED);
    Store::open(StoreOptions { database: database.clone(), master_key, ambient }).await
}

fn refusal(result: Result<Store, StoreError>) -> String {
    let error = result.err().expect("the store opened");
    assert!(matches!(error, StoreError::Refused(_)), "{error:?}");
    error.to_string()
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode");
}

#[tokio::test]
async fn the_first_start_makes_a_key_and_says_so() {
    let alone = Alone::new();
    let store = alone.open().await.unwrap();
    assert_eq!(store.made_master_key(), Some(alone.key().as_path()));
    assert_eq!(fs::metadata(alone.key()).unwrap().permissions().mode() & 0o777, 0o600);
    let installation = store.installation();
    drop(store);

    let store = alone.open().await.unwrap();
    assert_eq!((store.installation(), store.made_master_key(), store.is_held()), (installation, None, false));
}

#[tokio::test]
async fn a_key_without_data_is_taken() {
    let alone = Alone::new();
    drop(alone.open().await.unwrap());
    let key = fs::read_to_string(alone.key()).unwrap();
    let other = Alone::new();
    fs::create_dir(other.key().parent().unwrap()).unwrap();
    fs::set_permissions(other.key().parent().unwrap(), fs::Permissions::from_mode(0o700)).unwrap();
    write(&other.key(), &key, 0o600);
    assert_eq!(other.open().await.unwrap().made_master_key(), None);
    assert_eq!(fs::read_to_string(other.key()).unwrap(), key);
}

#[tokio::test]
async fn data_without_its_key_are_not_opened_and_no_key_is_made() {
    let alone = Alone::new();
    drop(alone.open().await.unwrap());
    fs::remove_file(alone.key()).unwrap();
    let refusal = refusal(alone.open().await);
    assert!(refusal.contains("is missing") && refusal.contains("put the right file back"), "{refusal}");
    assert!(!alone.key().exists());
}

both_databases! {
    async fn data_are_not_opened_with_another_key(fixture: StoreFixture) {
        let (installation, database) = (fixture.store.installation(), fixture.database);
        drop(fixture.store);
        let other = MASTER_KEY.replace("dGhl", "VGhl");
        let refusal = refusal(open_with(&database, Some(MasterKeySource::Base64(Sensitive::new(other)))).await);
        assert!(refusal.contains("not the one that sealed this database"), "{refusal}");
        assert_eq!(open(&database, &fixture.ambient).await.unwrap().installation(), installation);
    }

    async fn an_installation_stays_what_it_was(fixture: StoreFixture) {
        let (first, installed_at) = (fixture.store.installation(), fixture.store.installed_at());
        drop(fixture.store);
        fixture.clock.advance(std::time::Duration::from_mins(1));
        let again = open(&fixture.database, &fixture.ambient).await.unwrap();
        assert_eq!((again.installation(), again.installed_at(), again.is_held()), (first, installed_at, false));
    }
}

#[tokio::test]
async fn postgres_does_not_start_without_a_key() {
    let fixture = StoreFixture::postgres().await;
    let refusal = refusal(open_with(&fixture.database, None).await);
    assert!(refusal.contains("must be given with PostgreSQL"), "{refusal}");
}

#[tokio::test]
async fn servers_that_start_together_make_one_installation() {
    let fixture = StoreFixture::postgres().await;
    let database = &fixture.database;
    let opened = join_all((0..5).map(|_| open(database, &fixture.ambient))).await;
    assert!(opened.into_iter().all(|store| store.unwrap().installation() == fixture.store.installation()));
}

#[tokio::test]
async fn an_embedded_database_is_opened_once_at_a_time() {
    let alone = Alone::new();
    let store = alone.open().await.unwrap();
    let second = refusal(alone.open().await);
    assert!(second.contains("another process"), "{second}");
    drop(store);
    alone.open().await.unwrap();
}

#[tokio::test]
async fn a_copied_database_is_recognised() {
    let alone = Alone::new();
    drop(alone.open().await.unwrap());
    let folder = alone.key().parent().unwrap().to_owned();
    let copy = folder.join("copy");
    fs::copy(folder.join("mayfly.db"), &copy).unwrap();
    fs::rename(copy, folder.join("mayfly.db")).unwrap();
    assert!(alone.open().await.unwrap().is_held());
}

#[tokio::test]
async fn keys_come_from_files_settings_and_commands() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    write(&file, &format!("{MASTER_KEY}\n"), 0o440);
    // As a container's secret volume has it.
    let link = folder.path().join("link");
    symlink(&file, &link).unwrap();
    let alone = Alone::new();
    for source in [
        MasterKeySource::File(file.clone()),
        MasterKeySource::File(link),
        MasterKeySource::Base64(Sensitive::from(MASTER_KEY)),
        MasterKeySource::Command(format!("cat '{}'", file.display())),
    ] {
        alone.open_with(source).await.unwrap();
    }
    assert!(!alone.key().exists());
}

#[tokio::test]
async fn bad_keys_are_refused_without_being_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        write(&path, text, mode);
        MasterKeySource::File(path)
    };
    let short = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";
    for (source, expected) in [
        (file("open", MASTER_KEY, 0o644), "chmod 600"),
        (file("short", short, 0o600), "expected 32 bytes in base64"),
        (file("empty", "", 0o600), "expected 32 bytes in base64"),
        (MasterKeySource::File(folder.path().join("none")), "cannot be read"),
        (MasterKeySource::Base64(Sensitive::from("c2VjcmV0 not base64")), "expected 32 bytes in base64"),
        (MasterKeySource::Command(format!("echo {short}")), "expected 32 bytes in base64"),
        (MasterKeySource::Command(format!("echo {MASTER_KEY}; exit 3")), "exit status: 3"),
    ] {
        let alone = Alone::new();
        let refusal = refusal(alone.open_with(source).await);
        assert!(refusal.contains(expected) && !refusal.contains("c2Vj"), "{refusal}");
        assert!(!refusal.contains(MASTER_KEY));
        assert!(!alone.key().exists());
    }
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_given_up() {
    let alone = Alone::new();
    let clock = TestClock::default();
    let opening = Store::open(StoreOptions {
        database: sqlite_options(&alone.0),
        master_key: Some(MasterKeySource::Command("exec cat /dev/zero >/dev/null".to_owned())),
        ambient: clock.ambient(1),
    });
    let waker = async {
        while clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance_to_next();
    };
    let (opened, ()) = tokio::join!(opening, waker);
    let refusal = refusal(opened);
    assert!(refusal.contains("took more than 30s"), "{refusal}");
}

fn rotation(ambient: &Ambient) -> KeyRotation {
    KeyRotation {
        id: KeyRotationId::generate(ambient),
        organization: OrganizationId::generate(ambient),
        kind: RotationKind::Master,
        total: 1,
        started_by: Actor::Platform,
        started_at: ambient.now(),
        finished_at: None,
        problem: None,
    }
}

fn event(ambient: &Ambient, rotation: &KeyRotation, version: i64) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::generate(ambient),
        organization: None,
        project: None,
        actor: Actor::Platform,
        origin: Origin::platform(),
        event: InstallationEvent::RotateMasterKey { rotation_id: rotation.id, version }.into(),
        created_at: ambient.now(),
    }
}

/// The claim of whoever asks.
struct Claim(RotationClaim);

impl RotationClaims for Claim {
    fn renewed(&self) -> RotationClaim {
        self.0
    }
}

async fn finish(store: &Store, ambient: &Ambient, rotation: &KeyRotation) {
    let rotations = store.key_rotations();
    let until = ambient.now() + SignedDuration::from_mins(1);
    let claim = RotationClaim { rotation: rotation.id, replica: ReplicaId::generate(ambient), until };
    assert!(rotations.claim(claim, ambient.now()).await.unwrap());
    assert_eq!(rotations.rewrap(&Claim(claim), 10).await.unwrap().replaced, 1);
    assert!(rotations.finish(rotation, ambient.now(), &event(ambient, rotation, 2)).await.unwrap());
}

#[tokio::test]
async fn the_embedded_database_makes_its_next_key_itself_and_keeps_the_old_one_beside_it() {
    let (alone, ambient) = (Alone::new(), TestClock::default().ambient(9));
    let store = alone.open().await.unwrap();
    let old = fs::read_to_string(alone.key()).unwrap();
    let rotation = rotation(&ambient);
    let begun = store.key_rotations().begin_master(&rotation, |version| event(&ambient, &rotation, version)).await;
    assert_eq!(begun.unwrap(), 2);
    let next = alone.key().with_extension("key.next");
    assert_eq!(fs::metadata(&next).unwrap().permissions().mode() & 0o777, 0o600);
    drop(store);
    // It broke off there: both keys are needed, and each that is missing is named.
    fs::rename(&next, next.with_extension("gone")).unwrap();
    assert!(refusal(alone.open().await).contains("master key 2 of this database is missing"));
    fs::rename(next.with_extension("gone"), &next).unwrap();
    let store = alone.open().await.unwrap();
    finish(&store, &ambient, &rotation).await;
    drop(store);
    // And once more, before the new key was put in its place.
    drop(alone.open().await.unwrap());
    assert!(!next.exists());
    assert_ne!(fs::read_to_string(alone.key()).unwrap(), old);
    assert_eq!(fs::read_to_string(alone.key().with_extension("key.1")).unwrap(), old, "older backups need it");
    drop(alone.open().await.unwrap());
    write(&alone.key(), &old, 0o600);
    let refused = refusal(alone.open().await);
    assert!(refused.contains("master key 2") && refused.contains("is another key"), "{refused}");
}

#[tokio::test]
async fn a_next_key_that_nothing_was_wrapped_with_takes_no_place() {
    let alone = Alone::new();
    drop(alone.open().await.unwrap());
    let old = fs::read_to_string(alone.key()).unwrap();
    let next = alone.key().with_extension("key.next");
    write(&next, &MASTER_KEY.replace("dGhl", "VGhl"), 0o600);
    drop(alone.open().await.unwrap());
    assert!(next.exists(), "it waits for a rotation");
    assert_eq!(fs::read_to_string(alone.key()).unwrap(), old);
}
