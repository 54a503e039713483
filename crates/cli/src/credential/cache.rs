//! Where tokens are kept: a file for each caller and wish, that only its owner can read, and a lock beside it.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use mayfly_api::leases::IssueLeaseRequest;
use serde_json::Value;

use super::Kept;
use crate::{
    client::ApiClient,
    error::CliError,
    private_file::{self, failure},
    secret::Secret,
    server_url::ServerUrl,
    time,
};

/// A folder of kept tokens.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

/// One token's place, which this process has for itself until it is dropped: the kernel takes the lock of whoever dies.
#[derive(Debug)]
pub(crate) struct Slot {
    file: PathBuf,
    _lock: File,
}

impl Cache {
    /// What is kept in `folder`, which is made when something is to be kept.
    pub(crate) const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Waits until no other process has this wish's place, and takes it.
    pub(super) async fn slot(&self, client: &ApiClient, request: &IssueLeaseRequest) -> Result<Slot, CliError> {
        private_file::make_folder(&self.folder)?;
        let name = name(client, request);
        let (file, path) = (self.token_of(&name), self.lock_of(&name));
        loop {
            let lock = private().open(&path).map_err(failure(&path))?;
            let held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
            let lock = held.map_err(io::Error::other).flatten().map_err(failure(&path))?;
            // Whoever had it may have swept the place away meanwhile.
            if is_at(&lock, &path) {
                return Ok(Slot { file, _lock: lock });
            }
        }
    }

    /// Removes what is over, but for what is in `own` place, and what runs that were ended left unfinished. Each sign-in
    /// has places of its own, which nobody would ask for again. What another process has is left alone.
    pub(super) fn sweep(&self, own: &Slot) {
        // What cannot be seen or removed now is the next one's.
        let files = self.files().unwrap_or_default();
        let mut places = BTreeMap::<&str, Vec<&PathBuf>>::new();
        for path in &files {
            places.entry(place(path)).or_default().push(path);
        }
        for (name, files) in places {
            let unfinished = files.into_iter().filter(|path| is_unfinished(path));
            let (file, path) = (self.token_of(name), self.lock_of(name));
            if file == own.file {
                unfinished.for_each(|path| drop(fs::remove_file(path)));
            } else if let Some(_lock) = lock_at_once(&path) {
                unfinished.for_each(|path| drop(fs::remove_file(path)));
                if is_over(&file) {
                    let _ = fs::remove_file(&file);
                    // Other systems know no file that is gone and locked.
                    #[cfg(unix)]
                    let _ = fs::remove_file(&path);
                }
            }
        }
    }

    /// Forgets all tokens there are, of whatever version, and what was never finished. Says how many tokens that were.
    pub(crate) fn clear(&self) -> Result<usize, CliError> {
        let files = self.files()?;
        let is = |path: &Path, wanted: &str| path.extension().is_some_and(|extension| extension == wanted);
        files.iter().filter(|path| !is(path, "lock")).try_for_each(|path| Self::forget(path))?;
        Ok(files.iter().filter(|path| is(path, "json")).count())
    }

    fn token_of(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.json"))
    }

    fn lock_of(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.lock"))
    }

    /// All tokens that are kept, of whomever and whatever they are.
    pub(crate) fn all(&self) -> Result<Vec<(PathBuf, Kept)>, CliError> {
        Ok(self.files()?.into_iter().filter_map(|path| read(&path).map(|kept| (path, kept))).collect())
    }

    fn files(&self) -> Result<Vec<PathBuf>, CliError> {
        let unreadable = |source| CliError::Read { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut paths: Vec<PathBuf> =
            entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>().map_err(unreadable)?;
        paths.sort();
        Ok(paths)
    }

    /// Forgets the token in the file `path`, one of [`Self::all`].
    pub(crate) fn forget(path: &Path) -> Result<(), CliError> {
        private_file::remove(path)
    }
}

impl Slot {
    /// What is kept here. A file that cannot be read is as good as none: a token can be issued anew.
    pub(super) fn read(&self) -> Option<Kept> {
        read(&self.file)
    }

    /// Keeps it, as a whole or not at all.
    pub(super) fn write(&self, kept: &Kept) -> Result<(), CliError> {
        private_file::replace_fleeting(&self.file, &serde_json::to_string(kept).map_err(CliError::Shape)?)
    }
}

fn read(path: &Path) -> Option<Kept> {
    if path.extension().is_none_or(|extension| extension != "json") {
        return None;
    }
    let kept: Kept = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    (kept.version == Kept::VERSION).then_some(kept)
}

/// What a file's name begins with: the place that it belongs to.
fn place(path: &Path) -> &str {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.split('.').next().unwrap_or_default()
}

/// Whether somebody was ended who wrote it: it was to be renamed.
fn is_unfinished(path: &Path) -> bool {
    path.extension().is_none_or(|extension| extension != "json" && extension != "lock")
}

/// Whether no token is in the file `path`, of whatever version, or one whose time is up.
fn is_over(path: &Path) -> bool {
    let kept = fs::read(path).ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
    let ends_at = kept.and_then(|kept| kept.get("endsAt")?.as_str()?.parse::<Timestamp>().ok());
    ends_at.is_none_or(|ends_at| ends_at < time::now())
}

/// The lock in the file `path`, if nobody has it.
fn lock_at_once(path: &Path) -> Option<File> {
    let lock = private().open(path).ok()?;
    lock.try_lock().ok()?;
    is_at(&lock, path).then_some(lock)
}

/// Whether `file` is still the one at `path`.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let [held, there] = [file.metadata(), fs::metadata(path)].map(|one| one.ok().map(|one| (one.dev(), one.ino())));
    held.is_some() && held == there
}

/// Whether `file` is still the one at `path`: none is removed here.
#[cfg(not(unix))]
const fn is_at(_: &File, _: &Path) -> bool {
    true
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// What tells this caller's wish from every other: nobody is handed what somebody else asked for.
fn name(client: &ApiClient, request: &IssueLeaseRequest) -> String {
    let namespace = request.config.as_ref().and_then(|config| config.namespace.as_deref());
    let parts = (
        client.account(),
        (&request.project_slug, &request.environment_slug, &request.path, &request.dynamic_secret_name),
        (namespace, &request.ttl, &request.reason),
    );
    digest_of(&serde_json::to_vec(&parts).unwrap_or_default())
}

/// The holder of a token at a server, as a digest that tells callers apart and gives no token away.
pub(crate) fn account(server: &ServerUrl, token: &Secret) -> String {
    digest_of(format!("{server}\n{}", token.expose()).as_bytes())
}

/// SHA-256 in base64url, which is a file's name too.
fn digest_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, bytes))
}
