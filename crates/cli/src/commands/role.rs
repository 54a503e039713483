//! `mayfly role`: the roles of a project, and their rules.

mod create;
mod ls;
mod rm;
mod rule;
mod rules;
mod set;
mod show;

use clap::Subcommand;
use mayfly_api::roles::{Role, RoleBody};

use super::project::find_project;
use crate::{client::ApiClient, context::Context, error::CliError};

pub(super) use rule::{line, right};

/// Make, see, change and remove the roles of a project
#[derive(Debug, Subcommand)]
pub(crate) enum RoleCommand {
    /// List the built-in roles and the project's own
    Ls,
    Show(show::ShowArguments),
    Create(create::CreateArguments),
    Set(set::SetArguments),
    Rm(rm::RmArguments),
}

/// What is said of rules wherever they are typed.
const RULES_HELP: &str = "\
A rule is SUBJECT:ACTION[+ACTION…], and where it counts, if not everywhere:
  env=dev|qa         in these environments; env!=prod: in all others
  path=/k8s/**       in these folders; `*` is one part of a path, `**` any number
  label:tier=1       of dynamic secrets with this label
  when={…}           the conditions of the API as JSON, last, for what cannot be said otherwise
The order counts: the last rule that speaks decides.

Subjects and actions:
  dynamic-secrets      lease manage-leases approve-leases, and for their configuration
                       read-root-credential create-root-credential edit-root-credential
                       delete-root-credential
  secret-folders, environments, identity, member, groups, role
                       read create edit delete
  project              read edit delete
  policies             read edit
  cluster-connections  attach
  audit-logs           read";

/// Does it.
pub(crate) async fn run(command: RoleCommand, context: &Context) -> Result<(), CliError> {
    match command {
        RoleCommand::Ls => ls::run(context).await,
        RoleCommand::Show(arguments) => show::run(&arguments, context).await,
        RoleCommand::Create(arguments) => create::run(&arguments, context).await,
        RoleCommand::Set(arguments) => set::run(&arguments, context).await,
        RoleCommand::Rm(arguments) => rm::run(&arguments, context).await,
    }
}

/// A role of the project's own that goes by this slug.
async fn find_role(client: &ApiClient, context: &Context, slug: &str) -> Result<Role, CliError> {
    let project = find_project(client, context.project()?).await?.id;
    let found: RoleBody = client.get(&["api", "v1", "projects", &project, "roles", "slug", slug], &[]).await?;
    Ok(found.role)
}
