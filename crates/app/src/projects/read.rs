//! Finding projects, by id or by slug.

use std::fmt;

use mayfly_domain::{
    access::operation::Operation, caller::Caller, ids::ProjectId, project::Project, slug::ProjectSlug,
};

use crate::{App, AppError, access::InProject, secret_text::digest_of};

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
    match caller.principal() {
        Some(principal) => Ok(app.store.projects().list_of_principal(App::organization(caller)?, principal).await?),
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
    let absent = || AppError::not_found("project", &name);
    let (id, is_there) = match name {
        ProjectName::Id(id) => (*id, true),
        ProjectName::Slug(slug) => match app.store.projects().id_by_slug(organization, slug).await? {
            Some(id) => (id, true),
            None => (nowhere(slug)?, false),
        },
        ProjectName::Unknown(_) => return Err(absent()),
    };
    // Nor may a stranger learn it from how much is done: what is absent is asked for, and refused, like the rest.
    let proof = app.authorize_in(caller, operation, id, absent).await?;
    if is_there { Ok(proof) } else { Err(absent()) }
}

/// The id under which a slug that no project has is looked for: always the same one, so that it is remembered like any
/// other, and never a project's, whose ids are of version 7 (RFC 9562 sections 5.7 and 5.8).
fn nowhere(slug: &ProjectSlug) -> Result<ProjectId, AppError> {
    let digest = digest_of(slug.as_str());
    let number = u128::from_be_bytes(digest.first_chunk().copied().unwrap_or_default());
    let digits = format!("{number:032x}");
    let part = |range| digits.get(range).unwrap_or_default();
    let id = format!("{}-{}-8{}-8{}-{}", part(0..8), part(8..12), part(13..16), part(17..20), part(20..32));
    id.parse().map_err(|_| AppError::Bug("a digest makes no id"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_that_no_project_has_is_looked_for_under_one_id_of_its_own() {
        let id = |slug: &str| nowhere(&slug.parse().unwrap()).unwrap().to_string();
        assert_eq!(id("nothing-here"), id("nothing-here"));
        assert_ne!(id("nothing-here"), id("nothing-there"));
        assert_eq!(id("nothing-here").get(14..15), Some("8"), "the version");
    }
}
