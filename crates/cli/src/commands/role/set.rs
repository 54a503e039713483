//! `mayfly role set`.

use clap::Args;
use mayfly_api::roles::RoleBody;
use serde_json::Value;

use super::{RULES_HELP, find_role, rules::TypedRules, show::print};
use crate::{
    commands::identity::{LeasesThen, tell_left},
    context::Context,
    error::CliError,
    request_fields::set,
};

/// Change a role of the project's own, for all who hold it
///
/// Rules that are given replace all that it had.
#[derive(Debug, Args)]
#[command(after_help = RULES_HELP)]
pub(crate) struct SetArguments {
    /// Its slug
    slug: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Another slug
    #[arg(long, value_name = "SLUG")]
    new_slug: Option<String>,
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// What becomes of live leases of those who may have none any more
    #[arg(long, value_enum, default_value = "end")]
    leases: LeasesThen,
    #[command(flatten)]
    rules: TypedRules,
}

/// Changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let mut fields = arguments.rules.fields()?;
    let texts = [
        ("slug", arguments.new_slug.clone()),
        ("name", arguments.name.clone()),
        ("description", arguments.description.clone()),
    ];
    set(&mut fields, texts);
    if fields.is_empty() {
        return Err(CliError::Usage("nothing was changed: say what, or name a file with `-f`".to_owned()));
    }
    if let Some(wish) = arguments.leases.wish() {
        fields.insert("leases".to_owned(), wish.into());
    }
    let client = context.client()?;
    let role = find_role(&client, context, &arguments.slug).await?;
    let path = ["api", "v1", "projects", &role.project_id, "roles", &role.id];
    let changed: RoleBody = client.patch(&path, &Value::Object(fields)).await?;
    tell_left(changed.leases_left.as_deref().unwrap_or_default(), context);
    print(&changed, context)
}
