//! What lies in a folder or environment moves along when that is renamed, and must not come to where the caller may do more
//! with it.

use mayfly_domain::{
    access::{condition::Place, operation::Operation, permission::Subject},
    caller::Caller,
    identity::MetadataEntry,
    project::{Environment, FolderPath},
    slug::EnvironmentSlug,
};

use mayfly_store::moves::Judged;

use crate::{
    App, AppError,
    access::{InProject, place_of},
};

/// A rename of everything in a folder of an environment.
pub(crate) struct Move<'a> {
    /// The environment it is in, as it is called now.
    pub(crate) environment: &'a Environment,
    /// The folder as it is called now.
    pub(crate) from: &'a FolderPath,
    /// The environment's slug afterwards.
    pub(crate) to_environment: &'a EnvironmentSlug,
    /// The folder's path afterwards.
    pub(crate) to: &'a FolderPath,
}

impl<'a> Move<'a> {
    fn place<'p>(&self, path: &'p str, metadata: Option<&'p [MetadataEntry]>) -> Place<'p>
    where
        'a: 'p,
    {
        Place { environment: self.to_environment.as_str(), path, metadata }
    }
}

/// Refuses the move if the caller could do more with anything below than before. Gives back what was judged, which must
/// still be so when it moves.
pub(crate) async fn check_move(
    app: &App,
    caller: &Caller,
    operation: Operation,
    proof: &InProject,
    wanted: Move<'_>,
) -> Result<Judged, AppError> {
    let slug = wanted.environment.slug.clone();
    if wanted.from == wanted.to && slug == *wanted.to_environment {
        return Ok(Judged::at(slug));
    }
    let moved_to = |path: &FolderPath| {
        let below = path.as_str().strip_prefix(wanted.from.as_str()).unwrap_or_default();
        if wanted.from == wanted.to { path.to_string() } else { format!("{}{below}", wanted.to) }
    };
    let secrets = app.store.dynamic_secrets().list_below(wanted.environment.id, wanted.from).await?;
    for secret in &secrets {
        let path = moved_to(&secret.place.path);
        let (old, new) = (place_of(secret), wanted.place(&path, Some(&secret.metadata)));
        app.require_no_gain(caller, operation, proof, (Subject::DynamicSecrets, old, new)).await?;
    }
    let folders = app.store.folders().list_below(wanted.environment.id, wanted.from).await?;
    let below = folders.iter().map(|folder| &folder.path);
    for folder in std::iter::once(wanted.from).chain(below) {
        let path = moved_to(folder);
        let old = Place { environment: slug.as_str(), path: folder.as_str(), metadata: None };
        let new = wanted.place(&path, None);
        app.require_no_gain(caller, operation, proof, (Subject::SecretFolders, old, new)).await?;
    }
    Ok(Judged::within(slug, &folders, &secrets))
}
