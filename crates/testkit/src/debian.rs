//! Debian's packages, for what tests need and cannot bring along: installed once, where we may.

use std::{
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, bail, ensure};

/// Installs a package; `missing` says what to do where we may not, or where it fails.
pub(crate) fn install(package: &str, missing: &str) -> anyhow::Result<()> {
    /// The package manager turns away whoever comes while it is at work.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ensure!(may_install(), "{missing}");
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    tracing::info!("installing the package `{package}`, once");
    let install = ["install", "--yes", "--no-install-recommends", package];
    // The first try is without a fresh list of packages, which takes longer than the package.
    if apt_get(&install)? || (apt_get(&["update"])? && apt_get(&install)?) {
        return Ok(());
    }
    bail!("installing the package `{package}` failed; {missing}")
}

fn may_install() -> bool {
    rustix::process::geteuid().is_root() && Path::new("/usr/bin/apt-get").exists()
}

fn apt_get(arguments: &[&str]) -> anyhow::Result<bool> {
    let mut command = Command::new("apt-get");
    // Another process of ours may be at it.
    command.args(["-o", "DPkg::Lock::Timeout=300"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command.output().context("run apt-get")?.status.success())
}
