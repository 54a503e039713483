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
mod credential;
mod environment;
mod error;
mod kubeconfig;
mod pages;
mod plain;
mod private_file;
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
use tokio::runtime::Runtime;

use arguments::CommandLine;
use context::Context;
use error::{CliError, Exit};

fn main() -> ExitCode {
    let line = CommandLine::parse();
    #[cfg(feature = "server")]
    let is_server = matches!(line.command, arguments::Command::Server(_));
    #[cfg(not(feature = "server"))]
    let is_server = false;
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            console::complain(&format!("error: this program cannot begin: {error}"));
            return Exit::Unexpected.into();
        }
    };
    let code = runtime.block_on(run(line)).unwrap_or_else(|error| {
        error.lines().iter().for_each(|line| console::complain(line));
        error.exit().into()
    });
    // A look-up of a name, or the wait for a lock, cannot be called off: whoever typed a command does not wait for it.
    // What a server has begun to write is written to its end.
    if !is_server {
        runtime.shutdown_background();
    }
    code
}

async fn run(line: CommandLine) -> Result<ExitCode, CliError> {
    let context = Context::new(line.globals)?;
    commands::run(line.command, &context).await
}
