//! The session that `mayfly login` keeps: one server, one access token, in a file that only its owner can read.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{error::CliError, private_file, secret::Secret, server_url::ServerUrl};

/// The version of the file. Another one is from a newer program, whose meaning we do not guess.
const VERSION: u32 = 1;
const FILE_NAME: &str = "session.json";

/// A sign-in. Its token belongs to its server and is sent to no other.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    version: u32,
    pub(crate) server: ServerUrl,
    pub(crate) access_token: Secret,
    /// As far as the server said when it gave the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_at: Option<Timestamp>,
    /// The CA file the sign-in was made with, so that later commands trust the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_ca_file: Option<PathBuf>,
}

impl Session {
    /// A session that is yet to be saved.
    pub(crate) const fn new(server: ServerUrl, access_token: Secret) -> Self {
        Self { version: VERSION, server, access_token, expires_at: None, server_ca_file: None }
    }

    /// Whether a person signed in: their token begins with a word of its own, and ends with their session.
    pub(crate) fn is_of_person(&self) -> bool {
        self.access_token.expose().starts_with("mfs_")
    }

    /// Reads the session that is kept in `folder`, if there is one.
    pub(crate) fn load(folder: &Path) -> Result<Option<Self>, CliError> {
        let path = folder.join(FILE_NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(CliError::Read { path, source }),
        };
        // The parser's own words may repeat the token.
        let broken = |what: &str| CliError::Content { path: path.clone(), what: format!("{what}; sign in again") };
        let session: Self = serde_json::from_str(&text).map_err(|_| broken("no session can be read from it"))?;
        if session.version != VERSION {
            return Err(broken("it was written by another version of this program"));
        }
        Ok(Some(session))
    }

    /// Keeps the session in `folder`, in place of any that is there: as a whole or not at all. Gives the file's path.
    pub(crate) fn save(&self, folder: &Path) -> Result<PathBuf, CliError> {
        private_file::make_folder(folder)?;
        let path = folder.join(FILE_NAME);
        private_file::replace(&path, &serde_json::to_string_pretty(self).map_err(CliError::Shape)?)?;
        Ok(path)
    }

    /// Removes whatever is kept in `folder`.
    pub(crate) fn remove(folder: &Path) -> Result<(), CliError> {
        private_file::remove(&folder.join(FILE_NAME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(token: &str) -> Session {
        Session::new("https://x".parse().unwrap(), Secret::new(token.to_owned()))
    }

    #[test]
    fn the_last_session_saved_is_the_one_that_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/b");
        assert!(Session::load(&folder).unwrap().is_none());
        session("one").save(&folder).unwrap();
        let path = session("two").save(&folder).unwrap();
        assert_eq!(Session::load(&folder).unwrap().unwrap().access_token.expose(), "two");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "an unfinished file was left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
            assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
        Session::remove(&folder).unwrap();
        Session::remove(&folder).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn a_file_that_is_no_session_is_an_error_that_does_not_show_it() {
        let home = tempfile::tempdir().unwrap();
        let newer = r#"{"version":2,"server":"https://x","accessToken":"hunter2"}"#;
        for text in ["hunter2", newer] {
            fs::write(home.path().join(FILE_NAME), text).unwrap();
            let error = Session::load(home.path()).unwrap_err().lines().join("\n");
            assert!(error.contains("sign in again") && !error.contains("hunter2"), "{error}");
        }
    }
}
