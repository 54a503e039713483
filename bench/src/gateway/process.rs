//! What a gateway's process takes.

use std::fs;

use anyhow::Context as _;

use super::{Figure, lab::Lab};

pub(crate) fn figures(lab: &Lab) -> anyhow::Result<Vec<Figure>> {
    let resident = resident(lab.running.process_id())?;
    Ok(vec![Figure::new("memory of a gateway's process after all that, MiB", format!("{resident:.1}"), "25 idle")])
}

/// MiB that a process has in memory.
pub(super) fn resident(process: i32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).context("look at a process's memory")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("it has some")?;
    let kib: u32 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(f64::from(kib) / 1_024.0)
}
