//! `up` and `reset`: both end with a cluster that runs in the background.

use std::process::ExitCode;

use anyhow::ensure;
use mayfly_testkit::real_cluster::{
    ClusterOptions, Presence, RealCluster, Stopped, Summary, ensure_binary, settled, stop_in,
};

use super::arguments::{Place, Shape};
use crate::console;
use crate::progress::Progress;

/// Starts the cluster, or finds it running.
pub(super) async fn up(place: &Place, shape: &Shape) -> anyhow::Result<ExitCode> {
    let options = shape.options(place)?;
    // Another `up` may be at it; then its cluster is ours too.
    if let Presence::Ready(summary) = settled(&options.state_dir).await? {
        refuse_another_shape(&options, &summary)?;
        return report(&summary, "is up already");
    }
    build().await?;
    console::say(&format!("starting cluster `{}`", options.name));
    leave_running(RealCluster::start(&options).await?, "is up")
}

/// Stops the cluster, if it runs, and starts it with nothing in it.
pub(super) async fn reset(place: &Place, shape: &Shape) -> anyhow::Result<ExitCode> {
    let options = shape.options(place)?;
    build().await?;
    if stop_in(&options.state_dir).await? == Stopped::Ended {
        console::say(&format!("stopped cluster `{}`", options.name));
    }
    console::say(&format!("starting cluster `{}` afresh", options.name));
    leave_running(RealCluster::start_afresh(&options).await?, "is up, with nothing in it")
}

async fn build() -> anyhow::Result<()> {
    let mut progress = Progress::new("building the test cluster, once");
    ensure_binary(&mut |text| progress.show(text)).await?;
    Ok(())
}

fn leave_running(cluster: RealCluster, state: &str) -> anyhow::Result<ExitCode> {
    let summary = cluster.summary().clone();
    cluster.detach()?;
    report(&summary, state)
}

/// A running cluster cannot be given another port or key, and to pass over the wish in silence would mislead.
fn refuse_another_shape(wanted: &ClusterOptions, running: &Summary) -> anyhow::Result<()> {
    let port_differs = wanted.port != 0 && !running.server.ends_with(&format!(":{}", wanted.port));
    ensure!(!port_differs, "it is up already at {}: stop it first, to move it to another port", running.server);
    let key_differs = wanted.signing_key.is_some_and(|key| key != running.signing_key);
    let key = running.signing_key.as_str();
    ensure!(!key_differs, "it is up already and signs with {key}: only `reset` changes the key");
    ensure!(wanted.name == running.name, "it is up already under the name `{}`", running.name);
    Ok(())
}

fn report(summary: &Summary, state: &str) -> anyhow::Result<ExitCode> {
    let Summary { name, server, version, kubeconfig, .. } = summary;
    let kubeconfig = kubeconfig.display().to_string();
    console::say(&format!("cluster `{name}` {state}: Kubernetes {version} at {server}"));
    console::say(&format!("try it:  kubectl --kubeconfig {kubeconfig} get namespaces"));
    console::data(&kubeconfig)?;
    Ok(ExitCode::SUCCESS)
}
