//! `mayfly user passkeys` and `reset-passkeys`.

use clap::Args;
use mayfly_api::{
    passkeys::{Passkey, PasskeyList},
    users::UserBody,
};
use serde_json::json;

use super::id_of;
use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// List the passkeys of a person
#[derive(Debug, Args)]
pub(crate) struct PasskeysArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
}

/// Remove all passkeys of a person who has lost them, and end their sessions
#[derive(Debug, Args)]
pub(crate) struct ResetPasskeysArguments {
    /// The person, by id or address
    #[arg(value_name = "USER", value_parser = path_segment)]
    user: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Lists them.
pub(super) async fn run(arguments: &PasskeysArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let id = id_of(&client, &arguments.user).await?;
    let found: PasskeyList = client.get(&["api", "v1", "users", &id, "passkeys"], &[]).await?;
    match context.console.format {
        Format::Json => context.console.document(&found),
        Format::Text | Format::Token | Format::Env => {
            let headings = ["ID", "NAME", "ALGORITHM", "COPIED", "ADDED", "LAST USED", "SUSPECTED"];
            context.console.table(&headings, found.passkeys.iter().map(row))
        }
    }
}

/// Removes them.
pub(super) async fn reset(arguments: &ResetPasskeysArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        let question = format!("Remove all passkeys of {}?", arguments.user);
        context.console.confirm(&question, "nothing was removed")?;
    }
    let client = context.client()?;
    let id = id_of(&client, &arguments.user).await?;
    let reset: UserBody = client.delete(&["api", "v1", "users", &id, "passkeys"], &json!({})).await?;
    match context.console.format {
        Format::Json => context.console.document(&reset),
        Format::Text | Format::Token | Format::Env => context.console.data(&reset.user.email),
    }
}

fn row(passkey: &Passkey) -> Vec<String> {
    let copied = if passkey.is_backed_up { "yes" } else { "no" };
    vec![
        passkey.id.clone(),
        passkey.name.clone(),
        passkey.algorithm.clone(),
        copied.to_owned(),
        passkey.created_at.clone(),
        passkey.last_used_at.clone().unwrap_or_default(),
        passkey.suspected_at.clone().unwrap_or_default(),
    ]
}
