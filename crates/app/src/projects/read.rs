//! Finding projects, by id or by slug.

use std::fmt;

use mayfly_domain::{
    access::operation::Operation, caller::Caller, ids::ProjectId, project::Project, slug::ProjectSlug,
};

use crate::{App, AppError, access::InProject};

/// How a caller names a project.
#[derive(Clone, Debug)]
pub enum ProjectName {
    /// By its id.
    Id(ProjectId),
    /// By its slug.
    Slug(ProjectSlug),
    /// By something that is neither, and so finds nothing.
    Unknown(String),
}

impl ProjectName {
    /// Reads an id.
    pub fn id(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Unknown(text.to_owned()), Self::Id)
    }

    /// Reads a slug.
    pub fn slug(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Unknown(text.to_owned()), Self::Slug)
    }
}

impl fmt::Display for ProjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(formatter),
            Self::Slug(slug) => slug.fmt(formatter),
            Self::Unknown(text) => formatter.write_str(text),
        }
    }
}

/// A project the caller may see.
pub async fn get(app: &App, caller: &Caller, name: &ProjectName) -> Result<Project, AppError> {
    find(app, caller, Operation::GetProject, name).await.map(|(project, _)| project)
}

/// The projects the caller is a member of, by name.
pub async fn list(app: &App, caller: &Caller) -> Result<Vec<Project>, AppError> {
    app.authorize(caller, Operation::ListProjects).await?;
    match caller.identity() {
        Some(identity) => Ok(app.store.projects().list_of_identity(App::organization(caller)?, identity).await?),
        None => Ok(Vec::new()),
    }
}

/// A project in which the caller may do `operation`.
pub(crate) async fn find(
    app: &App,
    caller: &Caller,
    operation: Operation,
    name: &ProjectName,
) -> Result<(Project, InProject), AppError> {
    let proof = find_id(app, caller, operation, name).await?;
    let project = app.store.projects().get(App::organization(caller)?, proof.project).await?;
    Ok((project.ok_or_else(|| AppError::not_found("project", &name))?, proof))
}

/// The same, without reading the project itself.
pub(crate) async fn find_id(
    app: &App,
    caller: &Caller,
    operation: Operation,
    name: &ProjectName,
) -> Result<InProject, AppError> {
    // Whoever is not signed in must not learn which projects there are.
    let organization = App::organization(caller)?;
    let id = match name {
        ProjectName::Id(id) => Some(*id),
        ProjectName::Slug(slug) => app.store.projects().id_by_slug(organization, slug).await?,
        ProjectName::Unknown(_) => None,
    };
    let id = id.ok_or_else(|| AppError::not_found("project", &name))?;
    app.authorize_in(caller, operation, id, || AppError::not_found("project", &name)).await
}
