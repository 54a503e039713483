//! `mayfly secret ls`.

use mayfly_api::dynamic_secrets::{DynamicSecret, DynamicSecretList};

use crate::{console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let list: DynamicSecretList = client.get(&["api", "v1", "dynamic-secrets"], &context.place()?.query()).await?;
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env if list.dynamic_secrets.is_empty() => {
            context.console.say("no dynamic secrets here");
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => context
            .console
            .table(&["NAME", "TYPE", "DEFAULT TTL", "MAX TTL", "ID"], list.dynamic_secrets.iter().map(row)),
    }
}

fn row(secret: &DynamicSecret) -> Vec<String> {
    let max_ttl = secret.max_ttl.clone().unwrap_or_else(|| "the server's".to_owned());
    vec![secret.name.clone(), secret.kind.clone(), secret.default_ttl.clone(), max_ttl, secret.id.clone()]
}
