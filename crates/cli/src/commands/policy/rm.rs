//! `mayfly policy rm`.

use clap::Args;

use super::set::{self, SetArguments};
use crate::{context::Context, error::CliError};

/// Ask nothing of an environment's leases any more
///
/// Where leases need approval, this needs it too: then nothing changes until another person agreed, and this ends with exit
/// code 4 and the request to wait for.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// Why, for those who have to agree to this
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Takes all that the environment asks away.
pub(super) async fn run(arguments: RmArguments, context: &Context) -> Result<(), CliError> {
    let place = context.place()?;
    if !arguments.yes {
        let question = format!("Ask nothing of leases in `{}` of {} any more?", place.environment, place.project);
        context.console.confirm(&question, "nothing has changed")?;
    }
    set::run(&SetArguments::nothing(arguments.reason), context).await
}
