//! Changing a cluster connection. A new address or credential is tried first, then swapped; running leases keep theirs.

use mayfly_domain::{
    access::operation::Operation,
    audit::ClusterEvent,
    caller::Caller,
    connection::{AuthMethod, ClusterUrl, Route, RouteChange, Verification},
    dynamic_secret::{Connection, ConnectionAddress},
    ids::ConnectionId,
    renewal::TokenState,
    sensitive::Sensitive,
    shared_connection::{ConnectionLimits, SharedWith, Sharing},
    slug::{DisplayName, TokenFileName},
};

use super::{
    check_not_private, check_verification,
    create::{GivenCredential, name_of, reached, token_state},
    read::find,
};
use crate::{
    App, AppError, approvals,
    error::{OrChanged as _, OrWhen as _, field},
    gateways::{self, NewWay},
};

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct ConnectionChanges {
    /// Its name.
    pub name: Option<DisplayName>,
    /// Whose account does the work, and by which way.
    pub route: RouteChange,
    /// The API server.
    pub url: Option<ClusterUrl>,
    /// PEM certificates; `Some(None)` takes them away.
    pub ca: Option<Option<String>>,
    /// Whether the API server's certificate is checked.
    pub verification: Option<Verification>,
    /// A new token for the cluster, or the file it is in.
    pub credential: Option<GivenCredential>,
    /// Whether its token is exchanged for fresh ones.
    pub renews_token: Option<bool>,
    /// Where clients find the API server; `Some(None)` takes it away.
    pub client_url: Option<Option<ClusterUrl>>,
    /// Its CA for clients; `Some(None)` takes it away.
    pub client_ca: Option<Option<String>>,
    /// Who may use it.
    pub projects: Option<SharedWith>,
    /// For what; all limits at once.
    pub limits: Option<ConnectionLimits>,
}

