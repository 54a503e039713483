//! A network namespace: its own interfaces, routes and loopback.

use std::{
    fs::{self, File},
    os::fd::AsFd as _,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use anyhow::{Context as _, anyhow};
use rustix::{
    process::{Pid, Signal, kill_process},
    thread::{LinkNameSpaceType, move_into_link_name_space},
};

use crate::{debian, tools};

/// What all names of ours begin with.
const PREFIX: &str = "mayfly-";

/// Where `ip netns` keeps them.
const NAMESPACES: &str = "/run/netns";

/// What the kernel says to whoever has not the right.
const FORBIDDEN: [&str; 2] = ["Operation not permitted", "Permission denied"];

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

impl Namespace {
    /// Takes its name away. What is in it goes with the last program there.
    pub(super) fn remove(&self) {
        // It fails only where somebody else has removed it.
        let _ = ip(&["netns", "delete", &self.0]);
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Why there can be no namespace on this machine.
///
/// # Errors
/// When it is not for want of a right or a program that none can be made.
pub(super) fn obstacle() -> anyhow::Result<Option<String>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Some("only root may make network namespaces".to_owned()));
    }
    let ip = || Command::new("ip").arg("-V").output().ok();
    if let Err(error) = debian::provide(ip, "iproute2", "install iproute2, which has `ip`") {
        return Ok(Some(format!("{error:#}")));
    }
    match Namespace::create("trial") {
        Ok(_) => Ok(None),
        Err(error) => {
            let why = format!("{error:#}");
            if FORBIDDEN.iter().any(|word| why.contains(word)) { Ok(Some(why)) } else { Err(error) }
        }
    }
}

/// Removes those whose process was killed before it could, with whatever still runs in them.
pub(super) fn tidy() -> anyhow::Result<()> {
    for entry in fs::read_dir(NAMESPACES).into_iter().flatten() {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if is_forsaken(&name) {
            clear_away(&name);
        }
    }
    Ok(())
}

/// Removes a namespace with whatever runs in it. Somebody else may be at it, and be done first.
fn clear_away(name: &str) {
    let _ = end_processes(name);
    let _ = ip(&["netns", "delete", name]);
}

fn end_processes(namespace: &str) -> anyhow::Result<()> {
    for process in processes(namespace)? {
        // One that has ended since is no fault.
        let _ = kill_process(process, Signal::KILL);
    }
    Ok(())
}

/// Whatever runs in it.
fn processes(namespace: &str) -> anyhow::Result<Vec<Pid>> {
    let listed = tools::run(Command::new("ip").args(["netns", "pids", namespace]))?;
    let listed = String::from_utf8(listed.stdout)?;
    Ok(listed.lines().filter_map(|line| Pid::from_raw(line.trim().parse().ok()?)).collect())
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
    use std::{os::unix::process::ExitStatusExt as _, time::Duration};

    use tokio::runtime::Builder;

    use super::*;
    use crate::{child::OwnChild, waiting::until};

    #[test]
    fn only_namespaces_of_processes_that_ended_are_forsaken() {
        // Above the highest process id that Linux gives.
        assert!(is_forsaken("mayfly-99999999-0-private"));
        assert!(!is_forsaken(&format!("mayfly-{}-0-private", process::id())));
        assert!(!is_forsaken("somebody-99999999-0-private") && !is_forsaken("mayfly-private"));
    }

    #[test]
    fn what_runs_in_a_namespace_that_is_cleared_away_ends_with_it() {
        if obstacle().unwrap().is_some() {
            return;
        }
        // Of a process that is there, so that nobody else tidies it meanwhile.
        let name = format!("{PREFIX}{}-0-cleared", process::id());
        ip(&["netns", "add", &name]).unwrap();
        let namespace = Namespace(name.clone());
        let mut command = namespace.command(Path::new("sleep"));
        let mut sleeper = OwnChild(command.arg("600").spawn().unwrap());
        // `ip` becomes the program once it has moved.
        let own = Pid::from_raw(sleeper.id().cast_signed()).unwrap();
        let is_inside = || Ok(processes(&name)?.contains(&own).then_some(()));
        Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
            .block_on(until(Duration::from_secs(10), "it is inside", is_inside))
            .unwrap();
        clear_away(&name);
        assert_eq!(sleeper.wait().unwrap().signal(), Some(Signal::KILL.as_raw()));
        assert!(!Path::new(NAMESPACES).join(&name).exists());
    }
}
