//! Removing a project with all that is in it.

use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::Caller,
    lease::Lease,
    project::{FolderPath, Project},
};

use super::{ProjectName, find};
use crate::{
    App, AppError,
    dynamic_secrets::{leases_left, removals_below},
    error::OrChanged as _,
    policies::check_removal,
};

/// Removes a project, its environments, folders and dynamic secrets; their leases end, and those that
/// cannot be taken back are closed.
pub async fn delete(app: &App, caller: &Caller, name: &ProjectName) -> Result<(Project, Vec<Lease>), AppError> {
    let (project, proof) = find(app, caller, Operation::DeleteProject, name).await?;
    app.check_not_held()?;
    if project.has_delete_protection {
        return Err(AppError::Protected { what: "the project" });
    }
    let mut removals = Vec::new();
    for environment in &project.environments {
        removals.extend(removals_below(app, caller, &proof, environment.id, &FolderPath::root()).await?);
    }
    check_removal(app, &project.environments).await?;
    let deleted =
        Event::DeleteProject { project_id: project.id, name: project.name.to_string(), slug: project.slug.to_string() };
    let event = app.event(caller, Some(project.id), deleted);
    app.store.projects().delete(&project, &removals, &event).await.or_changed("the project")?;
    Ok((project, leases_left(app, &removals).await?))
}
