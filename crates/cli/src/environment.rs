//! What the environment says. It is read here, once, and nowhere else; clap reads the addresses and names that are
//! flags too.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{error::CliError, secret::Secret};

/// An access token, in place of the one that `mayfly login` keeps.
pub(crate) const TOKEN: &str = "MAYFLY_TOKEN";
/// The client secret for `mayfly login`.
pub(crate) const CLIENT_SECRET: &str = "MAYFLY_CLIENT_SECRET";
/// The token of a CI system or a cluster for `mayfly login --method`.
pub(crate) const IDENTITY_TOKEN: &str = "MAYFLY_IDENTITY_TOKEN";
/// The folder of the session file, in place of the user's own.
pub(crate) const CONFIG_DIR: &str = "MAYFLY_CONFIG_DIR";

/// The part of the environment that is ours.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) token: Option<Secret>,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) identity_token: Option<Secret>,
    config_dir: Option<PathBuf>,
    pub(crate) kind: Kind,
}

/// Whether somebody may be watching.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A pipeline: it has no one to answer questions, even where it pretends to be a terminal.
    Pipeline,
    /// Anything else.
    Personal,
}

impl Environment {
    /// Reads it. An empty variable is as good as none.
    pub(crate) fn read() -> Result<Self, CliError> {
        let in_pipeline = variable("CI").is_some_and(|value| value != "false");
        Ok(Self {
            token: secret(TOKEN)?,
            client_secret: secret(CLIENT_SECRET)?,
            identity_token: secret(IDENTITY_TOKEN)?,
            config_dir: variable(CONFIG_DIR).map(PathBuf::from),
            kind: if in_pipeline { Kind::Pipeline } else { Kind::Personal },
        })
    }

    /// Where the session file lies.
    pub(crate) fn config_dir(&self) -> Result<PathBuf, CliError> {
        if let Some(chosen) = &self.config_dir {
            return Ok(chosen.clone());
        }
        let home = etcetera::choose_base_strategy().map_err(|_| {
            CliError::Usage(format!("there is no home folder to keep the session in: set `{CONFIG_DIR}`"))
        })?;
        Ok(etcetera::BaseStrategy::config_dir(&home).join(Path::new("mayfly")))
    }
}

/// What this machine is called, for people who are asked whether it was theirs.
pub(crate) fn host() -> String {
    const LONGEST: usize = 64;
    let files = ["/proc/sys/kernel/hostname", "/etc/hostname"].into_iter();
    let mut told = files.filter_map(|file| std::fs::read_to_string(file).ok());
    let variables = ["HOSTNAME", "COMPUTERNAME"].into_iter();
    let told = told.next().or_else(|| variables.filter_map(variable).find_map(|name| name.into_string().ok()));
    let name: String = told.unwrap_or_default().trim().chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if name.is_empty() { "a machine without a name".to_owned() } else { name }
}

fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn secret(name: &str) -> Result<Option<Secret>, CliError> {
    let text = variable(name).map(OsString::into_string).transpose();
    // The value is not repeated: it is a secret, whatever is wrong with it.
    let text = text.map_err(|_| CliError::Usage(format!("the value of `{name}` is not text")))?;
    Ok(text.map(|text| Secret::from_lines(&text)).filter(|secret| !secret.is_empty()))
}
