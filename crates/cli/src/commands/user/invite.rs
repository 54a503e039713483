//! `mayfly user invite`.

use clap::Args;
use mayfly_api::users::{InviteUserRequest, InvitedUser};

use crate::{console::Format, context::Context, error::CliError};

/// Invite somebody: the link to join is printed this once, and counts for seven days
#[derive(Debug, Args)]
pub(crate) struct InviteArguments {
    /// The address that they will sign in with
    email: String,
    /// What they may do in the organization: admin, member or no-access
    #[arg(long, default_value = "member")]
    role: String,
    /// Send the link by mail, too
    #[arg(long)]
    by_mail: bool,
}

/// Invites them.
pub(super) async fn run(arguments: &InviteArguments, context: &Context) -> Result<(), CliError> {
    let request = InviteUserRequest {
        email: arguments.email.clone(),
        role: Some(arguments.role.clone()),
        by_mail: arguments.by_mail.then_some(true),
    };
    let invited: InvitedUser = context.client()?.post(&["api", "v1", "users", "invitations"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&invited),
        Format::Text | Format::Token | Format::Env => {
            let until = &invited.invitation.expires_at;
            context
                .console
                .say(&format!("hand this link to {}; it joins once, until {until}:", invited.invitation.email));
            context.console.data(&invited.link)
        }
    }
}
