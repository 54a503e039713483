//! Making a dynamic secret: check, test the connection, store.

use mayfly_cluster::{ClusterError, Deadline, Probe};
use mayfly_domain::{
    access::operation::Operation,
    audit::{Event, SecretFacts},
    caller::Caller,
    connection::Target,
    dynamic_secret::{Connection, ConnectionAddress, Credential, DynamicSecret, SecretPlace},
    error::ErrorClass,
    identity::MetadataEntry,
    ids::{ConnectionId, DynamicSecretId},
    sensitive::Sensitive,
    slug::DynamicSecretName,
    ttl::Ttl,
};

use mayfly_store::dynamic_secrets::SecretAddress;

use super::{SecretPlaceName, SecretView, check};
use crate::{App, AppError, error::OrWhen as _, projects::find};

/// A dynamic secret to be made.
#[derive(Clone, Debug)]
pub struct NewDynamicSecret {
    /// Where.
    pub place: SecretPlaceName,
    /// Its name.
    pub name: DynamicSecretName,
    /// Used when a lease names no lifetime.
    pub default_ttl: Ttl,
    /// The longest lease; `None` means the server's cap.
    pub max_ttl: Option<Ttl>,
    /// The cluster.
    pub address: ConnectionAddress,
    /// The token for it.
    pub cluster_token: Sensitive<String>,
    /// What is given out.
    pub credential: Credential,
    /// Audiences of its tokens.
    pub audiences: Vec<String>,
    /// Free labels.
    pub metadata: Vec<MetadataEntry>,
}

/// Makes a dynamic secret.
pub async fn create(app: &App, caller: &Caller, new: NewDynamicSecret) -> Result<SecretView, AppError> {
    let place = place(app, caller, &new.place).await?;
    check_name(app, &place, &new.name).await?;
    let ends_when = new.credential.ends_when();
    let mut faults = check::lifetimes(&new.default_ttl, new.max_ttl.as_ref(), ends_when, &app.settings);
    faults.extend(check::verification(new.address.verification(), &app.settings));
    if !faults.is_empty() {
        return Err(AppError::Fields(faults));
    }
    let (token, secret) = secret(app, place, new);
    test_connection(app, &secret, &token).await?;
    let event = app.event(
        caller,
        Some(secret.place.project),
        Event::CreateDynamicSecret {
            secret: SecretFacts::from(&secret),
            default_ttl: secret.default_ttl.to_string(),
            max_ttl: secret.max_ttl.as_ref().map(Ttl::to_string),
        },
    );
    let stored = app.store.dynamic_secrets().create(&secret, &token, &event).await;
    stored.or_when_taken("dynamic_secrets_name", || AppError::taken("dynamic secret", &secret.name, "name"))?;
    Ok(SecretView { secret, cluster_token: Some(token) })
}

async fn place(app: &App, caller: &Caller, name: &SecretPlaceName) -> Result<SecretPlace, AppError> {
    let (project, _) = find(app, caller, Operation::CreateDynamicSecret, &name.project).await?;
    let environment = name.environment.find_in(&project)?;
    let folder = app.store.folders().get_by_path(environment.id, &name.path).await?;
    let folder = folder.ok_or_else(|| AppError::not_found("folder", &name.path))?;
    Ok(SecretPlace {
        organization: project.organization,
        project: project.id,
        environment: environment.id,
        environment_slug: environment.slug.clone(),
        folder: folder.id,
        path: folder.path,
    })
}

/// A taken name is told before the cluster is asked anything; the unique index decides when two come at once.
async fn check_name(app: &App, place: &SecretPlace, name: &DynamicSecretName) -> Result<(), AppError> {
    let address = SecretAddress { project: place.project, environment: &place.environment_slug, path: &place.path };
    match app.store.dynamic_secrets().get(&address, name).await? {
        Some(_) => Err(AppError::taken("dynamic secret", name, "name")),
        None => Ok(()),
    }
}

fn secret(app: &App, place: SecretPlace, new: NewDynamicSecret) -> (Sensitive<String>, DynamicSecret) {
    let now = app.ambient.now();
    let id = DynamicSecretId::generate(&app.ambient);
    let connection = Connection {
        id: ConnectionId::generate(&app.ambient),
        organization: place.organization,
        owner: Some(id),
        version: 1,
        address: new.address,
        created_at: now,
        updated_at: now,
    };
    let secret = DynamicSecret {
        id,
        place,
        name: new.name,
        version: 1,
        default_ttl: new.default_ttl,
        max_ttl: new.max_ttl,
        connection,
        credential: new.credential,
        audiences: new.audiences,
        metadata: new.metadata,
        created_at: now,
        updated_at: now,
    };
    (new.cluster_token, secret)
}

/// Asks the cluster whether leases of `secret` could be issued with `token`. Leaves nothing there.
pub(super) async fn test_connection(
    app: &App,
    secret: &DynamicSecret,
    token: &Sensitive<String>,
) -> Result<(), AppError> {
    let account = secret.credential.account();
    let probe = Probe { target: target(&secret.connection, token), account: Some(account.clone()) };
    let deadline = Deadline::after(&app.ambient, app.settings.issue_deadline);
    let report = app.place.probe(probe, deadline).await.map_err(test_failure)?;
    match report.first_problem(Some(&account), app.ambient.now()) {
        Some(problem) => Err(AppError::ConnectionTest { problem: Box::new(problem) }),
        None => Ok(()),
    }
}

/// A server that cannot be reached is told in one way only, whatever stood in the way.
fn test_failure(error: ClusterError) -> AppError {
    match error.class() {
        ErrorClass::Unavailable => AppError::ConnectionUntested(Box::new(error)),
        ErrorClass::Invalid | ErrorClass::Denied | ErrorClass::NotFound | ErrorClass::Conflict | ErrorClass::Bug => {
            error.into()
        }
    }
}

fn target(connection: &Connection, token: &Sensitive<String>) -> Target {
    Target {
        connection: connection.id,
        version: connection.version,
        url: connection.address.url.clone(),
        ca: connection.address.ca_bundle().map(str::to_owned),
        verification: connection.address.verification(),
        credential: token.clone(),
    }
}
