//! What the dependencies may be: `deny.toml`, checked by cargo-deny.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::{console, paths, program::Program};

/// Pinned, so that a new release cannot turn a good commit bad.
const VERSION: &str = "0.20.2";

/// Advisories are not asked for: their database is on the network, and changes without a commit.
const CHECKS: [&str; 4] = ["check", "bans", "licenses", "sources"];

/// Checks them.
pub(super) async fn run() -> anyhow::Result<()> {
    Program::new(find_or_install().await?).args(CHECKS).run().await
}

async fn find_or_install() -> anyhow::Result<PathBuf> {
    let home = paths::target().join("tools");
    let installed = home.join("bin/cargo-deny");
    for candidate in [PathBuf::from("cargo-deny"), installed.clone()] {
        if is_right_version(&candidate).await {
            return Ok(candidate);
        }
    }
    console::say(&format!("installing cargo-deny {VERSION} into `{}`, once; it takes minutes", home.display()));
    let cargo = Program::cargo().args(["install", "--locked", "--debug", "--version", VERSION, "cargo-deny", "--root"]);
    // Not beside our own: it has its own versions of everything, which nobody needs afterwards.
    let cargo = cargo.args([&home]).without_env("CARGO_TARGET_DIR").within(std::env::temp_dir());
    cargo.run().await.with_context(|| format!("cargo-deny {VERSION} is missing and could not be installed"))?;
    Ok(installed)
}

async fn is_right_version(candidate: &PathBuf) -> bool {
    let version = Program::new(candidate).args(["--version"]).read().await;
    version.is_ok_and(|text| text.trim() == format!("cargo-deny {VERSION}"))
}
