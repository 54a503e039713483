//! What a connection of the organization allows: held against a dynamic secret when it is saved, and against each of its
//! leases when it is issued, because either may have changed meanwhile. The stricter wins.

use mayfly_domain::{
    danger::dangers,
    dynamic_secret::{Connection, Credential, DynamicSecret},
    error::FieldError,
    plan::Account,
    shared_connection::{BeyondLimit, ConnectionLimits, is_system},
    ttl::Ttl,
};

use crate::{App, AppError, Openings, error::field};

/// What is open for dynamic secrets of `connection`: by its own limits, or by the settings for private ones.
pub(crate) fn openings_of(app: &App, connection: &Connection) -> Openings {
    let own = connection.sharing.as_ref().map(|sharing| sharing.limits.openings);
    own.unwrap_or(app.settings.private_connections)
}

/// The faults of a dynamic secret that is to be saved.
pub(crate) fn faults(secret: &DynamicSecret) -> Vec<FieldError> {
    let Some(sharing) = &secret.connection.sharing else { return Vec::new() };
    let limits = &sharing.limits;
    let lifetimes = [("defaultTTL", Some(&secret.default_ttl)), ("maxTTL", secret.max_ttl.as_ref())];
    let lifetimes = lifetimes.into_iter().filter_map(|(name, ttl)| limits.lifetime(name, ttl?));
    let found = lifetimes.chain(limits.beyond(&secret.credential));
    found.map(|beyond| fault(&beyond)).collect()
}

/// A limit as the fault of the field that is beyond it.
pub(crate) fn fault(beyond: &BeyondLimit) -> FieldError {
    let in_body = [beyond.field];
    let in_inputs = ["provider", "inputs", beyond.field];
    let path: &[&str] = if beyond.field.ends_with("TTL") { &in_body } else { &in_inputs };
    field(path, "connection_limit", beyond.to_string())
}

/// Refuses a lifetime that the connection does not allow.
pub(crate) fn check_lifetime(secret: &DynamicSecret, ttl: &Ttl) -> Result<(), AppError> {
    let limits = secret.connection.sharing.as_ref().map(|sharing| &sharing.limits);
    refuse(limits.and_then(|limits| limits.lifetime("ttl", ttl)))
}

/// Refuses a lease for `account` that the connection does not allow, or no longer.
pub(crate) fn check_lease(app: &App, secret: &DynamicSecret, account: &Account) -> Result<(), AppError> {
    let Some(sharing) = &secret.connection.sharing else { return check_private(app, &secret.connection, account) };
    if !sharing.projects.includes(secret.place.project) {
        return Err(AppError::NotShared);
    }
    let limits = &sharing.limits;
    refuse(limits.namespace(account.namespace()))?;
    refuse(match account {
        Account::Existing { name, .. } => limits.account(name),
        Account::Temporary { access, .. } => limits.access(access),
    })?;
    refuse(closed_role(limits, &secret.credential))
}

/// Which namespace it is shows at the lease where only labels select it. The role is judged in the cluster.
fn check_private(app: &App, connection: &Connection, account: &Account) -> Result<(), AppError> {
    let namespace = account.namespace();
    if connection.owner.is_some() && is_system(namespace) && !openings_of(app, connection).system_namespaces {
        return Err(AppError::NamespaceClosed { namespace: namespace.to_string() });
    }
    Ok(())
}

/// A role that lets its holder become more than it is, as it was when the dynamic secret was saved.
fn closed_role(limits: &ConnectionLimits, credential: &Credential) -> Option<BeyondLimit> {
    let Credential::Dynamic { access, raises_rights, .. } = credential else { return None };
    let is_dangerous = *raises_rights || access.rules().is_some_and(|rules| !dangers(rules).is_empty());
    (is_dangerous && !limits.openings.escalating_roles).then(|| {
        let asked = access.existing_role().map_or_else(|| "rules of its own".to_owned(), |(_, name)| name.to_string());
        BeyondLimit { limit: "escalatingRoles", field: "role", asked, allowed: None }
    })
}

fn refuse(found: Option<BeyondLimit>) -> Result<(), AppError> {
    found.map_or(Ok(()), |beyond| Err(AppError::BeyondLimit(Box::new(beyond))))
}
