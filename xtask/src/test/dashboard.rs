//! The dashboard: its types, its style and its parts; then every page in a real browser, on a real server and cluster.

use std::{path::Path, process::ExitStatus};

use anyhow::ensure;
use futures::future::try_join_all;
use mayfly_testkit::{browser, tools};

use super::{Session, arguments::Scope, cargo_test, servers::SharedCluster, tally::Tally};
use crate::{program::Program, web};

/// The files of the browser tests in two halves, side by side, each with a server of its own: a page waits for most of its time.
const HALVES: [&str; 2] = ["--shard=1/2", "--shard=2/2"];

/// Checks it. The pages come last: they need the binary that the tests before have built.
pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    web::packages().await?;
    counted(session, [web::script("check").await?]).await?;
    if session.scope == Scope::Fast {
        return Ok(());
    }
    web::build().await?;
    let cluster = SharedCluster::start().await?;
    let outcome = browser_tests(session, &cluster).await;
    cluster.stop().await?;
    outcome
}

/// First those that nothing may run beside. The others are run whatever came of them: a page tells more than one thing.
async fn browser_tests(session: &mut Session, cluster: &SharedCluster) -> anyhow::Result<()> {
    let mayfly = cargo_test::binary();
    let alone = counted(session, [pages("test:alone", &mayfly, cluster).await?]).await;
    let mut halves = Vec::new();
    for half in HALVES {
        halves.push(pages("test:browser", &mayfly, cluster).await?.args(["--", half]));
    }
    alone.and(counted(session, halves).await)
}

/// A script that opens pages of the server `mayfly` in a real browser, on a real cluster.
pub(crate) async fn pages(script: &str, mayfly: &Path, cluster: &SharedCluster) -> anyhow::Result<Program> {
    Ok(web::script(script)
        .await?
        .env("MAYFLY_BINARY", mayfly)
        // Built with the tests of the workspace, and put beside it.
        .env("MAYFLY_GATEWAY_BINARY", mayfly.with_file_name("mayfly-gateway"))
        .env("MAYFLY_TEST_KUBECONFIG", cluster.kubeconfig())
        .env("MAYFLY_KUBECTL", tools::kubectl()?)
        .env("MAYFLY_CHROMIUM", browser::program()?))
}

/// Runs scripts of vitest side by side, each to its end, and counts their tests. Whichever failed has told itself how.
async fn counted(session: &mut Session, scripts: impl IntoIterator<Item = Program>) -> anyhow::Result<()> {
    let ends = try_join_all(scripts.into_iter().map(followed)).await?;
    for (tally, _) in &ends {
        session.tally += *tally;
    }
    for (_, status) in ends {
        ensure!(status.success(), "the dashboard's checks ended with {status}");
    }
    Ok(())
}

async fn followed(script: Program) -> anyhow::Result<(Tally, ExitStatus)> {
    let mut tally = Tally::default();
    // Colours and the lines of a terminal would stand between the numbers.
    let status = script.env("NO_COLOR", "1").env("CI", "1").follow(|line| tally.read_vitest(line)).await?;
    Ok((tally, status))
}
