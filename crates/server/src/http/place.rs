//! Where things are, as requests write it: project, environment, folder.

use mayfly_app::{dynamic_secrets::SecretPlaceName, environments::EnvironmentName, projects::ProjectName};
use mayfly_domain::project::FolderPath;
use serde_json::{Map, Value};

use super::form::{Field, Form};

/// `projectSlug`, `environmentSlug` and `path`.
pub(super) fn secret_place(form: &Form<'_>) -> Option<SecretPlaceName> {
    let project = project(form);
    let environment = form.required_with("environmentSlug", |text| not_empty(text).map(EnvironmentName::slug));
    let path = path(form, "path");
    Some(SecretPlaceName { project: project?, environment: environment?, path: path? })
}

/// The same in a query, where one client says `secretPath` for `path`.
pub(super) fn secret_place_in_query(form: &Form<'_>) -> Option<SecretPlaceName> {
    let named = if form.has("path") { "path" } else { "secretPath" };
    let project = project(form);
    let environment = form.required_with("environmentSlug", |text| not_empty(text).map(EnvironmentName::slug));
    let path = path(form, named);
    Some(SecretPlaceName { project: project?, environment: environment?, path: path? })
}

/// A folder path, the root when absent.
pub(super) fn path(form: &Form<'_>, name: &str) -> Option<FolderPath> {
    let given = form.optional_with(name, |text| FolderPath::parse(text).map_err(|invalid| invalid.to_string()));
    given.map(|path| path.unwrap_or_else(FolderPath::root))
}

/// The project that is meant, by its slug.
pub(super) fn project(form: &Form<'_>) -> Field<ProjectName> {
    form.required_with("projectSlug", |text| not_empty(text).map(ProjectName::slug))
}

/// A text with something in it.
pub(super) fn not_empty(text: &str) -> Result<&str, String> {
    if text.is_empty() { Err("must not be empty".to_owned()) } else { Ok(text) }
}

/// The parameters of a query as a form reads them. Of one that is given twice, the last counts.
pub(super) fn query_fields(query: Option<&str>) -> Map<String, Value> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri(query)).map(|query| query.0);
    pairs.unwrap_or_default().into_iter().map(|(name, value)| (name, Value::String(value))).collect()
}

fn uri(query: Option<&str>) -> http::Uri {
    let text = format!("/?{}", query.unwrap_or_default());
    text.parse().unwrap_or_else(|_| http::Uri::from_static("/"))
}
