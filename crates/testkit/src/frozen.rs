//! A program that does nothing for a while, as on a machine that is overloaded or sleeps.

use std::{fs, time::Duration};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::waiting::until;

/// For each of its threads to hear of it.
const LIMIT: Duration = Duration::from_secs(10);

/// Frozen for as long as this lives: its connections stay open, and it answers nothing.
#[derive(Debug)]
pub struct Frozen(Pid);

impl Frozen {
    /// Stops the process with this number, and waits until it stands still.
    ///
    /// # Errors
    /// When there is none, or it is somebody else's.
    pub async fn freeze(process_id: i32) -> anyhow::Result<Self> {
        let process = Pid::from_raw(process_id).context("a process has a number")?;
        kill_process(process, Signal::STOP).context("freeze a process")?;
        let frozen = Self(process);
        until(LIMIT, "the process stands still", || Ok(stands_still(process_id)?.then_some(()))).await?;
        Ok(frozen)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        // One that ended meanwhile needs no thaw.
        let _ = kill_process(self.0, Signal::CONT);
    }
}

/// Whether every thread of a process is stopped (`proc_pid_stat(5)`).
fn stands_still(process_id: i32) -> anyhow::Result<bool> {
    for thread in fs::read_dir(format!("/proc/{process_id}/task")).context("look at a process")? {
        let told = fs::read_to_string(thread?.path().join("stat"))?;
        // The name stands before, in brackets, and may be anything.
        if !told.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')) {
            return Ok(false);
        }
    }
    Ok(true)
}
