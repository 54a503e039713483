//! A policy held against dynamic secrets when they are saved, and against each lease: either may have changed meanwhile.

use mayfly_domain::{
    dynamic_secret::DynamicSecret,
    error::FieldError,
    policy::{EnvironmentPolicy, PolicyRules},
    project::Environment,
    ttl::{EndsWhen, Ttl},
};

use crate::{App, AppError, error::field};

/// Refuses to remove environments whose policy asks for the word of others: it would be gone without theirs.
pub(crate) async fn check_removal(app: &App, environments: &[Environment]) -> Result<(), AppError> {
    for environment in environments {
        if app.store.policies().get(environment.id).await?.rules.approval.is_some() {
            return Err(AppError::GuardedByApproval { environment: environment.slug.to_string() });
        }
    }
    Ok(())
}

/// The faults of a dynamic secret that is to be saved.
pub(crate) fn faults(policy: &EnvironmentPolicy, secret: &DynamicSecret) -> Vec<FieldError> {
    let rules = &policy.rules;
    let of_default = beyond(rules, &secret.default_ttl).map(|why| field(&["defaultTTL"], "environment_policy", why));
    let irrevocable = (rules.requires_revocable && secret.credential.ends_when() == EndsWhen::Expired).then(|| {
        let message = "must be true: the environment's policy gives out only tokens that can be taken back";
        field(&["provider", "inputs", "revocable"], "environment_policy", message)
    });
    of_default.into_iter().chain(irrevocable).collect()
}

/// Refuses a lease that the policy does not allow.
pub(crate) fn check_lease(
    policy: &EnvironmentPolicy,
    secret: &DynamicSecret,
    ttl: &Ttl,
    reason: Option<&str>,
) -> Result<(), AppError> {
    let rules = &policy.rules;
    let environment = || secret.place.environment_slug.to_string();
    if rules.requires_reason && reason.is_none() {
        let message = format!("is required by the policy of the environment `{}`", environment());
        return Err(AppError::field(&["reason"], "required", message));
    }
    if let Some(why) = beyond(rules, ttl) {
        return Err(AppError::AgainstPolicy {
            environment: environment(),
            why: format!("limits lifetimes: `{ttl}` {why}"),
        });
    }
    if rules.requires_revocable && secret.credential.ends_when() == EndsWhen::Expired {
        let why = "gives out only tokens that can be taken back; make the dynamic secret revocable".to_owned();
        return Err(AppError::AgainstPolicy { environment: environment(), why });
    }
    Ok(())
}

fn beyond(rules: &PolicyRules, ttl: &Ttl) -> Option<String> {
    let max = rules.max_ttl.as_ref().filter(|max| ttl.seconds() > max.seconds())?;
    Some(format!("must be at most `{max}`, which the environment's policy sets"))
}
