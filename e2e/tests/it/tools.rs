//! Programs of others that tests run, installed once below `target`.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A file of this crate.
pub(crate) fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder below `target` that `fill` has filled, made anew whenever one of `inputs` is other than it was. One
/// process fills it, the others wait.
pub(crate) fn installed(name: &str, inputs: &[PathBuf], fill: impl FnOnce(&Path)) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let lock = File::create(folder.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let wanted: String = inputs.iter().map(|input| fs::read_to_string(input).unwrap()).collect();
    let stamp = folder.join("installed-from");
    if !fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir(&folder).unwrap();
        fill(&folder);
        fs::write(&stamp, wanted).unwrap();
    }
    folder
}

/// A virtual environment with exactly what a file of requirements says.
pub(crate) fn python_with(name: &str, requirements: &str) -> PathBuf {
    let requirements = own(requirements);
    installed(name, std::slice::from_ref(&requirements), |folder| {
        run(Command::new("python3").args(["-m", "venv"]).arg(folder));
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--require-hashes",
            "--requirement",
        ]);
        run(pip.arg(&requirements));
    })
}

/// A kubectl that is not much older than the test cluster: the machine's own, or one of ours.
pub(crate) fn kubectl() -> PathBuf {
    let own = PathBuf::from("kubectl");
    if is_recent(&own) {
        return own;
    }
    python_with("kubectl", "tools/kubectl.txt").join("bin/kubectl")
}

fn is_recent(kubectl: &Path) -> bool {
    const OLDEST: u32 = 34;
    let Ok(told) = Command::new(kubectl).args(["version", "--client", "--output", "json"]).output() else {
        return false;
    };
    let told: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap_or_default();
    let minor = told["clientVersion"]["minor"].as_str().and_then(|minor| minor.trim_end_matches('+').parse().ok());
    minor.is_some_and(|minor: u32| minor >= OLDEST)
}

/// Runs a program that must succeed.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be run, is it installed? {error}"));
    let told = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{command:?} failed with {}: {told}", output.status);
    output
}
