//! `cargo xtask cluster`: a real Kubernetes API server that goes on running in the background.
//!
//! The cluster itself is `dev/cluster`; building, starting and finding it is `mayfly_testkit::real_cluster`. Here is
//! only what a person types and reads. `KUBECONFIG` is never read: it names clusters that are none of our business.

mod arguments;
mod down;
mod status;
mod up;

use std::process::ExitCode;

use clap::Subcommand;

use arguments::{Place, Shape};

/// What to do with the cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterTask {
    /// Start it, and print the path of its kubeconfig. Builds it first if need be, which takes minutes, once
    Up {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        shape: Shape,
    },
    /// Stop it. Its data stay for the next `up`
    Down {
        #[command(flatten)]
        place: Place,
    },
    /// Show whether it runs, and where. The exit code is 1 when it does not
    Status {
        #[command(flatten)]
        place: Place,
        /// How to print it
        #[arg(short, long, value_enum, default_value = "text")]
        output: status::Output,
    },
    /// Wipe its data and keys and start it afresh, at the same address
    Reset {
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        shape: Shape,
    },
}

/// Does it. The exit code is that of the process.
pub(crate) async fn run(task: ClusterTask) -> anyhow::Result<ExitCode> {
    match task {
        ClusterTask::Up { place, shape } => up::up(&place, &shape).await,
        ClusterTask::Down { place } => down::down(&place).await,
        ClusterTask::Status { place, output } => status::status(&place, output),
        ClusterTask::Reset { place, shape } => up::reset(&place, &shape).await,
    }
}
