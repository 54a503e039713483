//! The same binary where it is no server.

use std::{ffi::OsStr, process::Stdio};

use anyhow::{Context as _, ensure};
use tokio::process::Command;

use crate::binary;

/// What a command that asks nobody prints.
///
/// # Errors
/// When it fails.
pub async fn print(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> anyhow::Result<String> {
    let mut command = Command::new(binary::path().await?);
    let output = command.args(arguments).stdin(Stdio::null()).output().await.context("run the command line")?;
    let complaints = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "it ended with {}: {}", output.status, complaints.trim());
    String::from_utf8(output.stdout).context("read what it printed")
}
