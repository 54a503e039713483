//! Mayfly's command line, as the demo types it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

use super::{home::Home, server::without_own_settings};
use crate::program::Program;

/// The command line, signed in to one server.
#[derive(Debug)]
pub(super) struct CommandLine {
    mayfly: PathBuf,
    config: PathBuf,
    server: String,
}

impl CommandLine {
    pub(super) fn new(mayfly: &Path, home: &Home, server: &str) -> Self {
        Self { mayfly: mayfly.to_owned(), config: home.config(), server: server.to_owned() }
    }

    /// Runs a command, and gives its JSON.
    pub(super) async fn run(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let program = without_own_settings(Program::new(&self.mayfly)).args(arguments).args(["-o", "json", "--quiet"]);
        let program = program.env("MAYFLY_CONFIG_DIR", &self.config).env("MAYFLY_SERVER", &self.server);
        let command = arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        let printed = program.read().await.with_context(|| format!("run `mayfly {command}`"))?;
        // Not the text: it may hold a token.
        serde_json::from_str(&printed).ok().with_context(|| format!("`mayfly {command}` printed no JSON"))
    }
}
