//! Runs other programs, and leaves none behind.
//!
//! Each gets a process group of its own, so that ending it ends whatever it started: cargo's compilers, a test's
//! server. Dropping the work ends the program, which is how Ctrl-C and failures reach it.

use std::{
    ffi::OsStr,
    io::ErrorKind,
    path::Path,
    process::{ExitStatus, Output, Stdio},
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{console, paths};

/// A program that is about to run, at the root of the repository, with nothing to read.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    command: Command,
}

impl Program {
    /// One that is found on the search path, or by its own path.
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let name = Path::new(program.as_ref()).file_name().unwrap_or(program.as_ref()).to_string_lossy().into_owned();
        let mut command = Command::new(program);
        command.current_dir(paths::root()).stdin(Stdio::null()).process_group(0);
        Self { name, command }
    }

    /// The cargo that runs us.
    pub(crate) fn cargo() -> Self {
        Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: impl AsRef<OsStr>) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs it to its end. What it prints goes to standard error: it is no data of ours.
    pub(crate) async fn run(mut self) -> anyhow::Result<()> {
        self.command.stdout(console::standard_error()?);
        let (mut child, group) = self.start()?;
        let status = child.wait().await.with_context(|| format!("wait for `{}`", self.name))?;
        group.has_ended();
        self.check(status)
    }

    /// As [`run`](Self::run), with each line of its standard output shown to `reader` too. The status is given back,
    /// so that the reader's knowledge is of use also when it failed.
    pub(crate) async fn follow(mut self, mut reader: impl FnMut(&str)) -> anyhow::Result<ExitStatus> {
        self.command.stdout(Stdio::piped());
        let (mut child, group) = self.start()?;
        let stdout = child.stdout.take().context("standard output was piped")?;
        let mut lines = BufReader::new(stdout).lines();
        while let Some(line) = lines.next_line().await.with_context(|| format!("read from `{}`", self.name))? {
            console::say(&line);
            reader(&line);
        }
        let status = child.wait().await.with_context(|| format!("wait for `{}`", self.name))?;
        group.has_ended();
        Ok(status)
    }

    /// Runs it to its end, and gives what it printed to standard output.
    pub(crate) async fn read(self) -> anyhow::Result<String> {
        let name = self.name.clone();
        let output = self.output().await?;
        let complaints = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "`{name}` ended with {}: {}", output.status, complaints.trim());
        String::from_utf8(output.stdout).with_context(|| format!("`{name}` printed what is no text"))
    }

    /// Runs it to its end, and gives everything it printed.
    pub(crate) async fn output(mut self) -> anyhow::Result<Output> {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let (child, group) = self.start()?;
        let output = child.wait_with_output().await.with_context(|| format!("wait for `{}`", self.name))?;
        group.has_ended();
        Ok(output)
    }

    /// Lets it run beside us, printing to where `log` leads.
    pub(crate) fn spawn(mut self, log: std::fs::File) -> anyhow::Result<(Child, Group)> {
        self.command.stdout(log.try_clone().context("open the log once more")?).stderr(log);
        self.start()
    }

    /// Whether there is such a program at all.
    pub(crate) async fn exists(self) -> bool {
        self.output().await.is_ok_and(|output| output.status.success())
    }

    fn start(&mut self) -> anyhow::Result<(Child, Group)> {
        let child = match self.command.spawn() {
            Ok(child) => child,
            Err(error) if error.kind() == ErrorKind::NotFound => bail!("`{}` is not installed", self.name),
            Err(error) => return Err(error).with_context(|| format!("start `{}`", self.name)),
        };
        let leader = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        Ok((child, Group { leader }))
    }

    fn check(&self, status: ExitStatus) -> anyhow::Result<()> {
        ensure!(status.success(), "`{}` ended with {status}", self.name);
        Ok(())
    }
}

/// A program's process group. Dropping it kills whoever is left in it.
#[derive(Debug)]
pub(crate) struct Group {
    leader: Option<Pid>,
}

impl Group {
    /// Asks the group's programs to end.
    pub(crate) fn ask_to_end(&self) {
        self.signal(Signal::TERM);
    }

    /// Nobody is left: the number may be somebody else's from now on.
    pub(crate) fn has_ended(mut self) {
        self.leader = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // It fails when there is nobody to hear it, which is as good.
            let _ = kill_process_group(leader, signal);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}

/// How many programs the machine runs at once, one where it does not say.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, time::Duration};

    use super::*;

    #[tokio::test]
    async fn what_a_program_prints_is_read_and_its_failure_told() {
        assert_eq!(Program::new("sh").args(["-c", "echo a; echo b >&2"]).read().await.unwrap(), "a\n");
        let error = Program::new("sh").args(["-c", "echo why >&2; exit 3"]).read().await.unwrap_err().to_string();
        assert_eq!(error, "`sh` ended with exit status: 3: why");
        let error = Program::new("/nowhere/nothing").run().await.unwrap_err().to_string();
        assert_eq!(error, "`nothing` is not installed");
    }

    #[tokio::test]
    async fn a_follower_sees_every_line_of_a_program_that_fails() {
        let mut seen = Vec::new();
        let program = Program::new("sh").args(["-c", "echo one; echo two; exit 1"]);
        let status = program.follow(|line| seen.push(line.to_owned())).await.unwrap();
        assert!(!status.success());
        assert_eq!(seen, ["one", "two"]);
    }

    #[tokio::test]
    async fn work_that_is_dropped_leaves_no_process() {
        // The grandchild holds the pipe's other end: it reads to its end only if that one is gone too.
        let (mut pipe, other_end) = std::io::pipe().unwrap();
        let mut program = Program::new("sh").args(["-c", "sleep 600 & wait"]);
        program.command.stdout(other_end);
        let running = program.start().unwrap();
        drop((program, running));
        let ended = tokio::task::spawn_blocking(move || pipe.read_to_end(&mut Vec::new()));
        #[expect(clippy::disallowed_methods, reason = "processes end by the machine's time")]
        let ended = tokio::time::timeout(Duration::from_secs(30), ended).await;
        ended.expect("the grandchild is gone").unwrap().unwrap();
    }
}
