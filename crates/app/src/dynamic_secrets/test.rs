//! Testing a dynamic secret before it is saved: whether the cluster would issue its leases, and what it says about them.
//!
//! Nothing is left in the cluster: rights are asked for, and what a lease makes is only tried.

use mayfly_cluster::{ClusterError, Probe, ProbeReport, Problem, RoleState, rules_sha256};
use mayfly_domain::{
    caller::{Actor, Caller},
    danger::why_closed,
    dynamic_secret::{Connection, Credential, DynamicSecret, Revocable},
    error::{ErrorClass, FieldError},
    ids::LeaseId,
    kubernetes_name::{Namespace, RoleName},
    plan::{Account, LeasePlan, ObjectKind, RoleKind},
    policy::EnvironmentPolicy,
    rules::PolicyRule,
    sensitive::Sensitive,
};

use super::{check, create::refuse};
use crate::{
    App, AppError,
    cluster_connections::{ConnectionTest, found, openings_of, probe, probe_for},
    error::field,
    leases::{PlanWish, plan},
    policies,
};

/// Namespaces of a secret that are tried; a list is rarely longer, and each takes some calls.
const MOST_SAMPLES: usize = 16;

/// What a static secret wishes for its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocableWish {
    /// They must be revocable, or the secret is not saved.
    Yes,
    /// They shall not be.
    No,
    /// If the cluster lets us.
    IfPossible,
}

impl RevocableWish {
    /// The wish as a field that may be absent says it.
    pub fn of(given: Option<bool>) -> Self {
        match given {
            Some(true) => Self::Yes,
            Some(false) => Self::No,
            None => Self::IfPossible,
        }
    }

    /// The credential's mark of a wish that is still to be decided.
    pub fn undecided(self) -> Revocable {
        let (reason, is_wished) = match self {
            Self::Yes => ("it was asked for", true),
            Self::No => ("it was not wanted", true),
            Self::IfPossible => ("", false),
        };
        Revocable { value: self != Self::No, reason: reason.to_owned(), is_wished }
    }
}

const POSSIBLE: &str = "the cluster lets us make and remove anchors";

/// `secret` with what the cluster says about it now, if leases of it could be issued with `token`.
pub(super) async fn tested(
    app: &App,
    secret: DynamicSecret,
    token: &Sensitive<String>,
) -> Result<DynamicSecret, AppError> {
    let secret = raising(secret, false);
    let report = probe(app, wanted(app, &secret, token.clone())?).await.map_err(test_failure)?;
    let (secret, report) = settled(app, secret, report)?;
    accept(app, secret, &report)
}

/// `secret` and what was seen of it, with what nobody said decided: where tokens cannot be taken back, they are not.
fn settled(app: &App, secret: DynamicSecret, report: ProbeReport) -> Result<(DynamicSecret, ProbeReport), AppError> {
    let Some(reason) = undecided_and_impossible(&secret, &report) else { return Ok((secret, report)) };
    let plain = with_revocable(secret, Revocable { value: false, reason, is_wished: false });
    check_lifetimes(app, &plain)?;
    let rights = report.rights.into_iter().filter(|checked| checked.right.resource != "secrets").collect();
    let trials = report.trials.into_iter().filter(|trial| trial.kind != ObjectKind::Secret).collect();
    Ok((plain, ProbeReport { rights, trials, ..report }))
}

/// What the cluster says about `secret`, which nobody stored, now.
pub(super) async fn tried(
    app: &App,
    caller: &Caller,
    policy: &EnvironmentPolicy,
    secret: DynamicSecret,
    token: Sensitive<String>,
) -> Result<ConnectionTest, AppError> {
    let secret = raising(secret, false);
    let wanted = wanted(app, &secret, token)?;
    let report = probe_for(app, caller, &secret, wanted).await?;
    let (secret, report) = settled(app, secret, report)?;
    refuse(policies::faults(policy, &secret))?;
    let problem = problem_with(app, &secret, &report).map(|problem| problem.to_string());
    // What it would be refused for when it is saved stands in the way, too.
    if problem.is_none() {
        check_role(app, with_rules(secret.clone(), &report), &report)?;
    }
    let samples = samples(app, &secret)?;
    Ok(found(report, &samples, problem))
}

