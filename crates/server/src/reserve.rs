//! Room that is kept for ending things: a file that is given up when the disk is full.
//!
//! Ending a lease writes its event, and so needs room as issuing does. While a file of [`Reserve::BYTES`] lies beside
//! the embedded database, that room is there whoever fills the disk. It is given up when a write finds the disk full;
//! from then on nothing new is made ([`Reserve::is_given_up`], asked in `http/access_table.rs`) while leases and tokens
//! end, until there is room for the file again.

use std::{
    fs::{self, OpenOptions},
    io, mem,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rustix::fs::{FallocateFlags, fallocate, statvfs};

/// The file, and whether it is there.
#[derive(Debug)]
pub struct Reserve {
    file: PathBuf,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has looked, or something else than room is missing: nothing is refused for that.
    Unknown,
    Held,
    GivenUp,
}

impl Reserve {
    /// Name of the file in the data folder.
    pub const FILE: &str = "reserve";
    /// 64 MiB: half for the database's log, which is written back at 32 MiB, half for what is written.
    pub const BYTES: u64 = 64 * MEBIBYTE;

    /// The reserve of a data folder, as it is: nothing is written yet.
    pub fn of(data_dir: &Path) -> Self {
        Self { file: data_dir.join(Self::FILE), state: Mutex::new(State::Unknown) }
    }

    /// Whether the disk was found full and has no room for the file yet.
    pub fn is_given_up(&self) -> bool {
        *self.state() == State::GivenUp
    }

    /// Takes the room, unless it is held already.
    pub fn take(&self) {
        if fs::metadata(&self.file).is_ok_and(|found| found.len() >= Self::BYTES) {
            *self.state() = State::Held;
            return;
        }
        // Beside it, so that giving up meanwhile leaves no file that is taken for the whole.
        let unfinished = self.unfinished();
        let written = allocate(&unfinished).and_then(|()| fs::rename(&unfinished, &self.file));
        match written {
            Ok(()) => self.held(),
            Err(error) => {
                remove(&unfinished);
                self.not_taken(&error);
            }
        }
    }

    /// Gives the room to the database.
    pub(crate) fn give_up(&self) {
        let mut state = self.state();
        if *state == State::GivenUp {
            return;
        }
        *state = State::GivenUp;
        drop(state);
        remove(&self.file);
        remove(&self.unfinished());
        tracing::error!(
            file = %self.file.display(),
            "the disk is full: leases and tokens end in the room that was kept for that, and nothing new is made until \
             there are {} MiB again",
            NEEDED / MEBIBYTE
        );
    }

    fn held(&self) {
        let before = mem::replace(&mut *self.state(), State::Held);
        if before == State::GivenUp {
            tracing::info!("there is room on the disk again: leases are issued");
        }
    }

    fn not_taken(&self, error: &io::Error) {
        if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
            self.give_up();
        } else {
            tracing::warn!(file = %self.file.display(), %error, "no room can be kept for when the disk is full");
        }
    }

    fn unfinished(&self) -> PathBuf {
        self.file.with_extension("unfinished")
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MEBIBYTE: u64 = 1024 * 1024;
/// A quarter more than is kept: with less, the next write would find the disk full again.
const NEEDED: u64 = Reserve::BYTES + 16 * MEBIBYTE;
/// A file of the reserve's size whose blocks are its own, whatever is written to it.
fn allocate(path: &Path) -> io::Result<()> {
    let disk = statvfs(path.parent().unwrap_or(path))?;
    if disk.f_bavail.saturating_mul(disk.f_frsize) < NEEDED {
        return Err(io::ErrorKind::StorageFull.into());
    }
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    fallocate(&file, FallocateFlags::empty(), 0, Reserve::BYTES)?;
    file.sync_all()
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(file = %path.display(), %error, "room that was kept cannot be given up");
    }
}
