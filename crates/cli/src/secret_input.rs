//! Where secrets come from: a file, the environment, a hidden prompt, or standard input. Never from an argument, which
//! every user of the machine can read.

use std::{
    fs,
    io::{self, IsTerminal as _, Read as _},
    path::{Path, PathBuf},
};

use inquire::{Password, PasswordDisplayMode};

use crate::{console::Console, error::CliError, secret::Secret};

/// The most that is read from a pipe, in bytes: far above any secret, far below what would hurt.
const MOST: u64 = 64 * 1024;

/// A secret to be had.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    /// What it is, such as `client secret`.
    pub(crate) what: &'a str,
    /// The file that was named, if any.
    pub(crate) file: Option<&'a Path>,
    /// What the environment has, if anything.
    pub(crate) given: Option<&'a Secret>,
    /// What to do about it when there is none.
    pub(crate) hint: &'a str,
    /// How to ask for it.
    pub(crate) prompt: Prompt,
}

/// How to ask for a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// For one that exists: a wrong one is refused anyway.
    Once,
    /// For a new one: a slip of the finger would lock its owner out.
    Twice,
}

impl Wanted<'_> {
    /// Gets it: from the file, else from the environment, else by asking, else from standard input.
    pub(crate) fn get(&self, console: &Console) -> Result<Secret, CliError> {
        let secret = match (self.file, self.given) {
            (Some(path), _) => from_file(path)?,
            (None, Some(given)) => given.clone(),
            (None, None) if console.may_ask() => self.ask()?,
            // Typed without being asked for, it would be on the screen.
            (None, None) if io::stdin().is_terminal() => return Err(self.missing()),
            (None, None) => from_standard_input()?,
        };
        if secret.is_empty() { Err(self.missing()) } else { Ok(secret) }
    }

    fn missing(&self) -> CliError {
        CliError::Usage(format!("there is no {}: {}", self.what, self.hint))
    }

    fn ask(&self) -> Result<Secret, CliError> {
        let title = format!("{}:", self.what);
        let question = Password::new(&title).with_display_mode(PasswordDisplayMode::Hidden);
        let question = match self.prompt {
            Prompt::Once => question.without_confirmation(),
            Prompt::Twice => question.with_custom_confirmation_message("once more:"),
        };
        Ok(Secret::new(question.prompt()?))
    }
}

/// Reads a secret from a file, or from standard input when the file is `-`, without the end of its last line.
pub(crate) fn from_file(path: &Path) -> Result<Secret, CliError> {
    if path == Path::new("-") {
        return from_standard_input();
    }
    let text = fs::read_to_string(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    Ok(Secret::from_lines(&text))
}

fn from_standard_input() -> Result<Secret, CliError> {
    let mut text = String::new();
    let read = io::stdin().lock().take(MOST).read_to_string(&mut text);
    read.map_err(|source| CliError::Read { path: PathBuf::from("standard input"), source })?;
    Ok(Secret::from_lines(&text))
}
