//! The steps, in their order: what is quick to fail comes first.

use super::{Session, arguments::Scope, cargo_deny, cargo_test, cluster_program, programs};
use crate::{demo, program::Program};

/// One thing that CI checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Programs,
    Format,
    Lints,
    Dependencies,
    ClusterProgram,
    Tests,
    Demo,
}

impl Step {
    pub(super) const ALL: [Self; 7] =
        [Self::Programs, Self::Format, Self::Lints, Self::Dependencies, Self::ClusterProgram, Self::Tests, Self::Demo];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Programs => "programs that have to be there",
            Self::Format => "format",
            Self::Lints => "lints",
            Self::Dependencies => "dependencies: licences, sources, bans",
            Self::ClusterProgram => "the test cluster's program",
            Self::Tests => "tests",
            Self::Demo => "demo",
        }
    }

    /// Whether a scope leaves it out.
    pub(super) const fn is_in(self, scope: Scope) -> bool {
        match (self, scope) {
            (Self::Programs | Self::ClusterProgram | Self::Demo, Scope::Fast) => false,
            (
                Self::Programs
                | Self::Format
                | Self::Lints
                | Self::Dependencies
                | Self::ClusterProgram
                | Self::Tests
                | Self::Demo,
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
            Self::ClusterProgram => cluster_program::run().await,
            Self::Tests => cargo_test::run(session).await,
            Self::Demo => demo::check(cargo_test::binary()).await,
        }
    }
}

async fn lints() -> anyhow::Result<()> {
    let cargo = Program::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    cargo.run().await
}
