//! Changing a dynamic secret. Running leases keep what they had, or end, or stand in the way, as the caller chooses.

use mayfly_domain::{
    access::{judge::Where, operation::Operation, permission::Subject},
    audit::{DynamicSecretEvent, SecretFacts},
    caller::Caller,
    connection::{AuthMethod, ClusterUrl, Route, RouteChange},
    dynamic_secret::{Connection, ConnectionAddress, DynamicSecret},
    error::FieldError,
    identity::MetadataEntry,
    ids::ConnectionId,
    lease::Lease,
    name_template::NameTemplate,
    sensitive::Sensitive,
    slug::DynamicSecretName,
    ttl::Ttl,
};
use mayfly_store::{
    StoreError,
    dynamic_secrets::{ConnectionChange, HAS_NO_LIVE_LEASES},
};

use super::{
    DeletedSecret, LeasesThen, SecretKey, SecretView, check, create::refuse, credential::CredentialFields,
    find_with_target, test::tested,
};
use crate::{
    App, AppError,
    access::place_of,
    cluster_connections::{self, attachable, openings_of},
    error::{OrChanged as _, OrWhen as _, field},
    gateways::{self, NewWay},
    policies,
};

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct DynamicSecretChanges {
    /// Another name.
    pub new_name: Option<DynamicSecretName>,
    /// Used when a lease names no lifetime.
    pub default_ttl: Option<Ttl>,
    /// The longest lease; `Some(None)` takes the maximum away.
    pub max_ttl: Option<Option<Ttl>>,
    /// Where and what.
    pub inputs: Option<InputChanges>,
    /// Free labels.
    pub metadata: Option<Vec<MetadataEntry>>,
    /// How temporary accounts are named; `Some(None)` takes the template away.
    pub username_template: Option<Option<NameTemplate>>,
}

/// Changes of where and what; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct InputChanges {
    /// Whose account does the work, and by which way.
    pub route: RouteChange,
    /// The connection of the organization that it is to be pointed at.
    pub cluster_connection: Option<ConnectionId>,
    /// The API server.
    pub url: Option<ClusterUrl>,
    /// PEM certificates as sent; `Some(None)` takes them away.
    pub ca: Option<Option<String>>,
    /// Kept for existing clients.
    pub ssl_enabled: Option<bool>,
    /// `false` asks to skip verification.
    pub ssl_reject_unauthorized: Option<bool>,
    /// A new token for the cluster.
    pub cluster_token: Option<Sensitive<String>>,
    /// What is given out.
    pub credential: CredentialFields,
    /// Audiences of its tokens.
    pub audiences: Option<Vec<String>>,
}

impl DynamicSecretChanges {
    fn names(&self) -> Vec<String> {
        let inputs = self.inputs.as_ref();
        let has = |get: fn(&InputChanges) -> bool| inputs.is_some_and(get);
        let named = [
            ("name", self.new_name.is_some()),
            ("defaultTTL", self.default_ttl.is_some()),
            ("maxTTL", self.max_ttl.is_some()),
            ("metadata", self.metadata.is_some()),
            ("usernameTemplate", self.username_template.is_some()),
            ("inputs.clusterConnectionId", has(|inputs| inputs.cluster_connection.is_some())),
            ("inputs.authMethod", has(|inputs| inputs.route.method.is_some())),
            ("inputs.gatewayId", has(|inputs| inputs.route.via.is_some())),
            ("inputs.url", has(|inputs| inputs.url.is_some())),
            ("inputs.ca", has(|inputs| inputs.ca.is_some())),
            ("inputs.sslEnabled", has(|inputs| inputs.ssl_enabled.is_some())),
            ("inputs.sslRejectUnauthorized", has(|inputs| inputs.ssl_reject_unauthorized.is_some())),
            ("inputs.clusterToken", has(|inputs| inputs.cluster_token.is_some())),
            ("inputs.credentialType", has(|inputs| inputs.credential.kind.is_some())),
            ("inputs.namespace", has(|inputs| inputs.credential.namespaces.is_some())),
            ("inputs.namespaceSelector", has(|inputs| inputs.credential.namespace_selector.is_some())),
            ("inputs.serviceAccountName", has(|inputs| inputs.credential.service_account_name.is_some())),
            ("inputs.revocable", has(|inputs| inputs.credential.revocable.is_some())),
            ("inputs.roleType", has(|inputs| inputs.credential.role_type.is_some())),
            ("inputs.role", has(|inputs| inputs.credential.role.is_some())),
            ("inputs.bindingScope", has(|inputs| inputs.credential.binding_scope.is_some())),
            ("inputs.rules", has(|inputs| inputs.credential.rules.is_some())),
            ("inputs.labels", has(|inputs| inputs.credential.labels.is_some())),
            ("inputs.annotations", has(|inputs| inputs.credential.annotations.is_some())),
            ("inputs.audiences", has(|inputs| inputs.audiences.is_some())),
        ];
        named.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (*name).to_owned()).collect()
    }
}

