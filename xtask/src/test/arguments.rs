//! How much to test.

use clap::Args;

/// Run every check that CI runs
///
/// It installs or builds what it needs, or says in one line what is missing. At the end it prints `N passed, N failed`.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// Without the real cluster and whatever needs it: a few minutes
    #[arg(long)]
    fast: bool,
    /// Every repeated test with its long count
    #[arg(long, conflicts_with = "fast")]
    long: bool,
    /// Go on after a failure
    #[arg(long)]
    pub(super) keep_going: bool,
}

/// How much is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// What needs no real cluster.
    Fast,
    /// Everything.
    Everyday,
    /// Everything, more often.
    Long,
}

impl TestArguments {
    pub(super) fn scope(&self) -> Scope {
        match (self.fast, self.long) {
            (true, _) => Scope::Fast,
            (false, true) => Scope::Long,
            (false, false) => Scope::Everyday,
        }
    }
}
