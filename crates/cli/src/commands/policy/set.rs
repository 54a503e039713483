//! `mayfly policy set`.

use clap::Args;
use mayfly_api::policies::PolicyBody;
use serde_json::{Map, Value, json};

use super::{ids, sheet};
use crate::{commands::approval, context::Context, error::CliError};

/// Change what an environment asks of leases
///
/// What is not named stays. Where leases need approval, asking for less needs it too: then nothing changes until another
/// person agreed, and this ends with exit code 4 and the request to wait for.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly policy set --project web-shop --env prod --require-reason --approvals 1 --valid-for 1h
  mayfly policy set --project web-shop --env prod --max-ttl 8h --require-revocable
  mayfly policy set --project web-shop --env prod --no-approval --reason 'the freeze is over'")]
#[command(group = clap::ArgGroup::new("change").required(true).multiple(true).args([
    "require_reason", "no_require_reason", "max_ttl", "require_revocable", "no_require_revocable", "approvals",
    "no_approval",
]))]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not")]
pub(crate) struct SetArguments {
    /// Each lease needs a reason
    #[arg(long, conflicts_with = "no_require_reason")]
    require_reason: bool,
    /// No lease needs a reason
    #[arg(long)]
    no_require_reason: bool,
    /// The longest lease, such as 8h, or `none`
    #[arg(long, value_name = "TIME|none")]
    max_ttl: Option<String>,
    /// Only tokens that can be taken back are given out
    #[arg(long, conflicts_with = "no_require_revocable")]
    require_revocable: bool,
    /// Tokens that live until they expire are given out too
    #[arg(long)]
    no_require_revocable: bool,
    /// How many other people have to agree to each lease, 1 to 5
    #[arg(long, value_name = "NUMBER", conflicts_with = "no_approval")]
    approvals: Option<u8>,
    /// How long their word counts, 1m to 24h
    ///
    /// Left out, it stays as it is; it is 1h where nobody had to agree before.
    #[arg(long, value_name = "TIME", requires = "approvals")]
    valid_for: Option<String>,
    /// Nobody else has to agree
    #[arg(long)]
    no_approval: bool,
    /// Why, for those who have to agree to this change
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let (project, environment) = ids(&client, context).await?;
    let path = ["api", "v1", "projects", &project, "environments", &environment, "policy"];
    let valid_for = match (&arguments.valid_for, arguments.approvals) {
        (None, Some(_)) => {
            let stored: PolicyBody = client.get(&path, &[]).await?;
            stored.policy.approval.map(|rule| rule.valid_for)
        }
        (given, _) => given.clone(),
    };
    let changed: Result<PolicyBody, _> = client.patch(&path, &request(arguments, valid_for.as_deref())).await;
    let changed = changed.map_err(|error| {
        approval::with_hint(error, |id| {
            let place = format!("--project {}", context.named_project().unwrap_or_default());
            format!("nothing has changed yet: it does once another person types `mayfly approval approve {id} {place}`")
        })
    })?;
    context.console.answer(&changed, |console| console.sheet(&sheet(&changed.policy)))
}

/// How long a word counts where nothing was ever said.
const VALID_FOR: &str = "1h";

/// What changes. `null` takes away.
fn request(arguments: &SetArguments, valid_for: Option<&str>) -> Value {
    let either = |on: bool, off: bool| (on || off).then_some(json!(on));
    let max_ttl = arguments.max_ttl.as_deref().map(|text| if text == "none" { Value::Null } else { json!(text) });
    let approval =
        arguments.approvals.map(|count| json!({"approvals": count, "validFor": valid_for.unwrap_or(VALID_FOR)}));
    let fields = [
        ("requiresReason", either(arguments.require_reason, arguments.no_require_reason)),
        ("maxTTL", max_ttl),
        ("requiresRevocable", either(arguments.require_revocable, arguments.no_require_revocable)),
        ("approval", approval.or_else(|| arguments.no_approval.then_some(Value::Null))),
        ("reason", arguments.reason.as_ref().map(|text| json!(text))),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(fields.collect::<Map<_, _>>())
}
