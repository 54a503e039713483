//! Programs of others that tests run. Whatever cannot be installed or fails is a test's failure.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use mayfly_testkit::tools::{self, HelmVersion};

/// A file of this crate.
pub(crate) fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder that `fill` has filled, made anew whenever one of `inputs` is other than it was.
pub(crate) fn installed(name: &str, inputs: &[PathBuf], fill: impl FnOnce(&Path)) -> PathBuf {
    let filled = tools::installed(name, inputs, |folder| {
        fill(folder);
        Ok(())
    });
    filled.unwrap()
}

/// A virtual environment with exactly what a file of requirements of this crate says.
pub(crate) fn python_with(name: &str, requirements: &str) -> PathBuf {
    tools::python_with(name, &own(requirements)).unwrap()
}

/// A kubectl that gets on with the test cluster.
pub(crate) fn kubectl() -> PathBuf {
    tools::kubectl().unwrap()
}

/// Helm, with everything that it keeps below `home`.
pub(crate) fn helm(version: HelmVersion, home: &Path) -> Command {
    let mut command = Command::new(tools::helm(version).unwrap());
    for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(variable, home.join("helm"));
    }
    command
}

/// Runs a program that must succeed.
pub(crate) fn run(command: &mut Command) -> Output {
    tools::run(command).unwrap()
}
