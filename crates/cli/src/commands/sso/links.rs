//! `mayfly sso links` and `mayfly sso unlink`.

use clap::Args;
use mayfly_api::sso::{SsoLink, SsoLinkBody, SsoLinkList};
use serde_json::json;

use super::path_of;
use crate::{arguments::path_segment, commands::user, context::Context, error::CliError, pages};

/// List whom a provider vouches for
#[derive(Debug, Args)]
pub(crate) struct LinksArguments {
    /// Its short name
    #[arg(value_parser = path_segment)]
    slug: String,
}

/// Lists them.
pub(super) async fn run(arguments: &LinksArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let parts = |page: SsoLinkList| (page.links, page.next_cursor);
    let links = pages::by_cursor(&client, &path_of(&arguments.slug, &["links"]), &[], parts).await?;
    let list = SsoLinkList { links, next_cursor: None };
    let row = |link: &SsoLink| {
        let email = link.email.clone().unwrap_or_else(|| "-".to_owned());
        vec![link.user_id.clone(), email, link.subject.clone(), link.last_sign_in_at.clone()]
    };
    context.console.answer(&list, |console| {
        console.table(&["USER", "ADDRESS THERE", "SUBJECT", "LAST SIGN-IN"], list.links.iter().map(row))
    })
}

/// Let a provider vouch for somebody no more; they leave the groups they are in by it, and their sessions end
#[derive(Debug, Args)]
pub(crate) struct UnlinkArguments {
    /// The provider's short name
    #[arg(value_parser = path_segment)]
    slug: String,
    /// The person, by address or id
    user: String,
}

/// Takes the link away.
pub(super) async fn unlink(arguments: &UnlinkArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let user = user::id_of(&client, &arguments.user).await?;
    let removed: SsoLinkBody = client.delete(&path_of(&arguments.slug, &["links", &user]), &json!({})).await?;
    context.console.answer(&removed, |console| console.data(&removed.link.user_id))
}
