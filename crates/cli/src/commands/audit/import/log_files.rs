//! The files of one log: the one that is written, and those that it was rotated into.
//!
//! A file is known by how it begins, which for an audit log has the id of its first event: so it is found again under
//! another name, after a restart, and in a copy. One that is being read stays open, and is read to its end before the
//! next one is begun, whatever it is called by then.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::slim;
use crate::error::CliError;

/// Lines that are taken at once.
const LINES: u64 = 1_000;

/// Events that are sent at once, and bytes that are read for them; the server takes 16 MiB.
const EVENTS: usize = 200;
const BYTES: u64 = 8 * 1024 * 1024;

/// Bytes that a file is known by: enough for the id of its first event.
const BEGINNING: u64 = 192;

/// How often a list of files is made anew that changed while it was made.
const TRIES: usize = 5;

/// How far a log was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Position {
    /// How the file begins.
    begins: String,
    /// Bytes of it that are done.
    offset: u64,
}

/// What comes next in a log.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// What is to be sent.
    pub(super) items: Vec<Value>,
    /// Events that were read.
    pub(super) lines: u64,
    /// Lines that are no events.
    pub(super) broken: u64,
    next: Option<Position>,
}

/// A log.
pub(super) struct LogFiles {
    path: PathBuf,
    state: Option<PathBuf>,
    position: Option<Position>,
    open: Option<File>,
}

/// A file of the log, and how it begins.
struct Listed {
    path: PathBuf,
    begins: String,
}

impl LogFiles {
    /// The log whose newest file is at `path`, from where `state` says on.
    pub(super) fn open(path: PathBuf, state: Option<PathBuf>) -> Result<Self, CliError> {
        let position = match &state {
            None => None,
            Some(state) => match fs::read(state) {
                Ok(text) => Some(serde_json::from_slice(&text).map_err(|_| CliError::Content {
                    path: state.clone(),
                    what: "it does not say how far a log was read: remove it to begin anew".to_owned(),
                })?),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(source) => return Err(CliError::Read { path: state.clone(), source }),
            },
        };
        fs::metadata(&path).map_err(|source| CliError::Read { path: path.clone(), source })?;
        Ok(Self { path, state, position, open: None })
    }

    /// What comes next. Nothing is done until [`LogFiles::done`].
    pub(super) fn next(&mut self) -> Result<Batch, CliError> {
        let batch = self.next_batch();
        batch.map_err(|source| CliError::Read { path: self.path.clone(), source })
    }

    /// Notes that a batch is dealt with.
    pub(super) fn done(&mut self, batch: &Batch) -> Result<(), CliError> {
        let Some(next) = &batch.next else { return Ok(()) };
        if let Some(state) = &self.state {
            keep(state, next).map_err(|source| CliError::Write { path: state.clone(), source })?;
        }
        self.position = Some(next.clone());
        Ok(())
    }

    fn next_batch(&mut self) -> std::io::Result<Batch> {
        loop {
            if self.open.is_none() && !self.find()? {
                return Ok(Batch::default());
            }
            let batch = self.read_on()?;
            // Looked for before it is read to its end: then nobody writes to it any more.
            if batch.next.is_some() {
                return Ok(batch);
            }
            let Some(following) = self.following()? else { return Ok(Batch::default()) };
            let rest = self.read_on()?;
            if rest.next.is_some() {
                return Ok(rest);
            }
            (self.open, self.position) = following;
        }
    }

