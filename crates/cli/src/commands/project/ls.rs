//! `mayfly project ls`.

use mayfly_api::projects::{Project, ProjectList};

use crate::{console::Format, context::Context, error::CliError};

/// Lists them.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let list: ProjectList = context.client()?.get(&["api", "v1", "projects"], &[]).await?;
    match context.console.format {
        Format::Json => context.console.document(&list),
        Format::Text | Format::Token | Format::Env if list.projects.is_empty() => {
            context.console.say("no projects: `mayfly project create NAME` makes one");
            Ok(())
        }
        Format::Text | Format::Token | Format::Env => {
            context.console.table(&["SLUG", "NAME", "ENVIRONMENTS", "ID"], list.projects.iter().map(row))
        }
    }
}

fn row(project: &Project) -> Vec<String> {
    let environments: Vec<_> = project.environments.iter().map(|environment| environment.slug.as_str()).collect();
    vec![project.slug.clone(), project.name.clone(), environments.join(" "), project.id.clone()]
}
