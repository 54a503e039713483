//! Tokens that somebody else keeps fresh: files that the server's settings name, read anew for each operation.
//!
//! A projected service account token is replaced in its file long before it expires
//! (<https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken>); who keeps what it read once is
//! refused one day. Settings also say where each may be sent: who may make connections must not be able to read files with
//! them.

use std::{fs, io, path::PathBuf};

use jiff::Timestamp;
use mayfly_domain::{connection::ClusterUrl, sensitive::Sensitive, slug::TokenFileName};

use serde::{Deserialize, Serialize};

use crate::credential::{InvalidCredential, LONGEST_TOKEN, parse_credential};

/// A file with a bearer token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFile {
    /// What connections call it.
    pub name: TokenFileName,
    /// The only API server that its token may be sent to.
    pub url: ClusterUrl,
    /// Where it is.
    pub path: PathBuf,
}

/// Why a token file gives no token. Reads after "the token file".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", content = "detail", rename_all = "snake_case")]
pub enum TokenFileFault {
    /// The settings name no such file.
    #[error("is none of those in the server's setting `connections.token_files`")]
    Unknown,
    /// The connection leads elsewhere.
    #[error("may only be sent to `{0}`: the server's settings say so")]
    OtherAddress(String),
    /// The operating system refused it.
    #[error("cannot be read by the server: {0}")]
    Unreadable(String),
    /// What it holds is no token.
    #[error("holds no token that can be used: it {0}")]
    Invalid(InvalidCredential),
}

/// Reads the token of the file called `name` in `files`, for the API server at `url`.
pub(crate) fn read(
    files: &[TokenFile],
    name: &TokenFileName,
    url: &ClusterUrl,
    now: Timestamp,
) -> Result<Sensitive<String>, TokenFileFault> {
    let file = files.iter().find(|file| file.name == *name).ok_or(TokenFileFault::Unknown)?;
    if (file.url.origin(), file.url.path_prefix()) != (url.origin(), url.path_prefix()) {
        return Err(TokenFileFault::OtherAddress(file.url.to_string()));
    }
    let unreadable = |error: &io::Error| TokenFileFault::Unreadable(error.kind().to_string());
    let metadata = fs::metadata(&file.path).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(TokenFileFault::Unreadable("it is not a file".to_owned()));
    }
    let size = metadata.len();
    if size > LONGEST_TOKEN as u64 {
        return Err(TokenFileFault::Invalid(InvalidCredential::TooLarge));
    }
    let text = Sensitive::new(fs::read_to_string(&file.path).map_err(|error| unreadable(&error))?);
    let credential = parse_credential(text.expose(), now).map_err(TokenFileFault::Invalid)?;
    Ok(credential.token)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn now() -> Timestamp {
        "2030-01-01T00:00:00Z".parse().unwrap()
    }

    fn url(text: &str) -> ClusterUrl {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_is_read_anew_and_only_for_its_own_address() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"first\n").unwrap();
        let name: TokenFileName = "in-cluster".parse().unwrap();
        let files = [TokenFile { name: name.clone(), url: url("https://k.example"), path: file.path().to_owned() }];
        let read = |address: &str| read(&files, &name, &url(address), now()).map(|token| token.expose().clone());
        assert_eq!(read("https://k.example:443/"), Ok("first".to_owned()));
        fs::write(file.path(), "second").unwrap();
        assert_eq!(read("https://k.example"), Ok("second".to_owned()));
        for elsewhere in ["https://evil.example", "https://k.example:8443", "https://k.example/clusters/a"] {
            assert_eq!(read(elsewhere), Err(TokenFileFault::OtherAddress("https://k.example".to_owned())));
        }
        fs::write(file.path(), "two lines\n").unwrap();
        assert_eq!(read("https://k.example"), Err(TokenFileFault::Invalid(InvalidCredential::Character)));
        fs::write(file.path(), "x".repeat(LONGEST_TOKEN + 1)).unwrap();
        assert_eq!(read("https://k.example"), Err(TokenFileFault::Invalid(InvalidCredential::TooLarge)));
        drop(file);
        assert_eq!(read("https://k.example"), Err(TokenFileFault::Unreadable("entity not found".to_owned())));
        let other = super::read(&files, &"other".parse().unwrap(), &url("https://k.example"), now());
        assert_eq!(other.err(), Some(TokenFileFault::Unknown));
    }
}
