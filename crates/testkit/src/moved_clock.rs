//! The clock of whole programs, moved by a test while they run.
//!
//! They are started with libfaketime before the C library, which adds to the time of day what a file says. How long something takes is
//! not touched by it: deadlines, pauses and whatever else counts by the monotonic clock goes on as before, as on a machine whose clock is set.

use std::{env, fs, path::PathBuf, time::Duration};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use crate::debian;

/// The Debian package.
const PACKAGE: &str = "libfaketime";

/// What is added to the time of day of every program that is started with its variables.
#[derive(Debug)]
pub struct MovedClock {
    ahead: NamedTempFile,
    library: PathBuf,
}

/// Installs libfaketime where it is not there, and says where it is.
///
/// # Errors
/// When it is not there and cannot be installed.
pub fn provide() -> anyhow::Result<PathBuf> {
    // The one for programs with threads.
    let library = PathBuf::from(format!("/usr/lib/{}-linux-gnu/faketime/libfaketimeMT.so.1", env::consts::ARCH));
    debian::provide(|| debian::there(&library), PACKAGE, "install libfaketime, which moves the clocks of programs")?;
    Ok(library)
}

impl MovedClock {
    /// One that is right as yet.
    ///
    /// # Errors
    /// When libfaketime is not there and cannot be installed.
    pub fn right() -> anyhow::Result<Self> {
        let clock = Self { ahead: NamedTempFile::new().context("make a file for a clock")?, library: provide()? };
        clock.move_to(Duration::ZERO)?;
        Ok(clock)
    }

    /// How far ahead the clock is from now on.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn move_to(&self, ahead: Duration) -> anyhow::Result<()> {
        // Programs read it at any moment, and have to find one of the two.
        let next = self.ahead.path().with_extension("next");
        fs::write(&next, format!("+{}\n", ahead.as_secs())).context("write how far a clock is ahead")?;
        fs::rename(&next, self.ahead.path()).context("move a clock")
    }

    /// What a program is to have in its environment that goes by this clock.
    ///
    /// # Errors
    /// When a path is none in Unicode.
    pub fn variables(&self) -> anyhow::Result<[(&'static str, &str); 5]> {
        let library = self.library.to_str().context("a library has a name in Unicode")?;
        let ahead = self.ahead.path().to_str().context("a temporary file has a name in Unicode")?;
        Ok([
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", ahead),
            // In seconds; ten unless it is said.
            ("FAKETIME_CACHE_DURATION", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("NO_FAKE_STAT", "1"),
        ])
    }
}
