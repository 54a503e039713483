//! `mayfly user uninvite`.

use clap::Args;
use mayfly_api::users::InvitationBody;
use serde_json::json;

use crate::{arguments::path_segment, console::Format, context::Context, error::CliError};

/// Take an invitation back
#[derive(Debug, Args)]
pub(crate) struct UninviteArguments {
    /// The invitation, as `mayfly user invitations` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
}

/// Takes it back.
pub(super) async fn run(arguments: &UninviteArguments, context: &Context) -> Result<(), CliError> {
    let path = ["api", "v1", "users", "invitations", &arguments.id];
    let revoked: InvitationBody = context.client()?.delete(&path, &json!({})).await?;
    match context.console.format {
        Format::Json => context.console.document(&revoked),
        Format::Text | Format::Token | Format::Env => context.console.data(&revoked.invitation.email),
    }
}
