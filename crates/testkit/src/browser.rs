//! A real browser without a window: Chromium, as Debian packs it.

use std::{env, path::PathBuf};

use crate::debian;

/// What we start, the smallest first. All speak the same protocol.
const NAMES: [&str; 3] = ["chromium-headless-shell", "chromium", "google-chrome"];

const PACKAGE: &str = "chromium-headless-shell";

const MISSING: &str = "Chromium is needed for tests and was not found: install it (Debian: \
                       `apt-get install chromium-headless-shell`; elsewhere: `chromium` or `google-chrome` on PATH)";

/// Whether it is there, so that asking for it installs nothing.
pub fn is_installed() -> bool {
    find().is_some()
}

/// The program; installs it if it is missing and we may.
///
/// # Errors
/// When it is missing and cannot be installed.
pub fn program() -> anyhow::Result<PathBuf> {
    debian::provide(find, PACKAGE, MISSING)
}

fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let candidates = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|candidate| candidate.is_file())
}
