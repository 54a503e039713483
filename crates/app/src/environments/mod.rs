//! Environments of a project: make, see, change, remove.

use crate::{
    App, AppError,
    dynamic_secrets::{Move, check_move, leases_left, removals_below},
    error::{OrChanged as _, OrWhen as _},
    policies::check_removal,
    projects::{ProjectName, find},
};
use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::Caller,
    ids::{EnvironmentId, FolderId},
    lease::Lease,
    project::{Environment, Folder, FolderPath, Project},
    slug::{DisplayName, EnvironmentSlug},
};

/// An environment to be made.
#[derive(Clone, Debug)]
pub struct NewEnvironment {
    /// Name for people.
    pub name: DisplayName,
    /// Short name, unique in the project.
    pub slug: EnvironmentSlug,
    /// Place in the list, from 1; the end when absent.
    pub position: Option<i64>,
}

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentChanges {
    /// Name for people.
    pub name: Option<DisplayName>,
    /// Short name.
    pub slug: Option<EnvironmentSlug>,
    /// Place in the list, from 1.
    pub position: Option<i64>,
}

impl EnvironmentChanges {
    fn names(&self) -> Vec<String> {
        let named =
            [("name", self.name.is_some()), ("slug", self.slug.is_some()), ("position", self.position.is_some())];
        named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// How a caller names an environment of a project they named.
#[derive(Clone, Debug)]
pub enum EnvironmentName {
    /// By its id.
    Id(EnvironmentId),
    /// By its slug.
    Slug(EnvironmentSlug),
    /// By something that is neither, and so finds nothing.
    Unknown(String),
}

impl EnvironmentName {
    /// Reads an id.
    pub fn id(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Unknown(text.to_owned()), Self::Id)
    }

    /// Reads a slug.
    pub fn slug(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Unknown(text.to_owned()), Self::Slug)
    }

    /// The one it names among a project's environments.
    pub(crate) fn find_in<'project>(&self, project: &'project Project) -> Result<&'project Environment, AppError> {
        let found = project.environments.iter().find(|environment| match self {
            Self::Id(id) => environment.id == *id,
            Self::Slug(slug) => environment.slug == *slug,
            Self::Unknown(_) => false,
        });
        found.ok_or_else(|| match self {
            Self::Id(id) => AppError::not_found("environment", &id),
            Self::Slug(slug) => AppError::not_found("environment", &slug),
            Self::Unknown(text) => AppError::not_found("environment", &text),
        })
    }
}

/// Makes an environment.
pub async fn create(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    new: NewEnvironment,
) -> Result<Environment, AppError> {
    let (project, _) = find(app, caller, Operation::CreateEnvironment, project).await?;
    let now = app.ambient.now();
    let end = project.environments.last().map_or(1, |last| last.position + 1);
    let environment = Environment {
        id: EnvironmentId::generate(&app.ambient),
        project: project.id,
        name: new.name,
        slug: new.slug,
        position: new.position.unwrap_or(end),
        created_at: now,
        updated_at: now,
    };
    let root = Folder::root(FolderId::generate(&app.ambient), &environment);
    let made = Event::CreateEnvironment {
        project_id: project.id,
        env_id: environment.id,
        name: environment.name.to_string(),
        slug: environment.slug.to_string(),
    };
    let event = app.event(caller, Some(project.id), made);
    let stored = app.store.environments().create(&environment, &root, &event).await;
    stored
        .or_when_taken("environments_slug", || AppError::taken("environment with slug", &environment.slug, "slug"))?;
    Ok(environment)
}

/// One of a project's environments.
pub async fn get(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    name: &EnvironmentName,
) -> Result<Environment, AppError> {
    let (project, _) = find(app, caller, Operation::GetEnvironment, project).await?;
    name.find_in(&project).cloned()
}

/// One of the organization's environments, by id alone.
pub async fn get_by_id(app: &App, caller: &Caller, id: EnvironmentId) -> Result<Environment, AppError> {
    let missing = || AppError::not_found("environment", &id);
    let environment = app.store.environments().get(App::organization(caller)?, id).await?.ok_or_else(missing)?;
    app.authorize_in(caller, Operation::GetEnvironment, environment.project, missing).await?;
    Ok(environment)
}

/// Changes an environment.
pub async fn update(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    name: &EnvironmentName,
    changes: EnvironmentChanges,
) -> Result<Environment, AppError> {
    let (project, proof) = find(app, caller, Operation::UpdateEnvironment, project).await?;
    let old = name.find_in(&project)?.clone();
    let updated_fields = changes.names();
    let environment = Environment {
        name: changes.name.unwrap_or_else(|| old.name.clone()),
        slug: changes.slug.unwrap_or_else(|| old.slug.clone()),
        position: changes.position.unwrap_or(old.position),
        updated_at: app.moment_after(old.updated_at),
        ..old.clone()
    };
    if environment.slug != old.slug {
        let root = FolderPath::root();
        let wanted = Move {
            environment: old.id,
            environment_slug: old.slug.as_str(),
            from: &root,
            to_environment: environment.slug.as_str(),
            to: &root,
        };
        check_move(app, caller, Operation::UpdateEnvironment, &proof, wanted).await?;
    }
    let updated = Event::UpdateEnvironment { project_id: project.id, env_id: environment.id, updated_fields };
    let event = app.event(caller, Some(project.id), updated);
    let stored = app.store.environments().update(&environment, &old, &event).await;
    let taken = || AppError::taken("environment with slug", &environment.slug, "slug");
    stored.or_when_taken("environments_slug", taken).or_changed("the environment")?;
    Ok(environment)
}

/// Removes an environment with all that is in it; leases of its dynamic secrets end, and those that cannot be taken back are
/// closed.
pub async fn delete(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    name: &EnvironmentName,
) -> Result<(Environment, Vec<Lease>), AppError> {
    let (project, proof) = find(app, caller, Operation::DeleteEnvironment, project).await?;
    app.check_not_held()?;
    let environment = name.find_in(&project)?.clone();
    let removals = removals_below(app, caller, &proof, environment.id, &FolderPath::root()).await?;
    check_removal(app, std::slice::from_ref(&environment)).await?;
    let deleted = Event::DeleteEnvironment {
        project_id: project.id,
        env_id: environment.id,
        name: environment.name.to_string(),
        slug: environment.slug.to_string(),
    };
    let event = app.event(caller, Some(project.id), deleted);
    app.store.environments().delete(environment.id, &removals, &event).await.or_changed("the environment")?;
    Ok((environment, leases_left(app, &removals).await?))
}
