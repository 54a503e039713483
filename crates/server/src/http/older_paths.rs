//! Older paths of the same operations: the same handlers at another address, described beside the newer ones.

use utoipa::openapi::{
    RefOr,
    path::{Operation, PathItem},
};
use utoipa_axum::router::UtoipaMethodRouter;

use super::Shared;

/// The same routes also at `path`, whose parameters stand in the same order.
pub(super) fn also_at(
    path: &str,
    (schemas, mut paths, router): UtoipaMethodRouter<Shared>,
) -> UtoipaMethodRouter<Shared> {
    let newer: Vec<(String, PathItem)> = paths.paths.iter().map(|(at, item)| (at.clone(), item.clone())).collect();
    for (at, item) in newer {
        paths.paths.insert(path.to_owned(), renamed(item, &parameters(&at), &parameters(path)));
    }
    (schemas, paths, router)
}

/// Operation ids are unique in a description, and older paths stand under a heading of their own.
fn renamed(mut item: PathItem, newer: &[&str], older: &[&str]) -> PathItem {
    let operations = [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete];
    for operation in operations.into_iter().flatten() {
        operation.operation_id = operation.operation_id.take().map(|id| format!("{id}Older"));
        operation.tags =
            operation.tags.take().map(|tags| tags.iter().map(|tag| format!("{tag} (older paths)")).collect());
        rename_parameters(operation, newer, older);
    }
    item
}

fn rename_parameters(operation: &mut Operation, newer: &[&str], older: &[&str]) {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let position = newer.iter().position(|name| *name == parameter.name);
        if let Some(name) = position.and_then(|position| older.get(position)) {
            (*name).clone_into(&mut parameter.name);
        }
    }
}

/// The names between braces, in their order.
fn parameters(path: &str) -> Vec<&str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}
