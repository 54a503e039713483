//! Making a dynamic secret: check, test the connection, store.

use mayfly_domain::{
    access::operation::Operation,
    audit::{Event, SecretFacts},
    caller::Caller,
    dynamic_secret::{Connection, ConnectionAddress, Credential, DynamicSecret, SecretPlace},
    identity::MetadataEntry,
    ids::{ConnectionId, DynamicSecretId},
    name_template::NameTemplate,
    sensitive::Sensitive,
    slug::DynamicSecretName,
    ttl::Ttl,
};

use mayfly_store::dynamic_secrets::SecretAddress;

use super::{SecretPlaceName, SecretView, check, test::tested};
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
    /// What is given out. What the cluster has to say about it is found out when it is made.
    pub credential: Credential,
    /// How temporary accounts are named.
    pub username_template: Option<NameTemplate>,
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
    let secret = tested(app, secret, &token).await?;
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
        cluster: None,
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
        username_template: new.username_template,
        audiences: new.audiences,
        metadata: new.metadata,
        created_at: now,
        updated_at: now,
    };
    (new.cluster_token, secret)
}
