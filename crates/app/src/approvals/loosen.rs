//! Asking for less than before, of an environment or of a connection: with the last word that it needs, it is done.

use mayfly_domain::{
    access::operation::Operation,
    approval::{ApprovalRequest, ApprovalWish},
    audit::{AuditEvent, Event},
    caller::Caller,
    dynamic_secret::Connection,
    policy::ApprovalRule,
    shared_connection::{ConnectionLimits, Sharing},
    ttl::Ttl,
};
use mayfly_store::approvals::Effect;

use super::{
    ask::{Asking, ask},
    voters::may_still_ask,
};
use crate::{App, AppError, error::OrChanged as _, policies};

/// The rule where there is none: one other person, for the shortest time there is.
pub(super) fn least_rule() -> ApprovalRule {
    const SHORT: &str = "1h";
    let valid_for: Ttl = SHORT.parse().expect("an hour is a lifetime");
    ApprovalRule { approvals: 1, valid_for }
}

/// Refuses, and asks for it, where `new` needs less approval for its leases than `old`. What else is changed with it has to be
/// sent by itself: others agree to one thing.
pub(crate) async fn check_connection(
    app: &App,
    caller: &Caller,
    old: &Connection,
    new: &Connection,
) -> Result<(), AppError> {
    let (Some(before), Some(after)) = (&old.sharing, &new.sharing) else { return Ok(()) };
    let (rule, wanted) = (before.limits.approval.as_ref(), after.limits.approval.as_ref());
    let Some(rule) = rule.filter(|rule| ApprovalRule::is_loosened(Some(rule), wanted)) else { return Ok(()) };
    let same_but_for_it = ConnectionLimits { approval: wanted.cloned(), ..before.limits.clone() };
    let alone = Sharing { limits: same_but_for_it, ..before.clone() };
    if *after != alone || old.address != new.address || old.token != new.token {
        let message = "is loosened, which others have to agree to: send it without any other change";
        return Err(AppError::field(&["limits", "approval"], "needs_approval", message));
    }
    let wish = ApprovalWish::LoosenConnection {
        connection: old.id,
        name: before.name.to_string(),
        approval: wanted.cloned(),
        updated_at: Some(old.updated_at),
    };
    let asking = Asking { project: None, wish, reason: None, rule: rule.clone() };
    Err(ask(app, caller, asking).await?.into_refusal())
}

/// Does what was asked for, in the transaction of the last word.
pub(super) async fn apply(
    app: &App,
    caller: &Caller,
    old: &ApprovalRequest,
    request: ApprovalRequest,
    event: AuditEvent,
) -> Result<ApprovalRequest, AppError> {
    let operation = match &request.wish {
        ApprovalWish::LoosenConnection { .. } => Operation::UpdateClusterConnection,
        ApprovalWish::LoosenPolicy { .. } | ApprovalWish::IssueLease(_) => Operation::UpdateEnvironmentPolicy,
    };
    if !may_still_ask(app, old, operation).await? {
        return Err(AppError::ChangedMeanwhile { what: "what whoever asked may do" });
    }
    match &request.wish {
        ApprovalWish::LoosenPolicy { environment, rules, version, .. } => {
            let project = request.project.ok_or(AppError::Bug("a policy is of no project"))?;
            let project = app.store.projects().get(request.organization, project).await?;
            let project = project.ok_or(AppError::ChangedMeanwhile { what: "the project" })?;
            let of = project.environments.iter().find(|known| known.id == *environment);
            let of = of.ok_or(AppError::ChangedMeanwhile { what: "the environment" })?;
            // On the version that was agreed to: one that was made meanwhile is not overwritten.
            let policy = policies::next(app, (*environment, *version), rules.clone());
            let changed = policies::changed_event(&project, of, &policy, Some(request.id));
            let events = [event, app.event(caller, request.project, changed)];
            let effect = Effect::Policy(&policy);
            let stored = app.store.approvals().decide(&request, old.updated_at, &effect, &events).await;
            stored.map_err(AppError::from).or_changed("the policy")?;
            app.memory.forget_policy(*environment);
        }
        ApprovalWish::LoosenConnection { connection, name, approval, updated_at } => {
            const CHANGED: AppError = AppError::ChangedMeanwhile { what: "the cluster connection" };
            let found = app.store.connections().get(request.organization, *connection).await?;
            let (old_connection, seen) = found.zip(*updated_at).ok_or(CHANGED)?;
            let changed = with_approval(app, &old_connection, approval.clone());
            let updated = Event::UpdateClusterConnection {
                connection_id: *connection,
                name: name.clone(),
                updated_fields: vec!["limits.approval".to_owned()],
                version: changed.version,
            };
            let events = [event, app.event(caller, None, updated)];
            let effect = Effect::Connection(&changed, seen);
            let stored = app.store.approvals().decide(&request, old.updated_at, &effect, &events).await;
            stored.map_err(AppError::from).or_changed("the cluster connection")?;
        }
        ApprovalWish::IssueLease(_) => return Err(AppError::Bug("a lease loosens nothing")),
    }
    Ok(request)
}

fn with_approval(app: &App, old: &Connection, approval: Option<ApprovalRule>) -> Connection {
    let sharing = old.sharing.clone().map(|sharing| {
        let limits = ConnectionLimits { approval, ..sharing.limits };
        Sharing { limits, ..sharing }
    });
    Connection { sharing, updated_at: app.moment_after(old.updated_at), ..old.clone() }
}
