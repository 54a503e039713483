//! `mayfly lease end`: for the bad day, every lease that a filter names.

use clap::Args;
use mayfly_api::leases::{EndLeasesRequest, EndedLeases, Lease};

use super::words;
use crate::{client::ApiClient, console::Format, context::Context, error::CliError};

/// End all leases of a holder, a cluster connection, a dynamic secret or since a time
///
/// It shows first which these are, and asks. Where nobody can be asked, it only shows them unless `-y` is there, and
/// ends with exit code 2. Several filters narrow each other.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly lease end --holder 018f0000-0000-7000-8000-000000000000 --reason 'laptop stolen'
  mayfly lease end --connection 018f… --since 2026-11-26T08:00:00Z --reason 'pipeline log was public' -y")]
pub(crate) struct EndArguments {
    /// Held by this identity
    #[arg(long, value_name = "ID")]
    holder: Option<String>,
    /// Issued through this cluster connection
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// Of this dynamic secret
    #[arg(long, value_name = "ID")]
    secret: Option<String>,
    /// Of this environment
    #[arg(long, value_name = "ID")]
    environment_id: Option<String>,
    /// Of this project
    #[arg(long, value_name = "ID")]
    project_id: Option<String>,
    /// Issued at this time or later, such as 2026-11-26T08:00:00Z
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Every lease there is
    #[arg(long)]
    everything: bool,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Shows them, asks, and ends them.
pub(super) async fn run(arguments: &EndArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    if arguments.yes {
        return print(context, &end(&client, arguments, false).await?);
    }
    let seen = end(&client, arguments, true).await?;
    print(context, &seen)?;
    if seen.found == 0 {
        return Ok(());
    }
    // A document that was printed is all that a program reads: a question would come too late for it.
    if context.console.format != Format::Text {
        return Err(CliError::Usage("nothing was ended: add `-y` to end them".to_owned()));
    }
    context.console.confirm(&format!("End these {}?", seen.found), "nothing was ended")?;
    print(context, &end(&client, arguments, false).await?)
}

async fn end(client: &ApiClient, arguments: &EndArguments, is_dry_run: bool) -> Result<EndedLeases, CliError> {
    let request = EndLeasesRequest {
        holder_id: arguments.holder.clone(),
        cluster_connection_id: arguments.connection.clone(),
        dynamic_secret_id: arguments.secret.clone(),
        environment_id: arguments.environment_id.clone(),
        project_id: arguments.project_id.clone(),
        since: arguments.since.clone(),
        everything: arguments.everything.then_some(true),
        dry_run: Some(is_dry_run),
        reason: arguments.reason.clone(),
    };
    client.post(&["api", "v1", "leases", "end"], &request).await
}

fn print(context: &Context, ended: &EndedLeases) -> Result<(), CliError> {
    match context.console.format {
        Format::Json => context.console.document(ended),
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["ID", "ACCOUNT", "STATE", "HOLDER"], ended.leases.iter().map(row))?;
            context.console.say(&summary(ended));
            Ok(())
        }
    }
}

fn row(lease: &Lease) -> Vec<String> {
    vec![lease.id.clone(), words::account(lease), words::state(lease), lease.holder.name.clone()]
}

fn summary(ended: &EndedLeases) -> String {
    let EndedLeases { found, ending, closed, cancelled, .. } = ended;
    let [ends, closes, cancels] = if ended.is_dry_run {
        ["would end", "would only be closed", "are being issued and would be handed to nobody"]
    } else {
        ["are ending", "are only closed", "were being issued and are handed to nobody"]
    };
    let counts = format!("{found} leases: {ending} {ends}, {closed} {closes}, whose tokens live until they expire");
    if *cancelled == 0 { counts } else { format!("{counts}; {cancelled} {cancels}") }
}
