//! `mayfly secret rm`.

use clap::Args;
use mayfly_api::dynamic_secrets::{DeleteDynamicSecretRequest, DeletedDynamicSecretBody};

use super::LeasesThen;
use crate::{arguments::path_segment, commands::lease::words, console::Format, context::Context, error::CliError};

/// Remove a dynamic secret, and end its leases unless `--leases` says otherwise
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// Its name
    #[arg(value_parser = path_segment)]
    name: String,
    /// What becomes of its leases
    #[arg(long, value_enum, default_value = "end")]
    leases: LeasesThen,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Removes it, and names what is left of its leases.
pub(super) async fn run(arguments: &RmArguments, context: &Context) -> Result<(), CliError> {
    let place = context.place()?;
    if !arguments.yes {
        let question = format!("Remove `{}`? {}", arguments.name, arguments.leases.effect());
        context.console.confirm(&question, "nothing was removed")?;
    }
    let request = DeleteDynamicSecretRequest {
        project_slug: place.project.to_owned(),
        environment_slug: place.environment.to_owned(),
        path: Some(place.path.to_owned()),
        is_forced: None,
        leases: Some(arguments.leases.word().to_owned()),
    };
    let path = ["api", "v1", "dynamic-secrets", &arguments.name];
    let removed: DeletedDynamicSecretBody = context.client()?.delete(&path, &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&removed),
        Format::Text | Format::Token | Format::Env => {
            words::complain_of_left(Some(&removed.leases_left));
            context.console.data(&removed.dynamic_secret.name)
        }
    }
}
