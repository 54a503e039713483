//! Making a project.

use mayfly_domain::{
    access::{operation::Operation, role::ProjectRole},
    audit::PlaceEvent,
    caller::Caller,
    ids::{EnvironmentId, FolderId, MembershipId, ProjectId},
    membership::Membership,
    project::{Environment, Folder, Project},
    slug::{DisplayName, ProjectSlug},
};
use mayfly_store::projects::NewProject as StoredProject;

use crate::{App, AppError, bootstrap::slug_for, error::OrWhen as _};

/// A project to be made.
#[derive(Clone, Debug)]
pub struct NewProject {
    /// Name for people.
    pub name: DisplayName,
    /// Made from the name when absent.
    pub slug: Option<ProjectSlug>,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// Whether deleting is refused.
    pub has_delete_protection: bool,
    /// Whether it starts with environments.
    pub environments: DefaultEnvironments,
}

/// Whether a new project starts with environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultEnvironments {
    /// Development, Staging and Production.
    Create,
    /// None.
    Skip,
}

const DEFAULT_ENVIRONMENTS: [(&str, &str); 3] =
    [("Development", "dev"), ("Staging", "staging"), ("Production", "prod")];

/// Makes a project; its maker becomes its admin.
pub async fn create(app: &App, caller: &Caller, new: NewProject) -> Result<Project, AppError> {
    app.authorize(caller, Operation::CreateProject).await?;
    let now = app.ambient.now();
    let id = ProjectId::generate(&app.ambient);
    let slug = match new.slug {
        Some(slug) => slug,
        None => slug_for(app, new.name.as_str())?,
    };
    let environments = match new.environments {
        DefaultEnvironments::Create => default_environments(app, id)?,
        DefaultEnvironments::Skip => Vec::new(),
    };
    let project = Project {
        id,
        organization: App::organization(caller)?,
        name: new.name,
        slug,
        description: new.description,
        has_delete_protection: new.has_delete_protection,
        environments,
        created_at: now,
        updated_at: now,
    };
    store(app, caller, &project).await?;
    Ok(project)
}

async fn store(app: &App, caller: &Caller, project: &Project) -> Result<(), AppError> {
    let root = |environment| Folder::root(FolderId::generate(&app.ambient), environment);
    let roots: Vec<Folder> = project.environments.iter().map(root).collect();
    let membership = caller.principal().map(|principal| Membership {
        id: MembershipId::generate(&app.ambient),
        principal,
        project: project.id,
        roles: vec![ProjectRole::Admin.into()],
        created_at: project.created_at,
        updated_at: project.created_at,
    });
    let made = PlaceEvent::CreateProject {
        project_id: project.id,
        name: project.name.to_string(),
        slug: project.slug.to_string(),
    };
    let new = StoredProject { project, roots: &roots, membership: membership.as_ref() };
    let event = app.event(caller, Some(project.id), made);
    let stored = app.store.projects().create(&new, &app.ambient, &event).await;
    stored.or_when_taken("projects_slug", || AppError::taken("project with slug", &project.slug, "slug"))
}

fn default_environments(app: &App, project: ProjectId) -> Result<Vec<Environment>, AppError> {
    let now = app.ambient.now();
    let made = (1..).zip(DEFAULT_ENVIRONMENTS).map(|(position, (name, slug))| {
        Some(Environment {
            id: EnvironmentId::generate(&app.ambient),
            project,
            name: name.parse().ok()?,
            slug: slug.parse().ok()?,
            position,
            created_at: now,
            updated_at: now,
        })
    });
    made.collect::<Option<Vec<_>>>().ok_or(AppError::Bug("a default environment has no valid name"))
}
