//! A server process.

use std::{
    collections::VecDeque,
    env,
    fs::{File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use mayfly_api::bootstrap::SETUP_CODE_FILE;
use mayfly_testkit::network::{Room, Window};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, ChildStderr, Command},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{Client, Installation, binary, waiting::within};

/// The program is unoptimised in tests, and the machine may be building.
const START_PATIENCE: Duration = Duration::from_mins(1);
/// Running requests may take their whole deadline.
const STOP_PATIENCE: Duration = Duration::from_secs(30);
/// Lines of the log that are kept for error texts.
const KEPT_LINES: usize = 40;

/// A running server on a free port of loopback. Dropping it kills it.
#[derive(Debug)]
pub struct Mayfly {
    child: Child,
    process: Pid,
    url: String,
    /// Who vouches for it, PEM, where it serves by TLS.
    authority: Option<String>,
    installation_id: String,
    log: Log,
    /// Reads its log to the end.
    following: JoinHandle<()>,
    /// Its files must not go before it does.
    installation: Installation,
    /// By what it is reached from the machine, where it is in a room of its own.
    _window: Option<Window>,
    room: Room,
}

/// One identity asks as fast as the machine allows. A test of the limits gives its own.
const WITHOUT_RATE_LIMITS: [(&str, &str); 5] = [
    ("MAYFLY_RATE_LIMITS_READ", "off"),
    ("MAYFLY_RATE_LIMITS_WRITE", "off"),
    ("MAYFLY_RATE_LIMITS_SECRETS", "off"),
    ("MAYFLY_RATE_LIMITS_AUTH", "off"),
    ("MAYFLY_RATE_LIMITS_ENROLMENT", "off"),
];

impl Mayfly {
    pub(crate) async fn start(
        installation: &Installation,
        room: &Room,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let window = room.window()?;
        let mut command = Command::from(room.command(&binary::path().await?));
        command.args(["server", "--data-dir"]).arg(installation.folder());
        clear(&mut command);
        command.envs([("MAYFLY_EGRESS_ALLOW", "127.0.0.0/8"), ("MAYFLY_LOG_FORMAT", "json")]);
        // In a room it listens to the neighbours too.
        let listen = window.as_ref().map_or("127.0.0.1:0".to_owned(), |window| format!("0.0.0.0:{}", window.port()));
        command.env("MAYFLY_LISTEN", listen);
        command.envs(WITHOUT_RATE_LIMITS);
        command.envs(settings.iter().copied());
        command.envs(installation.database_url().map(|url| ("MAYFLY_DATABASE_URL", url)));
        command.envs(installation.master_key().map(|key| ("MAYFLY_MASTER_KEY_VALUE", key)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("start the server")?;
        let process = child.id().and_then(|id| Pid::from_raw(id.cast_signed())).context("the server has a number")?;
        let log = Log::default();
        let file = whole_log(&installation.log_file())?;
        let (ready, following) = log.follow(child.stderr.take().context("its log was piped")?, file);
        let ready = within(START_PATIENCE, "the server is ready", ready).await;
        let ready = ready.and_then(|told| told.context("the server ended"));
        let Ready { address, installation: installation_id } = ready.with_context(|| log.text())?;
        let authority = authority(settings)?;
        let scheme = if authority.is_some() { "https" } else { "http" };
        let url = format!("{scheme}://{}", address.replace("0.0.0.0", "127.0.0.1"));
        let (installation, room) = (installation.clone(), room.clone());
        Ok(Self {
            child,
            process,
            url,
            authority,
            installation_id,
            log,
            following,
            installation,
            _window: window,
            room,
        })
    }

    /// The id that every object of it carries.
    pub fn installation_id(&self) -> &str {
        &self.installation_id
    }

    /// Its address on the machine, `http://127.0.0.1:port`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its address for the neighbours of its room.
    pub fn url_for_neighbours(&self) -> String {
        self.url.replace("127.0.0.1", &self.room.address().to_string())
    }

    /// A client that is nobody yet.
    ///
    /// # Errors
    /// When none can be made.
    pub fn client(&self) -> anyhow::Result<Client> {
        match &self.authority {
            Some(authority) => Client::trusting(&self.url, authority),
            None => Client::new(&self.url),
        }
    }

    /// The code for its first administrator, while there is none.
    ///
    /// # Errors
    /// When it offers none.
    pub fn setup_code(&self) -> anyhow::Result<String> {
        let file = self.data_dir().join(SETUP_CODE_FILE);
        let text = std::fs::read_to_string(&file).with_context(|| format!("read `{}`", file.display()))?;
        Ok(text.trim().to_owned())
    }

    /// Its data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.installation.folder()
    }

    /// The number of its process.
    pub fn process_id(&self) -> i32 {
        self.process.as_raw_nonzero().get()
    }

    /// The end of its log; all of it is in [`Installation::log_file`].
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// A handle to kill it with from another task.
    pub fn killer(&self) -> Killer {
        Killer(self.process)
    }

    /// Kills it without warning, and waits until it is gone.
    ///
    /// # Errors
    /// When it had ended before.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        self.killer().kill()?;
        self.end().await.map(|_| ())
    }

    /// Waits for the end of a server that was killed by its [`killer`](Self::killer).
    ///
    /// # Errors
    /// When it does not end.
    pub async fn buried(mut self) -> anyhow::Result<()> {
        self.end().await.map(|_| ())
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it does not, or not in good order.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        kill_process(self.process, Signal::TERM)?;
        let status = self.end().await?;
        ensure!(status.success(), "the server ended with {status}: {}", self.log.text());
        Ok(())
    }

    async fn end(&mut self) -> anyhow::Result<ExitStatus> {
        let ended = within(STOP_PATIENCE, "the server ends", self.child.wait()).await;
        let status = ended.with_context(|| self.log.text())??;
        within(STOP_PATIENCE, "its log ends", &mut self.following).await??;
        Ok(status)
    }
}

/// Kills a server. It is valid as long as the server's [`Mayfly`] is.
#[derive(Clone, Copy, Debug)]
pub struct Killer(Pid);

impl Killer {
    /// Kills it without warning. It may take a moment to be gone.
    ///
    /// # Errors
    /// When it has ended before.
    pub fn kill(self) -> anyhow::Result<()> {
        Ok(kill_process(self.0, Signal::KILL)?)
    }
}

/// Tests that have a server serve by TLS put their authority beside its certificate.
fn authority(settings: &[(&str, &str)]) -> anyhow::Result<Option<String>> {
    let certificate = settings.iter().find(|(name, _)| *name == "MAYFLY_TLS_CERTIFICATE");
    let read = |(_, path): &(&str, &str)| {
        let path = Path::new(path).with_file_name("ca.crt");
        std::fs::read_to_string(&path).with_context(|| format!("read `{}`", path.display()))
    };
    certificate.map(read).transpose()
}

/// Settings of whoever runs the tests are not ours.
pub(crate) fn clear(command: &mut Command) {
    let names = env::vars_os().map(|(name, _)| name);
    for name in names.filter(|name| name.to_string_lossy().starts_with("MAYFLY_")) {
        command.env_remove(name);
    }
}

/// Where the logs of all servers on an installation go, one after the other.
fn whole_log(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new().create(true).append(true).open(path).with_context(|| format!("open `{}`", path.display()))
}

/// The last lines that a server wrote.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<VecDeque<String>>>);

impl Log {
    /// Reads to the end, and writes all of it to `file`. The first answer is what the server says when it is ready, or
    /// nothing if it ends before.
    fn follow(
        &self,
        stderr: ChildStderr,
        mut file: File,
    ) -> (impl Future<Output = Option<Ready>> + use<>, JoinHandle<()>) {
        let (tell, told) = oneshot::channel();
        let log = self.clone();
        let following = tokio::spawn(async move {
            let (mut lines, mut tell) = (BufReader::new(stderr).lines(), Some(tell));
            while let Ok(Some(line)) = lines.next_line().await {
                writeln!(file, "{line}").expect("there is room for the log");
                if let Some((ready, tell)) = ready(&line).and_then(|ready| Some((ready, tell.take()?))) {
                    let _ = tell.send(ready);
                }
                log.keep(line);
            }
        });
        (async { told.await.ok() }, following)
    }

    fn keep(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    fn text(&self) -> String {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

/// What a server says when it is ready.
#[derive(Debug, PartialEq, Eq)]
struct Ready {
    address: String,
    installation: String,
}

fn ready(line: &str) -> Option<Ready> {
    let line: Value = serde_json::from_str(line).ok()?;
    let fields = line.get("fields")?;
    let text = |name: &str| fields.get(name)?.as_str().map(str::to_owned);
    let is_ready = text("message")? == "mayfly is ready";
    is_ready.then(|| Some(Ready { address: text("address")?, installation: text("installation")? })).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_in_the_line_that_says_ready() {
        let line = |message: &str| {
            format!(r#"{{"fields":{{"message":"{message}","address":"127.0.0.1:9","installation":"x"}}}}"#)
        };
        let told = Ready { address: "127.0.0.1:9".to_owned(), installation: "x".to_owned() };
        assert_eq!(ready(&line("mayfly is ready")), Some(told));
        assert_eq!(ready(&line("something else")), None);
        assert_eq!(ready("text"), None);
    }
}