    /// Opens the file where the position is, or the oldest one. False while there is nothing.
    fn find(&mut self) -> std::io::Result<bool> {
        for attempt in 0..TRIES {
            let files = listed(&self.path)?;
            let known = self.position.as_ref().and_then(|position| found(&files, &position.begins));
            // A file that is renamed just now may be missing in the list.
            if self.position.is_some() && known.is_none() && attempt + 1 < TRIES {
                continue;
            }
            let Some(file) = files.get(known.unwrap_or(0)) else { return Ok(false) };
            if known.is_none() {
                self.position = Some(Position { begins: file.begins.clone(), offset: 0 });
            }
            if let Some(opened) = opened(file)? {
                self.open = Some(opened);
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The file that comes after the one that is open, if there is one with something in it.
    fn following(&mut self) -> std::io::Result<Option<(Option<File>, Option<Position>)>> {
        let Some(position) = &self.position else { return Ok(None) };
        let files = listed(&self.path)?;
        let Some(at) = found(&files, &position.begins) else {
            // It was removed, or is renamed just now: looked for again, and if it is gone the others are read anew.
            self.open = None;
            return Ok(None);
        };
        let Some(next) = files.get(at + 1) else { return Ok(None) };
        let Some(file) = opened(next)? else { return Ok(None) };
        // Another one may have come between them since.
        let again = listed(&self.path)?;
        let are_neighbours = found(&again, &position.begins).map(|at| at + 1) == found(&again, &next.begins);
        let begun = Position { begins: next.begins.clone(), offset: 0 };
        Ok(are_neighbours.then_some((Some(file), Some(begun))))
    }

    /// Reads whole lines of the open file, from the position on.
    fn read_on(&mut self) -> std::io::Result<Batch> {
        let (Some(file), Some(position)) = (&mut self.open, &self.position) else { return Ok(Batch::default()) };
        // One that is shorter than it was is written anew.
        let begun = if file.metadata()?.len() < position.offset { 0 } else { position.offset };
        file.seek(SeekFrom::Start(begun))?;
        let (mut reader, mut batch, mut offset) = (BufReader::new(file), Batch::default(), begun);
        let mut line = Vec::new();
        while batch.lines + batch.broken < LINES && batch.items.len() < EVENTS && offset - begun < BYTES {
            line.clear();
            let length = reader.read_until(b'\n', &mut line)?;
            // The rest of a line may be on its way.
            if line.pop() != Some(b'\n') {
                break;
            }
            offset += length as u64;
            match serde_json::from_slice::<Value>(&line) {
                Ok(event) => {
                    batch.lines += 1;
                    batch.items.extend(slim(event));
                }
                Err(_) if line.iter().all(u8::is_ascii_whitespace) => {}
                Err(_) => batch.broken += 1,
            }
        }
        batch.next = (offset != position.offset).then(|| Position { begins: position.begins.clone(), offset });
        Ok(batch)
    }
}

/// On disk as a whole, or not at all.
fn keep(state: &Path, position: &Position) -> std::io::Result<()> {
    let mut name = state.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    let unfinished = state.with_file_name(name);
    let mut file = File::create(&unfinished)?;
    file.write_all(&serde_json::to_vec(position)?)?;
    file.sync_all()?;
    fs::rename(unfinished, state)
}

/// The files of the log that have something in them, oldest first.
fn listed(path: &Path) -> std::io::Result<Vec<Listed>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut named = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?.path();
        named.extend(age(path, &entry).map(|age| (age, entry)));
    }
    named.sort();
    let mut files = Vec::new();
    for (_, path) in named {
        let begins = match File::open(&path).and_then(|file| beginning(&file)) {
            Ok(begins) => begins,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if !begins.is_empty() {
            files.push(Listed { path, begins });
        }
    }
    Ok(files)
}

/// Where `file` is among the files of the log at `log`, if it is one: `audit-TIME.log` by its time, then `audit.log.N` from
/// the highest number on, then the log itself.
fn age(log: &Path, file: &Path) -> Option<(u8, i64, String)> {
    let (log_name, name) = (log.file_name()?.to_str()?, file.file_name()?.to_str()?);
    if name == log_name {
        return Some((2, 0, String::new()));
    }
    if let Some(number) = name.strip_prefix(log_name).and_then(|rest| rest.strip_prefix('.')) {
        return number.parse().ok().map(|number: i64| (1, -number, String::new()));
    }
    let (stem, extension) = (log.file_stem()?.to_str()?, log.extension().and_then(|extension| extension.to_str()));
    let between = name.strip_prefix(stem)?.strip_prefix('-')?;
    let time = match extension {
        Some(extension) => between.strip_suffix(extension)?.strip_suffix('.')?,
        None => between,
    };
    Some((0, 0, time.to_owned()))
}

/// Up to the first lines' end or so many bytes.
fn beginning(file: &File) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.take(BEGINNING).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The file that begins so.
fn found(files: &[Listed], begins: &str) -> Option<usize> {
    // One that was shorter than a beginning when it was met has grown since.
    files.iter().position(|file| file.begins.starts_with(begins.trim_end_matches('\u{fffd}')))
}

/// The file itself, unless another one has its name by now.
fn opened(listed: &Listed) -> std::io::Result<Option<File>> {
    let file = match File::open(&listed.path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let is_it = beginning(&file)?.starts_with(&listed.begins);
    Ok(is_it.then_some(file))
}

#[cfg(test)]
mod tests;
