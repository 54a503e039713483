//! What a state directory tells from outside: whether its cluster runs, and where.

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::SigningKey;

/// What a cluster says of itself when it is ready. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// As in the kubeconfig.
    pub name: String,
    /// The API server's address, `https://127.0.0.1:PORT`.
    pub server: String,
    /// The admin's kubeconfig.
    pub kubeconfig: PathBuf,
    /// The certificate authority that alone vouches for the API server.
    #[serde(rename = "caFile")]
    pub authority_file: PathBuf,
    /// The process that holds the state directory.
    #[serde(rename = "pid")]
    pub process_id: u32,
    /// The version of Kubernetes, with its `v`.
    pub version: String,
    /// What signs service account tokens.
    pub signing_key: SigningKey,
    /// When the process started.
    pub started_at: Timestamp,
}

/// Whether a cluster runs in a state directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// No process holds the directory, if it exists at all.
    Stopped,
    /// A process holds it and is not ready, or is about to end.
    Starting {
        /// The process, unless it has only just come.
        process_id: Option<u32>,
    },
    /// The cluster answers.
    Ready(Summary),
}

/// Looks into a state directory. The lock decides, not the process id alone, because the kernel gives the lock back
/// however its holder ended, and hands the ids of the dead to others.
///
/// # Errors
/// When a file is there and cannot be read.
pub fn presence(state_dir: &Path) -> anyhow::Result<Presence> {
    if !is_held(state_dir)? {
        return Ok(Presence::Stopped);
    }
    let process_id = read(state_dir, "lock")?.and_then(|text| text.trim().parse().ok());
    let Some(text) = read(state_dir, "cluster.json")? else {
        return Ok(Presence::Starting { process_id });
    };
    let summary: Summary = serde_json::from_str(&text).context("read `cluster.json`")?;
    // Another id is that of an earlier run: this one has not come to removing the file.
    if Some(summary.process_id) == process_id {
        return Ok(Presence::Ready(summary));
    }
    Ok(Presence::Starting { process_id })
}

fn is_held(state_dir: &Path) -> anyhow::Result<bool> {
    let path = state_dir.join("lock");
    let lock = match File::open(&path) {
        Ok(lock) => lock,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("open `{}`", path.display())),
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("look at `{}`", path.display())),
    }
}

/// The text of a file, if it is there.
fn read(state_dir: &Path, name: &str) -> anyhow::Result<Option<String>> {
    let path = state_dir.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read `{}`", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = r#"{"name":"dev","server":"https://127.0.0.1:1","kubeconfig":"/x/kubeconfig","caFile":"/x/ca.crt",
        "pid":41,"version":"v1.36.3","signingKey":"p256","startedAt":"2026-11-23T23:25:11.99Z"}"#;

    fn held(process_id: &str) -> (tempfile::TempDir, File) {
        let directory = tempfile::tempdir().unwrap();
        let lock = File::create(directory.path().join("lock")).unwrap();
        lock.try_lock().unwrap();
        fs::write(directory.path().join("lock"), process_id).unwrap();
        (directory, lock)
    }

    #[test]
    fn nothing_runs_in_a_directory_that_is_missing_or_let_go() {
        let (directory, lock) = held("41\n");
        fs::write(directory.path().join("cluster.json"), SUMMARY).unwrap();
        drop(lock);
        assert_eq!(presence(directory.path()).unwrap(), Presence::Stopped);
        assert_eq!(presence(&directory.path().join("missing")).unwrap(), Presence::Stopped);
    }

    #[test]
    fn cluster_is_ready_once_its_own_summary_is_there() {
        let (directory, _lock) = held("41\n");
        assert_eq!(presence(directory.path()).unwrap(), Presence::Starting { process_id: Some(41) });
        fs::write(directory.path().join("cluster.json"), SUMMARY).unwrap();
        let Presence::Ready(summary) = presence(directory.path()).unwrap() else { panic!("not ready") };
        assert_eq!((summary.process_id, summary.signing_key), (41, SigningKey::P256));
    }

    #[test]
    fn summary_of_an_earlier_run_is_not_believed() {
        let (directory, _lock) = held("42\n");
        fs::write(directory.path().join("cluster.json"), SUMMARY).unwrap();
        assert_eq!(presence(directory.path()).unwrap(), Presence::Starting { process_id: Some(42) });
    }

    #[test]
    fn holder_that_has_only_just_come_has_no_process_id_yet() {
        let (directory, _lock) = held("");
        assert_eq!(presence(directory.path()).unwrap(), Presence::Starting { process_id: None });
    }
}
