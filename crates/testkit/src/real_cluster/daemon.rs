//! One run of the test cluster's program as a child of this process.
//!
//! The child watches the pipe that is its standard input. When the pipe closes, because we say so or because we were
//! killed, it stops; so no cluster outlives the tests that started it, however they end.

use std::io::Write;
use std::mem;
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::{ClusterOptions, Summary};
use crate::{child::OwnChild, network::Room, waiting};

/// The program itself gives up a little earlier, and then says what it was waiting for.
pub(super) const START_PATIENCE: Duration = Duration::from_mins(1);
/// It stops within 2 s; each of its three parts is given 10 s before it is left to die with the process.
pub(super) const STOP_PATIENCE: Duration = Duration::from_secs(35);

/// What becomes of the data of an earlier run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Data {
    Keep,
    Wipe,
}

/// A running child. Dropping it kills it at once, and the kernel its own children with it.
#[derive(Debug)]
pub(super) struct Daemon {
    child: OwnChild,
    stdin: Option<ChildStdin>,
}

impl Daemon {
    /// Starts the program and waits until the cluster is ready.
    pub(super) async fn start(
        binary: &Path,
        options: &ClusterOptions,
        data: Data,
        flags: &[String],
        room: &Room,
    ) -> anyhow::Result<(Self, Summary)> {
        let child = command(room, binary, options, data, flags).spawn().context("start the test cluster")?;
        let mut child = OwnChild(child);
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().context("standard output was piped")?;
        let stderr = child.stderr.take().context("standard error was piped")?;
        let mut daemon = Self { child, stdin };
        match waiting::within(START_PATIENCE, first_line(stdout)).await {
            Some(Ok(Some(line))) => {
                let summary = serde_json::from_str(&line).context("read what the test cluster says of itself")?;
                return Ok((daemon, summary));
            }
            Some(Ok(None)) => {}
            Some(Err(error)) => return Err(error).context("listen to the test cluster"),
            None => daemon.child.end(),
        }
        let complaints = read_all(stderr).await.unwrap_or_else(|error| format!("(cannot read its errors: {error})"));
        let complaints = complaints.trim();
        bail!("the test cluster did not start, its logs are in `{}`: {complaints}", options.state_dir.display())
    }

    /// Ends the program in good order: its data are complete, its parts have ended.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.stdin.take());
        let child = &mut self.child;
        let status = waiting::until(STOP_PATIENCE, "the test cluster ends", || Ok(child.try_wait()?)).await?;
        ensure!(status.success(), "the test cluster ended with {status}");
        Ok(())
    }

    /// Lets the program run on after us.
    pub(super) fn detach(mut self) -> anyhow::Result<()> {
        let mut stdin = self.stdin.take().context("standard input was piped")?;
        stdin.write_all(b"detach\n").context("let the test cluster go")?;
        // It reads the line before the pipe's end, which comes after it.
        drop(stdin);
        // Dropping would kill it.
        mem::forget(self);
        Ok(())
    }
}

fn command(room: &Room, binary: &Path, options: &ClusterOptions, data: Data, flags: &[String]) -> Command {
    let mut command = room.command(binary);
    command.arg("--attached").arg("--name").arg(&options.name).arg("--state-dir").arg(&options.state_dir);
    command.arg("--port").arg(options.port.to_string());
    if room.is_apart() {
        // For the neighbours too; it says of itself that it is on the loopback.
        command.args(["--bind-address", "0.0.0.0"]);
    }
    if let Some(kind) = options.signing_key {
        command.arg("--signing-key").arg(kind.as_str());
    }
    if data == Data::Wipe {
        command.arg("--reset");
    }
    for flag in flags {
        command.arg("--api-server-flag").arg(flag);
    }
    // It names clusters that are none of our business.
    command.env_remove("KUBECONFIG");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// `None` when the program ended before it had anything to say.
async fn first_line(stdout: ChildStdout) -> anyhow::Result<Option<String>> {
    let stdout = tokio::process::ChildStdout::from_std(stdout)?;
    Ok(BufReader::new(stdout).lines().next_line().await?)
}

async fn read_all(stderr: ChildStderr) -> anyhow::Result<String> {
    let mut text = String::new();
    tokio::process::ChildStderr::from_std(stderr)?.read_to_string(&mut text).await?;
    Ok(text)
}
