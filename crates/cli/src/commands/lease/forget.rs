//! `mayfly lease forget`: giving up on a lease whose objects cannot be removed.

use clap::Args;
use mayfly_api::leases::{ForgetLeaseRequest, LeaseBody};

use super::words;
use crate::{
    arguments::path_segment,
    console::{self, Format},
    context::Context,
    error::CliError,
};

/// Stop trying to remove what was made for a lease, such as one of a cluster that is gone for good
///
/// What stays in the cluster is told to the audit log. Nothing looks for it any more but a sweep.
#[derive(Debug, Args)]
pub(crate) struct ForgetArguments {
    /// The lease
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

const NOTHING_DONE: &str = "nothing was forgotten";

/// Gives it up.
pub(super) async fn run(arguments: &ForgetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let project = context.project()?;
    let path = ["api", "v1", "leases", arguments.id.as_str()];
    if !arguments.yes {
        context.console.expect_somebody(NOTHING_DONE)?;
        let LeaseBody { lease } = client.get(&path, &[("projectSlug", project)]).await?;
        let why = lease.status_details.clone().unwrap_or_default();
        console::complain(&format!("{} ({}): {} {why}", lease.id, words::account(&lease), words::state(&lease)));
        context.console.confirm("Give up removing what was made for it?", NOTHING_DONE)?;
    }
    let request = ForgetLeaseRequest { project_slug: project.to_owned(), reason: arguments.reason.clone() };
    let body: LeaseBody = client.post(&["api", "v1", "leases", &arguments.id, "forget"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&body),
        Format::Text | Format::Token | Format::Env => {
            context.console.data(&format!("{} {}", body.lease.id, words::state(&body.lease)))
        }
    }
}
