//! What passes through a room, as tcpdump sees it.

use std::{fs, path::Path, process::Stdio, time::Duration};

use anyhow::{Context as _, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::Room;
use crate::{child::OwnChild, debian, scan::Scan, waiting::until};

const PROGRAM: &str = "/usr/bin/tcpdump";
const START_LIMIT: Duration = Duration::from_secs(10);

/// The kernel hands packets over in lots.
const SIGHT_LIMIT: Duration = Duration::from_secs(10);

/// Every packet on every interface of a room, whole, from when it is started.
#[derive(Debug)]
pub struct Capture {
    child: OwnChild,
    files: TempDir,
}

/// Installs the program where it is missing and we may.
pub(super) fn provide() -> anyhow::Result<()> {
    debian::provide(|| debian::there(Path::new(PROGRAM)), "tcpdump", "install tcpdump").map(drop)
}

impl Capture {
    /// Starts one. It sees what comes from then on.
    ///
    /// # Errors
    /// When tcpdump cannot be installed, or may not look.
    pub async fn start(room: &Room) -> anyhow::Result<Self> {
        provide()?;
        let files = tempfile::tempdir().context("make a folder for a capture")?;
        let complaints = fs::File::create(files.path().join("complaints"))?;
        let mut command = room.command(Path::new(PROGRAM));
        command
            .args(["-i", "any", "-s", "0", "-U", "-Z", "root", "-B", "16384", "-w"])
            .arg(files.path().join("packets"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(complaints);
        let mut capture = Self { child: OwnChild(command.spawn().context("start tcpdump")?), files };
        // It writes the head of its file once it listens.
        until(START_LIMIT, "tcpdump listens", || {
            let has_ended = capture.child.try_wait()?.is_some();
            ensure!(!has_ended, "tcpdump ended: {}", capture.complaints());
            Ok(capture.complaints().contains("listening on").then_some(()))
        })
        .await?;
        Ok(capture)
    }

    /// Waits until it has seen `planted`, ends it, and gives the packets as they were on the cable. So it did see what passed
    /// before that.
    ///
    /// # Errors
    /// When it does not see that, does not end in good order, or missed packets.
    pub async fn stop_after(mut self, planted: &str) -> anyhow::Result<Vec<u8>> {
        let mut scan = Scan::new();
        scan.look_for(planted);
        let packets = || fs::read(self.files.path().join("packets")).context("read the packets");
        until(SIGHT_LIMIT, "tcpdump has seen what was planted", || {
            Ok((!scan.found_in(&packets()?).is_empty()).then_some(()))
        })
        .await?;
        let process = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("tcpdump has a number")?;
        kill_process(process, Signal::INT).context("end tcpdump")?;
        self.child.wait().context("wait for tcpdump")?;
        let told = self.complaints();
        ensure!(told.lines().any(|line| line == "0 packets dropped by kernel"), "packets were missed: {told}");
        fs::read(self.files.path().join("packets")).context("read the packets")
    }

    fn complaints(&self) -> String {
        fs::read_to_string(self.files.path().join("complaints")).unwrap_or_default()
    }
}
