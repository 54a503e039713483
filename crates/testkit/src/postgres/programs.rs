//! Where PostgreSQL's programs are: on `PATH`, where Debian keeps them, or in Debian's package once it is installed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};

use crate::debian;

/// What we start. A folder counts only if it has them all.
const NEEDED: [&str; 4] = ["initdb", "pg_ctl", "pg_dump", "postgres"];

/// Debian keeps each version in a folder of its own, off `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

const MISSING: &str = "PostgreSQL is needed for tests and was not found: install it (Debian, Ubuntu: \
                       `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; macOS: \
                       `brew install postgresql@17`)";

/// Whether the programs are there, so that starting a server installs nothing first.
pub fn is_installed() -> bool {
    find(&candidates()).is_some()
}

/// The folder of the programs; installs them if they are missing and we may.
pub(super) fn folder() -> anyhow::Result<PathBuf> {
    debian::provide(|| find(&candidates()), "postgresql", MISSING)
}

/// The text of `database` as `pg_dump` writes it: schema and rows.
///
/// # Errors
/// When `pg_dump` is missing or fails.
pub fn dump(url: &str) -> anyhow::Result<String> {
    let output = Command::new(folder()?.join("pg_dump")).arg("--dbname").arg(url).output().context("run pg_dump")?;
    ensure!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr).trim());
    String::from_utf8(output.stdout).context("read what pg_dump wrote")
}

fn candidates() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).collect();
    folders.extend(debian_folders(Path::new(DEBIAN)));
    folders
}

/// Newest version first.
fn debian_folders(home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home).into_iter().flatten().flatten();
    let mut versions: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    versions.sort_unstable_by(|one, other| other.cmp(one));
    versions.into_iter().map(|version| home.join(version.to_string()).join("bin")).collect()
}

fn find(folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().find(|folder| NEEDED.iter().all(|program| folder.join(program).is_file())).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_complete_version_is_taken() {
        let home = tempfile::tempdir().unwrap();
        for (version, programs) in [("9", &NEEDED[..]), ("15", &NEEDED[..]), ("17", &NEEDED[..2]), ("common", &[])] {
            let folder = home.path().join(version).join("bin");
            fs::create_dir_all(&folder).unwrap();
            for program in programs {
                fs::write(folder.join(program), "").unwrap();
            }
        }
        assert_eq!(find(&debian_folders(home.path())), Some(home.path().join("15/bin")));
        assert_eq!(find(&[]), None);
    }
}
