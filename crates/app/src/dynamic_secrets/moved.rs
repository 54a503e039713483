//! What lies in a folder or environment moves along when that is renamed, and must not come to where the caller may do more
//! with it.

use mayfly_domain::{
    access::{condition::Place, operation::Operation},
    caller::Caller,
    ids::EnvironmentId,
    project::FolderPath,
};

use crate::{
    App, AppError,
    access::{InProject, place_of},
};

/// A rename of everything in a folder of an environment.
pub(crate) struct Move<'a> {
    /// The environment it is in.
    pub(crate) environment: EnvironmentId,
    /// The folder as it is called now.
    pub(crate) from: &'a FolderPath,
    /// The environment's slug afterwards.
    pub(crate) to_environment: &'a str,
    /// The folder's path afterwards.
    pub(crate) to: &'a FolderPath,
}

/// Refuses the move if the caller could do more with anything below than before.
pub(crate) async fn check_move(
    app: &App,
    caller: &Caller,
    operation: Operation,
    proof: &InProject,
    wanted: Move<'_>,
) -> Result<(), AppError> {
    for secret in app.store.dynamic_secrets().list_below(wanted.environment, wanted.from).await? {
        let path = secret.place.path.as_str();
        let below = path.strip_prefix(wanted.from.as_str()).unwrap_or_default();
        let path = if wanted.from == wanted.to { path.to_owned() } else { format!("{}{below}", wanted.to) };
        let moved = Place { environment: wanted.to_environment, path: &path, ..place_of(&secret) };
        app.require_no_gain(caller, operation, proof, (place_of(&secret), moved)).await?;
    }
    Ok(())
}
