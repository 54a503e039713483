//! The dashboard: its types, its style and its parts; then every page in a real browser, on a real server and cluster.

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
    let pages = web::script("test:browser")
        .await?
        .env("MAYFLY_BINARY", cargo_test::binary())
        .env("MAYFLY_TEST_KUBECONFIG", cluster.kubeconfig())
        .env("MAYFLY_KUBECTL", tools::kubectl()?)
        .env("MAYFLY_CHROMIUM", browser::program()?);
    let outcome = counted(session, pages).await;
    cluster.stop().await?;
    outcome
}

async fn counted(session: &mut Session, script: Program) -> anyhow::Result<()> {
    let mut tally = session.tally;
    // Colours and the lines of a terminal would stand between the numbers.
    let status = script.env("NO_COLOR", "1").env("CI", "1").follow(|line| tally.read_vitest(line)).await?;
    session.tally = tally;
    ensure!(status.success(), "the dashboard's checks ended with {status}");
    Ok(())
}
