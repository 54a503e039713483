//! `mayfly token`: a lease, and its token where it was asked for.

use clap::Args;
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease, Lease, LeaseConfig};
use serde_json::json;

use super::lease::words;
use crate::{console::Format, context::Context, error::CliError, time};

/// Issue a token
///
/// Piped or redirected, it prints the bare token. On a terminal, which others may see or record, it does so with
/// `--show` only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  kubectl --token \"$(mayfly token ci-deployer --project web-shop)\" get pods
  mayfly token ci-deployer --project web-shop --env prod --ttl 30m --reason 'release 1.4' -o json
  env \"$(mayfly token ci-deployer --project web-shop -o env)\" ./deploy.sh")]
pub(crate) struct TokenArguments {
    /// The dynamic secret
    name: String,
    /// How long: one number and one of s, m, h, d, w, y [default: the secret's Default TTL]
    #[arg(long, value_name = "TIME")]
    ttl: Option<String>,
    /// One of the secret's namespaces [default: the first]
    #[arg(short, long)]
    namespace: Option<String>,
    /// Why, for the audit log
    #[arg(long)]
    reason: Option<String>,
    /// Have the server try the token on the cluster first
    #[arg(long)]
    verify: bool,
    /// A live lease that ends once the new one is issued
    #[arg(long, value_name = "ID")]
    replaces: Option<String>,
    /// Print it on a terminal too
    #[arg(long)]
    show: bool,
}

/// The key of the token in a lease's data.
const KEY: &str = "TOKEN";

/// Issues it.
pub(crate) async fn run(arguments: TokenArguments, context: &Context) -> Result<(), CliError> {
    if context.console.shows_data() && !arguments.show {
        return Err(CliError::Usage(format!(
            "nothing was issued: a terminal may be watched or recorded. Add `--show` to print the token here, or hand \
             it on: `kubectl --token \"$(mayfly token {})\" …`",
            arguments.name
        )));
    }
    let client = context.client()?;
    let issued: IssuedLease =
        client.post(&["api", "v1", "dynamic-secrets", "leases"], &request(arguments, context)?).await?;
    let token = issued.data.get(KEY).ok_or_else(|| CliError::Absurd {
        server: client.server().to_string(),
        what: "a lease without a token".to_owned(),
    })?;
    context.console.say(&summary(&issued.lease));
    match context.console.format {
        Format::Text | Format::Token => context.console.data(token),
        Format::Json => context.console.document(&json!({"lease": issued.lease, "token": token})),
        Format::Env => context.console.data(&format!("{KEY}={token}")),
    }
}

fn request(arguments: TokenArguments, context: &Context) -> Result<IssueLeaseRequest, CliError> {
    let place = context.place()?;
    Ok(IssueLeaseRequest {
        dynamic_secret_name: arguments.name,
        project_slug: place.project.to_owned(),
        environment_slug: place.environment.to_owned(),
        path: Some(place.path.to_owned()),
        ttl: arguments.ttl,
        config: arguments.namespace.map(|namespace| LeaseConfig { namespace: Some(namespace) }),
        reason: arguments.reason,
        verify: arguments.verify.then_some(true),
        replaces: arguments.replaces,
    })
}

fn summary(lease: &Lease) -> String {
    let until = time::moment(&lease.expire_at, time::now());
    let first = format!("lease {}: {} until {until}", lease.id, words::account(lease));
    let changed = words::role_changed(lease).map(str::to_owned);
    let lines = [Some(first), Some(words::effect_of_ending(lease)), words::works_only_there(lease), changed];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