/// Changes a dynamic secret, and does with its leases as was chosen; names the newest of those that are not over. Those that
/// go on are ended as they were issued, whatever the secret has become. A new address, CA, verification or way must bring the cluster token again.
pub async fn update(
    app: &App,
    caller: &Caller,
    key: &SecretKey,
    changes: DynamicSecretChanges,
    leases: LeasesThen,
) -> Result<(SecretView, Vec<Lease>), AppError> {
    let finding = find_with_target(app, caller, Operation::UpdateDynamicSecret, &key.place, &key.name);
    let (old, target, proof) = finding.await?;
    if leases == LeasesThen::End {
        app.check_not_held()?;
    }
    let (base, target) = match other_connection(&old, changes.inputs.as_ref()) {
        None => (old.clone(), target),
        Some(id) => {
            let (connection, target) = attachable(app, caller, &old.place, id).await?;
            (DynamicSecret { connection, ..old.clone() }, target)
        }
    };
    let route = checked_route(&base, changes.inputs.as_ref())?;
    gateways::check_attachable(app, caller, base.connection.address.route, route).await?;
    let updated_fields = changes.names();
    let sent_token = match changes.inputs.as_ref().and_then(|inputs| inputs.cluster_token.clone()) {
        // Nothing is stored for a gateway that has its own account.
        None if route.drops_credential(base.connection.address.route) => Some(Sensitive::from("")),
        sent => sent,
    };
    let touches_cluster = changes.inputs.is_some();
    let secret = changed(app, &base, changes, route)?;
    if secret.metadata != old.metadata {
        let operation = Operation::UpdateDynamicSecret;
        app.require(caller, operation, &proof, Where::At(place_of(&secret))).await?;
        app.require_no_gain(caller, operation, &proof, (Subject::DynamicSecrets, place_of(&old), place_of(&secret)))
            .await?;
    }
    check_all(app, &base, &secret, sent_token.as_ref())?;
    let secret = if touches_cluster {
        tested(app, secret, sent_token.as_ref().unwrap_or(&target.credential)).await.map_err(as_change)?
    } else {
        secret
    };
    if touches_cluster || secret.default_ttl != old.default_ttl {
        let policy = app.memory.policy(app, secret.place.environment).await?;
        refuse(policies::faults(&policy, &secret)).map_err(as_change)?;
    }
    let connection = match &sent_token {
        Some(token) => ConnectionChange::Replace(token),
        None if secret.connection.id != old.connection.id => {
            ConnectionChange::Leave(old.connection.owner.map(|_| old.connection.id))
        }
        None => ConnectionChange::None,
    };
    store(app, caller, &secret, Changing { connection, leases, updated_fields }).await?;
    let connection_version = secret.connection.version + i64::from(sent_token.is_some());
    let connection = Connection { version: connection_version, ..secret.connection };
    let secret = DynamicSecret { version: secret.version + 1, connection, ..secret };
    let left = app.store.leases().list_unfinished(secret.id, DeletedSecret::MOST_NAMED).await?;
    Ok((SecretView { secret, cluster_token: sent_token }, left))
}

/// The connection that the secret is to be pointed at from now on, if that is another one.
fn other_connection(old: &DynamicSecret, inputs: Option<&InputChanges>) -> Option<ConnectionId> {
    inputs.and_then(|inputs| inputs.cluster_connection).filter(|id| *id != old.connection.id)
}

/// The way after the change, where the fields that are sent go together. What belongs to a connection of the organization is
/// changed there.
fn checked_route(secret: &DynamicSecret, inputs: Option<&InputChanges>) -> Result<Route, AppError> {
    let old = secret.connection.address.route;
    let Some(inputs) = inputs else { return Ok(old) };
    let at = |name: &str, code: &str, message: &str| field(&["data", "inputs", name], code, message);
    let is_shared = secret.connection.owner.is_none();
    let of_gateway =
        [("url", inputs.url.is_some()), ("ca", inputs.ca.is_some()), ("clusterToken", inputs.cluster_token.is_some())];
    let way = NewWay::after(inputs.route, old, &of_gateway);
    let way = way.map_err(|none| AppError::Fields(vec![at("gatewayId", "required", &none.to_string())]))?;
    let of_connection = [
        ("sslEnabled", inputs.ssl_enabled.is_some()),
        ("sslRejectUnauthorized", inputs.ssl_reject_unauthorized.is_some()),
        ("authMethod", way.route.method() != old.method()),
        ("gatewayId", way.route.via() != old.via()),
    ];
    let mut faults: Vec<_> = way.faults.into_iter().map(|(name, code, message)| at(name, code, message)).collect();
    for (name, _) in of_gateway.iter().chain(&of_connection).filter(|(_, is_sent)| is_shared && *is_sent) {
        let message = "must be left out: it belongs to the cluster connection, and is changed there";
        faults.push(at(name, "not_supported", message));
    }
    if faults.is_empty() { Ok(way.route) } else { Err(AppError::Fields(faults)) }
}

