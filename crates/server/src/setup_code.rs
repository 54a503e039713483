//! The code that lets somebody on another machine make the first administrator: whoever can read it from the server's
//! disk owns the server anyway.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use mayfly_domain::sensitive::Sensitive;
use subtle::ConstantTimeEq as _;

/// The code, while there is no administrator yet.
#[derive(Debug)]
pub struct SetupCode {
    file: PathBuf,
    code: Mutex<Option<Sensitive<String>>>,
}

/// A code that others could read, or that lies somewhere else, is no secret: a new one is made.
fn is_private(file: &Path) -> bool {
    const OTHERS: u32 = 0o077;
    fs::symlink_metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & OTHERS == 0)
}

impl SetupCode {
    /// Name of the file in the data folder.
    pub const FILE: &str = "setup-code";

    /// Nothing to ask for: there is an administrator. A code left behind is removed.
    pub fn spent(data_dir: &Path) -> Self {
        let spent = Self { file: data_dir.join(Self::FILE), code: Mutex::new(None) };
        spent.spend();
        spent
    }

    /// Writes `code` to its file, readable by the owner alone, or takes the one that is there from an earlier start.
    pub fn offer(data_dir: &Path, code: Sensitive<String>) -> io::Result<Self> {
        let file = data_dir.join(Self::FILE);
        let code = match fs::read_to_string(&file) {
            Ok(earlier) if !earlier.trim().is_empty() && is_private(&file) => Sensitive::from(earlier.trim()),
            Ok(_) | Err(_) => {
                let _ = fs::remove_file(&file);
                let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file)?;
                writeln!(written, "{}", code.expose())?;
                written.sync_all()?;
                code
            }
        };
        Ok(Self { file, code: Mutex::new(Some(code)) })
    }

    /// Where the code is, to be shown; never what it is.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// Whether `given` is the code. Takes as long for a wrong one as for the right one.
    pub(crate) fn is(&self, given: Option<&Sensitive<String>>) -> bool {
        let code = self.code.lock().unwrap_or_else(PoisonError::into_inner);
        match (code.as_ref(), given) {
            (Some(code), Some(given)) => bool::from(code.expose().as_bytes().ct_eq(given.expose().trim().as_bytes())),
            (Some(_) | None, _) => false,
        }
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
