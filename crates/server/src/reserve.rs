//! Room that is kept for ending things: a file that is given up when the disk is full.
//!
//! Ending a lease writes its event, and so needs room as issuing does. While a file of [`Reserve::BYTES`] lies beside
//! the embedded database, that room is there whoever fills the disk. It is given up when a write finds the disk full;
//! from then on nothing new is made ([`Reserve::is_given_up`], asked in `http/access_table.rs`) while leases and tokens
//! end, until the file can be written again. Only writing tells whether it can: each try fills a full disk for a moment.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    mem,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use mayfly_domain::clock::Ambient;

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

    /// Writes the file, unless it is there; takes as long as that much writing does.
    pub fn take(&self, ambient: &Ambient) {
        if fs::metadata(&self.file).is_ok_and(|found| found.len() >= Self::BYTES) {
            *self.state() = State::Held;
            return;
        }
        // Beside it, so that giving up meanwhile leaves no file that is taken for the whole.
        let unfinished = self.unfinished();
        let written = write(&unfinished, ambient).and_then(|()| fs::rename(&unfinished, &self.file));
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
/// Written at a time, in bytes.
const PART: usize = 4096;

/// Random bytes, because some file systems keep zeros for nothing; and synced, because some promise room they do not have.
fn write(path: &Path, ambient: &Ambient) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    for _ in 0..NEEDED / PART as u64 {
        file.write_all(&ambient.random::<PART>())?;
    }
    file.sync_all()?;
    file.set_len(Reserve::BYTES)
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(file = %path.display(), %error, "room that was kept cannot be given up");
    }
}
