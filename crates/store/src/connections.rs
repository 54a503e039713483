//! Cluster connections and their sealed credentials.
//!
//! The credential is bound to where it may go: address, CA and verification are part of what seals it, so a row whose
//! address was changed behind our back opens to nothing.

use mayfly_domain::{
    connection::Target,
    dynamic_secret::{Connection, ConnectionAddress},
    ids::{ConnectionId, ProjectId},
    sensitive::Sensitive,
};

use crate::{
    Store, StoreError,
    sealed::{Place, Scope},
    sql::statements,
    transaction::Step,
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO connections
        (id, organization_id, project_id, owner_id, version, address, sealed_credential, created_at, updated_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

    UPDATE = "UPDATE connections SET version = version + 1, address = ?3, sealed_credential = ?4, updated_at = ?5
        WHERE id = ?1 AND version = ?2";

    DELETE = "DELETE FROM connections WHERE id = ?1";
}

/// The step that writes a new private connection of a project.
pub(crate) async fn insert(
    store: &Store,
    project: ProjectId,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<Step, StoreError> {
    let sealed = seal(store, Scope::Project(project), connection, credential).await?;
    let values = values![
        connection.id,
        connection.organization,
        project,
        connection.owner,
        connection.version,
        Value::json(&connection.address),
        sealed,
        connection.created_at,
        connection.updated_at,
    ];
    Ok(Step::new(&INSERT, values))
}

/// The step that gives a private connection of a project another address and credential.
pub(crate) async fn update(
    store: &Store,
    project: ProjectId,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<Step, StoreError> {
    let sealed = seal(store, Scope::Project(project), connection, credential).await?;
    let values =
        values![connection.id, connection.version, Value::json(&connection.address), sealed, connection.updated_at];
    Ok(Step::new(&UPDATE, values).expecting_one("the connection was not changed by somebody else meanwhile"))
}

/// The step that removes a connection.
pub(crate) fn delete(id: ConnectionId) -> Step {
    Step::new(&DELETE, values![id])
}

/// Whose key seals the credential of a connection.
pub(crate) fn scope(project: Option<ProjectId>) -> Scope {
    project.map_or(Scope::Organization, Scope::Project)
}

/// What is needed to speak to the API server, credential included.
pub(crate) async fn target(
    store: &Store,
    connection: &Connection,
    scope: Scope,
    sealed: &[u8],
) -> Result<Target, StoreError> {
    let place = place(connection, scope);
    let opened = store.unseal(&place, sealed).await?;
    let credential = std::str::from_utf8(opened.expose()).map_err(|_| place.refused("is not text"))?;
    let ConnectionAddress { url, .. } = &connection.address;
    Ok(Target {
        connection: connection.id,
        version: connection.version,
        url: url.clone(),
        ca: connection.address.ca_bundle().map(str::to_owned),
        verification: connection.address.verification(),
        credential: Sensitive::from(credential),
    })
}

async fn seal(
    store: &Store,
    scope: Scope,
    connection: &Connection,
    credential: &Sensitive<String>,
) -> Result<Vec<u8>, StoreError> {
    store.seal(&place(connection, scope), credential.expose().as_bytes()).await
}

fn place(connection: &Connection, scope: Scope) -> Place {
    let address = &connection.address;
    let bound_to = Target::bind_text(&address.url, address.ca_bundle(), address.verification());
    Place::new("connections", "sealed_credential", connection.id, scope).bound_to(bound_to)
}
