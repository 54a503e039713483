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
/// What kubectl says to whom it starts for a credential (client-go's exec plugins).
const EXEC_INFO: &str = "KUBERNETES_EXEC_INFO";
/// The files that kubectl reads (kubectl's own variable).
pub(crate) const KUBECONFIG: &str = "KUBECONFIG";
/// The signed-in person's folder in memory (XDG Base Directory Specification).
const RUNTIME_DIR: &str = "XDG_RUNTIME_DIR";
/// Where programs around kubectl keep what can be fetched again (kubectl's own variable).
const KUBE_CACHE_DIR: &str = "KUBECACHEDIR";
/// The folder of the session file, in place of the user's own.
pub(crate) const CONFIG_DIR: &str = "MAYFLY_CONFIG_DIR";

/// The part of the environment that is ours.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) token: Option<Secret>,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) identity_token: Option<Secret>,
    config_dir: Option<PathBuf>,
    kube_cache_dir: Option<PathBuf>,
    kubeconfig: Option<OsString>,
    runtime_dir: Option<PathBuf>,
    /// As kubectl gave it; absent where somebody else asks.
    pub(crate) exec_info: Option<String>,
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
            kube_cache_dir: variable(KUBE_CACHE_DIR).map(PathBuf::from),
            kubeconfig: variable(KUBECONFIG),
            runtime_dir: variable(RUNTIME_DIR).map(PathBuf::from),
            exec_info: variable(EXEC_INFO).and_then(|value| value.into_string().ok()),
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

    /// The file that kubectl changes: the first that `KUBECONFIG` names, else the one in the home.
    pub(crate) fn own_kubeconfig(&self) -> Result<PathBuf, CliError> {
        if let Some(first) = self.kubeconfig.as_ref().and_then(|named| env::split_paths(named).find(|path| path != ""))
        {
            return Ok(first);
        }
        let home = etcetera::home_dir()
            .map_err(|_| CliError::Usage(format!("there is no home folder with a kubeconfig: set `{KUBECONFIG}`")))?;
        Ok(home.join(".kube").join("config"))
    }

    /// Where files go that are gone with the machine, if there is such a place: memory, not a disk.
    pub(crate) fn memory_dir(&self) -> Option<&Path> {
        let shared = Path::new("/dev/shm");
        self.runtime_dir.as_deref().or(Some(shared)).filter(|folder| folder.is_dir())
    }

    /// Where tokens lie that kubectl is given again.
    pub(crate) fn credentials_dir(&self) -> Result<PathBuf, CliError> {
        let base =
            match &self.kube_cache_dir {
                Some(chosen) => chosen.clone(),
                None => etcetera::choose_base_strategy().map(|home| etcetera::BaseStrategy::cache_dir(&home)).map_err(
                    |_| CliError::Usage(format!("there is no home folder to keep tokens in: set `{KUBE_CACHE_DIR}`")),
                )?,
            };
        Ok(base.join("mayfly").join("credentials"))
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
