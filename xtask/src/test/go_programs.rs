//! The Go modules, `dev/cluster` and `dev/reference-peer`: their format, their build, their own checks; of `dev/cluster`,
//! `go vet` in the long run only.

use anyhow::ensure;
use mayfly_testkit::{real_cluster, reference_peer, tools};

use super::arguments::Scope;
use crate::{paths, program::Program, progress::Progress};

const CLUSTER: &str = "dev/cluster";
const REFERENCE_PEER: &str = "dev/reference-peer";

/// Whose `go vet` is for the long run: it reads the 2,500 packages of Kubernetes once more, for two minutes.
const LONG_TO_VET: &str = CLUSTER;

/// Checks them. The builds come before the checks that compile the same packages, because they show their progress.
pub(super) async fn run(scope: Scope) -> anyhow::Result<()> {
    let home = tools::go_home()?;
    let go = |module: &str, name: &str| {
        Program::new(home.join(name)).within(paths::root().join(module)).env("GOWORK", "off")
    };
    for module in [CLUSTER, REFERENCE_PEER] {
        let unformatted = go(module, "gofmt").args(["-l", "."]).read().await?;
        let names = unformatted.split_whitespace().collect::<Vec<_>>().join(" ");
        ensure!(names.is_empty(), "gofmt would change in `{module}`: {names}");
    }
    build().await?;
    for module in [CLUSTER, REFERENCE_PEER] {
        if module != LONG_TO_VET || scope == Scope::Long {
            go(module, "go").args(["vet", "./..."]).run().await?;
        }
        // It would vet by itself.
        go(module, "go").args(["test", "-vet=off", "./..."]).run().await?;
    }
    Ok(())
}

async fn build() -> anyhow::Result<()> {
    let mut progress = Progress::new("building the test cluster, once");
    real_cluster::ensure_binary(&mut |text| progress.show(text)).await?;
    drop(progress);
    let mut progress = Progress::new("building the reference peer, once");
    reference_peer::ensure_binary(&mut |text| progress.show(text)).await?;
    Ok(())
}
