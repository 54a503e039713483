//! `cargo fuzz` and the compiler it needs.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::{console, paths, program::Program};

/// Pinned, so that a new release cannot turn a good commit bad.
const VERSION: &str = "0.13.2";

/// What is missing, and what to do.
pub(crate) const NO_COMPILER: &str =
    "fuzzing needs a nightly compiler: `rustup toolchain install nightly`; kept inputs are judged without it";

/// Whether there is a nightly compiler, of any date.
pub(crate) async fn has_compiler() -> bool {
    nightly().args(["--version"]).exists().await
}

/// Cargo as rustup finds it: the one that runs us is stable.
fn nightly() -> Program {
    Program::new("cargo").args(["+nightly"]).without_env("CARGO").without_env("RUSTUP_TOOLCHAIN")
}

/// Builds the program of a target, or all of them, and gives the folder that they are in.
pub(super) async fn build(programs: &Path, only: Option<&str>) -> anyhow::Result<PathBuf> {
    let tool = find_or_install().await?;
    let folder = paths::target().join("fuzz");
    console::say("building the fuzz targets; the first time it takes minutes");
    // Nothing of ours is unsafe: counters are wanted, no sanitizer, which would cost half of the executions.
    let cargo = Program::new(&tool).args(["fuzz", "build", "--sanitizer", "none", "--fuzz-dir"]).args([programs]);
    let cargo = cargo.args(["--target-dir"]).args([&folder]).args(only);
    cargo.env("RUSTUP_TOOLCHAIN", "nightly").without_env("CARGO").run().await?;
    Ok(folder.join("x86_64-unknown-linux-gnu/release"))
}

async fn find_or_install() -> anyhow::Result<PathBuf> {
    let home = paths::target().join("tools");
    let installed = home.join("bin/cargo-fuzz");
    for candidate in [PathBuf::from("cargo-fuzz"), installed.clone()] {
        if is_right_version(&candidate).await {
            return Ok(candidate);
        }
    }
    console::say(&format!("installing cargo-fuzz {VERSION} into `{}`, once", home.display()));
    let cargo = Program::cargo().args(["install", "--locked", "--debug", "--version", VERSION, "cargo-fuzz", "--root"]);
    let cargo = cargo.args([&home]).without_env("CARGO_TARGET_DIR").within(std::env::temp_dir());
    cargo.run().await.with_context(|| format!("cargo-fuzz {VERSION} is missing and could not be installed"))?;
    Ok(installed)
}

async fn is_right_version(candidate: &PathBuf) -> bool {
    let version = Program::new(candidate).args(["fuzz", "--version"]).read().await;
    version.is_ok_and(|text| text.trim() == format!("cargo-fuzz {VERSION}"))
}
