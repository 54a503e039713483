//! `mayfly user`: the people of the organization, and what somebody does with a link.

mod accept;
mod invitations;
mod invite;
mod ls;
mod new_password;
mod passkeys;
mod reset_password;
mod rm;
mod set;
mod show;
mod uninvite;

use clap::Subcommand;
use mayfly_api::users::{User, UserList};

use crate::{client::ApiClient, context::Context, error::CliError, pages};

/// Look after people, and join by a link
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// List the people of the organization
    Ls,
    Show(show::ShowArguments),
    Invite(invite::InviteArguments),
    /// List the invitations that wait
    Invitations,
    Uninvite(uninvite::UninviteArguments),
    Set(set::SetArguments),
    Disable(set::DisableArguments),
    Enable(set::EnableArguments),
    Rm(rm::RmArguments),
    ResetPassword(reset_password::ResetPasswordArguments),
    Passkeys(passkeys::PasskeysArguments),
    ResetPasskeys(passkeys::ResetPasskeysArguments),
    Accept(accept::AcceptArguments),
    NewPassword(new_password::NewPasswordArguments),
}

/// Does it.
pub(crate) async fn run(command: UserCommand, context: &Context) -> Result<(), CliError> {
    match command {
        UserCommand::Ls => ls::run(context).await,
        UserCommand::Show(arguments) => show::run(&arguments, context).await,
        UserCommand::Invite(arguments) => invite::run(&arguments, context).await,
        UserCommand::Invitations => invitations::run(context).await,
        UserCommand::Uninvite(arguments) => uninvite::run(&arguments, context).await,
        UserCommand::Set(arguments) => set::run(&arguments, context).await,
        UserCommand::Disable(arguments) => set::disable(&arguments, context).await,
        UserCommand::Enable(arguments) => set::enable(&arguments, context).await,
        UserCommand::Rm(arguments) => rm::run(&arguments, context).await,
        UserCommand::ResetPassword(arguments) => reset_password::run(&arguments, context).await,
        UserCommand::Passkeys(arguments) => passkeys::run(&arguments, context).await,
        UserCommand::ResetPasskeys(arguments) => passkeys::reset(&arguments, context).await,
        UserCommand::Accept(arguments) => accept::run(&arguments, context).await,
        UserCommand::NewPassword(arguments) => new_password::run(&arguments, context).await,
    }
}

/// Everybody, page by page.
pub(in crate::commands) async fn all(client: &ApiClient) -> Result<Vec<User>, CliError> {
    let all = pages::every(async |cursor| {
        let query: Vec<(&str, &str)> = cursor.map(|cursor| ("cursor", cursor)).into_iter().collect();
        let page: UserList = client.get(&["api", "v1", "users"], &query).await?;
        Ok((page.users, page.next_cursor))
    });
    all.await
}

/// The id of somebody who was named by id or by address.
pub(in crate::commands) async fn id_of(client: &ApiClient, who: &str) -> Result<String, CliError> {
    if !who.contains('@') {
        return Ok(who.to_owned());
    }
    let found = all(client).await?.into_iter().find(|user| user.email.eq_ignore_ascii_case(who));
    found
        .map(|user| user.id)
        .ok_or_else(|| CliError::NotFound(format!("nobody has the address `{who}`: see `mayfly user ls`")))
}
