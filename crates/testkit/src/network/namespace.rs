//! A network namespace: its own interfaces, routes and loopback.

use std::{
    fs::{self, File},
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use anyhow::{Context as _, anyhow, ensure};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::{debian, tools};

/// What all names of ours begin with.
const PREFIX: &str = "mayfly-";

/// Where `ip netns` keeps them.
const NAMESPACES: &str = "/run/netns";

/// Of whoever looks at it.
const FORWARDING: &str = "/proc/sys/net/ipv4/ip_forward";

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A namespace, gone when it is dropped. Programs that still run in it keep its interfaces until they end.
#[derive(Debug)]
pub(super) struct Namespace(String);

impl Namespace {
    /// An empty one, with nothing but its loopback.
    pub(super) fn create(label: &str) -> anyhow::Result<Self> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let namespace = Self(format!("{PREFIX}{}-{number}-{label}", process::id()));
        ip(&["netns", "add", &namespace.0])?;
        namespace.ip(&["link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// What `ip netns` knows it by.
    pub(super) fn name(&self) -> &str {
        &self.0
    }

    /// A command of `ip` inside.
    pub(super) fn ip(&self, arguments: &[&str]) -> anyhow::Result<()> {
        ip(&[&["-n", &self.0], arguments].concat())
    }

    /// A cable from here to `other`, with an address and its length at each end. The interfaces are named by where they lead.
    pub(super) fn cable(&self, other: &Self, [here, there]: [(&str, &str); 2]) -> anyhow::Result<()> {
        let ((to_other, own), (to_here, others)) = (here, there);
        self.ip(&["link", "add", to_other, "type", "veth", "peer", "name", to_here, "netns", &other.0])?;
        for (end, interface, address) in [(self, to_other, own), (other, to_here, others)] {
            end.ip(&["address", "add", address, "dev", interface])?;
            end.ip(&["link", "set", interface, "up"])?;
        }
        Ok(())
    }

    /// A program that is going to run inside. It keeps the number of its process.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0]).arg(program);
        command
    }

    /// Lets it pass on what is for others.
    pub(super) fn forward(&self) -> anyhow::Result<()> {
        self.inside(|| fs::write(FORWARDING, "1").with_context(|| format!("write `{FORWARDING}`")))
    }

    /// Does something inside, in a thread of its own.
    pub(super) fn inside<T: Send>(&self, work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
        thread::scope(|scope| {
            let working = scope.spawn(|| {
                self.enter()?;
                work()
            });
            working.join().map_err(|_| anyhow!("what was done inside a network namespace panicked"))?
        })
    }

    /// Moves this thread inside, for good: what it opens from now on is there.
    pub(super) fn enter(&self) -> anyhow::Result<()> {
        let file = File::open(Path::new(NAMESPACES).join(&self.0)).context("open a network namespace")?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))
            .context("move into a network namespace")
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It fails only where somebody else has removed it.
        let _ = ip(&["netns", "delete", &self.0]);
    }
}

/// Removes those whose process was killed before it could, and sees that there can be any.
pub(super) fn prepare() -> anyhow::Result<()> {
    ensure!(rustix::process::geteuid().is_root(), "only root may make network namespaces");
    if Command::new("ip").arg("-V").output().is_err() {
        debian::install("iproute2", "install iproute2, which has `ip`")?;
    }
    for entry in fs::read_dir(NAMESPACES).into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_forsaken(&name) {
            let _ = ip(&["netns", "delete", &name]);
        }
    }
    Ok(())
}

fn is_forsaken(name: &str) -> bool {
    let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
    let process: Option<u32> = owner.and_then(|owner| owner.parse().ok());
    process.is_some_and(|process| !PathBuf::from(format!("/proc/{process}")).exists())
}

fn ip(arguments: &[&str]) -> anyhow::Result<()> {
    tools::run(Command::new("ip").args(arguments)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_namespaces_of_processes_that_ended_are_forsaken() {
        // Above the highest process id that Linux gives.
        assert!(is_forsaken("mayfly-99999999-0-private"));
        assert!(!is_forsaken(&format!("mayfly-{}-0-private", process::id())));
        assert!(!is_forsaken("somebody-99999999-0-private") && !is_forsaken("mayfly-private"));
    }
}
