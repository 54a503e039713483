//! `mayfly user invitations`.

use mayfly_api::users::{Invitation, InvitationList};

use crate::{console::Format, context::Context, error::CliError, pages};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let all = pages::every(async |cursor| {
        let query: Vec<(&str, &str)> = cursor.map(|cursor| ("cursor", cursor)).into_iter().collect();
        let page: InvitationList = client.get(&["api", "v1", "users", "invitations"], &query).await?;
        Ok((page.invitations, page.next_cursor))
    });
    let invitations = all.await?;
    match context.console.format {
        Format::Json => context.console.document(&InvitationList { invitations, next_cursor: None }),
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["ID", "EMAIL", "ROLE", "ENDS"], invitations.iter().map(row))
        }
    }
}

fn row(invitation: &Invitation) -> Vec<String> {
    let Invitation { id, email, role, expires_at, .. } = invitation;
    vec![id.clone(), email.clone(), role.clone(), expires_at.clone()]
}
