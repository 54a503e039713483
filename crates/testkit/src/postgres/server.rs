//! One PostgreSQL server in a temporary folder.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::{account::Account, certificate::Credentials, programs, scratch::ScratchDatabase, watchdog::Watchdog};
use crate::network::{Room, Window};

/// Whether commits reach the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// They stay in the machine's memory: fast, and still safe when the server is killed. Only a machine that loses
    /// power loses them.
    Skip,
    /// As in production, for benchmarks.
    ToDisk,
}

/// Another process may take the free port that was found before the server does.
const START_ATTEMPTS: usize = 5;

/// All test programs at once, each with a few pools.
const CONNECTIONS: usize = 500;

/// A folder in the machine's memory. Each test makes and removes the 300 files of a database, and a file system on a disk
/// takes ever longer to find a place for new ones among those that were just removed (a third of all time, measured on ext4).
const MEMORY: &str = "/dev/shm";
/// Bytes that must be free there and in the machine's memory: several times what the long tests fill.
const MEMORY_ROOM: u64 = 4 << 30;

const USER: &str = "mayfly";
/// Loopback is open to every user of the machine, and a superuser can run programs.
const PASSWORD_LENGTH: usize = 24;

/// A server of this process; ended, and its folder removed, when dropped or when the process ends.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    account: Option<Account>,
    folder: PathBuf,
    password: String,
    port: u16,
    flush: Flush,
    room: Room,
    /// By what it is reached from the machine, where it is in a room of its own.
    window: Option<Window>,
    _watchdog: Watchdog,
}

impl PostgresServer {
    /// Makes a new server and waits until it answers.
    ///
    /// # Errors
    /// When PostgreSQL is missing and cannot be installed, or does not start; the text has its log.
    pub async fn start(flush: Flush) -> anyhow::Result<Self> {
        Self::start_in(&Room::machine(), flush).await
    }

    /// As [`start`](Self::start), in `room`. Its address is the same inside and, by a window, on the machine.
    ///
    /// # Errors
    /// As [`start`](Self::start), and when the room cannot be looked into.
    pub async fn start_in(room: &Room, flush: Flush) -> anyhow::Result<Self> {
        let room = room.clone();
        tokio::task::spawn_blocking(move || Self::start_blocking(room, flush)).await?
    }

    fn start_blocking(room: Room, flush: Flush) -> anyhow::Result<Self> {
        let window = room.window()?;
        let account = Account::to_change_to()?;
        let programs = programs::folder()?;
        let folder = make_folder(account, flush)?;
        let watchdog = Watchdog::over(&folder)?;
        let password = random_text();
        let mut server =
            Self { programs, account, folder, password, port: 0, flush, room, window, _watchdog: watchdog };
        server.initialize()?;
        for attempt in 1..=START_ATTEMPTS {
            server.port = server.window.as_ref().map_or_else(free_port, |window| Ok(window.port()))?;
            match server.run_server() {
                Ok(()) => break,
                Err(error) if attempt == START_ATTEMPTS => return Err(error),
                Err(_) => {}
            }
        }
        Ok(server)
    }

    /// The address of `database`, with the rights of a superuser.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://{USER}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// An empty database of its own.
    ///
    /// # Errors
    /// When the server does not make it.
    pub async fn scratch(&self) -> anyhow::Result<ScratchDatabase> {
        ScratchDatabase::create(&self.url("postgres")).await
    }

