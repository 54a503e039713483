//! The tests of the workspace, from the domain's to those that run the real binary.

use std::path::PathBuf;

use anyhow::ensure;
use mayfly_testkit::{
    counts::{self, Column},
    static_gateway,
};

use super::{AfterFailure, Session, arguments::Scope, servers::Servers};
use crate::{
    paths,
    program::{Program, processors},
};

/// Tests that need the real cluster have one of these in their path; `--fast` leaves them out.
const NEEDS_CLUSTER: [&str; 2] = ["real_", "::real"];

/// Tests by a program of others that takes its time to install; `--fast` leaves them out too.
const NEEDS_OTHERS: [&str; 2] = ["browser::", "described::"];

/// How many more tests run at once than there are processors: some of them wait.
const WAITING: usize = 1;

/// Runs them. They are built before any server is started, so that a fault of the compiler shows soonest, and so is what one of them
/// would build: a compiler beside them takes the time that others measure.
pub(super) async fn run(session: &mut Session) -> anyhow::Result<()> {
    cargo(session).args(["--no-run"]).run().await?;
    if session.scope != Scope::Fast {
        let (variable, flags) = static_gateway::FLAGS;
        Program::cargo().args(["build"]).args(static_gateway::ARGUMENTS).env(variable, flags).run().await?;
    }
    let servers = Servers::start(session.scope).await?;
    let at_once = format!("--test-threads={}", processors() + WAITING);
    let program = servers.announce(cargo(session)).args(["--", &at_once]).args(left_out(session.scope));
    let mut tally = session.tally;
    let status = program.follow(|line| tally.read(line)).await?;
    session.tally = tally;
    servers.stop().await?;
    ensure!(status.success(), "`cargo test` ended with {status}");
    ensure!(tally.ignored == 0, "{} tests are marked to be ignored: mend or remove them", tally.ignored);
    ensure!(tally.passed > 0, "no test was run");
    Ok(())
}

/// The binary that [`run`] has built, with what tests need: building it alone would compile half of it once more.
pub(super) fn binary() -> PathBuf {
    paths::target().join("debug/mayfly")
}

fn cargo(session: &Session) -> Program {
    let keep_going = (session.after_failure == AfterFailure::KeepGoing).then_some("--no-fail-fast");
    let column = column(session.scope);
    let cargo = Program::cargo().args(["test", "--workspace"]).args(keep_going);
    let cargo = cargo.env("PROPTEST_CASES", column.of(counts::PROPERTY_CASES).to_string());
    cargo.env(counts::VARIABLE, column.as_str()).env("MAYFLY_TEST_BINARY", binary())
}

/// The counts of a scope.
pub(super) fn column(scope: Scope) -> Column {
    match scope {
        Scope::Fast | Scope::Everyday => Column::Everyday,
        Scope::Long => Column::Long,
    }
}

fn left_out(scope: Scope) -> Vec<&'static str> {
    match scope {
        Scope::Fast => NEEDS_CLUSTER.into_iter().chain(NEEDS_OTHERS).flat_map(|part| ["--skip", part]).collect(),
        Scope::Everyday | Scope::Long => Vec::new(),
    }
}
