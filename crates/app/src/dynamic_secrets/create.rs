//! Making a dynamic secret: check, test the connection, store.

use mayfly_domain::{
    access::{condition::Place, judge::Where, operation::Operation},
    audit::{DynamicSecretEvent, SecretFacts},
    caller::Caller,
    connection::Route,
    dynamic_secret::{Connection, ConnectionAddress, Credential, DynamicSecret, SecretPlace},
    error::FieldError,
    identity::MetadataEntry,
    ids::{ConnectionId, DynamicSecretId},
    name_template::NameTemplate,
    policy::EnvironmentPolicy,
    renewal::TokenState,
    sensitive::Sensitive,
    slug::DynamicSecretName,
    ttl::Ttl,
};

use mayfly_store::dynamic_secrets::SecretAddress;

use super::{
    SecretPlaceName, SecretView, check,
    test::{tested, tried},
};
use crate::{
    App, AppError,
    cluster_connections::{self, ConnectionTest, attachable},
    error::{OrChanged as _, OrWhen as _},
    gateways, policies,
    projects::find,
};

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
    /// The way to its cluster.
    pub connection: ConnectionSource,
    /// What is given out. What the cluster has to say about it is found out when it is made.
    pub credential: Credential,
    /// How temporary accounts are named.
    pub username_template: Option<NameTemplate>,
    /// Audiences of its tokens.
    pub audiences: Vec<String>,
    /// Free labels.
    pub metadata: Vec<MetadataEntry>,
}

/// The way to the cluster of a new dynamic secret.
#[derive(Clone, Debug)]
pub enum ConnectionSource {
    /// One of its own, which goes with it.
    Own {
        /// Where.
        address: ConnectionAddress,
        /// The token for it.
        cluster_token: Sensitive<String>,
    },
    /// One of the organization.
    Shared(ConnectionId),
}

/// Makes a dynamic secret.
pub async fn create(app: &App, caller: &Caller, new: NewDynamicSecret) -> Result<SecretView, AppError> {
    let place = place(app, caller, &new).await?;
    check_name(app, &place, &new.name).await?;
    let (secret, token) = drawn_up(app, caller, place, new).await?;
    let policy = app.memory.policy(app, secret.place.environment).await?;
    check_all(app, &policy, &secret)?;
    let secret = tested(app, secret, &token).await?;
    // Whether its tokens can be taken back is known only now, where nobody said.
    refuse(policies::faults(&policy, &secret))?;
    let own_token = secret.connection.owner.map(|_| token);
    let event = app.event(
        caller,
        Some(secret.place.project),
        DynamicSecretEvent::CreateDynamicSecret {
            secret: SecretFacts::from(&secret),
            default_ttl: secret.default_ttl.to_string(),
            max_ttl: secret.max_ttl.as_ref().map(Ttl::to_string),
        },
    );
    let stored = app.store.dynamic_secrets().create(&secret, own_token.as_ref(), &event).await;
    let is_there = || AppError::taken("dynamic secret", &secret.name, "name");
    stored.or_when_taken("dynamic_secrets_name", is_there).or_changed("the folder or the cluster connection")?;
    Ok(SecretView { secret, cluster_token: own_token })
}

/// Tests a dynamic secret as it would be made, and makes nothing: whether its name is taken does not matter.
pub async fn test_new(app: &App, caller: &Caller, new: NewDynamicSecret) -> Result<ConnectionTest, AppError> {
    let place = place(app, caller, &new).await?;
    let (secret, token) = drawn_up(app, caller, place, new).await?;
    let policy = app.memory.policy(app, secret.place.environment).await?;
    check_all(app, &policy, &secret)?;
    tried(app, caller, &policy, secret, token).await
}

/// The dynamic secret as it would be stored, and the token for its cluster. The cluster was not asked.
async fn drawn_up(
    app: &App,
    caller: &Caller,
    place: SecretPlace,
    new: NewDynamicSecret,
) -> Result<(DynamicSecret, Sensitive<String>), AppError> {
    let id = DynamicSecretId::generate(&app.ambient);
    let (connection, token) = match new.connection.clone() {
        ConnectionSource::Own { address, cluster_token } => {
            gateways::check_attachable(app, caller, Route::Direct, address.route).await?;
            (own(app, &place, id, address), cluster_token)
        }
        ConnectionSource::Shared(id) => {
            let (connection, target) = attachable(app, caller, &place, id).await?;
            (connection, target.credential)
        }
    };
    Ok((secret(app, (id, place), connection, new), token))
}

fn check_all(app: &App, policy: &EnvironmentPolicy, secret: &DynamicSecret) -> Result<(), AppError> {
    let ends_when = secret.credential.ends_when();
    let mut faults = check::lifetimes(&secret.default_ttl, secret.max_ttl.as_ref(), ends_when, &app.settings);
    faults.extend(check::verification(secret.connection.address.verification(), &app.settings));
    faults.extend(cluster_connections::faults(secret));
    faults.extend(policies::faults(policy, secret));
    refuse(faults)
}

pub(super) fn refuse(faults: Vec<FieldError>) -> Result<(), AppError> {
    if faults.is_empty() { Ok(()) } else { Err(AppError::Fields(faults)) }
}

/// Where it is to be made, if the caller may make it there with its labels.
async fn place(app: &App, caller: &Caller, new: &NewDynamicSecret) -> Result<SecretPlace, AppError> {
    let (operation, name) = (Operation::CreateDynamicSecret, &new.place);
    let (project, proof) = find(app, caller, operation, &name.project).await?;
    let environment = name.environment.find_in(&project)?;
    let metadata = Some(new.metadata.as_slice());
    let here = Place { environment: environment.slug.as_str(), path: name.path.as_str(), metadata };
    app.require(caller, operation, &proof, Where::At(here)).await?;
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

fn own(app: &App, place: &SecretPlace, owner: DynamicSecretId, address: ConnectionAddress) -> Connection {
    let now = app.ambient.now();
    Connection {
        id: ConnectionId::generate(&app.ambient),
        organization: place.organization,
        owner: Some(owner),
        sharing: None,
        version: 1,
        address,
        cluster: None,
        token: TokenState::default(),
        created_at: now,
        updated_at: now,
    }
}

fn secret(
    app: &App,
    (id, place): (DynamicSecretId, SecretPlace),
    connection: Connection,
    new: NewDynamicSecret,
) -> DynamicSecret {
    let now = app.ambient.now();
    DynamicSecret {
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
    }
}
