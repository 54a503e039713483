//! What holds the rows of a world, and copies of it.

use std::{
    fs,
    future::{Ready, ready},
    path::PathBuf,
};

use mayfly_domain::sensitive::Sensitive;
use mayfly_store::{DatabaseOptions, Execution, PostgresOptions, SqliteOptions, Statements};
use mayfly_testkit::postgres::{self, ScratchDatabase};
use tempfile::TempDir;

/// What holds the rows.
pub(crate) enum Database {
    Folder(TempDir),
    Server(ScratchDatabase),
}

impl Database {
    pub(crate) fn folder() -> Self {
        Self::Folder(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) async fn server() -> Self {
        Self::Server(postgres::scratch().await.expect("a scratch database"))
    }

    /// What `both_databases!` asks for.
    pub(crate) fn sqlite() -> Ready<Self> {
        ready(Self::folder())
    }

    /// The same on a server.
    pub(crate) async fn postgres() -> Self {
        Self::server().await
    }

    pub(super) fn options(&self) -> DatabaseOptions {
        match self {
            Self::Folder(folder) => DatabaseOptions::Sqlite(SqliteOptions {
                folder: folder.path().join("data"),
                execution: Execution::Inline,
            }),
            Self::Server(scratch) => DatabaseOptions::Postgres(PostgresOptions {
                url: Sensitive::from(scratch.url()),
                connections: 4,
                statements: Statements::Prepared,
            }),
        }
    }

    /// Copies a folder that nobody is writing to at this moment, in place of the copy before.
    pub(crate) fn back_up(&self) {
        for file in FILES {
            let (there, copy) = (self.data().join(file), self.copies().join(file));
            fs::create_dir_all(self.copies()).expect("a folder is made");
            if there.exists() {
                fs::copy(&there, &copy).expect("a file is copied");
            } else if copy.exists() {
                fs::remove_file(&copy).expect("a file is removed");
            }
        }
    }

    /// Puts the copy in the place of a database that nobody has open: another file, with what was in it then. The file
    /// before stays somewhere, or its number might be given to the next copy, which nobody could tell from it.
    pub(crate) fn restore(&self) {
        let number = fs::read_dir(self.copies()).expect("there is a copy").count();
        fs::rename(self.data().join(FILES[0]), self.copies().join(format!("{number}-before"))).expect("it is there");
        for file in FILES {
            let (there, copy, beside) =
                (self.data().join(file), self.copies().join(file), self.data().join("restored"));
            if copy.exists() {
                fs::copy(&copy, &beside).expect("a file is copied");
                fs::rename(&beside, &there).expect("a file is put in its place");
            } else if there.exists() {
                fs::remove_file(&there).expect("a file is removed");
            }
        }
    }

    fn data(&self) -> PathBuf {
        self.folder_path().join("data")
    }

    fn copies(&self) -> PathBuf {
        self.folder_path().join("copies")
    }

    fn folder_path(&self) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.path().to_owned(),
            Self::Server(_) => panic!("only a folder is copied"),
        }
    }
}

/// The database and its log. <https://www.sqlite.org/wal.html>
const FILES: [&str; 2] = ["mayfly.db", "mayfly.db-wal"];
