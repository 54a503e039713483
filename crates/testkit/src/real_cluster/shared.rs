//! The cluster that all tests of a process share.

use std::env;
use std::fs;
use std::path::Path;
use std::process;
use std::sync::Arc;

use anyhow::Context;
use aws_lc_rs::rand;
use tokio::sync::OnceCell;

use super::{ClusterOptions, Presence, RealCluster, places, presence};

/// Names the state directory of a cluster that whoever runs the tests has started, so that all their processes share
/// it.
const VARIABLE: &str = "MAYFLY_TEST_CLUSTER";
const PREFIX: &str = "shared-";

static SHARED: OnceCell<Arc<RealCluster>> = OnceCell::const_new();

/// One cluster for all tests of this process, started by whoever asks first: the one that `MAYFLY_TEST_CLUSTER` names,
/// or else one of our own, which stops when the process ends. It signs with RSA.
///
/// Tests must keep to names of their own in it ([`own_name`]), and leave its system namespaces as they are.
///
/// # Errors
/// When no cluster runs where the variable points, or ours does not start.
pub async fn shared() -> anyhow::Result<Arc<RealCluster>> {
    let start = || async {
        let given = env::var_os(VARIABLE).filter(|path| !path.is_empty());
        let cluster = match given {
            Some(state_dir) => attach(Path::new(&state_dir))?,
            None => start_own().await?,
        };
        anyhow::Ok(Arc::new(cluster))
    };
    SHARED.get_or_try_init(start).await.cloned()
}

/// A name for an object in the shared cluster that no other test has taken, also not in an earlier run on a cluster that
/// lives on. The prefix says which test it belongs to.
///
/// # Panics
/// When the system has no random source.
pub fn own_name(prefix: &str) -> String {
    let mut random = [0; 4];
    rand::fill(&mut random).expect("the system's random source works");
    format!("{prefix}-{:08x}", u32::from_be_bytes(random))
}

fn attach(state_dir: &Path) -> anyhow::Result<RealCluster> {
    RealCluster::attach(state_dir)?
        .with_context(|| format!("{VARIABLE} names `{}`, where no cluster is ready", state_dir.display()))
}

async fn start_own() -> anyhow::Result<RealCluster> {
    let home = places::clusters();
    remove_forsaken(&home)?;
    let name = format!("{PREFIX}{}", process::id());
    let state_dir = home.join(&name);
    RealCluster::start_afresh(&ClusterOptions { name, state_dir, port: 0, signing_key: None }).await
}

/// A shared cluster stops with its process, which leaves nobody to remove its files: the next process does.
fn remove_forsaken(home: &Path) -> anyhow::Result<()> {
    let Ok(entries) = fs::read_dir(home) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if is_forsaken(&path)? {
            // Another process may be at the same work.
            let _ = fs::remove_dir_all(&path);
        }
    }
    Ok(())
}

fn is_forsaken(path: &Path) -> anyhow::Result<bool> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let Some(owner) = name.strip_prefix(PREFIX) else { return Ok(false) };
    let owner_lives = Path::new("/proc").join(owner).exists();
    Ok(!owner_lives && presence(path)? == Presence::Stopped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_directories_of_processes_that_ended_are_forsaken() {
        let home = tempfile::tempdir().unwrap();
        let mine = format!("{PREFIX}{}", process::id());
        // Above the highest process id that Linux gives.
        let ended = format!("{PREFIX}99999999");
        for name in [mine.as_str(), ended.as_str(), "dev"] {
            fs::create_dir(home.path().join(name)).unwrap();
        }
        remove_forsaken(home.path()).unwrap();
        let left: Vec<_> = [mine.as_str(), ended.as_str(), "dev"].map(|name| home.path().join(name).exists()).into();
        assert_eq!(left, [true, false, true]);
    }

    #[test]
    fn variable_that_points_at_nothing_is_an_error_that_says_so() {
        let error = attach(Path::new("/nowhere")).unwrap_err().to_string();
        assert!(error.contains(VARIABLE) && error.contains("/nowhere"), "{error}");
    }
}
