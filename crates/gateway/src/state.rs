//! The state folder: a few small files that only their owner reads, each written as a whole or not at all.

use std::{
    fs::File,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

/// Why a file of the folder is of no use.
#[derive(Debug, thiserror::Error)]
pub enum StateFailed {
    /// It cannot be read or written.
    #[error("`{}`: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It holds something else.
    #[error("`{}` cannot be understood: {why}; remove it and enrol again", .path.display())]
    Odd {
        /// Which.
        path: PathBuf,
        /// What is odd.
        why: String,
    },
}

/// What the file `name` holds, if it is there.
pub(crate) fn read<T: DeserializeOwned>(folder: &Path, name: &str) -> Result<Option<T>, StateFailed> {
    let path = folder.join(name);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StateFailed::File { path, source }),
    };
    serde_json::from_slice(&text).map(Some).map_err(|error| odd(folder, name, error.to_string()))
}

/// The file `name` is not what it should be.
pub(crate) fn odd(folder: &Path, name: &str, why: String) -> StateFailed {
    StateFailed::Odd { path: folder.join(name), why }
}

/// Writes `value` into the file `name`. When it returns, a crash does not take it away.
pub(crate) fn write<T: Serialize>(folder: &Path, name: &str, value: &T) -> Result<(), StateFailed> {
    let path = folder.join(name);
    let write = || {
        std::fs::create_dir_all(folder)?;
        // Made with 0600, and given its name only once it is whole.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec(value)?)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|source| StateFailed::File { path: path.clone(), source })
}

/// Removes the file `name`, if it is there.
pub(crate) fn remove(folder: &Path, name: &str) -> Result<(), StateFailed> {
    let path = folder.join(name);
    match std::fs::remove_file(&path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(StateFailed::File { path, source }),
        Ok(()) | Err(_) => Ok(()),
    }
}
