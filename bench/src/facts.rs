//! What a number is worth nothing without: which machine, which build, how busy.

use std::{fs, process::Command, thread};

use anyhow::Context as _;
use mayfly_testkit::ambient::ambient;

use crate::stage::Stage;

/// How many processes wanted to run when the benchmark began: the average of the last minute.
pub(crate) fn busy() -> anyhow::Result<String> {
    let load = fs::read_to_string("/proc/loadavg").context("ask how busy the machine is")?;
    Ok(load.split_whitespace().next().unwrap_or("unknown").to_owned())
}

/// What was measured beside the tokens.
pub(crate) struct Circumstances {
    /// How busy the machine was before.
    pub(crate) busy: String,
    /// What the API server and Mayfly use while nobody asks: parts of a processor.
    pub(crate) at_rest: [f64; 2],
    /// Turns of each way, and how long each was in seconds.
    pub(crate) turns: (usize, u64),
}

/// The facts, each with its name.
pub(crate) fn gather(stage: &Stage, circumstances: &Circumstances) -> anyhow::Result<Vec<(&'static str, String)>> {
    let Circumstances { busy, at_rest: [cluster, mayfly], turns: (turns, seconds) } = circumstances;
    let mut facts = of_machine(busy)?;
    let at_rest = format!("API server {:.1} %, Mayfly {:.1} % of a processor", cluster * 100.0, mayfly * 100.0);
    facts.extend([
        ("At rest", at_rest),
        ("Cluster", format!("Kubernetes {}, etcd inside, P-256 signing key", stage.cluster_version())),
        ("Turns", format!("{turns} of {seconds} s for each way, alternating, after a warm-up")),
    ]);
    Ok(facts)
}

/// The facts of every benchmark.
pub(crate) fn of_machine(busy: &str) -> anyhow::Result<Vec<(&'static str, String)>> {
    let build = if cfg!(debug_assertions) { "unoptimised: the numbers mean nothing" } else { "optimised" };
    Ok(vec![
        ("Date", ambient().now().strftime("%Y-%m-%d %H:%M UTC").to_string()),
        ("Commit", commit()),
        ("Build", build.to_owned()),
        ("Processors", format!("{} × {}", thread::available_parallelism()?, line("/proc/cpuinfo", "model name"))),
        ("Memory", line("/proc/meminfo", "MemTotal")),
        ("Kernel", fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()),
        ("Load before the start and after the end", format!("{busy} and {} processes wanted to run", self::busy()?)),
        ("Mayfly", "one process, SQLite, every commit flushed to disk".to_owned()),
    ])
}

/// With a mark if the tree is not as committed.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    let mark = if changed { ", with changes that are not committed" } else { "" };
    git(&["rev-parse", "--short=12", "HEAD"]).map_or_else(|| "unknown".to_owned(), |commit| commit + mark)
}

/// The value of the first line that begins with `name`.
fn line(path: &str, name: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
    value.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned())
}
