//! Where the binary is: built once for each process that asks, with the profile of that process.

use std::{env, path::PathBuf, process::Stdio};

use anyhow::{Context as _, ensure};
use mayfly_testkit::static_gateway;
use serde_json::Value;
use tokio::{process::Command, sync::OnceCell};

/// Names a binary that is already built.
const VARIABLE: &str = "MAYFLY_TEST_BINARY";

const GATEWAYS_NAME: &str = "mayfly-gateway";

static MAYFLY: OnceCell<PathBuf> = OnceCell::const_new();
static GATEWAY: OnceCell<PathBuf> = OnceCell::const_new();
static STATIC_GATEWAY: OnceCell<PathBuf> = OnceCell::const_new();

/// The file of `mayfly`. Cargo itself sees to it that only one process builds at a time.
///
/// # Errors
/// When it cannot be built.
pub async fn path() -> anyhow::Result<PathBuf> {
    let found = MAYFLY.get_or_try_init(|| async {
        match given() {
            Some(path) => Ok(path),
            None => build("mayfly", &["--package", "mayfly-cli", "--bin", "mayfly"], None).await,
        }
    });
    found.await.cloned()
}

/// The file of `mayfly-gateway`, which lies beside `mayfly` where that was built before.
///
/// # Errors
/// When it cannot be built.
pub async fn gateway() -> anyhow::Result<PathBuf> {
    let found = GATEWAY.get_or_try_init(|| async {
        match given() {
            Some(path) => Ok(path.with_file_name(GATEWAYS_NAME)),
            None => build(GATEWAYS_NAME, &["--package", GATEWAYS_NAME, "--bin", GATEWAYS_NAME], None).await,
        }
    });
    found.await.cloned()
}

/// The file of a `mayfly-gateway` that is linked statically, as it is for images.
///
/// # Errors
/// When it cannot be built.
pub async fn static_gateway() -> anyhow::Result<PathBuf> {
    let found = STATIC_GATEWAY
        .get_or_try_init(|| build(GATEWAYS_NAME, &static_gateway::ARGUMENTS, Some(static_gateway::FLAGS)));
    found.await.cloned()
}

fn given() -> Option<PathBuf> {
    env::var_os(VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from)
}

async fn build(name: &str, arguments: &[&str], variable: Option<(&str, &str)>) -> anyhow::Result<PathBuf> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    command.args(["build", "--quiet", "--message-format", "json-render-diagnostics"]).args(arguments).envs(variable);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.stdin(Stdio::null()).output().await.context("run cargo")?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{name}` could not be built: {}", complaints.trim());
    let messages = String::from_utf8(output.stdout).context("read what cargo wrote")?;
    messages.lines().find_map(|message| executable(name, message)).with_context(|| format!("cargo built no `{name}`"))
}

fn executable(name: &str, message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_ours = message.pointer("/target/name").and_then(Value::as_str) == Some(name);
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
        assert_eq!(executable("mayfly", &message("mayfly", "\"/t/mayfly\"")), Some(PathBuf::from("/t/mayfly")));
        assert_eq!(executable("mayfly", &message("mayfly", "null")), None);
        assert_eq!(executable("mayfly", &message("other", "\"/t/other\"")), None);
        assert_eq!(executable("mayfly", "not JSON"), None);
    }
}
