//! Changing a project's own fields.

use mayfly_domain::{
    access::operation::Operation,
    audit::PlaceEvent,
    caller::Caller,
    project::Project,
    slug::{DisplayName, ProjectSlug},
};

use super::{ProjectName, find};
use crate::{
    App, AppError,
    error::{OrChanged as _, OrWhen as _},
};

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ProjectChanges {
    /// Name for people.
    pub name: Option<DisplayName>,
    /// Short name.
    pub slug: Option<ProjectSlug>,
    /// Description.
    pub description: Option<String>,
    /// Whether deleting is refused.
    pub has_delete_protection: Option<bool>,
}

impl ProjectChanges {
    fn names(&self) -> Vec<String> {
        let named = [
            ("name", self.name.is_some()),
            ("slug", self.slug.is_some()),
            ("description", self.description.is_some()),
            ("hasDeleteProtection", self.has_delete_protection.is_some()),
        ];
        named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// Changes a project.
pub async fn update(
    app: &App,
    caller: &Caller,
    name: &ProjectName,
    changes: ProjectChanges,
) -> Result<Project, AppError> {
    let (old, _) = find(app, caller, Operation::UpdateProject, name).await?;
    let (updated_fields, since) = (changes.names(), old.updated_at);
    let project = Project {
        name: changes.name.unwrap_or(old.name),
        slug: changes.slug.unwrap_or(old.slug),
        description: changes.description.or(old.description),
        has_delete_protection: changes.has_delete_protection.unwrap_or(old.has_delete_protection),
        updated_at: app.moment_after(old.updated_at),
        ..old
    };
    let updated = PlaceEvent::UpdateProject { project_id: project.id, updated_fields };
    let event = app.event(caller, Some(project.id), updated);
    let stored = app.store.projects().update(&project, since, &event).await;
    let stored = stored.or_when_taken("projects_slug", || AppError::taken("project with slug", &project.slug, "slug"));
    stored.or_changed("the project")?;
    Ok(project)
}
