//! Which cluster, and of what shape.

use std::env;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use mayfly_testkit::real_cluster::{ClusterOptions, SigningKey, clusters_directory};

/// Which cluster is meant.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// Name of the cluster: lower-case letters, digits and inner hyphens, at most 63
    #[arg(long, default_value = "dev", value_parser = cluster_name)]
    pub(crate) name: String,
    /// Where all its files are [default: target/clusters/<NAME>]
    #[arg(long)]
    state_dir: Option<PathBuf>,
}

impl Place {
    /// The state directory, absolute.
    pub(crate) fn state_dir(&self) -> anyhow::Result<PathBuf> {
        match &self.state_dir {
            None => Ok(clusters_directory().join(&self.name)),
            Some(chosen) => Ok(env::current_dir().context("find the working directory")?.join(chosen)),
        }
    }
}

/// How it is started.
#[derive(Debug, Args)]
pub(crate) struct Shape {
    /// Port of the API server on 127.0.0.1; 0 takes the one it had before, or a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// What signs service account tokens [default: as before, or else rsa]
    #[arg(long, value_enum)]
    signing_key: Option<KeyWord>,
}

impl Shape {
    /// The key that was asked for, if any.
    pub(crate) fn signing_key(&self) -> Option<SigningKey> {
        self.signing_key.map(|word| match word {
            KeyWord::Rsa => SigningKey::Rsa,
            KeyWord::P256 => SigningKey::P256,
        })
    }

    /// Together with the place, what starts the cluster.
    pub(crate) fn options(&self, place: &Place) -> anyhow::Result<ClusterOptions> {
        Ok(ClusterOptions {
            name: place.name.clone(),
            state_dir: place.state_dir()?,
            port: self.port,
            signing_key: self.signing_key(),
        })
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum KeyWord {
    /// RSA with 2048 bits, as most clusters have it
    Rsa,
    /// ECDSA on P-256, which signs three times as fast
    P256,
}

/// The cluster checks its name too; here it is also the name of a directory, before the cluster sees it.
fn cluster_name(text: &str) -> Result<String, String> {
    let inner = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    let edges_are_letters = !text.starts_with('-') && !text.ends_with('-');
    if (1..=63).contains(&text.len()) && text.chars().all(inner) && edges_are_letters {
        return Ok(text.to_owned());
    }
    Err("want lower-case letters, digits and inner hyphens, at most 63".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_is_one_that_cannot_leave_its_directory() {
        for good in ["dev", "a", "two-2", &"x".repeat(63)] {
            assert_eq!(cluster_name(good).as_deref(), Ok(good));
        }
        for bad in ["", "..", "a/b", "-a", "a-", "Dev", "a b", &"x".repeat(64)] {
            assert!(cluster_name(bad).is_err(), "`{bad}` was accepted");
        }
    }
}
