//! Proving the gateway's own record.

use std::{
    fs::File,
    io::{self, BufReader, Write as _},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use mayfly_gateway::audit::{Proven, verify};

#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Prove that no line was changed, removed or put in, and print the last hash
    Verify {
        /// File with the lines that `run --audit` wrote
        file: PathBuf,
    },
}

/// Proves a record, or says which line proves nothing.
pub(crate) fn perform(arguments: AuditArguments) -> anyhow::Result<()> {
    let AuditCommand::Verify { file } = arguments.command;
    let opened = File::open(&file).with_context(|| format!("read the record `{}`", file.display()))?;
    let proven = verify(BufReader::new(opened)).with_context(|| format!("the record `{}`", file.display()))?;
    let Proven { lines, begun, chains, torn, head } = proven;
    let cut = if torn.is_empty() { String::new() } else { format!("cut off when a process died: lines {torn:?}\n") };
    let said =
        format!("{lines} lines hold together; processes begun: {begun}, chains: {chains}\n{cut}last hash: {head}\n");
    io::stdout().write_all(said.as_bytes()).context("say so")
}
