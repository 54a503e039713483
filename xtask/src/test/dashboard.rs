//! The dashboard: its types, its style and its parts; then every page in a real browser, on a real server and cluster.

use std::path::Path;

use anyhow::ensure;
use mayfly_testkit::{browser, tools};

use super::{Session, arguments::Scope, cargo_test, servers::SharedCluster};
use crate::{program::Program, web};

/// Checks it. The pages come last: they need the binary that the tests before have built.
pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    web::packages().await?;
    counted(session, web::script("check").await?).await?;
    if session.scope == Scope::Fast {
        return Ok(());
    }
    web::build().await?;
    let cluster = SharedCluster::start().await?;
    let outcome = counted(session, pages("test:browser", &cargo_test::binary(), &cluster).await?).await;
    cluster.stop().await?;
    outcome
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

async fn counted(session: &mut Session, script: Program) -> anyhow::Result<()> {
    let mut tally = session.tally;
    // Colours and the lines of a terminal would stand between the numbers.
    let status = script.env("NO_COLOR", "1").env("CI", "1").follow(|line| tally.read_vitest(line)).await?;
    session.tally = tally;
    ensure!(status.success(), "the dashboard's checks ended with {status}");
    Ok(())
}
