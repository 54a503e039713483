//! REMOTE CONTROL: the command line of Mayfly, and the server's starter.
//!
//! [`arguments`] says what can be typed, [`commands`] does it, one file per command. A command calls the server's API
//! through [`client`] and prints through [`console`]: data on standard output, everything else on standard error. What
//! the server means is left to the server: this program checks only what concerns itself. [`error`] holds the exit
//! codes.

mod arguments;
mod client;
mod commands;
mod console;
mod context;
mod environment;
mod error;
mod pages;
mod plain;
mod refusal;
mod request_fields;
mod secret;
mod secret_input;
mod server_url;
mod session;
mod sheet;
mod time;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::CommandLine;
use context::Context;
use error::CliError;

#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            error.lines().iter().for_each(|line| console::complain(line));
            error.exit().into()
        }
    }
}

async fn run(line: CommandLine) -> Result<(), CliError> {
    let context = Context::new(line.globals)?;
    commands::run(line.command, &context).await
}
