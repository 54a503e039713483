//! The steps, in their order: what is quick to fail comes first.

use mayfly_testkit::counts;

use super::{Session, arguments::Scope, cargo_deny, cargo_test, dashboard, go_programs, programs};
use crate::{console, demo, fuzz, program::Program};

/// One thing that CI checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Programs,
    Format,
    Lints,
    Dependencies,
    GoPrograms,
    Tests,
    Dashboard,
    Demo,
    Fuzzing,
}

impl Step {
    pub(super) const ALL: [Self; 9] = [
        Self::Programs,
        Self::Format,
        Self::Lints,
        Self::Dependencies,
        Self::GoPrograms,
        Self::Tests,
        Self::Dashboard,
        Self::Demo,
        Self::Fuzzing,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Programs => "programs that have to be there",
            Self::Format => "format",
            Self::Lints => "lints",
            Self::Dependencies => "dependencies: licences, sources, bans",
            Self::GoPrograms => "Go: the test cluster and the reference peer",
            Self::Tests => "tests",
            Self::Dashboard => "dashboard",
            Self::Demo => "demo",
            Self::Fuzzing => "fuzzing",
        }
    }

    /// Whether a scope leaves it out.
    pub(super) const fn is_in(self, scope: Scope) -> bool {
        match (self, scope) {
            (Self::Programs | Self::GoPrograms | Self::Demo | Self::Fuzzing, Scope::Fast) => false,
            (
                Self::Programs
                | Self::Format
                | Self::Lints
                | Self::Dependencies
                | Self::GoPrograms
                | Self::Tests
                | Self::Dashboard
                | Self::Demo
                | Self::Fuzzing,
                Scope::Fast | Scope::Everyday | Scope::Long,
            ) => true,
        }
    }

    /// Does it.
    pub(super) async fn run(self, session: &mut Session) -> anyhow::Result<()> {
        match self {
            Self::Programs => programs::run().await,
            Self::Format => Program::cargo().args(["fmt", "--all", "--check"]).run().await,
            Self::Lints => lints().await,
            Self::Dependencies => cargo_deny::run().await,
            Self::GoPrograms => go_programs::run(session.scope).await,
            Self::Tests => cargo_test::run(session).await,
            Self::Dashboard => dashboard::run(session).await,
            Self::Demo => demo::check(cargo_test::binary()).await,
            Self::Fuzzing => fuzzing(session.scope).await,
        }
    }
}

async fn lints() -> anyhow::Result<()> {
    let cargo = Program::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    cargo.run().await
}

/// A nightly compiler is asked of nobody: without it, the kept inputs were judged among the tests all the same.
async fn fuzzing(scope: Scope) -> anyhow::Result<()> {
    if !fuzz::has_compiler().await {
        console::say(&format!("left out: {}", fuzz::NO_COMPILER));
        return Ok(());
    }
    fuzz::everything(cargo_test::column(scope).of(counts::FUZZ_SECONDS)).await
}
