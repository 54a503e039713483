//! A Go module of this repository as a program: found where it was built before, or built, once for each version of its
//! sources and of Go.

mod go;

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{self, SHA256};

use self::go::Go;
use crate::{real_cluster::places, waiting};

/// Told what is going on, at least once a second.
pub(crate) type Progress<'a> = &'a mut (dyn FnMut(&str) + Send);

/// Where Go's programs are: on the search path, or where its own installer puts them.
pub(crate) const HOMES: [&str; 2] = ["", "/usr/local/go/bin"];

/// Whoever holds the lock builds for minutes on a small machine; much longer means that it hangs.
const BUILD_PATIENCE: Duration = Duration::from_mins(45);

/// A program whose sources are here.
#[derive(Debug)]
pub(crate) struct GoProgram {
    /// In error texts.
    pub(crate) title: &'static str,
    /// The name of its file.
    pub(crate) name: &'static str,
    /// Its module, below the workspace's root.
    pub(crate) module: &'static str,
    /// Where its builds are, below the target directory: one folder for each key.
    pub(crate) homes: &'static str,
}

impl GoProgram {
    /// The program's path. The first call after a change builds it; others that need it meanwhile wait for that build.
    /// `linker_flags` makes them of the module's `go.mod`.
    pub(crate) async fn ensure(
        &self,
        linker_flags: impl FnOnce(&str) -> anyhow::Result<String>,
        progress: Progress<'_>,
    ) -> anyhow::Result<PathBuf> {
        ensure!(cfg!(target_os = "linux"), "{} runs on Linux only", self.title);
        let sources = places::workspace().join(self.module);
        let go = Go::find(&sources, self.title).await?;
        let homes = places::target().join(self.homes);
        let home = homes.join(cache_key(&sources, &go.version)?);
        let binary = home.join(self.name);
        if binary.is_file() {
            return Ok(binary);
        }
        fs::create_dir_all(&home).with_context(|| format!("make `{}`", home.display()))?;
        let _lock = lock(&homes.join("lock"), progress).await?;
        if !binary.is_file() {
            let module = sources.join("go.mod");
            let module = fs::read_to_string(&module).with_context(|| format!("read `{}`", module.display()))?;
            let unfinished = binary.with_extension("unfinished");
            go.build(&linker_flags(&module)?, &unfinished, progress).await?;
            fs::rename(&unfinished, &binary).with_context(|| format!("put {} in place", self.title))?;
            remove_others(&homes, &home)?;
        }
        Ok(binary)
    }
}

/// A hash over what the program is made of, as many of its letters as tell any two builds of one checkout apart.
fn cache_key(sources: &Path, go_version: &str) -> anyhow::Result<String> {
    let mut hash = digest::Context::new(&SHA256);
    hash.update(go_version.as_bytes());
    for path in source_files(sources)? {
        let content = fs::read(&path).with_context(|| format!("read `{}`", path.display()))?;
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        // The lengths keep one file's end from being taken for the next one's start.
        for part in [name, &content] {
            hash.update(&part.len().to_le_bytes());
            hash.update(part);
        }
    }
    let hash = hash.finish();
    let key = hash.as_ref().first_chunk().expect("SHA-256 has 32 bytes");
    Ok(format!("{:016x}", u64::from_be_bytes(*key)))
}

/// The module's files in a fixed order, without those that do not go into the program.
fn source_files(sources: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(sources).with_context(|| format!("list `{}`", sources.display()))? {
        let path = entry?.path();
        let is_source = match path.extension().and_then(OsStr::to_str) {
            Some("go") => !path.file_stem().is_some_and(|stem| stem.as_encoded_bytes().ends_with(b"_test")),
            Some(extension) => ["mod", "sum", "yaml"].contains(&extension),
            None => false,
        };
        if is_source {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Held until the returned file is dropped, or the process ends in any other way.
async fn lock(path: &Path, progress: Progress<'_>) -> anyhow::Result<File> {
    let file = File::create(path).with_context(|| format!("open `{}`", path.display()))?;
    waiting::until(BUILD_PATIENCE, "another build of the same program ends", || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => {
            progress("waiting for another process that builds it");
            Ok(None)
        }
        Err(TryLockError::Error(error)) => Err(error).context("lock the build"),
    })
    .await?;
    Ok(file)
}

/// Builds of earlier sources are large and of no more use; a cluster that runs one of them is not disturbed by this.
fn remove_others(homes: &Path, kept: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(homes)? {
        let path = entry?.path();
        if path.is_dir() && path != kept {
            fs::remove_dir_all(&path).with_context(|| format!("remove `{}`", path.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_follows_sources_and_go_but_not_tests() {
        let sources = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(sources.path().join(name), text).unwrap();
        let key = || cache_key(sources.path(), "go1.26.8").unwrap();
        write("main.go", "package main");
        let first = key();
        write("main_test.go", "package main");
        write("README.md", "words");
        assert_eq!(key(), first);
        assert_ne!(cache_key(sources.path(), "go1.26.9").unwrap(), first);
        write("policy.yaml", "rules: []");
        let second = key();
        assert_ne!(second, first);
        write("main.go", "package main // changed");
        assert_ne!(key(), second);
    }

    #[test]
    fn only_the_newest_build_is_kept() {
        let homes = tempfile::tempdir().unwrap();
        let [old, new] = ["old", "new"].map(|name| homes.path().join(name));
        fs::create_dir(&old).unwrap();
        fs::create_dir(&new).unwrap();
        fs::write(homes.path().join("lock"), "").unwrap();
        remove_others(homes.path(), &new).unwrap();
        assert!(!old.exists() && new.exists() && homes.path().join("lock").exists());
    }
}
