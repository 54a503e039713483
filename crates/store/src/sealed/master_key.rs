//! The master key: the one secret that is not in the database.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Stdio,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use mayfly_domain::{
    clock::Ambient,
    ids::{DataKeyId, InstallationId},
    sensitive::Sensitive,
};
use zeroize::Zeroizing;

use super::{
    cipher::{Cipher, DoesNotOpen, KEY_LENGTH},
    place::{Scope, authenticated},
};
use crate::error::StoreError;

/// Where the master key comes from: 32 random bytes in base64, as `openssl rand -base64 32` prints them.
#[derive(Clone, Debug)]
pub enum MasterKeySource {
    /// The text of this file.
    File(PathBuf),
    /// The text itself, as a setting gave it.
    Base64(Sensitive<String>),
    /// What this shell command prints. It has 30 seconds.
    Command(String),
}

/// How long a command may take to print the key: it may ask a vault over the network, or a person's agent.
const COMMAND_DEADLINE: std::time::Duration = std::time::Duration::from_secs(30);

/// What is sealed to recognise the key at the next start.
const CHECK: &[u8] = b"mayfly";

/// First byte of what a master key has sealed.
const FORMAT: [u8; 1] = [1];

impl MasterKeySource {
    /// Reads the key.
    pub(crate) async fn read(&self, ambient: &Ambient) -> Result<MasterKey, StoreError> {
        match self {
            Self::File(path) => read_file(path),
            Self::Base64(text) => MasterKey::parse(text.expose().as_bytes(), "the master key setting"),
            Self::Command(command) => read_command(command, ambient).await,
        }
    }
}

/// A master key of a known version.
pub(crate) struct MasterKey(Cipher);

impl MasterKey {
    /// The version of an installation's first key.
    pub(crate) const FIRST_VERSION: i64 = 1;

    fn parse(text: &[u8], origin: &str) -> Result<Self, StoreError> {
        let bytes = BASE64_STANDARD.decode(text.trim_ascii()).map(Zeroizing::new).ok();
        let key = bytes.as_deref().and_then(|bytes| bytes.as_slice().try_into().ok());
        key.map(|key| Self(Cipher::new(key))).ok_or_else(|| {
            StoreError::Refused(format!(
                "{origin} is not a key: expected 32 bytes in base64, such as `openssl rand -base64 32` prints"
            ))
        })
    }

    /// Makes a key and leaves it in a new file at `path` that only its owner can read.
    pub(crate) fn make(path: &Path, ambient: &Ambient) -> Result<Self, StoreError> {
        let key = Zeroizing::new(ambient.random::<KEY_LENGTH>());
        let text = Zeroizing::new(BASE64_STANDARD.encode(*key) + "\n");
        write_new(path, text.as_bytes())
            .map_err(|error| StoreError::Refused(format!("cannot write `{}`: {error}", path.display())))?;
        Ok(Self(Cipher::new(&key)))
    }

    /// What tells this key from another one at the next start.
    pub(crate) fn check_value(&self, installation: InstallationId, version: i64) -> Vec<u8> {
        self.0.seal(&FORMAT, &check_place(installation, version), CHECK)
    }

    /// Whether `check_value` was made by this key, for this installation.
    pub(crate) fn made(&self, check_value: &[u8], installation: InstallationId, version: i64) -> bool {
        self.open(&check_place(installation, version), check_value).is_ok_and(|text| text.as_slice() == CHECK)
    }

    pub(super) fn wrap(&self, place: &KeyPlace, key: &[u8; KEY_LENGTH]) -> Vec<u8> {
        self.0.seal(&FORMAT, &place.authenticated(), key)
    }

    pub(super) fn unwrap(&self, place: &KeyPlace, wrapped: &[u8]) -> Result<Zeroizing<[u8; KEY_LENGTH]>, DoesNotOpen> {
        let key = self.open(&place.authenticated(), wrapped)?;
        key.as_slice().try_into().map(Zeroizing::new).map_err(|_| DoesNotOpen)
    }

    fn open(&self, authenticated: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let body = sealed.strip_prefix(&FORMAT).ok_or(DoesNotOpen)?;
        self.0.open(&FORMAT, authenticated, body)
    }
}

/// Which data key a wrapped key is: it is no other one's.
pub(super) struct KeyPlace {
    pub(super) installation: InstallationId,
    pub(super) id: DataKeyId,
    pub(super) scope: Scope,
    pub(super) master_key_version: i64,
}

impl KeyPlace {
    fn authenticated(&self) -> Vec<u8> {
        let Self { installation, id, scope, master_key_version } = self;
        authenticated(&[
            "data key",
            &installation.to_string(),
            &id.to_string(),
            &scope.to_string(),
            &master_key_version.to_string(),
        ])
    }
}

fn check_place(installation: InstallationId, version: i64) -> Vec<u8> {
    authenticated(&["master key", &installation.to_string(), &version.to_string()])
}

fn read_file(path: &Path) -> Result<MasterKey, StoreError> {
    let refused = |problem: String| StoreError::Refused(format!("the master key `{}` {problem}", path.display()));
    let mode = fs::metadata(path).map_err(|error| refused(format!("cannot be read: {error}")))?.permissions().mode();
    // The group may read it: that is how a container's secret volume arrives.
    if mode & 0o007 != 0 {
        return Err(refused(format!("can be read by everybody (mode {:o}): run `chmod 600` on it", mode & 0o777)));
    }
    let text = fs::read(path).map(Zeroizing::new).map_err(|error| refused(format!("cannot be read: {error}")))?;
    MasterKey::parse(&text, &format!("the text of `{}`", path.display()))
}

async fn read_command(command: &str, ambient: &Ambient) -> Result<MasterKey, StoreError> {
    let refused = |problem: String| StoreError::Refused(format!("the command that prints the master key {problem}"));
    let output = tokio::process::Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        // Its messages are for whoever starts the server.
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output();
    let output = tokio::select! {
        output = output => output.map_err(|error| refused(format!("could not be run: {error}")))?,
        () = ambient.sleep(COMMAND_DEADLINE) => return Err(refused(format!("took more than {COMMAND_DEADLINE:?}"))),
    };
    let text = Zeroizing::new(output.stdout);
    if !output.status.success() {
        return Err(refused(format!("failed: {}", output.status)));
    }
    MasterKey::parse(&text, "what the command printed as the master key")
}

/// On disk, with its name, before it is used: data sealed with a key that is lost would be lost with it.
fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text)?;
    file.sync_all()?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}
