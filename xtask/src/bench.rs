//! `cargo xtask bench`: how many tokens a second, beside the bare cluster; and how leases end when very many are due, or when
//! a cluster hangs.

use std::{ffi::OsString, process::ExitCode};

use clap::Args;

use crate::{
    build::{Profile, gateway, mayfly},
    program::Program,
};

/// Measure tokens per second through Mayfly and without it, or the ends of leases, everything optimised
#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// What the benchmark takes: nothing, `due`, `hang` or `gateway`, and what `--help` after them says
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

/// Builds and runs it.
pub(crate) async fn run(arguments: &BenchArguments) -> anyhow::Result<ExitCode> {
    let binary = mayfly(Profile::Release).await?;
    if arguments.arguments.first().is_some_and(|what| what == "gateway") {
        gateway(Profile::Release).await?;
    }
    let cargo = Program::cargo().args(["run", "--release", "--package", "mayfly-bench", "--"]);
    cargo.args(&arguments.arguments).env("MAYFLY_TEST_BINARY", binary).run().await?;
    Ok(ExitCode::SUCCESS)
}
