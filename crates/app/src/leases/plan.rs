//! The plan of one lease: everything that its secret, its caller and its time decide, before anything is asked of a cluster.

use jiff::Timestamp;
use mayfly_domain::{
    caller::Actor,
    dynamic_secret::{Credential, DynamicSecret},
    ids::LeaseId,
    kubernetes_name::{Namespace, ServiceAccountName},
    name_template::{NameFacts, NameTemplate, default_name},
    plan::{Account, Belongings, ExpectedRules, LeasePlan, PlannedObject, objects_of},
    seal::SealedFacts,
    ttl::EndsWhen,
};

use crate::{
    App, AppError,
    cluster_connections::{check_lease, openings_of},
};

/// What a plan is made for.
pub(crate) struct PlanWish<'a> {
    /// The lease.
    pub(crate) lease: LeaseId,
    /// Which namespace; the first of the secret's when absent.
    pub(crate) namespace: Option<&'a Namespace>,
    /// Who will hold it.
    pub(crate) holder: &'a Actor,
    /// How long, in seconds.
    pub(crate) ttl_seconds: u64,
    /// When it ends.
    pub(crate) expire_at: Timestamp,
}

/// Plans a lease of `secret`.
pub(crate) fn plan(app: &App, secret: &DynamicSecret, wish: &PlanWish<'_>) -> Result<LeasePlan, AppError> {
    let namespace = namespace(secret, wish.namespace)?;
    let account = account(app, secret, namespace, wish);
    check_lease(app, secret, &account)?;
    let expected_rules = expected_rules(app, secret, account.namespace());
    let belongings = match secret.credential.ends_when() {
        EndsWhen::Deleted => Some(belongings(app, secret, &account, wish)),
        EndsWhen::Expired => None,
    };
    Ok(LeasePlan {
        lease: wish.lease,
        account,
        audiences: secret.audiences.clone(),
        token_seconds: wish.ttl_seconds.max(LeasePlan::SHORTEST_TOKEN_SECONDS),
        // A plain token is asked for wherever the address leads: there is nothing that could be removed elsewhere.
        cluster: secret.connection.cluster.clone().filter(|_| belongings.is_some()),
        belongings,
        namespace_selector: secret.credential.namespace_selector().cloned(),
        expected_rules,
        refuses_escalating_roles: !openings_of(app, &secret.connection).escalating_roles,
    })
}

/// The namespace that was wished for, if it is one of the secret's.
fn namespace(secret: &DynamicSecret, wish: Option<&Namespace>) -> Result<Namespace, AppError> {
    let allowed = secret.credential.namespaces();
    match (wish, allowed.first()) {
        (Some(wish), Some(_)) if !allowed.contains(wish) => Err(AppError::NamespaceNotAllowed {
            namespace: wish.to_string(),
            allowed: allowed.iter().map(ToString::to_string).collect(),
        }),
        (Some(wish), _) => Ok(wish.clone()),
        (None, Some(first)) => Ok(first.clone()),
        (None, None) => {
            let message = "is required: this dynamic secret names no namespace, only the labels of those it allows";
            Err(AppError::field(&["config", "namespace"], "required", message))
        }
    }
}

fn account(app: &App, secret: &DynamicSecret, namespace: Namespace, wish: &PlanWish<'_>) -> Account {
    match &secret.credential {
        Credential::Static { service_account_name, .. } => {
            Account::Existing { namespace, name: service_account_name.clone() }
        }
        Credential::Dynamic { access, .. } => {
            let name = name(app, secret.username_template.as_ref(), wish);
            Account::Temporary { namespace, name, access: access.clone() }
        }
    }
}

fn name(app: &App, template: Option<&NameTemplate>, wish: &PlanWish<'_>) -> ServiceAccountName {
    let holder = match wish.holder {
        Actor::Identity { name, .. } => name.as_str(),
        Actor::User { email, .. } => email.as_str(),
        Actor::Anonymous | Actor::Platform => "",
    };
    let facts = NameFacts { lease: wish.lease, now: app.ambient.now(), holder };
    (&template.map_or_else(|| default_name(wish.lease), |template| template.name(facts))).into()
}

fn belongings(app: &App, secret: &DynamicSecret, account: &Account, wish: &PlanWish<'_>) -> Belongings {
    let installation = app.store.installation();
    let seal = |(kind, namespace, name)| {
        let facts = SealedFacts {
            installation,
            lease: wish.lease,
            kind,
            namespace: Option::as_ref(&namespace),
            name: &name,
            expires_at: wish.expire_at,
        };
        let seal = app.seals.seal(&facts);
        PlannedObject { kind, namespace, name, seal }
    };
    let (labels, annotations) = match &secret.credential {
        Credential::Static { .. } => Default::default(),
        Credential::Dynamic { labels, annotations, .. } => (labels.clone(), annotations.clone()),
    };
    let objects = objects_of(wish.lease, account).into_iter().map(seal).collect();
    Belongings { installation, expires_at: wish.expire_at, labels, annotations, objects }
}

fn expected_rules(app: &App, secret: &DynamicSecret, namespace: &Namespace) -> Option<ExpectedRules> {
    let Credential::Dynamic { rules_sha256, rules_sha256_in, .. } = &secret.credential else { return None };
    let sha256 = rules_sha256_in.get(namespace).or(rules_sha256.as_ref())?;
    Some(ExpectedRules { sha256: sha256.clone(), on_change: app.settings.on_role_change })
}
