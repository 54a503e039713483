//! Making a cluster connection: check, look whether it leads anywhere, store.

use jiff::Timestamp;
use mayfly_cluster::{Probe, token_account, token_expiry};
use mayfly_domain::{
    access::operation::Operation,
    audit::ClusterEvent,
    caller::Caller,
    connection::Route,
    dynamic_secret::{Connection, ConnectionAddress},
    ids::ConnectionId,
    renewal::TokenState,
    sensitive::Sensitive,
    shared_connection::Sharing,
    slug::TokenFileName,
};

use super::{check_verification, probe};
use crate::{App, AppError, dynamic_secrets::test_failure, error::OrWhen as _, gateways};

/// A connection to be made.
#[derive(Clone, Debug)]
pub struct NewConnection {
    /// Its name, who may use it, and for what.
    pub sharing: Sharing,
    /// The cluster.
    pub address: ConnectionAddress,
    /// With what to speak to it.
    pub credential: GivenCredential,
    /// Whether its token is exchanged for fresh ones; one that ends is, unless this says otherwise.
    pub renews_token: Option<bool>,
}

/// With what Mayfly speaks to a cluster, as it is given.
#[derive(Clone, Debug)]
pub enum GivenCredential {
    /// A token, which is stored.
    Token(Sensitive<String>),
    /// A file of the server's settings, from which the token is read each time.
    File(TokenFileName),
    /// None: a gateway does the work with its own account.
    OfGateway,
}

impl GivenCredential {
    /// What is stored of it: the file's name with the address, and the token.
    pub(super) fn stored(self) -> (Option<TokenFileName>, Sensitive<String>) {
        match self {
            Self::Token(token) => (None, token),
            Self::File(name) => (Some(name), Sensitive::from("")),
            Self::OfGateway => (None, Sensitive::from("")),
        }
    }
}

/// Makes a connection of the organization.
pub async fn create(app: &App, caller: &Caller, new: NewConnection) -> Result<Connection, AppError> {
    app.authorize(caller, Operation::CreateClusterConnection).await?;
    let (connection, token) = drawn_up(app, caller, new).await?;
    let connection = reached(app, connection, &token).await?;
    let (name, url) = (name_of(&connection), connection.address.url.to_string());
    let made = ClusterEvent::CreateClusterConnection { connection_id: connection.id, name: name.clone(), url };
    let event = app.event(caller, None, made);
    let stored = app.store.connections().create(&connection, &token, &event).await;
    stored.or_when_taken("connections_name", || AppError::taken("cluster connection", &name, "name"))?;
    Ok(connection)
}

/// The connection as it would be stored, and its token. The cluster was not asked.
pub(super) async fn drawn_up(
    app: &App,
    caller: &Caller,
    new: NewConnection,
) -> Result<(Connection, Sensitive<String>), AppError> {
    gateways::check_attachable(app, caller, Route::Direct, new.address.route).await?;
    let now = app.ambient.now();
    let state = token_state(&new.credential, new.renews_token, now)?;
    let (token_file, token) = new.credential.stored();
    let connection = Connection {
        id: ConnectionId::generate(&app.ambient),
        organization: App::organization(caller)?,
        owner: None,
        sharing: Some(new.sharing),
        version: 1,
        address: ConnectionAddress { token_file, ..new.address },
        cluster: None,
        token: state,
        created_at: now,
        updated_at: now,
    };
    check_verification(app, &connection)?;
    Ok((connection, token))
}

/// What is known of a token that is given, and whether it is renewed: by wish, or where it ends and can be.
pub(super) fn token_state(given: &GivenCredential, wish: Option<bool>, now: Timestamp) -> Result<TokenState, AppError> {
    let (expires_at, can_renew) = match given {
        GivenCredential::Token(token) => (token_expiry(token.expose()), token_account(token.expose()).is_some()),
        GivenCredential::File(_) | GivenCredential::OfGateway => (None, false),
    };
    if wish == Some(true) && !can_renew {
        let message = "must not be true: only a stored token of a service account can be exchanged for a fresh one";
        return Err(AppError::field(&["renewsToken"], "invalid_value", message));
    }
    let state = TokenState::given(expires_at, wish.unwrap_or(can_renew && expires_at.is_some()), now);
    // Who asks for it sees at once whether it works.
    Ok(if wish == Some(true) { TokenState { renew_at: Some(now), ..state } } else { state })
}

/// Its name for people; private ones have none.
pub(super) fn name_of(connection: &Connection) -> String {
    connection.sharing.as_ref().map(|sharing| sharing.name.to_string()).unwrap_or_default()
}

/// `connection` with the cluster that is there, if `token` is good for it.
pub(super) async fn reached(
    app: &App,
    connection: Connection,
    token: &Sensitive<String>,
) -> Result<Connection, AppError> {
    let wanted = Probe { target: connection.target(token.clone()), samples: Vec::new(), cluster_role: None };
    let report = probe(app, wanted).await.map_err(test_failure)?;
    match report.first_problem(None, app.ambient.now()) {
        Some(problem) => Err(AppError::ConnectionTest { problem: Box::new(problem) }),
        None => Ok(Connection { cluster: Some(report.cluster), ..connection }),
    }
}
