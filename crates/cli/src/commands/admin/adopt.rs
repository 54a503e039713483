//! `mayfly admin adopt`: going on with a copied or restored database.

use clap::Args;
use mayfly_api::adopt::Adopted;
use serde_json::json;

use crate::{console::Format, context::Context, error::CliError};

/// Go on with a database that is a copy or was restored
///
/// Until then its server issues and ends nothing: while the other database is in use, both would end each other's
/// leases.
#[derive(Debug, Args)]
pub(crate) struct AdoptArguments {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Adopts it.
pub(super) async fn run(arguments: &AdoptArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let question = "Is the server with the other database stopped for good?";
        context.console.confirm(question, "nothing was done")?;
    }
    let adopted: Adopted = context.client()?.post(&["api", "v1", "admin", "adopt"], &json!({})).await?;
    match context.console.format {
        Format::Json => context.console.document(&adopted),
        Format::Text | Format::Token | Format::Env if adopted.was_held => {
            let done = "this database is the one to go on with: leases are issued and ended again, and everybody else \
                        has to sign in anew";
            context.console.say(done);
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            context.console.say("this database was not held: nothing was changed");
            Ok(())
        }
    }
}
