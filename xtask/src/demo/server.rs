//! The demo's Mayfly.

use std::{
    fs::{self, File},
    io::ErrorKind,
    net::TcpListener,
    path::Path,
    time::Duration,
};

use anyhow::{Context as _, bail};
use tokio::process::Child;

use super::home::Home;
use crate::program::{Group, Program};

/// Where Mayfly listens unless told otherwise.
const USUAL_PORT: u16 = 8420;
/// A busy machine takes a while: half a minute.
const READY_ATTEMPTS: usize = 300;
const INTERVAL: Duration = Duration::from_millis(100);
/// Running requests have 8 s, and there are none.
const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// Enough of a log to see what went wrong.
const SHOWN_LINES: usize = 15;

/// A running server. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    group: Group,
    /// `http://127.0.0.1:PORT`.
    pub(super) address: String,
}

/// Whether it may call clusters on this very machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loopback {
    Allowed,
    Refused,
}

impl Server {
    /// Starts it on the port that was asked for, or the usual one, or a free one, and waits until it is ready.
    pub(super) async fn start(
        mayfly: &Path,
        home: &Home,
        port: Option<u16>,
        loopback: Loopback,
    ) -> anyhow::Result<Self> {
        let listen = format!("127.0.0.1:{}", port.map_or_else(usual_or_free, Ok)?);
        let log = File::create(home.log()).context("make the server's log")?;
        let program = without_own_settings(Program::new(mayfly));
        let program = program.args(["server", "--listen", &listen, "--data-dir"]).args([home.data()]);
        let program = match loopback {
            Loopback::Allowed => program.env("MAYFLY_EGRESS_ALLOW", "127.0.0.0/8,::1/128"),
            Loopback::Refused => program,
        };
        let (mut child, group) = program.spawn(log)?;
        let address = wait_until_ready(&mut child, &home.log()).await?;
        Ok(Self { child, group, address })
    }

    /// Waits for an end that nobody asked for.
    pub(super) async fn watch(&mut self, home: &Home) -> anyhow::Result<()> {
        let status = self.child.wait().await.context("wait for the server")?;
        bail!("the server ended with {status}:\n{}", end_of(&home.log()))
    }

    /// Ends it in good order.
    pub(super) async fn stop(mut self) -> anyhow::Result<()> {
        self.group.ask_to_end();
        #[expect(clippy::disallowed_methods, reason = "another process works by the machine's time")]
        let ended = tokio::time::timeout(STOP_PATIENCE, self.child.wait()).await;
        ended.context("the server did not end when asked, and was killed")?.context("wait for the server")?;
        self.group.has_ended();
        Ok(())
    }
}

/// Settings of whoever runs the demo are not the demo's.
pub(super) fn without_own_settings(program: Program) -> Program {
    let names = std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("MAYFLY_"));
    names.fold(program, Program::without_env)
}

fn usual_or_free() -> anyhow::Result<u16> {
    match TcpListener::bind(("127.0.0.1", USUAL_PORT)) {
        Ok(_) => Ok(USUAL_PORT),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Ok(0),
        Err(error) => Err(error).context("look for a port"),
    }
}

/// The server says so in its log, with its address.
async fn wait_until_ready(child: &mut Child, log: &Path) -> anyhow::Result<String> {
    let mut ticks = tokio::time::interval(INTERVAL);
    for _ in 0..READY_ATTEMPTS {
        ticks.tick().await;
        if let Some(address) = address_in(&fs::read_to_string(log).unwrap_or_default()) {
            return Ok(address);
        }
        if let Some(status) = child.try_wait().context("look after the server")? {
            bail!("the server ended with {status}:\n{}", end_of(log));
        }
    }
    bail!("the server was not ready in time:\n{}", end_of(log))
}

fn address_in(log: &str) -> Option<String> {
    let line = log.split_inclusive('\n').find(|line| line.contains("mayfly is ready") && line.ends_with('\n'))?;
    let address = line.split_whitespace().find_map(|word| word.strip_prefix("address="))?;
    Some(format!("http://{address}"))
}

fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(SHOWN_LINES)..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_is_read_from_a_whole_line_only() {
        let log = "2026-11-24T00:00:00Z  INFO made a new master key file=x\n2026-11-24T00:00:00Z  INFO mayfly is ready address=127.0.0.1:8420\n";
        assert_eq!(address_in(log).as_deref(), Some("http://127.0.0.1:8420"));
        assert_eq!(address_in(log.trim_end()), None);
        assert_eq!(address_in(""), None);
    }
}
