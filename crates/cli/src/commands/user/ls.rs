//! `mayfly user ls`.

use mayfly_api::users::{User, UserList};

use super::all;
use crate::{console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let users = all(&context.client()?).await?;
    match context.console.format {
        Format::Json => context.console.document(&UserList { users, next_cursor: None }),
        Format::Text | Format::Token | Format::Env => {
            let headings = ["ID", "EMAIL", "NAME", "ROLE", "SECOND FACTOR", "MAY SIGN IN"];
            context.console.table(&headings, users.iter().map(row))
        }
    }
}

fn row(user: &User) -> Vec<String> {
    let word = |is_so: bool| if is_so { "yes" } else { "no" }.to_owned();
    let name = user.name.clone().unwrap_or_default();
    vec![
        user.id.clone(),
        user.email.clone(),
        name,
        user.role.clone(),
        word(user.has_second_factor),
        word(!user.is_disabled),
    ]
}
