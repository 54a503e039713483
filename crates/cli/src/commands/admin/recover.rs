//! `mayfly admin recover`: for the day when nobody can sign in as an administrator.

use std::path::PathBuf;

use clap::Args;
use mayfly_server::{SecondFactorAfter, Sensitive, ServerFlags};
use serde_json::json;

use crate::{console::Format, context::Context, error::CliError};

/// Make somebody an administrator, on the server's own machine
///
/// It works on the server's database with its master key, whether the server runs or not, and is recorded in the audit
/// log. Whoever has the address becomes an administrator who may sign in; nobody else changes. The link to set a password
/// is printed this once, and counts for an hour.
#[derive(Debug, Args)]
#[command(after_help = "\
Give the settings that the server has, as flags, in the environment or in its file:
  mayfly admin recover --email ana@example.com --data-dir /var/lib/mayfly
  mayfly admin recover --email ana@example.com --config /etc/mayfly.toml")]
pub(crate) struct RecoverArguments {
    /// Address of the person; somebody new is made
    #[arg(long)]
    email: String,
    /// Take the person's second factor and passkeys off, because they are lost
    #[arg(long)]
    without_second_factor: bool,
    /// Where the database and the master key are, if they are files
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// The PostgreSQL database; better given as `MAYFLY_DATABASE_URL` if it has a password
    #[arg(long, value_name = "URL")]
    database_url: Option<Sensitive<String>>,
    /// The server's TOML file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Does it.
pub(super) async fn run(arguments: RecoverArguments, context: &Context) -> Result<(), CliError> {
    let RecoverArguments { email, without_second_factor, data_dir, database_url, config } = arguments;
    let second_factor = if without_second_factor { SecondFactorAfter::Removed } else { SecondFactorAfter::Kept };
    let flags = ServerFlags { listen: None, data_dir, database_url, config };
    let made = mayfly_server::recover(flags, &email, second_factor).await?;
    let what = if made.was_made { "was made, as an administrator" } else { "is an administrator who may sign in" };
    context.console.say(&format!("{} {what}; set a password by this link until {}:", made.email, made.expires_at));
    match context.console.format {
        Format::Json => context.console.document(&json!({
            "email": made.email, "wasMade": made.was_made, "link": made.link.expose(), "expiresAt": made.expires_at,
        })),
        Format::Text | Format::Token | Format::Env => context.console.data(made.link.expose()),
    }
}
