//! What was answered is there after a crash, and a disk that fails is not trusted again.
//!
//! Each test runs itself once more in a process of its own, which writes and notes down every answer it got.

use std::{
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures::FutureExt as _;
use tempfile::TempDir;

use super::fixture::{COUNT, IDS, INSERT_THING, MIGRATIONS, open, thing};
use crate::{
    database::{Database, DatabaseOptions},
    error::StoreError,
    sqlite::{Execution, SqliteOptions},
    transaction::Transaction,
    value::values,
};

/// Set in the process that writes: the folder to work in.
const VARIABLE: &str = "MAYFLY_STORE_TEST_CHILD";

/// Below it there are the data and the notes.
struct Home(PathBuf);

impl Home {
    /// In the writing process only.
    fn of_child() -> Option<Self> {
        std::env::var_os(VARIABLE).map(|path| Self(path.into()))
    }

    fn options(&self) -> DatabaseOptions {
        DatabaseOptions::Sqlite(SqliteOptions { folder: self.0.join("data"), execution: Execution::Threads })
    }

    fn notes(&self) -> PathBuf {
        self.0.join("notes")
    }

    fn note_lines(&self) -> Vec<String> {
        fs::read_to_string(self.notes()).unwrap_or_default().lines().map(ToOwned::to_owned).collect()
    }
}

/// Runs the test `name` again, as the child that works in `home`; `shell` may set limits before it.
fn spawn(name: &str, home: &TempDir, shell: &str) -> Child {
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{shell} exec \"$0\" \"$@\"")).arg(program);
    command.args(["--exact", name]).env(VARIABLE, home.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

async fn wait_until(what: &str, mut look: impl FnMut() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    for _ in 0..6_000 {
        if look() {
            return;
        }
        ticks.tick().await;
    }
    panic!("waited a minute in vain until {what}");
}

/// Writes until it fails, and notes every answer before it asks for the next one.
async fn write_and_note(database: &Database, writer: usize, mut notes: File) -> StoreError {
    for number in 0_u64.. {
        let id = format!("{}-{writer}-{number}", std::process::id());
        if let Err(error) = database.write(Transaction::new().step(&INSERT_THING, thing(&id, 1))).await {
            return error;
        }
        // In one call: a kill between a note and its end would spoil the next one.
        notes.write_all(format!("{id}\n").as_bytes()).unwrap();
    }
    unreachable!("there are more numbers than time");
}

fn open_notes(path: &Path) -> File {
    OpenOptions::new().create(true).append(true).open(path).unwrap()
}

async fn stored(home: &Home) -> Vec<String> {
    let database = open(&home.options(), MIGRATIONS).await.unwrap();
    let rows = database.read(&IDS, values![]).await.unwrap();
    rows.iter().map(|row| row.text("id").unwrap().to_owned()).collect()
}

#[tokio::test]
async fn answered_writes_outlive_a_kill() {
    const WRITERS: usize = 16;
    if let Some(home) = Home::of_child() {
        let database = open(&home.options(), MIGRATIONS).await.unwrap();
        let writers = (0..WRITERS).map(|writer| write_and_note(&database, writer, open_notes(&home.notes())));
        futures::future::join_all(writers).await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home = Home(folder.path().to_owned());
    for already in [0, 300, 600] {
        let mut child = spawn("tests::crash::answered_writes_outlive_a_kill", &folder, "");
        wait_until("the child has written", || home.note_lines().len() > already + 300).await;
        let refusal = open(&home.options(), MIGRATIONS).await.err().expect("opened beside the child").to_string();
        assert!(refusal.contains("another process"), "{refusal}");
        child.kill().unwrap();
        child.wait().unwrap();

        let (noted, stored) = (home.note_lines(), stored(&home).await);
        assert!(noted.iter().all(|id| stored.contains(id)), "an answered write is missing");
        assert!(stored.len() >= already + 300);
    }
}

#[tokio::test]
async fn a_disk_that_fails_closes_the_store() {
    if let Some(home) = Home::of_child() {
        let database = open(&home.options(), MIGRATIONS).await.unwrap();
        let error = write_and_note(&database, 0, open_notes(&home.notes())).await;
        assert!(matches!(error, StoreError::Failed(_) | StoreError::OutcomeUnknown(_)), "{error:?}");
        // From now on nothing is served, not even what is in memory.
        let write = database.write(Transaction::new().step(&INSERT_THING, thing("later", 1))).await;
        assert!(matches!(write, Err(StoreError::Failed(_))), "{write:?}");
        let read = database.read(&COUNT, values![]).await;
        assert!(matches!(read, Err(StoreError::Failed(_))), "{read:?}");
        assert!(database.failed().now_or_never().is_some());
        writeln!(open_notes(&home.notes()), "closed").unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home = Home(folder.path().to_owned());
    // No file grows beyond a megabyte (2048 blocks; in some shells, two): the log hits that limit before it is ever emptied into the database.
    let limit = "trap '' XFSZ; ulimit -f 2048;";
    let mut child = spawn("tests::crash::a_disk_that_fails_closes_the_store", &folder, limit);
    let status = child.wait().unwrap();
    let mut noted = home.note_lines();
    assert_eq!((status.success(), noted.pop().as_deref()), (true, Some("closed")));

    let stored = stored(&home).await;
    assert!(noted.len() > 10, "only {} writes fit below the limit", noted.len());
    assert!(noted.iter().all(|id| stored.contains(id)), "an answered write is missing");
    assert!(stored.len() <= noted.len() + 1, "{} stored, {} noted", stored.len(), noted.len());
}
