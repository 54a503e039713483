//! Finds the test cluster's program, or builds it: once for each version of its sources and of Go.

use std::ffi::OsStr;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use aws_lc_rs::digest::{self, SHA256};

use super::go::{Go, Progress};
use super::places;
use crate::waiting;

const PROGRAM: &str = "mayfly-test-cluster";
/// Whoever holds the lock builds for minutes on a small machine; much longer means that it hangs.
const BUILD_PATIENCE: Duration = Duration::from_mins(45);

/// The program's path. The first call after a change builds it, which takes minutes on an empty cache; others that need
/// it meanwhile wait for that build. `progress` is told what is going on, at least every second while it builds.
///
/// # Errors
/// When Go is missing (the text says what to install), the build fails, or this is not Linux.
pub async fn ensure_binary(progress: &mut (dyn FnMut(&str) + Send)) -> anyhow::Result<PathBuf> {
    ensure!(cfg!(target_os = "linux"), "the test cluster runs on Linux only");
    let sources = places::sources();
    let go = Go::find(&sources).await?;
    let homes = places::binaries();
    let home = homes.join(cache_key(&sources, &go.version)?);
    let binary = home.join(PROGRAM);
    if binary.is_file() {
        return Ok(binary);
    }
    fs::create_dir_all(&home).with_context(|| format!("make `{}`", home.display()))?;
    let _lock = lock(&homes.join("lock"), progress).await?;
    if !binary.is_file() {
        build(&go, &sources, &binary, progress).await?;
        remove_others(&homes, &home)?;
    }
    Ok(binary)
}

async fn build(go: &Go, sources: &Path, binary: &Path, progress: Progress<'_>) -> anyhow::Result<()> {
    let module = fs::read_to_string(sources.join("go.mod")).context("read the test cluster's `go.mod`")?;
    let version = kubernetes_version(&module).context("the test cluster's `go.mod` names no version of Kubernetes")?;
    let unfinished = binary.with_extension("unfinished");
    go.build(&linker_flags(version), &unfinished, progress).await?;
    fs::rename(&unfinished, binary).context("put the test cluster's program in place")
}

/// The version that the module asks for, with its `v`.
fn kubernetes_version(module: &str) -> Option<&str> {
    module.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| *word == "require");
        if words.next()? == "k8s.io/kubernetes" { words.next() } else { None }
    })
}

/// Kubernetes learns its version when it is linked; without it, clients could not parse what the server says it is.
/// No debugger will look at it, so symbols would only cost disk.
fn linker_flags(version: &str) -> String {
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let package = "k8s.io/component-base/version";
    format!(
        "-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor} \
         -X {package}.gitTreeState=clean"
    )
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
    waiting::until(BUILD_PATIENCE, "another build of the test cluster ends", || match file.try_lock() {
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
    fn version_is_read_from_either_form_of_the_module_file() {
        let block = "module x\nrequire (\n\tk8s.io/api v0.36.3\n\tk8s.io/kubernetes v1.36.3\n)\n";
        assert_eq!(kubernetes_version(block), Some("v1.36.3"));
        assert_eq!(kubernetes_version("require k8s.io/kubernetes v1.36.4 // indirect"), Some("v1.36.4"));
        assert_eq!(kubernetes_version("require k8s.io/api v0.36.3"), None);
    }

    #[test]
    fn own_module_names_its_version() {
        let module = fs::read_to_string(places::sources().join("go.mod")).unwrap();
        let flags = linker_flags(kubernetes_version(&module).unwrap());
        assert!(flags.contains("gitVersion=v1.36.3 ") && flags.contains("gitMinor=36 "), "{flags}");
    }

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