/// What is looked at of a secret.
fn wanted(app: &App, secret: &DynamicSecret, token: Sensitive<String>) -> Result<Probe, AppError> {
    Ok(Probe {
        target: secret.connection.target(token),
        samples: samples(app, secret)?,
        cluster_role: cluster_role_of(&secret.credential),
    })
}

/// Plans as leases would have them, which nobody carries out.
pub(crate) fn samples(app: &App, secret: &DynamicSecret) -> Result<Vec<LeasePlan>, AppError> {
    let namespaces = secret.credential.namespaces();
    let sample = |namespace: &Namespace| {
        let now = app.ambient.now();
        let wish = PlanWish {
            lease: LeaseId::generate(&app.ambient),
            namespace: Some(namespace),
            holder: &Actor::Platform,
            ttl_seconds: secret.default_ttl.seconds(),
            expire_at: now,
        };
        plan(app, secret, &wish).map(|plan| LeasePlan { cluster: None, ..plan })
    };
    namespaces.iter().take(MOST_SAMPLES).map(sample).collect()
}

/// The ClusterRole that leases get, whatever their namespaces.
pub(crate) fn cluster_role_of(credential: &Credential) -> Option<RoleName> {
    let Credential::Dynamic { access, .. } = credential else { return None };
    access.existing_role().filter(|(kind, _)| *kind == RoleKind::ClusterRole).map(|(_, name)| name.clone())
}

/// Why tokens cannot be taken back, where nobody said that they must.
fn undecided_and_impossible(secret: &DynamicSecret, report: &ProbeReport) -> Option<String> {
    let Credential::Static { revocable, .. } = &secret.credential else { return None };
    if !revocable.value || revocable.is_wished {
        return None;
    }
    let is_missing = |verb: &str| {
        report
            .rights
            .iter()
            .any(|checked| checked.right.resource == "secrets" && checked.right.verb == verb && !checked.is_held)
    };
    let right = ["create", "delete"].into_iter().find(|verb| is_missing(verb));
    let trial = report.trials.iter().find(|trial| trial.kind == ObjectKind::Secret);
    match (right, trial) {
        (Some(verb), _) => Some(format!("the cluster token lacks the right `{verb}` on `secrets` in that namespace")),
        (None, Some(trial)) => Some(format!("the cluster refused an anchor: {}", trial.why)),
        (None, None) => None,
    }
}

/// Tokens that turned out to be irrevocable cannot be short.
fn check_lifetimes(app: &App, secret: &DynamicSecret) -> Result<(), AppError> {
    let max = secret.max_ttl.as_ref();
    let faults = check::lifetimes(&secret.default_ttl, max, secret.credential.ends_when(), &app.settings);
    if faults.is_empty() { Ok(()) } else { Err(AppError::Fields(faults)) }
}

fn accept(app: &App, secret: DynamicSecret, report: &ProbeReport) -> Result<DynamicSecret, AppError> {
    if let Some(problem) = problem_with(app, &secret, report) {
        return Err(AppError::ConnectionTest { problem: Box::new(problem) });
    }
    let connection = Connection { cluster: Some(report.cluster.clone()), ..secret.connection.clone() };
    let secret = decided(DynamicSecret { connection, ..secret });
    check_role(app, with_rules(secret, report), report)
}

/// The first thing that would make issuing fail, or that should keep us from it.
pub(crate) fn problem_with(app: &App, secret: &DynamicSecret, report: &ProbeReport) -> Option<Problem> {
    let too_old = match &secret.credential {
        Credential::Dynamic { .. } => report.too_old_for_accounts(),
        Credential::Static { .. } => None,
    };
    too_old.or_else(|| report.first_problem(account_of(secret).as_ref(), app.ambient.now()))
}

