//! Starting on an empty folder, again on a full one, and every reason not to start.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use mayfly_store::{DatabaseOptions, Execution, MasterKeySource, SqliteOptions, Store, StoreError, StoreOptions};
use mayfly_testkit::clock::TestClock;
use tempfile::TempDir;

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> PathBuf {
        self.0.path().join("data")
    }

    fn key(&self) -> PathBuf {
        self.folder().join("master.key")
    }

    async fn open(&self) -> Result<Store, StoreError> {
        open(&self.folder(), None).await
    }

    async fn refusal(&self) -> String {
        self.open().await.err().expect("the store opened").to_string()
    }
}

async fn open(folder: &Path, master_key: Option<MasterKeySource>) -> Result<Store, StoreError> {
    let sqlite = SqliteOptions { folder: folder.to_owned(), execution: Execution::Inline };
    let ambient = TestClock::default().ambient(7);
    Store::open(StoreOptions { database: DatabaseOptions::Sqlite(sqlite), master_key, ambient }).await
}

#[tokio::test]
async fn the_first_start_makes_a_key_and_says_so() {
    let place = Place::new();
    let store = place.open().await.unwrap();
    assert_eq!(store.made_master_key(), Some(place.key().as_path()));
    assert_eq!(fs::metadata(place.key()).unwrap().permissions().mode() & 0o777, 0o600);
    let installation = store.installation();
    drop(store);

    let store = place.open().await.unwrap();
    assert_eq!((store.installation(), store.made_master_key(), store.has_moved()), (installation, None, false));
}

#[tokio::test]
async fn data_without_its_key_is_not_opened_and_no_key_is_made() {
    let place = Place::new();
    drop(place.open().await.unwrap());
    fs::remove_file(place.key()).unwrap();
    let refusal = place.refusal().await;
    assert!(refusal.contains("is missing") && refusal.contains("put it back"), "{refusal}");
    assert!(!place.key().exists());
}
