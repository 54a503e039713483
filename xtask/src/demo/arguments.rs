//! Which demo.

use std::path::PathBuf;

use clap::Args;

/// See Mayfly issue a token on a real cluster, and go on from there
///
/// It starts a Kubernetes API server and Mayfly, makes a dynamic secret, issues a token and uses it. Nothing on this
/// machine but `target` is touched, and nothing goes on after Ctrl-C.
#[derive(Debug, Default, Args)]
pub(crate) struct DemoArguments {
    /// End after the checks, with exit code 0 or 1, and remove everything
    #[arg(long)]
    pub(super) once: bool,
    /// Use the cluster of this kubeconfig instead, after asking. `KUBECONFIG` is never read
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME", requires = "kubeconfig")]
    pub(super) context: Option<String>,
    /// Do not ask before creating anything in that cluster
    #[arg(long, requires = "kubeconfig")]
    pub(super) yes: bool,
    /// A `mayfly` that is built already
    #[arg(long, value_name = "FILE")]
    pub(super) mayfly: Option<PathBuf>,
    /// Mayfly's port on loopback [default: 8420, or a free one if that is taken or with `--once`]
    #[arg(long)]
    pub(super) port: Option<u16>,
}

/// The demo, with the dashboard served from its sources: what is saved there is shown at once
#[derive(Debug, Args)]
pub(crate) struct DevArguments {
    /// Mayfly's port on loopback [default: 8420, or a free one if that is taken]
    #[arg(long)]
    pub(super) port: Option<u16>,
}
