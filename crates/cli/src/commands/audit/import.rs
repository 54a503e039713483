//! `mayfly audit import`: a cluster's own audit log, from the files that its API server writes.

mod event;
mod log_files;
mod sender;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use mayfly_api::cluster_requests::ImportedRequests;

use self::{
    log_files::{Batch, LogFiles},
    sender::Sender,
};
use crate::{console::Format, context::Context, error::CliError, time};

/// Read a cluster's audit log, so that leases show what their tokens did
///
/// FILE holds events of `audit.k8s.io/v1`, one to a line, as the API server writes them; the files that it was rotated
/// into (`audit-TIME.log`, `audit.log.1`) are read before it. Reading something again changes nothing. Only what was done
/// with a token that has an id is sent, and never what was in a request or an answer.
#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The cluster connection; you send as yourself
    #[arg(long, value_name = "ID", value_parser = crate::arguments::path_segment, required_unless_present = "intake")]
    connection: Option<String>,
    /// The kubeconfig that `mayfly audit intake create` gave, in place of a connection: needs no sign-in
    #[arg(long, value_name = "FILE", conflicts_with = "connection")]
    intake: Option<PathBuf>,
    /// Go on reading as the log grows and is rotated, until interrupted
    #[arg(long, requires = "intake")]
    follow: bool,
    /// Where to keep how far the log was read, to go on there the next time
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// The file
    file: PathBuf,
}

/// How soon it looks again when there was nothing new.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Imports.
pub(super) async fn run(arguments: &ImportArguments, context: &Context) -> Result<(), CliError> {
    let sender = match (&arguments.intake, &arguments.connection) {
        (Some(intake), _) => Sender::of_intake(intake, context.patience())?,
        (None, connection) => Sender::of_caller(context.client()?, connection.clone().unwrap_or_default()),
    };
    let mut files = LogFiles::open(arguments.file.clone(), arguments.state.clone())?;
    if arguments.follow {
        return follow(&mut files, &sender, context).await;
    }
    let (mut total, mut broken) = (ImportedRequests::default(), 0);
    loop {
        let batch = files.next()?;
        // Also where nothing is to be sent, so that a wrong connection is told.
        if !batch.items.is_empty() || total.events == 0 {
            total.joined += sender.send(&batch.items).await?.joined;
        }
        files.done(&batch)?;
        total.events += batch.lines;
        broken += batch.broken;
        if batch.lines + batch.broken == 0 {
            break;
        }
    }
    tell_broken(broken, context);
    match context.console.format {
        Format::Json => context.console.document(&total),
        Format::Text | Format::Token | Format::Env => {
            context.console.data(&format!("{} events read, {} of leases of Mayfly", total.events, total.joined))
        }
    }
}

/// Ends only when it has to.
async fn follow(files: &mut LogFiles, sender: &Sender, context: &Context) -> Result<(), CliError> {
    let mut pause = PAUSE;
    context.console.say("following the log; interrupt to end");
    loop {
        match step(files, sender).await {
            Ok(batch) => {
                pause = PAUSE;
                tell_broken(batch.broken, context);
                if batch.lines + batch.broken == 0 {
                    time::pause(PAUSE).await;
                }
            }
            Err(error) if may_pass(&error) => {
                context.console.say(&format!("{}; trying again in {} s", error.lines().join(" "), pause.as_secs()));
                time::pause(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            Err(error) => return Err(error),
        }
    }
}

/// Sends what comes next, and notes that it is sent: whoever is stopped in between sends it again.
async fn step(files: &mut LogFiles, sender: &Sender) -> Result<Batch, CliError> {
    let batch = files.next()?;
    if !batch.items.is_empty() {
        sender.send(&batch.items).await?;
    }
    files.done(&batch)?;
    Ok(batch)
}

/// Whether the server, or somebody before it, may do better in a while.
fn may_pass(error: &CliError) -> bool {
    match error {
        CliError::Refused(refusal) => refusal.is_passing() || refusal.is_of_the_server(),
        CliError::Absurd { .. } => true,
        other => other.is_passing(),
    }
}

fn tell_broken(lines: u64, context: &Context) {
    if lines > 0 {
        context.console.say(&format!("{lines} lines are no JSON and were left out"));
    }
}
