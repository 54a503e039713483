//! A real Kubernetes API server for tests, the demo and `cargo xtask cluster`: the program in `dev/cluster`, built when
//! needed, started in a state directory, stopped, restarted with its data, and asked for its audit log.
//!
//! Tests that only need *a* cluster take [`shared`]; those that stop it, reset it or need a certain signing key start
//! their own with [`RealCluster::start`]. What the program promises (its flags, the files of a state directory) is
//! written in `dev/cluster/README.md`. Talking to the API is left to the caller.

mod audit_log;
mod binary;
mod daemon;
mod labelled;
pub(crate) mod places;
mod progress;
mod running;
mod shared;
mod state;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use binary::ensure_binary;
pub use places::clusters as clusters_directory;
pub use progress::PlainProgress;
pub use running::{RealCluster, Stopped, settled, stop_in};
pub use shared::{own_name, shared};
pub use state::{Presence, Summary, presence};

/// What a cluster is started with.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Its name in the kubeconfig: lower-case letters, digits and inner hyphens, at most 63.
    pub name: String,
    /// Where all its files are; made when missing. One cluster at a time can hold it.
    pub state_dir: PathBuf,
    /// The API server's port on loopback. 0 takes the one this state directory had before, or else a free one.
    pub port: u16,
    /// The key that signs service account tokens. `None` keeps the one the state directory has, or else takes RSA;
    /// another one than it has is refused.
    pub signing_key: Option<SigningKey>,
}

/// The kind of key that signs service account tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SigningKey {
    /// RSA with 2048 bits, which most real clusters use.
    Rsa,
    /// ECDSA on P-256: a third of the CPU time per token, for benchmarks that should see our own cost.
    P256,
}

impl SigningKey {
    /// The word for `--signing-key`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::P256 => "p256",
        }
    }
}
