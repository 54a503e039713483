//! Where a demo keeps its files.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use mayfly_testkit::real_cluster::{Presence, presence};
use tempfile::TempDir;

use crate::paths;

/// A folder that only we can read: there is an administrator's access token in it.
#[derive(Debug)]
pub(super) enum Home {
    /// Stays, to be looked at, until the next demo begins anew.
    Kept(PathBuf),
    /// Goes with the demo.
    Passing(TempDir),
}

impl Home {
    /// `target/demo`, emptied of the demo before.
    pub(super) fn kept() -> anyhow::Result<Self> {
        let path = paths::target().join("demo");
        let is_free = presence(&path.join(CLUSTER))? == Presence::Stopped;
        ensure!(is_free, "a demo is running in `{}` already: stop it first, or add `--once`", path.display());
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("empty `{}`", path.display()))?;
        }
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.with_context(|| format!("make `{}`", path.display()))?;
        Ok(Self::Kept(path))
    }

    /// A new folder, beside those of other demos.
    pub(super) fn passing() -> anyhow::Result<Self> {
        let target = paths::target();
        fs::create_dir_all(&target).with_context(|| format!("make `{}`", target.display()))?;
        let folder =
            tempfile::Builder::new().prefix("demo-").tempdir_in(target).context("make a folder for the demo")?;
        Ok(Self::Passing(folder))
    }

    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Passing(folder) => folder.path(),
        }
    }

    /// The test cluster's state directory.
    pub(super) fn cluster(&self) -> PathBuf {
        self.path().join(CLUSTER)
    }

    /// Mayfly's data folder.
    pub(super) fn data(&self) -> PathBuf {
        self.path().join("server")
    }

    /// Where the command line keeps its session.
    pub(super) fn config(&self) -> PathBuf {
        self.path().join("config")
    }

    /// Mayfly's log.
    pub(super) fn log(&self) -> PathBuf {
        self.path().join("server.log")
    }

    /// Writes a file that only we can read, and gives its path.
    pub(super) fn write(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path().join(name);
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let written = written.and_then(|mut file| file.write_all(text.as_bytes()));
        written.with_context(|| format!("write `{}`", path.display()))?;
        Ok(path)
    }
}

const CLUSTER: &str = "cluster";
