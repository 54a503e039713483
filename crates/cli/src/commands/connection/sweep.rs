//! `mayfly connection sweep`: what carries our label in a cluster and is explained by no lease.

use clap::Args;
use mayfly_api::cluster_connections::{Sweep, SweepBody, SweepRequest};

use crate::{
    arguments::path_segment,
    client::ApiClient,
    console::{self, Format},
    context::Context,
    error::CliError,
};

/// Look for objects that no lease explains, and remove them once you have seen them
///
/// The server does so by itself every ten minutes, and stops where it would remove many.
#[derive(Debug, Args)]
pub(crate) struct SweepArguments {
    /// The cluster connection, as `mayfly connection ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// Remove exactly what the report with this digest named, without asking
    #[arg(long, value_name = "DIGEST")]
    approve: Option<String>,
}

/// Looks, asks, and removes.
pub(super) async fn run(arguments: &SweepArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let report = sweep(&client, arguments, arguments.approve.clone()).await?;
    let may_ask = arguments.approve.is_none() && context.console.may_ask() && context.console.format == Format::Text;
    if !may_ask || report.orphans.is_empty() {
        return print(context, &report);
    }
    report.orphans.iter().for_each(|orphan| console::complain(orphan));
    let question = format!("Remove these {} objects?", report.orphans.len());
    context.console.confirm(&question, "nothing was removed")?;
    print(context, &sweep(&client, arguments, Some(report.digest)).await?)
}

async fn sweep(client: &ApiClient, arguments: &SweepArguments, approve: Option<String>) -> Result<Sweep, CliError> {
    let path = ["api", "v1", "cluster-connections", &arguments.id, "sweep"];
    let SweepBody { sweep } = client.post(&path, &SweepRequest { approve }).await?;
    Ok(sweep)
}

fn print(context: &Context, report: &Sweep) -> Result<(), CliError> {
    match context.console.format {
        Format::Json => context.console.document(report)?,
        Format::Text | Format::Token | Format::Env => {
            let Sweep { found, explained, young, .. } = report;
            context
                .console
                .data(&format!("found {found}: {explained} explained by leases, {young} too young to tell"))?;
            let kinds = [("orphan", &report.orphans), ("no seal", &report.unsealed), ("removed", &report.removed)];
            for (what, objects) in kinds {
                objects.iter().try_for_each(|object| context.console.data(&format!("{what}: {object}")))?;
            }
            report.unseen.iter().for_each(|right| console::complain(&format!("not looked at, for want of {right}")));
            if !report.orphans.is_empty() && report.removed.is_empty() && report.left.is_empty() {
                context.console.say(&format!("to remove the orphans, add `--approve {}`", report.digest));
            }
        }
    }
    report.left.iter().for_each(|left| console::complain(left));
    if report.left.is_empty() { Ok(()) } else { Err(CliError::Partly(format!("{} not removed", report.left.len()))) }
}
