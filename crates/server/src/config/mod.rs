//! Settings: flags, then `MAYFLY_…` variables, then the TOML file, then defaults.
//!
//! Every setting is a line of [`settings`]; its variable's name follows from its key: `egress.allow` is
//! `MAYFLY_EGRESS_ALLOW`. An unknown key is refused with its name: a misspelt setting must not silently do nothing.

mod http;
mod load;
mod people;
mod settings;

pub use load::load;
pub(crate) use load::unknown_variables;
pub use settings::{
    AuditConfig, Config, EgressConfig, HttpConfig, LeaseConfig, LogConfig, LogFormat, MasterKeyConfig, PeerConfig,
    TlsConfig, TokenFile,
};

use std::{net::SocketAddr, path::PathBuf};

use mayfly_domain::sensitive::Sensitive;

/// What the command line sets.
#[derive(Clone, Debug, Default)]
pub struct ServerFlags {
    /// `--listen`.
    pub listen: Option<SocketAddr>,
    /// `--data-dir`.
    pub data_dir: Option<PathBuf>,
    /// `--database-url`; may hold a password.
    pub database_url: Option<Sensitive<String>>,
    /// `--config`.
    pub config: Option<PathBuf>,
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read, or is no TOML, or a value has the wrong shape.
    #[error("{0}")]
    Unreadable(String),
    /// A key that is not a setting.
    #[error("`{key}` is not a setting; the settings are {known}")]
    UnknownKey {
        /// The key.
        key: String,
        /// All keys.
        known: String,
    },
    /// A value that makes no sense.
    #[error("`{key}` {problem}")]
    Invalid {
        /// The setting.
        key: &'static str,
        /// What is wrong, and what is accepted.
        problem: String,
    },
}
