//! `mayfly token`: a lease, and its token where it was asked for.

use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease, Lease};
use serde_json::json;

use super::{approval, lease::words, wish::LeaseArguments};
use crate::{
    client::ApiClient,
    console::Format,
    context::Context,
    credential::{KEY, token_of},
    error::CliError,
    time,
};

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
    #[command(flatten)]
    lease: LeaseArguments,
    /// Have the server try the token on the cluster first
    #[arg(long)]
    verify: bool,
    /// A live lease that ends once the new one is issued
    #[arg(long, value_name = "ID")]
    replaces: Option<String>,
    /// Where other people have to agree, wait until they did, and issue it then
    #[arg(long)]
    wait_approval: bool,
    /// The longest wait for them, such as 10m or 8h [default: 24h]
    #[arg(long, value_name = "TIME", requires = "wait_approval", value_parser = wait)]
    wait_at_most: Option<Duration>,
    /// Print it on a terminal too
    #[arg(long)]
    show: bool,
}

/// As long as a request waits.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Issues it.
pub(crate) async fn run(arguments: TokenArguments, context: &Context) -> Result<(), CliError> {
    expect_out_of_sight(arguments.show, &format!("token {}", arguments.lease.name), context)?;
    let client = context.client()?;
    let wait = arguments.wait_approval.then(|| arguments.wait_at_most.unwrap_or(LONGEST_WAIT));
    let path = ["api", "v1", "dynamic-secrets", "leases"];
    let issued: Result<IssuedLease, CliError> = client.post(&path, &request(arguments, context)?).await;
    let issued = match (issued, wait) {
        (Err(error), Some(most)) => match approval::waiting_request(&error) {
            Some(id) => approval::wait::for_lease(&client, context, id, most).await?,
            None => return Err(error),
        },
        (issued, _) => issued.map_err(|error| approval::with_hint(error, |id| what_next(id, context)))?,
    };
    hand_over(&issued, &client, context)
}

/// What to type where another person has to agree first.
fn what_next(id: &str, context: &Context) -> String {
    let project = context.named_project().unwrap_or_default();
    format!(
        "{}, then you `mayfly approval fetch {id} --project {project}`; with `--wait-approval` this command waits for them",
        approval::what_others_type(id, context)
    )
}

/// Refuses to print a token where it may be watched, unless that is wanted. `command` is what to type elsewhere.
pub(crate) fn expect_out_of_sight(is_wanted: bool, command: &str, context: &Context) -> Result<(), CliError> {
    if context.console.shows_data() && !is_wanted {
        return Err(CliError::Usage(format!(
            "nothing was issued: a terminal may be watched or recorded. Add `--show` to print the token here, or hand \
             it on: `kubectl --token \"$(mayfly {command})\" …`",
        )));
    }
    Ok(())
}

/// Prints the token as it was asked for, and beside it what its lease promises.
pub(crate) fn hand_over(issued: &IssuedLease, client: &ApiClient, context: &Context) -> Result<(), CliError> {
    let token = token_of(issued, client)?;
    let token = token.expose();
    context.console.say(&summary(&issued.lease));
    match context.console.format {
        Format::Text | Format::Token => context.console.data(token),
        Format::Json => context.console.document(&json!({"lease": issued.lease, "token": token})),
        Format::Env => context.console.data(&format!("{KEY}={token}")),
    }
}

/// As long as somebody may be waited for.
fn wait(text: &str) -> Result<Duration, String> {
    let wanted = || "want a time from 1s to 24h, such as 10m or 8h".to_owned();
    let duration: SignedDuration = text.parse().map_err(|_| wanted())?;
    let duration = Duration::try_from(duration).map_err(|_| wanted())?;
    if (Duration::from_secs(1)..=LONGEST_WAIT).contains(&duration) { Ok(duration) } else { Err(wanted()) }
}

fn request(arguments: TokenArguments, context: &Context) -> Result<IssueLeaseRequest, CliError> {
    let request = arguments.lease.request(context)?;
    Ok(IssueLeaseRequest { verify: arguments.verify.then_some(true), replaces: arguments.replaces, ..request })
}

fn summary(lease: &Lease) -> String {
    let until = time::moment(&lease.expire_at, time::now());
    let first = format!("lease {}: {} until {until}", lease.id, words::account(lease));
    let changed = words::role_changed(lease).map(str::to_owned);
    let lines =
        [Some(first), Some(words::effect_of_ending(lease)), words::works_only_there(lease.cluster.as_ref()), changed];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}
