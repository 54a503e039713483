//! The code that lets somebody make the first administrator: whoever can read it from the server's disk owns the server
//! anyway. An address proves nothing of the kind: a proxy on the same machine asks for everybody, from loopback.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use mayfly_api::bootstrap::SETUP_CODE_FILE;
use mayfly_domain::sensitive::Sensitive;
use subtle::ConstantTimeEq as _;

/// The code, while there is no administrator yet.
#[derive(Debug)]
pub struct SetupCode {
    file: PathBuf,
    code: Mutex<Option<Sensitive<String>>>,
}

/// What somebody gave for the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The code.
    Right,
    /// Something else, or nothing.
    Wrong,
    /// There is no code any more: there is an administrator.
    Spent,
}

/// The code that is there already. One that others could read, or that lies somewhere else, is no secret.
fn earlier(file: &Path) -> Option<Sensitive<String>> {
    const OTHERS: u32 = 0o077;
    let found = fs::symlink_metadata(file).ok()?;
    let is_private = found.is_file() && found.permissions().mode() & OTHERS == 0;
    let text = if is_private { fs::read_to_string(file).ok()? } else { String::new() };
    (!text.trim().is_empty()).then(|| Sensitive::from(text.trim()))
}

/// Writes `code` to `file` unless there is one: another server that shares the folder may do so at the same moment. The
/// file appears with all that is in it, or not at all.
fn publish(file: &Path, code: &Sensitive<String>) -> io::Result<()> {
    let draft = file.with_extension(std::process::id().to_string());
    let _ = fs::remove_file(&draft);
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(written, "{}", code.expose())?;
    written.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    linked
}

impl SetupCode {
    /// Name of the file in the data folder.
    pub const FILE: &str = SETUP_CODE_FILE;

    /// Nothing to ask for: there is an administrator. A code left behind is removed.
    pub fn spent(data_dir: &Path) -> Self {
        let spent = Self { file: data_dir.join(Self::FILE), code: Mutex::new(None) };
        spent.spend();
        spent
    }

    /// Writes `code` to its file, readable by the owner alone, or takes the one that is there from an earlier start.
    pub fn offer(data_dir: &Path, code: Sensitive<String>) -> io::Result<Self> {
        let file = data_dir.join(Self::FILE);
        let code = if let Some(earlier) = earlier(&file) {
            earlier
        } else {
            let _ = fs::remove_file(&file);
            match publish(&file, &code) {
                Ok(()) => code,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => earlier(&file).ok_or(error)?,
                Err(error) => return Err(error),
            }
        };
        Ok(Self { file, code: Mutex::new(Some(code)) })
    }

    /// Where the code is, to be shown; never what it is.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// What `given` is. Takes as long for a wrong one as for the right one.
    pub(crate) fn judge(&self, given: Option<&Sensitive<String>>) -> Verdict {
        let code = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(code) = code.as_ref() else { return Verdict::Spent };
        let given = given.map_or("", |given| given.expose().trim());
        if bool::from(code.expose().as_bytes().ct_eq(given.as_bytes())) { Verdict::Right } else { Verdict::Wrong }
    }

    /// There is an administrator now: forgets the code and removes its file.
    pub(crate) fn spend(&self) {
        *self.code.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if let Err(error) = fs::remove_file(&self.file)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(file = %self.file.display(), %error, "the spent setup code could not be removed");
        }
    }
}
