//! `mayfly sso`: the identity providers by which people sign in.

mod links;
mod ls;
mod rm;
mod set;
mod show;
mod test;

use clap::Subcommand;
use mayfly_api::sso::{SsoProvider, SsoProviderList};

use crate::{client::ApiClient, context::Context, error::CliError, pages};

const PROVIDERS: [&str; 4] = ["api", "v1", "sso", "providers"];

/// Set up identity providers by which people sign in, and whom they let in
#[derive(Debug, Subcommand)]
pub(crate) enum SsoCommand {
    /// List the providers
    Ls,
    Show(show::ShowArguments),
    Set(Box<set::SetArguments>),
    Rm(rm::RmArguments),
    Test(test::TestArguments),
    Links(links::LinksArguments),
    Unlink(links::UnlinkArguments),
}

/// Does it.
pub(crate) async fn run(command: SsoCommand, context: &Context) -> Result<(), CliError> {
    match command {
        SsoCommand::Ls => ls::run(context).await,
        SsoCommand::Show(arguments) => show::run(&arguments, context).await,
        SsoCommand::Set(arguments) => set::run(&arguments, context).await,
        SsoCommand::Rm(arguments) => rm::run(&arguments, context).await,
        SsoCommand::Test(arguments) => test::run(&arguments, context).await,
        SsoCommand::Links(arguments) => links::run(&arguments, context).await,
        SsoCommand::Unlink(arguments) => links::unlink(&arguments, context).await,
    }
}

/// Every provider.
async fn all(client: &ApiClient) -> Result<Vec<SsoProvider>, CliError> {
    let parts = |page: SsoProviderList| (page.providers, page.next_cursor);
    pages::by_cursor(client, &PROVIDERS, &[], parts).await
}

/// The path of one provider, and what is below it.
fn path_of<'a>(slug: &'a str, below: &[&'a str]) -> Vec<&'a str> {
    [&PROVIDERS[..], &[slug], below].concat()
}
