//! The Go module in `dev/cluster`: its format, its build, its own checks.

use std::path::PathBuf;

use anyhow::{bail, ensure};
use mayfly_testkit::real_cluster::ensure_binary;

use crate::{paths, program::Program, progress::Progress};

/// Where to look: the search path, then where Go's own installer puts it.
const HOMES: [&str; 2] = ["", "/usr/local/go/bin"];

/// Checks it. The build comes before the checks that compile the same packages, because it shows its progress.
pub(super) async fn run() -> anyhow::Result<()> {
    let home = find().await?;
    let module = paths::root().join("dev/cluster");
    let go = |name: &str| Program::new(home.join(name)).within(&module).env("GOWORK", "off");
    let unformatted = go("gofmt").args(["-l", "."]).read().await?;
    ensure!(
        unformatted.is_empty(),
        "gofmt would change: {}",
        unformatted.split_whitespace().collect::<Vec<_>>().join(" ")
    );
    let mut progress = Progress::new("building the test cluster, once");
    ensure_binary(&mut |text| progress.show(text)).await?;
    drop(progress);
    go("go").args(["vet", "./..."]).run().await?;
    go("go").args(["test", "./..."]).run().await
}

async fn find() -> anyhow::Result<PathBuf> {
    for home in HOMES.map(PathBuf::from) {
        if Program::new(home.join("go")).args(["version"]).exists().await {
            return Ok(home);
        }
    }
    bail!("Go is missing: install it from https://go.dev/dl/")
}
