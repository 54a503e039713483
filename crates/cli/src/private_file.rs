//! Files that only their owner can read, and that are written as a whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::Path,
    process,
};

use crate::error::CliError;

/// Makes a folder that nobody else may look into, and those above it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), CliError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(folder).map_err(failure(folder))
}

/// Writes a file that is not there yet.
pub(crate) fn create(path: &Path, text: &str) -> Result<(), CliError> {
    written_new(path, text).map(drop).map_err(failure(path))
}

/// Writes a file in place of any that is there, whole even where the power is cut meanwhile.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), CliError> {
    replace_with(path, |unfinished| written_new(unfinished, text)?.sync_all())
}

/// The same without waiting for the disk, for what can be fetched again.
pub(crate) fn replace_fleeting(path: &Path, text: &str) -> Result<(), CliError> {
    replace_with(path, |unfinished| written_new(unfinished, text).map(drop))
}

fn replace_with(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), CliError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", process::id()));
    let unfinished = path.with_file_name(name);
    write(&unfinished).and_then(|()| fs::rename(&unfinished, path)).map_err(|source| {
        // What is left of it is of no use; the error that matters is the one before.
        let _ = fs::remove_file(&unfinished);
        failure(path)(source)
    })
}

/// Removes a file, if it is there.
pub(crate) fn remove(path: &Path) -> Result<(), CliError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failure(path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn written_new(path: &Path, text: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(path)?;
    file.write_all(text.as_bytes()).map(|()| file)
}

/// That a path could not be written.
pub(crate) fn failure(path: &Path) -> impl FnOnce(io::Error) -> CliError {
    let path = path.to_owned();
    move |source| CliError::Write { path, source }
}
