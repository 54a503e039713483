//! `cargo xtask rig`: a private cluster on this machine, to try a gateway out by hand.
//!
//! The rooms are those that the end-to-end tests make for themselves (`mayfly_testkit::network`). They are there for as long as this
//! runs.

use std::{future, process::ExitCode};

use anyhow::{Context as _, ensure};
use mayfly_testkit::{
    network::{CompanyProxy, Rig, Room},
    real_cluster::{ClusterOptions, RealCluster},
};

use crate::console;

/// The proxy's name and password: whoever reaches it has made it.
const WHO: (&str, &str) = ("gw", "opens-the-proxy");

/// Makes the rooms, and somebody in them, and waits to be interrupted.
pub(crate) async fn run() -> anyhow::Result<ExitCode> {
    let rig = Rig::make()?;
    ensure!(
        rig.is_apart(),
        "rooms that are apart from each other take Linux, root and `ip` of iproute2; the tests use loopback instead"
    );
    let files = tempfile::tempdir().context("make a folder for the cluster")?;
    let options =
        ClusterOptions { name: "private".to_owned(), state_dir: files.path().to_owned(), port: 0, signing_key: None };
    let cluster = RealCluster::start_in(&rig.private, &options).await?;
    let proxy = CompanyProxy::start(&rig.edge, WHO.0, WHO.1).await?;
    for (what, room) in [
        ("servers", &rig.servers),
        ("internet", &rig.internet),
        ("edge, with the proxy", &rig.edge),
        ("private, with the cluster", &rig.private),
    ] {
        console::say(&format!("{what}: `ip netns exec {} bash`, {}", name(room), room.address()));
    }
    console::say(&format!("the cluster: {} in its room and on this machine", cluster.server()));
    console::say(&format!("the proxy: {}", proxy.url_with(&format!("{}:{}@", WHO.0, WHO.1))));
    console::say("Ctrl-C removes all of it");
    console::data(&cluster.kubeconfig().display().to_string())?;
    future::pending().await
}

fn name(room: &Room) -> &str {
    room.name().unwrap_or_default()
}
