//! The reference peer as a process: the wire between servers and gateways, spoken by a program that shares no code with ours.

use std::{fs, path::Path, path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context as _, ensure};
use mayfly_testkit::{real_cluster::PlainProgress, reference_peer};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{GatewayCluster, mayfly::clear, waiting::within};

/// For one line of a peer, and for its end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A peer's folder: what it keeps between two starts, and what it is told.
#[derive(Debug)]
pub struct ReferencePeer {
    folder: TempDir,
    program: PathBuf,
}

/// A running peer. Dropping it kills it.
#[derive(Debug)]
pub struct RunningPeer {
    child: Child,
    process: Pid,
    lines: Lines<BufReader<ChildStdout>>,
    told: Vec<Value>,
}

impl ReferencePeer {
    /// One that knows nothing yet.
    ///
    /// # Errors
    /// When it cannot be built, or has no folder.
    pub async fn prepare() -> anyhow::Result<Self> {
        let mut progress = PlainProgress::new("building the reference peer, once");
        let program = reference_peer::ensure_binary(&mut |text| progress.show(text)).await?;
        Ok(Self { folder: tempfile::tempdir().context("make a folder for the peer")?, program })
    }

    /// The same with files to stand before `cluster`, and with `policy`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn standing_before(self, cluster: &GatewayCluster, policy: &Value) -> anyhow::Result<Self> {
        for (name, text) in [
            ("policy.json", policy.to_string()),
            ("ca.crt", cluster.authority.clone()),
            ("token", cluster.token.clone()),
            ("cluster-url", cluster.url.clone()),
        ] {
            self.write(name, &text)?;
        }
        Ok(self)
    }

    /// Puts a file into its folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        fs::write(self.folder().join(name), text).with_context(|| format!("write `{name}`"))
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Enrols at `server` by `enrolment`, and gives what it told and whether it succeeded.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn enrol(&self, server: &str, enrolment: &str, key: &str) -> anyhow::Result<(Vec<Value>, bool)> {
        self.write("enrolment", enrolment)?;
        let enrolment = self.folder().join("enrolment");
        let enrolment = enrolment.to_str().context("the folder's path is Unicode")?;
        self.start("enrol", &["--server", server, "--enrolment", enrolment, "--key", key])?.ended().await
    }

    /// Starts a tunnel.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<RunningPeer> {
        let files = [("--policy", "policy.json"), ("--cluster-ca", "ca.crt"), ("--cluster-token", "token")];
        let mut command = self.command("run");
        command.arg("--cluster-url").arg(fs::read_to_string(self.folder().join("cluster-url"))?);
        for (flag, name) in files {
            command.arg(flag).arg(self.folder().join(name));
        }
        RunningPeer::spawn(command.args(arguments))
    }

    /// Starts any of its commands.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, name: &str, arguments: &[&str]) -> anyhow::Result<RunningPeer> {
        RunningPeer::spawn(self.command(name).args(arguments))
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        clear(&mut command);
        command.env("NO_PROXY", "*").arg(name).arg("--state").arg(self.folder().join("state"));
        command
    }
}

impl RunningPeer {
    fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut child = command.spawn().context("start the peer")?;
        let process = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).context("the peer has a number")?;
        let lines = BufReader::new(child.stdout.take().context("its output was piped")?).lines();
        Ok(Self { child, process, lines, told: Vec::new() })
    }

    /// Waits for the next line that is about `step`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn step(&mut self, step: &str) -> anyhow::Result<Value> {
        loop {
            let line = within(PATIENCE, &format!("the peer tells `{step}`"), self.next()).await;
            let line = line.with_context(|| format!("it told {:?}", self.told))??;
            let line = line.with_context(|| format!("it ended before `{step}`, and told {:?}", self.told))?;
            if line.get("step").and_then(Value::as_str) == Some(step) {
                return Ok(line);
            }
        }
    }

    async fn next(&mut self) -> anyhow::Result<Option<Value>> {
        let Some(line) = self.lines.next_line().await? else { return Ok(None) };
        let line: Value = serde_json::from_str(&line).with_context(|| format!("the peer told `{line}`"))?;
        self.told.push(line.clone());
        Ok(Some(line))
    }

    /// Waits until it ends by itself; gives all that it told, and whether it succeeded.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn ended(mut self) -> anyhow::Result<(Vec<Value>, bool)> {
        let reading = async {
            while self.next().await?.is_some() {}
            anyhow::Ok(self.child.wait().await?.success())
        };
        let succeeded = within(PATIENCE, "the peer ends", reading).await;
        Ok((self.told, succeeded??))
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it does not, or not well.
    pub async fn stop(self) -> anyhow::Result<Vec<Value>> {
        kill_process(self.process, Signal::TERM)?;
        let (told, succeeded) = self.ended().await?;
        ensure!(succeeded, "the peer failed, and told {told:?}");
        Ok(told)
    }
}
