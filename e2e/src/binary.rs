//! Where the binary is: built once for each process that asks, with the profile of that process.

use std::{env, path::PathBuf, process::Stdio};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::{process::Command, sync::OnceCell};

/// Names a binary that is already built.
const VARIABLE: &str = "MAYFLY_TEST_BINARY";

static BINARY: OnceCell<PathBuf> = OnceCell::const_new();

/// The file of `mayfly`. Cargo itself sees to it that only one process builds at a time.
///
/// # Errors
/// When it cannot be built.
pub async fn path() -> anyhow::Result<PathBuf> {
    let found = BINARY.get_or_try_init(|| async {
        match env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
            Some(path) => Ok(PathBuf::from(path)),
            None => build().await,
        }
    });
    found.await.cloned()
}

async fn build() -> anyhow::Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(["build", "--quiet", "--package", "mayfly-cli", "--message-format", "json-render-diagnostics"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.stdin(Stdio::null()).output().await.context("run cargo")?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the binary could not be built: {}", complaints.trim());
    let messages = String::from_utf8(output.stdout).context("read what cargo wrote")?;
    messages.lines().find_map(executable).context("cargo built no binary `mayfly`")
}

fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_ours = message.pointer("/target/name").and_then(Value::as_str) == Some("mayfly");
    let path = message.get("executable").and_then(Value::as_str).filter(|_| is_ours);
    path.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_binary_of_its_name_is_taken() {
        let message = |name: &str, executable: &str| {
            format!(r#"{{"reason":"compiler-artifact","target":{{"name":"{name}"}},"executable":{executable}}}"#)
        };
        assert_eq!(executable(&message("mayfly", "\"/t/mayfly\"")), Some(PathBuf::from("/t/mayfly")));
        assert_eq!(executable(&message("mayfly", "null")), None);
        assert_eq!(executable(&message("other", "\"/t/other\"")), None);
        assert_eq!(executable("not JSON"), None);
    }
}