    /// Ends all connections at once and the server in good order.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.control(&["stop", "-m", "fast", "-w"]).await
    }

    /// Kills the server without warning.
    ///
    /// # Errors
    /// When it was not running.
    pub fn kill(&self) -> anyhow::Result<()> {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).context("find the server's process")?;
        let process = file.lines().next().and_then(|id| id.parse().ok()).and_then(Pid::from_raw);
        kill_process(process.context("the server's file names no process")?, Signal::KILL)?;
        Ok(())
    }

    /// Starts the server again after [`stop`](Self::stop) or [`kill`](Self::kill), at the same address with its data.
    ///
    /// # Errors
    /// When it does not start; the text has its log.
    pub async fn start_again(&self) -> anyhow::Result<()> {
        // The children of a server that was killed live on for a moment, and none starts beside them: ask again.
        let mut attempts = tokio::time::interval(std::time::Duration::from_millis(50));
        for _ in 0..200 {
            attempts.tick().await;
            if self.control(&self.start_arguments()).await.is_ok() {
                return Ok(());
            }
        }
        self.control(&self.start_arguments()).await.with_context(|| self.log())
    }

    /// Starts it again as a server that offers TLS with a certificate for `name`. The answer is the authority that alone
    /// vouches for it, as PEM.
    ///
    /// # Errors
    /// When it does not stop or start.
    pub async fn restart_with_tls(&self, name: &str) -> anyhow::Result<String> {
        let Credentials { authority, certificate, key } = Credentials::for_name(name)?;
        self.write_data("server.crt", &certificate)?;
        self.write_data("server.key", &key)?;
        self.write_data("postgresql.auto.conf", "ssl = on\n")?;
        self.stop().await?;
        self.start_again().await?;
        Ok(authority)
    }

    /// As the server's own, closed to others: it insists for keys.
    fn write_data(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.data().join(name);
        fs::write(&path, text)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        self.account.map_or(Ok(()), |account| account.take(&path))
    }

    async fn control(&self, arguments: &[impl AsRef<str>]) -> anyhow::Result<()> {
        let mut command = self.command("pg_ctl");
        command.args(arguments.iter().map(AsRef::as_ref));
        tokio::task::spawn_blocking(move || run(command)).await?
    }

    fn initialize(&self) -> anyhow::Result<()> {
        let password_file = self.folder.join("password");
        fs::write(&password_file, &self.password)?;
        if let Some(account) = self.account {
            account.take(&password_file)?;
        }
        let mut command = self.command("initdb");
        // By MD5: a test makes many connections, and SCRAM would have the server hash 4,096 times for each.
        command.args(["--username", USER, "--auth", "md5", "--encoding", "UTF8", "--locale", "C", "--no-sync"]);
        command.arg("--pwfile").arg(&password_file);
        run(command)?;
        Ok(fs::remove_file(password_file)?)
    }

    fn run_server(&self) -> anyhow::Result<()> {
        let mut command = self.command("pg_ctl");
        command.args(self.start_arguments());
        run(command).with_context(|| self.log())
    }

    fn start_arguments(&self) -> Vec<String> {
        let flush = if self.flush == Flush::Skip { "-c fsync=off -c full_page_writes=off" } else { "" };
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections={CONNECTIONS} \
             -c max_prepared_transactions=8 {flush}",
            self.port
        );
        let log = self.data().join("server.log").display().to_string();
        ["start", "-w", "-l", &log, "-o", &options].map(ToOwned::to_owned).into()
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = match self.account {
            Some(account) => account.command(&self.room, &program),
            None => self.room.command(&program),
        };
        command.arg("-D").arg(self.data());
        // Not ours: they would name another server, and a home that the account cannot read.
        command.current_dir(&self.folder).env("HOME", &self.folder);
        for name in ["PGDATA", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"] {
            command.env_remove(name);
        }
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.data().join("server.log")).unwrap_or_default()
    }
}

/// Where another user can reach it: each folder above must let them pass.
fn make_folder(account: Option<Account>, flush: Flush) -> anyhow::Result<PathBuf> {
    let folder = tempfile::Builder::new()
        .prefix("mayfly-postgres-")
        .permissions(fs::Permissions::from_mode(0o711))
        .tempdir_in(open_home(flush)?)
        .map(TempDir::keep)
        .context("make a folder for PostgreSQL")?;
    let folder = fs::canonicalize(folder)?;
    let data = folder.join("data");
    fs::create_dir(&data)?;
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700))?;
    account.map_or(Ok(()), |account| account.take(&data))?;
    Ok(folder)
}

fn open_home(flush: Flush) -> anyhow::Result<PathBuf> {
    let memory = PathBuf::from(MEMORY);
    if flush == Flush::Skip && can_be_passed(&memory) && has_room(&memory) {
        return Ok(memory);
    }
    let homes = [std::env::temp_dir(), "/tmp".into(), "/var/tmp".into()];
    homes.into_iter().find(|home| can_be_passed(home)).context("no temporary folder that other users can reach")
}

fn has_room(folder: &Path) -> bool {
    let in_folder = rustix::fs::statvfs(folder).map(|found| found.f_bavail.saturating_mul(found.f_frsize));
    in_folder.is_ok_and(|free| free >= MEMORY_ROOM) && available_memory().is_some_and(|free| free >= MEMORY_ROOM)
}

/// Bytes that programs could have without swapping. <https://man7.org/linux/man-pages/man5/proc_meminfo.5.html>
fn available_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}

fn can_be_passed(path: &Path) -> bool {
    path.ancestors().all(|folder| fs::metadata(folder).is_ok_and(|found| found.permissions().mode() & 0o001 != 0))
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).context("find a free port")?.local_addr()?.port())
}

fn random_text() -> String {
    use base64::Engine as _;
    let mut bytes = [0; PASSWORD_LENGTH];
    aws_lc_rs::rand::fill(&mut bytes).expect("the machine's random source does not fail once it has started");
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn run(mut command: Command) -> anyhow::Result<()> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("run `{program}`"))?;
    ensure!(output.status.success(), "`{program}` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
