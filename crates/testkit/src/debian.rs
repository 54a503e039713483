//! Debian's packages, for what tests need and cannot bring along: installed once, where we may.

use std::{
    env,
    fs::File,
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context as _, bail};

/// For the tests of one process; those of another wait for the file.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Held by whoever looks for what a package has, or installs it.
const LOCK: &str = "mayfly-tests-install.lock";

/// What `look` finds, after installing a package where it finds nothing; `missing` says what to do where we may not, or where it fails.
/// Whoever comes while it is installed waits: a program is there before the libraries are that it needs.
pub(crate) fn provide<T>(look: impl Fn() -> Option<T>, package: &str, missing: &str) -> anyhow::Result<T> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if !may_install() {
        return look().with_context(|| missing.to_owned());
    }
    let turns = File::create(env::temp_dir().join(LOCK)).context("make a lock for installing packages")?;
    turns.lock().context("wait for whoever installs packages")?;
    if let Some(found) = look() {
        return Ok(found);
    }
    install(package, missing)?;
    look().with_context(|| format!("the package `{package}` was installed, and yet: {missing}"))
}

/// The file itself where it is there, for [`provide`].
pub(crate) fn there(file: &Path) -> Option<&Path> {
    file.exists().then_some(file)
}

fn install(package: &str, missing: &str) -> anyhow::Result<()> {
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
    // Another program of the machine may be at it.
    command.args(["-o", "DPkg::Lock::Timeout=300"]).args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command.output().context("run apt-get")?.status.success())
}
