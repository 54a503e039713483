//! `mayfly role create`.

use clap::Args;
use mayfly_api::roles::RoleBody;
use serde_json::{Value, json};

use super::{RULES_HELP, rules::TypedRules, show::print};
use crate::{commands::project::find_project, context::Context, error::CliError, request_fields::set};

/// Make a role of the project's own
///
/// It allows nothing that you do not hold yourself.
#[derive(Debug, Args)]
#[command(after_help = format!("\
Examples:
  mayfly role create deployer --project web-shop --allow 'dynamic-secrets:lease,path=/k8s/**' \\
      --forbid 'dynamic-secrets:lease,env=staging'
  mayfly role create deployer --project web-shop -f deployer.yaml

The file has the fields of the API; rules may be texts:
  name: Deployer
  permissions:
    - allow dynamic-secrets:lease,env=dev

{RULES_HELP}"))]
pub(crate) struct CreateArguments {
    /// Its slug
    slug: String,
    /// Its name [default: the slug]
    #[arg(long)]
    name: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    rules: TypedRules,
}

/// Makes it.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let mut fields = arguments.rules.fields()?;
    let texts = [
        ("slug", Some(arguments.slug.clone())),
        ("name", arguments.name.clone()),
        ("description", arguments.description.clone()),
    ];
    set(&mut fields, texts);
    fields.entry("name").or_insert_with(|| json!(arguments.slug));
    if !fields.contains_key("permissions") {
        return Err(CliError::Usage("a role without rules allows nothing: add `--allow`, or name a file".to_owned()));
    }
    let client = context.client()?;
    let project = find_project(&client, context.project()?).await?.id;
    let path = ["api", "v1", "projects", &project, "roles"];
    let made: RoleBody = client.post(&path, &Value::Object(fields)).await?;
    print(&made, context)
}
