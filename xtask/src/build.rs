//! `cargo xtask build`: everything that `mayfly` embeds, and `mayfly`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use crate::{console, paths, program::Program, web};

/// Build `mayfly`, and print where it is
#[derive(Debug, Args)]
pub(crate) struct BuildArguments {
    /// Optimised, and without symbols, as it is released
    #[arg(long)]
    release: bool,
}

/// How a program is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// Builds it.
pub(crate) async fn run(arguments: &BuildArguments) -> anyhow::Result<ExitCode> {
    let profile = if arguments.release { Profile::Release } else { Profile::Debug };
    console::data(&with_dashboard(profile).await?.display().to_string())?;
    Ok(ExitCode::SUCCESS)
}

/// Builds the dashboard, and `mayfly` with it; gives the path of the latter.
pub(crate) async fn with_dashboard(profile: Profile) -> anyhow::Result<PathBuf> {
    web::build().await?;
    mayfly(profile).await
}

/// Builds `mayfly` with the dashboard that is there, if there is one, and gives its path.
pub(crate) async fn mayfly(profile: Profile) -> anyhow::Result<PathBuf> {
    program(profile, "mayfly-cli", "mayfly").await
}

/// Builds `mayfly-gateway`, and gives its path.
pub(crate) async fn gateway(profile: Profile) -> anyhow::Result<PathBuf> {
    program(profile, "mayfly-gateway", "mayfly-gateway").await
}

async fn program(profile: Profile, package: &str, name: &str) -> anyhow::Result<PathBuf> {
    let (flag, folder) = match profile {
        Profile::Debug => (None, "debug"),
        Profile::Release => (Some("--release"), "release"),
    };
    Program::cargo().args(["build", "--package", package, "--bin", name]).args(flag).run().await?;
    Ok(paths::target().join(folder).join(name))
}