/// The account that has to be there.
fn account_of(secret: &DynamicSecret) -> Option<Account> {
    match &secret.credential {
        Credential::Static { namespace, service_account_name, .. } => {
            Some(Account::Existing { namespace: namespace.clone(), name: service_account_name.clone() })
        }
        Credential::Dynamic { .. } => None,
    }
}

/// What was undecided and turned out to be possible is so from now on.
fn decided(secret: DynamicSecret) -> DynamicSecret {
    match &secret.credential {
        Credential::Static { revocable, .. } if revocable.value && !revocable.is_wished => {
            with_revocable(secret, Revocable { value: true, reason: POSSIBLE.to_owned(), is_wished: false })
        }
        Credential::Static { .. } | Credential::Dynamic { .. } => secret,
    }
}

fn with_revocable(secret: DynamicSecret, decided: Revocable) -> DynamicSecret {
    let mut secret = secret;
    if let Credential::Static { revocable, .. } = &mut secret.credential {
        *revocable = decided;
    }
    secret
}

/// Remembers what roles allow. Further namespaces are told where their Role is another than that of the first.
fn with_rules(secret: DynamicSecret, report: &ProbeReport) -> DynamicSecret {
    let mut secret = secret;
    if let Credential::Dynamic { rules_sha256: first, rules_sha256_in: further, .. } = &mut secret.credential {
        *first = report.roles.first().and_then(|seen| digest(&seen.state));
        let others = report.roles.iter().skip(1);
        let others = others.filter_map(|seen| Some((seen.namespace.clone()?, digest(&seen.state)?)));
        *further = others.filter(|(_, digest)| Some(digest) != first.as_ref()).collect();
    }
    secret
}

fn digest(state: &RoleState) -> Option<String> {
    rules_of(state).map(rules_sha256)
}

fn rules_of(state: &RoleState) -> Option<&[PolicyRule]> {
    match state {
        RoleState::Present { rules } => Some(rules),
        RoleState::Missing { .. } | RoleState::Unknown => None,
    }
}

/// Remembers whether it raises rights, for the day on which the connection is closed again.
fn raising(secret: DynamicSecret, is_dangerous: bool) -> DynamicSecret {
    let mut secret = secret;
    if let Credential::Dynamic { raises_rights, .. } = &mut secret.credential {
        *raises_rights = is_dangerous;
    }
    secret
}

/// Refuses roles whose holder can become more than they are, unless the connection is opened for them. A Role of namespaces that nobody knows yet is judged at each lease.
fn check_role(app: &App, secret: DynamicSecret, report: &ProbeReport) -> Result<DynamicSecret, AppError> {
    let is_open = openings_of(app, &secret.connection).escalating_roles;
    let Credential::Dynamic { access, .. } = &secret.credential else { return Ok(secret) };
    let of_its_own = access.rules().map(|rules| why_closed(Some(rules)));
    let found = match of_its_own {
        Some(found) => found,
        None => report.roles.iter().find_map(|seen| {
            let why = why_closed(rules_of(&seen.state))?;
            let home = seen.namespace.as_ref().filter(|_| report.roles.len() > 1);
            Some(home.map_or_else(|| why.clone(), |namespace| format!("in namespace `{namespace}` {why}")))
        }),
    };
    match found {
        Some(message) if !is_open => Err(AppError::Fields(vec![closed_role(access.rules().is_some(), &message)])),
        found => Ok(raising(secret, found.is_some())),
    }
}

fn closed_role(is_inline: bool, message: &str) -> FieldError {
    let name = if is_inline { "rules" } else { "role" };
    field(&["provider", "inputs", name], "role_closed", message)
}

/// A server that cannot be reached is told in one way only, whatever stood in the way.
pub(crate) fn test_failure(error: ClusterError) -> AppError {
    match error.class() {
        ErrorClass::Unavailable => AppError::ConnectionUntested(Box::new(error)),
        ErrorClass::Invalid | ErrorClass::Denied | ErrorClass::NotFound | ErrorClass::Conflict | ErrorClass::Bug => {
            error.into()
        }
    }
}
