//! `mayfly sso ls`.

use mayfly_api::sso::{SsoProvider, SsoProviderList};

use super::all;
use crate::{context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list = SsoProviderList { providers: all(&context.client()?).await?, next_cursor: None };
    context.console.answer(&list, |console| {
        if list.providers.is_empty() {
            console.say("no identity providers: `mayfly sso set SLUG` makes one");
            return Ok(());
        }
        console.table(&["SLUG", "NAME", "ISSUER", "DOMAINS", "STATE"], list.providers.iter().map(row))
    })
}

fn row(provider: &SsoProvider) -> Vec<String> {
    let state = if provider.is_enabled { "on" } else { "off" };
    let domains = if provider.email_domains.is_empty() { "-".to_owned() } else { provider.email_domains.join(" ") };
    vec![provider.slug.clone(), provider.name.clone(), provider.issuer.clone(), domains, state.to_owned()]
}
