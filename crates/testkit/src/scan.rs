//! Whether a secret stands where none may be: in a log, a file, an answer.

use std::{
    collections::HashMap,
    fs,
    io::{self, Read as _, Seek as _, SeekFrom},
    path::Path,
};

/// Bytes of a secret that are looked up at once; a shorter one cannot be looked for.
const KEY: usize = 8;

/// Secrets that are looked for all together, so that many are found in one reading.
#[derive(Debug)]
pub struct Scan {
    /// Where a secret may begin, by its first bytes.
    keys: HashMap<[u8; KEY], Vec<String>>,
    /// Whether one begins with these two bytes: most places are passed by without a closer look.
    starts: Vec<bool>,
}

impl Default for Scan {
    fn default() -> Self {
        Self { keys: HashMap::new(), starts: vec![false; 1 << 16] }
    }
}

impl Scan {
    /// Looks for nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks for `secret` too.
    ///
    /// # Panics
    /// When it is so short that it would be found by accident.
    pub fn look_for(&mut self, secret: &str) {
        let bytes = secret.as_bytes();
        let key = bytes.first_chunk::<KEY>().expect("a secret of at least eight bytes");
        if let Some(starts) = start(bytes).and_then(|start| self.starts.get_mut(start)) {
            *starts = true;
        }
        self.keys.entry(*key).or_default().push(secret.to_owned());
    }

    /// Looks for the parts of a JSON Web Token that are its own: its claims and its signature, each alone. Whoever has the
    /// whole token has them too.
    ///
    /// # Panics
    /// When it is no such token.
    pub fn look_for_token(&mut self, token: &str) {
        let mut parts = token.split('.').skip(1);
        let (claims, signature) = (parts.next().expect("claims"), parts.next().expect("a signature"));
        self.look_for(claims);
        self.look_for(signature);
    }

    /// How many secrets are looked for.
    pub fn len(&self) -> usize {
        self.keys.values().map(Vec::len).sum()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Those that stand in `bytes`, each as often as it does.
    pub fn found_in(&self, bytes: &[u8]) -> Vec<&str> {
        let mut found = Vec::new();
        let mut rest = bytes;
        while let Some(place) = start(rest) {
            if self.starts.get(place) == Some(&true) {
                let here = rest.first_chunk::<KEY>().and_then(|key| self.keys.get(key)).into_iter().flatten();
                found.extend(here.filter(|secret| rest.starts_with(secret.as_bytes())).map(String::as_str));
            }
            rest = rest.get(1..).unwrap_or_default();
        }
        found
    }
}

/// The first two bytes as a number.
fn start(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk::<2>().map(|first| usize::from(u16::from_be_bytes(*first)))
}

/// The name and the bytes of each file below a folder. One that is gone before it is read holds nothing.
///
/// # Errors
/// When the folder cannot be read.
pub fn files(folder: &Path) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            found.push((name, fs::read(&path).unwrap_or_default()));
        }
    }
    Ok(found)
}

/// The memory of a process that may be written to, page after page: where it keeps what it was given. Parts that are gone
/// before they are read hold nothing.
///
/// # Errors
/// When the process is gone, or somebody else's.
pub fn memory(process: i32) -> io::Result<Vec<u8>> {
    let mut found = Vec::new();
    let mut memory = fs::File::open(format!("/proc/{process}/mem"))?;
    for line in fs::read_to_string(format!("/proc/{process}/maps"))?.lines() {
        let Some((from, to)) = written(line) else { continue };
        let mut part = vec![0; usize::try_from(to - from).unwrap_or_default()];
        memory.seek(SeekFrom::Start(from))?;
        if memory.read_exact(&mut part).is_ok() {
            found.append(&mut part);
        }
    }
    Ok(found)
}

/// Where a line of `/proc/…/maps` is about, if it may be written to.
fn written(line: &str) -> Option<(u64, u64)> {
    let (range, rest) = line.split_once(' ')?;
    let (from, to) = range.split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    rest.starts_with("rw").then_some((address(from)?, address(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_is_found_wherever_it_begins_and_only_as_a_whole() {
        let mut scan = Scan::new();
        scan.look_for("first-secret");
        scan.look_for("first-sorrow");
        assert_eq!((scan.len(), scan.is_empty()), (2, false));
        assert_eq!(scan.found_in(b"xfirst-secretfirst-sorrow"), ["first-secret", "first-sorrow"]);
        assert_eq!(scan.found_in(b"first-secre"), Vec::<&str>::new());
        assert_eq!(scan.found_in(b"short"), Vec::<&str>::new());
    }

    #[test]
    fn each_part_of_a_token_that_is_its_own_is_found() {
        let mut scan = Scan::new();
        scan.look_for_token("eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiIxIn0.c2lnbmF0dXJl");
        assert_eq!(scan.found_in(b"eyJhbGciOiJFUzI1NiJ9."), Vec::<&str>::new());
        assert_eq!(scan.found_in(b"..c2lnbmF0dXJl.eyJqdGkiOiIxIn0"), ["c2lnbmF0dXJl", "eyJqdGkiOiIxIn0"]);
    }

    #[test]
    fn what_a_process_keeps_is_in_its_memory() {
        let kept = ["kept", "in", "memory"].join("-");
        let mut scan = Scan::new();
        scan.look_for(&kept);
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(!scan.found_in(&memory(own).unwrap()).is_empty());
        assert_eq!(written("7f00-7f80 r--p 00000000 00:00 0"), None);
    }

    #[test]
    fn files_of_inner_folders_are_read_too() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("inner")).unwrap();
        fs::write(folder.path().join("inner/file"), "text").unwrap();
        assert_eq!(files(folder.path()).unwrap(), [("file".to_owned(), b"text".to_vec())]);
    }
}
