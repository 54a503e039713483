//! `mayfly session ls`.

use mayfly_api::sign_in::{Session, SessionList};

use crate::{console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list: SessionList = context.client()?.get(&["api", "v1", "auth", "sessions"], &[]).await?;
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env => {
            let headings = ["ID", "THIS ONE", "FROM", "LAST USED", "ENDS", "PROGRAM"];
            context.console.table(&headings, list.sessions.iter().map(row))
        }
    }
}

fn row(session: &Session) -> Vec<String> {
    vec![
        session.id.clone(),
        if session.is_current { "yes" } else { "no" }.to_owned(),
        session.ip_address.clone().unwrap_or_default(),
        session.last_used_at.clone(),
        session.ends_at.clone(),
        session.user_agent.clone(),
    ]
}