impl ConnectionChanges {
    fn names(&self) -> Vec<String> {
        let named = [
            ("name", self.name.is_some()),
            ("authMethod", self.route.method.is_some()),
            ("gatewayId", self.route.via.is_some()),
            ("url", self.url.is_some()),
            ("ca", self.ca.is_some()),
            ("verification", self.verification.is_some()),
            ("clusterToken", matches!(self.credential, Some(GivenCredential::Token(_)))),
            ("clusterTokenFile", matches!(self.credential, Some(GivenCredential::File(_)))),
            ("renewsToken", self.renews_token.is_some()),
            ("clientUrl", self.client_url.is_some()),
            ("clientCa", self.client_ca.is_some()),
            ("projectIds", self.projects.is_some()),
            ("limits", self.limits.is_some()),
        ];
        named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// Changes a connection of the organization. A new address, CA, verification or way must bring the cluster
/// token again.
pub async fn update(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    changes: ConnectionChanges,
) -> Result<Connection, AppError> {
    let old = find(app, caller, Operation::UpdateClusterConnection, id).await?;
    check_not_private(&old)?;
    let updated_fields = changes.names();
    let route = checked_route(old.address.route, &changes)?;
    gateways::check_attachable(app, caller, old.address.route, route).await?;
    let changes = if route.drops_credential(old.address.route) {
        ConnectionChanges { credential: Some(GivenCredential::OfGateway), ..changes }
    } else {
        changes
    };
    let state = new_token_state(app, &old, &changes)?;
    let (token_file, token) = match changes.credential.clone().map(GivenCredential::stored) {
        Some((file, token)) => (file, Some(token)),
        None => (old.address.token_file.clone(), None),
    };
    let connection = Connection { token: state, ..changed(app, &old, (route, token_file), changes) };
    check_verification(app, &connection)?;
    check_token(&old, &connection, token.as_ref())?;
    approvals::check_connection(app, caller, &old, &connection).await?;
    let connection = match &token {
        Some(token) => reached(app, connection, token).await?,
        None => connection,
    };
    let version = connection.version + i64::from(token.is_some());
    let name = name_of(&connection);
    let updated =
        ClusterEvent::UpdateClusterConnection { connection_id: id, name: name.clone(), updated_fields, version };
    let event = app.event(caller, None, updated);
    let stored = app.store.connections().update(&connection, old.updated_at, token.as_ref(), &event).await;
    let stored = stored.or_when_taken("connections_name", || AppError::taken("cluster connection", &name, "name"));
    stored.or_changed("the cluster connection")?;
    Ok(Connection { version, ..connection })
}

/// A new token is renewed as the old one was, unless something else is said.
fn new_token_state(app: &App, old: &Connection, changes: &ConnectionChanges) -> Result<TokenState, AppError> {
    let now = app.ambient.now();
    match (&changes.credential, changes.renews_token) {
        (Some(given), wish) => {
            let as_before = old.token.renew_at.is_some() && matches!(given, GivenCredential::Token(_));
            let state = token_state(given, wish, now)?;
            let is_renewed = wish.is_none() && as_before && state.renew_at.is_none();
            Ok(if is_renewed { TokenState::given(state.expires_at, true, now) } else { state })
        }
        (None, None) => Ok(old.token.clone()),
        (None, Some(false)) => Ok(TokenState { renew_at: None, problem: None, ..old.token.clone() }),
        (None, Some(true)) => match &old.address.token_file {
            Some(name) => token_state(&GivenCredential::File(name.clone()), Some(true), now),
            None => Ok(TokenState { renew_at: Some(now), ..old.token.clone() }),
        },
    }
}

/// The way after the change, where the fields that are sent go together.
fn checked_route(old: Route, changes: &ConnectionChanges) -> Result<Route, AppError> {
    let of_gateway = [
        ("url", changes.url.is_some()),
        ("ca", changes.ca.is_some()),
        ("verification", changes.verification.is_some()),
        ("clusterToken", matches!(changes.credential, Some(GivenCredential::Token(_)))),
        ("clusterTokenFile", matches!(changes.credential, Some(GivenCredential::File(_)))),
        ("renewsToken", changes.renews_token == Some(true)),
    ];
    let way = NewWay::after(changes.route, old, &of_gateway);
    let way = way.map_err(|none| AppError::field(&["gatewayId"], "required", none.to_string()))?;
    let faults: Vec<_> = way.faults.into_iter().map(|(name, code, message)| field(&[name], code, message)).collect();
    if faults.is_empty() { Ok(way.route) } else { Err(AppError::Fields(faults)) }
}

fn changed(
    app: &App,
    old: &Connection,
    (route, token_file): (Route, Option<TokenFileName>),
    changes: ConnectionChanges,
) -> Connection {
    let address = &old.address;
    let ca = changes.ca.unwrap_or_else(|| address.ca.clone());
    let verification = changes.verification.unwrap_or_else(|| address.verification());
    let sharing = old.sharing.clone().map(|old| {
        let mut clients = old.clients;
        clients.url = changes.client_url.unwrap_or(clients.url);
        clients.ca = changes.client_ca.unwrap_or(clients.ca);
        Sharing {
            name: changes.name.unwrap_or(old.name),
            projects: changes.projects.unwrap_or(old.projects),
            limits: changes.limits.unwrap_or(old.limits),
            clients,
        }
    });
    let address = if route.method() == AuthMethod::Gateway {
        ConnectionAddress::of_gateway(route)
    } else {
        ConnectionAddress {
            url: changes.url.unwrap_or_else(|| address.url.clone()),
            ssl_enabled: ca.is_some(),
            ssl_reject_unauthorized: verification == Verification::Full,
            ca,
            token_file,
            route,
        }
    };
    Connection { address, sharing, updated_at: app.moment_after(old.updated_at), ..old.clone() }
}

/// A stored token only goes where it was given for.
fn check_token(old: &Connection, new: &Connection, token: Option<&Sensitive<String>>) -> Result<(), AppError> {
    if token.is_some() || old.address == new.address {
        return Ok(());
    }
    let message = "is required again when `url`, `ca`, `verification`, `authMethod` or `gatewayId` changes: a stored token \
                   only goes where it was given for";
    Err(AppError::field(&["clusterToken"], "credential_needed", message))
}
