//! `mayfly cache`: the tokens that are kept for kubectl.

use clap::Subcommand;
use serde_json::json;

use crate::{
    context::Context,
    credential::{Cache, Kept},
    error::CliError,
    time,
};

/// See and forget the tokens that are kept for kubectl
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// List what is kept, without the tokens
    Ls,
    /// Forget all that is kept; leases go on until they end
    Clear,
}

/// Does it.
pub(crate) fn run(command: &CacheCommand, context: &Context) -> Result<(), CliError> {
    let cache = Cache::new(context.environment.credentials_dir()?);
    match command {
        CacheCommand::Ls => ls(&cache, context),
        CacheCommand::Clear => clear(&cache, context),
    }
}

fn ls(cache: &Cache, context: &Context) -> Result<(), CliError> {
    let all = cache.all()?;
    let tokens: Vec<_> = all.iter().map(|(_, kept)| facts(kept)).collect();
    context.console.answer(&json!({"tokens": tokens}), |console| {
        if all.is_empty() {
            console.say("nothing is kept");
            return Ok(());
        }
        let rows = all.iter().map(|(_, kept)| row(kept));
        console.table(&["SECRET", "PLACE", "NAMESPACE", "LEASE", "ENDS", "SERVER"], rows)
    })
}

fn clear(cache: &Cache, context: &Context) -> Result<(), CliError> {
    let forgotten = cache.clear()?;
    context.console.answer(&json!({"forgotten": forgotten}), |console| {
        console.say(&format!("{forgotten} forgotten; their leases go on until they end (`mayfly lease ls`)"));
        Ok(())
    })
}

fn facts(kept: &Kept) -> serde_json::Value {
    json!({
        "server": kept.server, "project": kept.project, "environment": kept.environment, "path": kept.path,
        "dynamicSecret": kept.dynamic_secret, "namespace": kept.namespace, "lease": kept.lease,
        "issuedAt": kept.issued_at, "endsAt": kept.ends_at,
    })
}

fn row(kept: &Kept) -> Vec<String> {
    let place = format!("{}/{}{}", kept.project, kept.environment, kept.path);
    let ends = time::moment(&kept.ends_at.to_string(), time::now());
    let texts = [&kept.dynamic_secret, &place, &kept.namespace, &kept.lease, &ends, &kept.server.to_string()];
    texts.map(ToString::to_string).to_vec()
}
