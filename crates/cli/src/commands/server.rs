//! `mayfly server`: the one command that is not a call to a server.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use mayfly_server::{Sensitive, ServerFlags};

use crate::error::CliError;

/// Run the server
///
/// Every setting can also be given in the environment as `MAYFLY_…` or in a TOML file; flags come first, then the
/// environment, then the file.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly server
  mayfly server --data-dir /var/lib/mayfly --listen 127.0.0.1:9000
  mayfly server --config /etc/mayfly.toml")]
pub(crate) struct ServerArguments {
    /// Where to listen [default: 127.0.0.1:8420]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Where the database and the master key are, if they are files
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// A PostgreSQL database, in place of the file in the data folder. A password is better given in the environment,
    /// as `MAYFLY_DATABASE_URL`: other users of this machine can read arguments
    #[arg(long, value_name = "URL")]
    database_url: Option<Sensitive<String>>,
    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Runs until it is told to stop.
pub(crate) async fn run(arguments: ServerArguments) -> Result<(), CliError> {
    let ServerArguments { listen, data_dir, database_url, config } = arguments;
    mayfly_server::run(ServerFlags { listen, data_dir, database_url, config }).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::arguments::CommandLine;

    #[test]
    fn the_password_of_a_database_is_not_shown() {
        let typed = ["mayfly", "server", "--database-url", "postgresql://u:hunter2@h/db"];
        let shown = format!("{:?}", CommandLine::parse_from(typed));
        assert!(shown.contains("database_url: Some([hidden])") && !shown.contains("hunter2"), "{shown}");
    }
}
