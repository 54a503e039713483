//! A gateway process: the real agent, with a folder of its own.

use std::{fs, path::Path, process::Stdio, time::Duration};

use anyhow::Context as _;
use mayfly_testkit::network::Room;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::{Mayfly, binary, mayfly::clear, waiting::within};

/// For the end of a process.
const PATIENCE: Duration = Duration::from_secs(30);

/// In a gateway's folder, the password that it tells its proxy.
pub const PROXY_PASSWORD: &str = "proxy-password";

/// A machine's own proxy is no part of a test.
const PROXY_VARIABLES: [&str; 4] = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"];

/// The API server that a gateway speaks to, and as whom.
#[derive(Clone, Debug)]
pub struct GatewayCluster {
    /// Where.
    pub url: String,
    /// PEM certificates of its CA.
    pub authority: String,
    /// The token of the gateway's account.
    pub token: String,
}

/// A gateway's folder: what it keeps between two starts, and what it is told.
#[derive(Debug)]
pub struct Gateway {
    folder: TempDir,
    server: String,
    cluster: String,
    instance: String,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    room: Room,
}

/// A running gateway. Dropping it kills it.
#[derive(Debug)]
pub struct RunningGateway {
    child: Child,
    process: Pid,
}

impl Gateway {
    /// One that has not enrolled yet at `mayfly`, with `policy` in YAML.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub fn prepare(
        mayfly: &Mayfly,
        instance: &str,
        enrolment: &str,
        policy: &str,
        cluster: &GatewayCluster,
    ) -> anyhow::Result<Self> {
        Self::prepare_for(&mayfly.url_for_neighbours(), instance, enrolment, policy, cluster)
    }

    /// The same at any server.
    ///
    /// # Errors
    /// When its files cannot be written.
    pub fn prepare_for(
        server: &str,
        instance: &str,
        enrolment: &str,
        policy: &str,
        cluster: &GatewayCluster,
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("make a folder for the gateway")?;
        for (name, text) in [
            ("enrolment", enrolment),
            ("policy.yaml", policy),
            ("ca.crt", &cluster.authority),
            ("token", &cluster.token),
        ] {
            fs::write(folder.path().join(name), text).with_context(|| format!("write `{name}`"))?;
        }
        let (server, cluster) = (server.to_owned(), cluster.url.clone());
        let (arguments, variables, room) = (Vec::new(), Vec::new(), Room::machine());
        Ok(Self { folder, server, cluster, instance: instance.to_owned(), arguments, variables, room })
    }

    /// The same with more arguments to `run`.
    #[must_use]
    pub fn with_arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// The same with a variable in its environment.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same, in `room`.
    #[must_use]
    pub fn in_room(self, room: &Room) -> Self {
        Self { room: room.clone(), ..self }
    }

    /// The same behind a proxy at `url`, which has the name in it and not the password. That is in [`PROXY_PASSWORD`].
    ///
    /// # Errors
    /// When the password cannot be written.
    pub fn through(self, url: &str, password: &str) -> anyhow::Result<Self> {
        let file = self.folder.path().join(PROXY_PASSWORD);
        fs::write(&file, format!("{password}\n")).context("write the proxy's password")?;
        let file = file.to_str().context("a temporary folder has a name in Unicode")?;
        Ok(self.with_arguments(&["--proxy", url, "--proxy-password-file", file]))
    }

    /// The same, told of another server.
    #[must_use]
    pub fn with_server(self, url: &str) -> Self {
        Self { server: url.to_owned(), ..self }
    }

    /// The same, told of another API server.
    #[must_use]
    pub fn with_cluster(self, url: &str) -> Self {
        Self { cluster: url.to_owned(), ..self }
    }

    /// Its folder, where files for it may lie.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it wrote, in all its starts.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn log(&self) -> anyhow::Result<String> {
        fs::read_to_string(self.folder.path().join("log")).context("read the gateway's log")
    }

    /// How many tunnels it has opened, in all its starts.
    ///
    /// # Errors
    /// As [`log`](Self::log).
    pub fn opened(&self) -> anyhow::Result<usize> {
        Ok(self.log()?.matches("the tunnel is open").count())
    }

    /// Starts it. Without the file `enrolment` in its folder it has to be enrolled already.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn start(&self) -> anyhow::Result<RunningGateway> {
        RunningGateway::spawn(&mut self.command_at_its_post("run").await?)
    }

    /// Has the doctor look, and waits for its code and its report in JSON.
    ///
    /// # Errors
    /// When it cannot be started, or does not end.
    pub async fn doctor(&self) -> anyhow::Result<(Option<i32>, String)> {
        let mut command = self.command_at_its_post("doctor").await?;
        let looking = command.arg("--json").stdout(Stdio::piped()).output();
        let output = within(PATIENCE, "the doctor ends", looking).await?.context("start the doctor")?;
        Ok((output.status.code(), String::from_utf8(output.stdout)?))
    }

    async fn command_at_its_post(&self, name: &str) -> anyhow::Result<Command> {
        let mut command = self.command(name).await?;
        command.args(["--cluster-url", &self.cluster]);
        for (flag, name) in [("--policy", "policy.yaml"), ("--cluster-ca", "ca.crt"), ("--cluster-token", "token")] {
            command.arg(flag).arg(self.folder.path().join(name));
        }
        Ok(command)
    }

    /// Starts to enrol, and nothing else.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn enrol(&self) -> anyhow::Result<RunningGateway> {
        RunningGateway::spawn(&mut self.command("enrol").await?)
    }

    async fn command(&self, name: &str) -> anyhow::Result<Command> {
        let at = |name: &str| self.folder.path().join(name);
        let file =
            fs::OpenOptions::new().create(true).append(true).open(at("log")).context("open the gateway's log")?;
        let mut command = Command::from(self.room.command(&binary::gateway().await?));
        clear(&mut command);
        for name in PROXY_VARIABLES {
            command.env_remove(name).env_remove(name.to_lowercase());
        }
        command.envs(self.variables.iter().cloned());
        command.args([name, "--server", &self.server, "--instance", &self.instance]).arg("--state").arg(at("state"));
        if at("enrolment").exists() {
            command.arg("--enrolment-file").arg(at("enrolment"));
        }
        command.args(&self.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).kill_on_drop(true);
        Ok(command)
    }
}

impl RunningGateway {
    /// One that is started by a command of one's own.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.spawn().context("start the gateway")?;
        let process = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).context("the gateway has a number")?;
        Ok(Self { child, process })
    }

    /// The number of its process.
    pub fn process_id(&self) -> i32 {
        self.process.as_raw_nonzero().get()
    }

    /// Waits until it ends by itself, and says with which code.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ended(mut self) -> anyhow::Result<Option<i32>> {
        Ok(within(PATIENCE, "the gateway ends by itself", self.child.wait()).await??.code())
    }

    /// Kills it without warning, and waits until it is gone.
    ///
    /// # Errors
    /// When it had ended before.
    pub async fn kill(self) -> anyhow::Result<()> {
        self.end(Signal::KILL).await
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it does not.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.end(Signal::TERM).await
    }

    async fn end(mut self, signal: Signal) -> anyhow::Result<()> {
        kill_process(self.process, signal)?;
        within(PATIENCE, "the gateway ends", self.child.wait()).await??;
        Ok(())
    }
}
