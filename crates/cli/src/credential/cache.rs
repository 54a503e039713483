//! Where tokens are kept: a file for each caller and wish, that only its owner can read, and a lock beside it.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mayfly_api::leases::IssueLeaseRequest;

use super::Kept;
use crate::{
    client::ApiClient,
    error::CliError,
    private_file::{self, failure},
    secret::Secret,
    server_url::ServerUrl,
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
        let path = self.folder.join(format!("{name}.lock"));
        let lock = private().open(&path).map_err(failure(&path))?;
        let held = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let lock = held.map_err(io::Error::other).flatten().map_err(failure(&path))?;
        Ok(Slot { file: self.folder.join(format!("{name}.json")), _lock: lock })
    }

    /// All tokens that are kept, of whomever and whatever they are.
    pub(crate) fn all(&self) -> Result<Vec<(PathBuf, Kept)>, CliError> {
        let unreadable = |source| CliError::Read { path: self.folder.clone(), source };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut paths: Vec<PathBuf> =
            entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>().map_err(unreadable)?;
        paths.sort();
        Ok(paths.into_iter().filter_map(|path| read(&path).map(|kept| (path, kept))).collect())
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
        private_file::replace(&self.file, &serde_json::to_string(kept).map_err(CliError::Shape)?)
    }
}

fn read(path: &Path) -> Option<Kept> {
    if path.extension().is_none_or(|extension| extension != "json") {
        return None;
    }
    let kept: Kept = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    (kept.version == Kept::VERSION).then_some(kept)
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
