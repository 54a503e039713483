//! A real kubectl that fetches its tokens by itself, and a command that is run with a cluster of its own.

use std::{path::PathBuf, process::Output, time::Duration};

use mayfly_e2e::{ENVIRONMENT, SECRET, binary, inputs::dynamic, waiting::until};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::{belongings::Stage, tools};

/// A cluster forgets a dead token after ten seconds, and Mayfly asks once a minute whether a lease is live; that much
/// later, a command that somebody types works again. Rights of a fresh account come a moment after it.
const WORKS_WITHIN: Duration = Duration::from_secs(30);

/// A person at a terminal, with kubectl and mayfly on their path and a home of their own.
struct Person {
    home: TempDir,
    stage: Stage,
    kubectl: PathBuf,
    mayfly: PathBuf,
}

impl Person {
    async fn arrive() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            stage: Stage::set(&dynamic()).await,
            kubectl: tokio::task::spawn_blocking(tools::kubectl).await.unwrap(),
            mayfly: binary::path().await.unwrap(),
        }
    }

    fn command(&self, program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        let path = [self.mayfly.parent().unwrap().as_os_str(), "/usr/bin:/bin".as_ref()].join(":".as_ref());
        command.env_clear().env("PATH", path).env("HOME", self.home.path()).current_dir(self.home.path());
        command.env("MAYFLY_TOKEN", self.stage.scene.client.token().unwrap()).kill_on_drop(true);
        command
    }

    async fn mayfly(&self, verb: &str, more: &[&str]) -> Output {
        let mut command = self.command(&self.mayfly);
        command.args([verb, SECRET, "--server", self.stage.mayfly.url(), "--project", &self.stage.scene.project_slug]);
        command.args(["--env", ENVIRONMENT]).args(more).output().await.unwrap()
    }

    async fn kubectl(&self) -> Output {
        self.command(&self.kubectl).args(["get", "configmaps", "--output", "json"]).output().await.unwrap()
    }

    /// kubectl shows what is there, sooner or later.
    async fn comes_to_work(&self) {
        let works = until(WORKS_WITHIN, "kubectl works", async || {
            let told = self.kubectl().await;
            Ok(told.status.success().then_some(told.stdout))
        });
        let listed: Value = serde_json::from_slice(&works.await.unwrap()).unwrap();
        assert_eq!(listed["kind"], "List");
    }

    async fn leases(&self, state: Option<&str>) -> Vec<String> {
        let scene = &self.stage.scene;
        let leases = scene.client.leases(&scene.project_slug, state, None).await.unwrap();
        leases.into_iter().map(|lease| lease.id).collect()
    }
}

#[tokio::test]
async fn real_kubectl_fetches_its_tokens_by_itself_and_gets_over_one_that_was_ended() {
    let person = Person::arrive().await;
    let made = person.mayfly("kubeconfig", &["--merge", "--use"]).await;
    assert!(made.status.success(), "{made:?}");
    person.comes_to_work().await;
    for told in futures::future::join_all((0..8).map(|_| person.kubectl())).await {
        assert!(told.status.success(), "{told:?}");
    }
    let first = person.leases(None).await;
    assert_eq!(first.len(), 1, "all runs share one lease");
    person.stage.scene.end(&first[0]).await.unwrap();
    let refused = until(WORKS_WITHIN, "the cluster refuses the token", async || {
        let told = person.kubectl().await;
        Ok((!told.status.success() || person.leases(None).await.len() == 2).then_some(()))
    });
    refused.await.unwrap();
    person.comes_to_work().await;
    assert_eq!(person.leases(Some("active")).await.len(), 1);
    assert_eq!(person.leases(None).await.len(), 2, "one more, and no more");
}

#[tokio::test]
async fn real_command_has_a_cluster_for_as_long_as_it_runs() {
    let person = Person::arrive().await;
    let script = format!(
        "n=0; until '{}' get configmaps >seen 2>&1; do n=$((n+1)); [ $n -lt 300 ] || exit 9; done; exit 7",
        person.kubectl.display()
    );
    let told = person.mayfly("exec", &["--reason", "release 1.4", "--", "/bin/sh", "-c", &script]).await;
    assert_eq!(told.status.code(), Some(7), "{told:?}");
    assert_eq!((person.leases(None).await.len(), person.leases(Some("active")).await.len()), (1, 0));
    person.stage.mayfly.stop().await.unwrap();
}
