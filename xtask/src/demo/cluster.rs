//! The cluster of a demo: its own, or one that was named.

use std::{
    io::{self, IsTerminal as _},
    net::IpAddr,
    path::PathBuf,
};

use anyhow::{Context as _, bail, ensure};
use inquire::Confirm;
use mayfly_testkit::real_cluster::{ClusterOptions, RealCluster, ensure_binary};
use url::{Host, Url};

use super::{
    api::{Api, Proof},
    home::Home,
    kubeconfig::Kubeconfig,
    objects,
};
use crate::{console, progress::Progress};

/// Which cluster.
pub(super) enum Choice {
    /// One of the demo's own, with nothing in it.
    Own,
    /// Somebody's, who has agreed.
    Other(Box<Kubeconfig>),
}

/// Whether the owner of a cluster has agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    Given,
    ToBeAskedFor,
}

/// What the story needs to know of a cluster.
pub(super) struct Ground {
    /// A client that may create everything.
    pub(super) admin: Api,
    pub(super) server: String,
    /// PEM of its authority, if it is not one of the system's.
    pub(super) authority: Option<String>,
    /// What to say of it.
    pub(super) description: String,
    /// How a person gets in.
    pub(super) kubeconfig: Option<PathBuf>,
}

impl Ground {
    /// Ground on a cluster that was named.
    pub(super) fn of(kubeconfig: &Kubeconfig) -> anyhow::Result<Self> {
        Ok(Self {
            admin: kubeconfig.api()?,
            server: kubeconfig.server.clone(),
            authority: kubeconfig.authority.clone(),
            description: format!("The cluster of context `{}` answers at {}.", kubeconfig.context, kubeconfig.server),
            kubeconfig: None,
        })
    }

    /// Ground on our own cluster.
    pub(super) fn on(cluster: &RealCluster) -> anyhow::Result<Self> {
        let version = &cluster.summary().version;
        Ok(Self {
            admin: Api::new(cluster.server(), Some(cluster.ca_pem()), Proof::Token(cluster.admin_token()))?,
            server: cluster.server().to_owned(),
            authority: Some(cluster.ca_pem().to_owned()),
            description: format!("A Kubernetes {version} API server is running at {}.", cluster.server()),
            kubeconfig: Some(cluster.kubeconfig().to_owned()),
        })
    }

    /// Whether Mayfly must be allowed to call this very machine, which it refuses otherwise.
    pub(super) fn is_on_loopback(&self) -> anyhow::Result<bool> {
        let url: Url = self.server.parse().with_context(|| format!("`{}` is no address", self.server))?;
        Ok(match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => bail!("`{}` names no host", self.server),
        })
    }
}

/// Starts a cluster of our own.
pub(super) async fn start(home: &Home) -> anyhow::Result<RealCluster> {
    let mut progress = Progress::new("building the test cluster, once");
    ensure_binary(&mut |text| progress.show(text)).await?;
    drop(progress);
    console::say("starting the cluster");
    let options = ClusterOptions { name: "demo".to_owned(), state_dir: home.cluster(), port: 0, signing_key: None };
    RealCluster::start(&options).await
}

/// Says what would happen to somebody's cluster, and asks.
pub(super) fn agree(kubeconfig: &Kubeconfig, consent: Consent) -> anyhow::Result<()> {
    console::say(&format!("context  {}\nserver   {}", kubeconfig.context, kubeconfig.server));
    console::say(&format!("This will create in that cluster, all in namespace `{}`:", objects::NAMESPACE));
    objects::all()?.iter().for_each(|object| console::say(&format!("  {}", objects::title(object))));
    console::say("and delete the namespace at the end.");
    if consent == Consent::Given {
        return Ok(());
    }
    ensure!(io::stdin().is_terminal() && io::stderr().is_terminal(), "add `--yes` where nobody can be asked");
    ensure!(Confirm::new("Go on?").with_default(false).prompt()?, "nothing was created");
    Ok(())
}