/// The same faults, where a change has its fields.
fn as_change(error: AppError) -> AppError {
    match error {
        AppError::Fields(faults) => AppError::Fields(faults.into_iter().map(moved).collect()),
        other => other,
    }
}

fn moved(fault: FieldError) -> FieldError {
    FieldError { path: patch_path(&fault.path), ..fault }
}

fn changed(
    app: &App,
    old: &DynamicSecret,
    changes: DynamicSecretChanges,
    route: Route,
) -> Result<DynamicSecret, AppError> {
    let now = app.ambient.now();
    let inputs = changes.inputs.unwrap_or_default();
    let credential = if inputs.credential.is_empty() {
        old.credential.clone()
    } else {
        let merged = inputs.credential.credential(Some(&old.credential), openings_of(app, &old.connection));
        merged.map_err(|faults| as_change(AppError::Fields(faults)))?
    };
    let address = &old.connection.address;
    let address = if route.method() == AuthMethod::Gateway {
        ConnectionAddress::of_gateway(route)
    } else {
        ConnectionAddress {
            url: inputs.url.unwrap_or_else(|| address.url.clone()),
            ca: inputs.ca.unwrap_or_else(|| address.ca.clone()),
            ssl_enabled: inputs.ssl_enabled.unwrap_or(address.ssl_enabled),
            ssl_reject_unauthorized: inputs.ssl_reject_unauthorized.unwrap_or(address.ssl_reject_unauthorized),
            token_file: address.token_file.clone(),
            route,
        }
    };
    Ok(DynamicSecret {
        name: changes.new_name.unwrap_or_else(|| old.name.clone()),
        default_ttl: changes.default_ttl.unwrap_or_else(|| old.default_ttl.clone()),
        max_ttl: changes.max_ttl.unwrap_or_else(|| old.max_ttl.clone()),
        connection: Connection {
            address,
            // One of the organization is not changed by being used.
            updated_at: if old.connection.owner.is_some() { now } else { old.connection.updated_at },
            ..old.connection.clone()
        },
        credential,
        username_template: changes.username_template.unwrap_or_else(|| old.username_template.clone()),
        audiences: inputs.audiences.unwrap_or_else(|| old.audiences.clone()),
        metadata: changes.metadata.unwrap_or_else(|| old.metadata.clone()),
        updated_at: now,
        ..old.clone()
    })
}

fn check_all(
    app: &App,
    old: &DynamicSecret,
    new: &DynamicSecret,
    sent_token: Option<&Sensitive<String>>,
) -> Result<(), AppError> {
    let ends_when = new.credential.ends_when();
    let mut faults = check::lifetimes(&new.default_ttl, new.max_ttl.as_ref(), ends_when, &app.settings);
    faults.extend(check::verification(new.connection.address.verification(), &app.settings));
    faults.extend(cluster_connections::faults(new));
    for fault in &mut faults {
        fault.path = patch_path(&fault.path);
    }
    if sent_token.is_none() && new.connection.address != old.connection.address {
        let what = new.connection.address.differing(&old.connection.address).join("`, `");
        let message =
            format!("is required again when `{what}` changes: a stored token only goes where it was given for");
        faults.push(field(&["data", "inputs", "clusterToken"], "credential_needed", message));
    }
    if faults.is_empty() { Ok(()) } else { Err(AppError::Fields(faults)) }
}

/// A change carries the same fields under `data`, and its inputs without `provider`.
fn patch_path(path: &[String]) -> Vec<String> {
    let inner = path.iter().filter(|part| *part != "body" && *part != "provider").cloned();
    ["body".to_owned(), "data".to_owned()].into_iter().chain(inner).collect()
}

/// What goes with a change.
struct Changing<'a> {
    connection: ConnectionChange<'a>,
    leases: LeasesThen,
    updated_fields: Vec<String>,
}

async fn store(app: &App, caller: &Caller, secret: &DynamicSecret, changing: Changing<'_>) -> Result<(), AppError> {
    let Changing { connection, leases, updated_fields } = changing;
    let leases_then = leases.word().to_owned();
    let updated = DynamicSecretEvent::UpdateDynamicSecret {
        secret: SecretFacts::from(secret),
        updated_fields,
        leases: leases_then,
    };
    let event = app.event(caller, Some(secret.place.project), updated);
    let stored = match app.store.dynamic_secrets().update(secret, &connection, leases, &event).await {
        Err(StoreError::GuardFailed { guard: HAS_NO_LIVE_LEASES }) => return Err(AppError::HasLiveLeases),
        stored => stored,
    };
    let taken = || AppError::taken("dynamic secret", &secret.name, "data.newName");
    stored.or_when_taken("dynamic_secrets_name", taken).or_changed("the dynamic secret")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_a_change_are_where_the_change_has_them() {
        let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        assert_eq!(patch_path(&path(&["body", "maxTTL"])), path(&["body", "data", "maxTTL"]));
        let inputs = patch_path(&path(&["body", "provider", "inputs", "url"]));
        assert_eq!(inputs, path(&["body", "data", "inputs", "url"]));
    }
}
