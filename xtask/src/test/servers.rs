//! The servers that all test programs of a run share: each is started once, and ends with the run.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

use mayfly_testkit::{
    browser, moved_clock, network,
    postgres::{self, Flush, PostgresServer},
    real_cluster::{ClusterOptions, RealCluster, clusters_directory},
};

use super::arguments::Scope;
use crate::{console, program::Program};

/// Tells test programs where the shared cluster is.
const CLUSTER: &str = "MAYFLY_TEST_CLUSTER";

/// Where the cluster would be if it were not left out. A test that asks for it all the same fails with this text in its
/// error, so that none passes by not running.
const NO_CLUSTER: &str = "nowhere: `--fast` has no real cluster; a test that needs it has `real_` in its name";

/// Running servers.
pub(super) struct Servers {
    postgres: PostgresServer,
    cluster: Option<SharedCluster>,
}

impl Servers {
    pub(super) async fn start(scope: Scope) -> anyhow::Result<Self> {
        let is_there = postgres::is_installed();
        console::say(if is_there { "starting PostgreSQL" } else { "PostgreSQL is missing: installing it, once" });
        let postgres = PostgresServer::start(Flush::Skip).await?;
        if scope != Scope::Fast && !browser::is_installed() {
            console::say("Chromium is missing: installing it, once");
            browser::program()?;
        }
        if scope != Scope::Fast {
            // A test that cannot do without says so itself, and some can.
            for missing in [network::provide_programs().err(), moved_clock::provide().err()].into_iter().flatten() {
                console::say(&format!("{missing:#}"));
            }
        }
        let cluster = match scope {
            Scope::Fast => None,
            Scope::Everyday | Scope::Long => Some(SharedCluster::start().await?),
        };
        Ok(Self { postgres, cluster })
    }

    /// Tells a program where they are.
    pub(super) fn announce(&self, program: Program) -> Program {
        let program = program.env(postgres::VARIABLE, self.postgres.url("postgres"));
        match &self.cluster {
            Some(cluster) => program.env(CLUSTER, &cluster.running.options().state_dir),
            None => program.env(CLUSTER, NO_CLUSTER),
        }
    }

    pub(super) async fn stop(self) -> anyhow::Result<()> {
        match self.cluster {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }
}

/// A cluster of this process alone. The order of the fields is that of their end when dropped.
pub(crate) struct SharedCluster {
    running: RealCluster,
    files: Files,
}

impl SharedCluster {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        console::say("starting the test cluster");
        // The name is one that `real_cluster` tidies up after processes that were killed.
        let name = format!("shared-{}", process::id());
        let files = Files(clusters_directory().join(&name));
        let options = ClusterOptions { name, state_dir: files.0.clone(), port: 0, signing_key: None };
        Ok(Self { running: RealCluster::start_afresh(&options).await?, files })
    }

    /// The file with which its administrator finds it.
    pub(crate) fn kubeconfig(&self) -> &Path {
        self.running.kubeconfig()
    }

    /// Ends it in good order. What drops it instead kills it.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        let Self { running, files } = self;
        running.stop().await?;
        drop(files);
        Ok(())
    }
}

/// A cluster's folder, which nobody needs after it.
struct Files(PathBuf);

impl Drop for Files {
    fn drop(&mut self) {
        // Whatever is left is tidied up by a later run.
        let _ = fs::remove_dir_all(&self.0);
    }
}
