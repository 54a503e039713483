//! What environments ask of leases: seeing and changing it, and holding it against what is saved and issued.

mod check;

pub(crate) use check::{check_lease, check_removal, faults};

use mayfly_domain::{
    access::operation::Operation,
    approval::ApprovalWish,
    audit::Event,
    caller::Caller,
    ids::EnvironmentId,
    policy::{ApprovalRule, EnvironmentPolicy, PolicyRules},
    project::{Environment, Project},
    ttl::Ttl,
};

use crate::{
    App, AppError,
    approvals::{Asking, ask},
    environments::EnvironmentName,
    error::OrChanged as _,
    projects::{ProjectName, find},
};

/// What to change; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct PolicyChanges {
    /// Whether each lease needs a reason.
    pub requires_reason: Option<bool>,
    /// The longest lease; `Some(None)` takes the limit away.
    pub max_ttl: Option<Option<Ttl>>,
    /// Whether only tokens that can be taken back are given out.
    pub requires_revocable: Option<bool>,
    /// Who else has to agree; `Some(None)` takes that away.
    pub approval: Option<Option<ApprovalRule>>,
    /// Why, for those who have to agree.
    pub reason: Option<String>,
}

/// The policy of an environment.
pub async fn get(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    name: &EnvironmentName,
) -> Result<EnvironmentPolicy, AppError> {
    let (project, _) = find(app, caller, Operation::GetEnvironmentPolicy, project).await?;
    Ok(app.store.policies().get(name.find_in(&project)?.id).await?)
}

/// Changes the policy of an environment. Where leases need approval, asking for less needs it too: then a request waits, and the
/// policy changes with the last word that it needs.
pub async fn update(
    app: &App,
    caller: &Caller,
    project: &ProjectName,
    name: &EnvironmentName,
    changes: PolicyChanges,
) -> Result<EnvironmentPolicy, AppError> {
    let (project, _) = find(app, caller, Operation::UpdateEnvironmentPolicy, project).await?;
    let environment = name.find_in(&project)?.clone();
    let old = app.store.policies().get(environment.id).await?;
    let reason = changes.reason.clone();
    let rules = changed(&old.rules, changes);
    if let Some(rule) = old.rules.approval.clone().filter(|_| rules.are_looser_than(&old.rules)) {
        return Err(ask_to_loosen(app, caller, (&project, &environment), (&old, rules), (rule, reason)).await?);
    }
    let policy = next(app, (environment.id, old.version), rules);
    let updated = changed_event(&project, &environment, &policy, None);
    let event = app.event(caller, Some(project.id), updated);
    app.store.policies().put(&policy, &event).await.map_err(AppError::from).or_changed("the policy")?;
    app.memory.forget_policy(environment.id);
    Ok(policy)
}

fn changed(old: &PolicyRules, changes: PolicyChanges) -> PolicyRules {
    PolicyRules {
        requires_reason: changes.requires_reason.unwrap_or(old.requires_reason),
        max_ttl: changes.max_ttl.unwrap_or_else(|| old.max_ttl.clone()),
        requires_revocable: changes.requires_revocable.unwrap_or(old.requires_revocable),
        approval: changes.approval.unwrap_or_else(|| old.approval.clone()),
    }
}

/// The policy that follows on a version of an environment's.
pub(crate) fn next(app: &App, (environment, version): (EnvironmentId, i64), rules: PolicyRules) -> EnvironmentPolicy {
    EnvironmentPolicy { environment, version: version + 1, rules, updated_at: Some(app.ambient.now()) }
}

async fn ask_to_loosen(
    app: &App,
    caller: &Caller,
    (project, environment): (&Project, &Environment),
    (old, rules): (&EnvironmentPolicy, PolicyRules),
    (rule, reason): (ApprovalRule, Option<String>),
) -> Result<AppError, AppError> {
    let wish = ApprovalWish::LoosenPolicy {
        environment: environment.id,
        environment_slug: environment.slug.clone(),
        version: old.version,
        rules,
    };
    let asking = Asking { project: Some(project.id), wish, reason, rule };
    Ok(ask(app, caller, asking).await?.into_refusal())
}

/// The event of a change.
pub(crate) fn changed_event(
    project: &Project,
    environment: &Environment,
    policy: &EnvironmentPolicy,
    approval: Option<mayfly_domain::ids::ApprovalRequestId>,
) -> Event {
    Event::UpdateEnvironmentPolicy {
        project_id: project.id,
        env_id: environment.id,
        environment: environment.slug.to_string(),
        version: policy.version,
        rules: policy.rules.clone(),
        approval_request_id: approval,
    }
}
