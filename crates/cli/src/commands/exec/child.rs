//! A command that is run in the place of this program: it has its terminal, its signals and its exit code.

use std::{
    ffi::{OsStr, OsString},
    io::{self, ErrorKind},
    process::ExitStatus,
};

use tokio::process::Command;

use super::signals::Signals;
#[cfg(unix)]
use super::signals::is_told_by_terminal;
use crate::console;

/// As shells say that a command is not there, or cannot be run.
const NOT_THERE: u8 = 127;
const CANNOT_BE_RUN: u8 = 126;

/// Runs `command` with these variables to its end, and gives its exit code; 128 and the signal where one ended it.
pub(super) async fn run<const N: usize>(
    command: &[OsString],
    variables: [(&str, &OsStr); N],
    signals: &mut Signals,
) -> u8 {
    let Some((program, arguments)) = command.split_first() else { return NOT_THERE };
    let ended = start(Command::new(program).args(arguments).envs(variables), signals).await;
    match ended {
        Ok(status) => code(status),
        Err(error) => {
            console::complain(&format!("error: `{}` cannot be run: {error}", program.display()));
            if error.kind() == ErrorKind::NotFound { NOT_THERE } else { CANNOT_BE_RUN }
        }
    }
}

#[cfg(unix)]
async fn start(command: &mut Command, signals: &mut Signals) -> io::Result<ExitStatus> {
    use rustix::process::{Pid, kill_process};

    let mut child = command.spawn()?;
    loop {
        let signal = tokio::select! {
            status = child.wait() => return status,
            signal = signals.next() => signal,
        };
        let process = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(process) = process.filter(|_| !is_told_by_terminal(signal)) {
            // One that has just ended needs no signal.
            let _ = kill_process(process, signal);
        }
    }
}

#[cfg(not(unix))]
async fn start(command: &mut Command, _: &mut Signals) -> io::Result<ExitStatus> {
    command.spawn()?.wait().await
}

fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}
