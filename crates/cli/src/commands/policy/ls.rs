//! `mayfly policy ls`.

use mayfly_api::policies::{EnvironmentPolicy, PolicyBody};
use serde::Serialize;

use super::path_of;
use crate::{commands::project::find_project, context::Context, error::CliError};

/// What one environment asks.
#[derive(Serialize)]
struct Listed {
    /// Its slug.
    environment: String,
    #[serde(flatten)]
    policy: EnvironmentPolicy,
}

#[derive(Serialize)]
struct List {
    policies: Vec<Listed>,
}

/// Lists them in the order of the environments.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let project = find_project(&client, context.project()?).await?;
    let mut policies = Vec::new();
    for environment in project.environments {
        let path = path_of(project.id.clone(), environment.id);
        let found: PolicyBody = client.get(&path.each_ref().map(String::as_str), &[]).await?;
        policies.push(Listed { environment: environment.slug, policy: found.policy });
    }
    let list = List { policies };
    context.console.answer(&list, |console| {
        let columns = ["ENVIRONMENT", "APPROVALS", "REASON", "LONGEST", "ONLY REVOCABLE"];
        console.table(&columns, list.policies.iter().map(row))
    })
}

fn row(listed: &Listed) -> Vec<String> {
    let yes = |is_so: bool| if is_so { "yes" } else { "-" }.to_owned();
    let policy = &listed.policy;
    vec![
        listed.environment.clone(),
        policy.approval.as_ref().map_or_else(|| "-".to_owned(), |rule| rule.approvals.to_string()),
        yes(policy.requires_reason),
        policy.max_ttl.clone().unwrap_or_else(|| "-".to_owned()),
        yes(policy.requires_revocable),
    ]
}
