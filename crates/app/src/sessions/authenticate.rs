//! Who shows this session?

use mayfly_domain::{
    access::{
        operation::{Operation, Requirement},
        role::OrganizationRole,
    },
    caller::{Actor, Caller, Origin},
    sensitive::Sensitive,
};

use mayfly_store::sessions::SessionFacts;

use super::PREFIX;
use crate::{
    App, AppError, SecondFactorOf,
    audit::{Refused, record_refusal},
    secret_text,
};

/// Whether a bearer token is a session's, and no access token of a machine.
pub fn is_session_token(token: &Sensitive<String>) -> bool {
    token.expose().starts_with(PREFIX)
}

/// The person behind a session, if it still counts and is enough for `operation`; they were seen now.
pub async fn authenticate(
    app: &App,
    token: &Sensitive<String>,
    operation: Operation,
    origin: Origin,
) -> Result<Caller, AppError> {
    let (digest, facts) = live(app, token).await?;
    let (now, session) = (app.ambient.now(), &facts.session);
    if session.is_to_be_seen(now) {
        app.store.sessions().seen(session.id, now).await?;
        app.memory.forget_session(&digest);
    }
    let is_lacking = lacks_second_factor(app, &facts) && !concerns_oneself(operation);
    let caller = caller_of(facts, origin);
    if is_lacking {
        let refused = Refused { operation, reason: "no second factor" };
        record_refusal(app, &caller, refused).await?;
        return Err(AppError::SecondFactorRequired);
    }
    Ok(caller)
}

/// Whether somebody has to have a second factor, and has none.
fn lacks_second_factor(app: &App, facts: &SessionFacts) -> bool {
    let is_required = match app.settings.second_factor_of {
        SecondFactorOf::Nobody => false,
        SecondFactorOf::Admins => facts.role == OrganizationRole::Admin,
        SecondFactorOf::Everybody => true,
    };
    is_required && !facts.has_second_factor
}

/// What people do with their own account goes on: a second factor is set up that way.
fn concerns_oneself(operation: Operation) -> bool {
    matches!(operation.requirement(), Requirement::Person | Requirement::Nobody)
}

/// The same for an answer that goes on by itself, which is no sign of life.
pub async fn still_counts(app: &App, token: &Sensitive<String>, origin: Origin) -> Result<Caller, AppError> {
    live(app, token).await.map(|(_, facts)| caller_of(facts, origin))
}

async fn live(app: &App, token: &Sensitive<String>) -> Result<(Vec<u8>, SessionFacts), AppError> {
    let digest = secret_text::digest_of(token.expose());
    let facts = app.memory.session(app, &digest).await?.ok_or(AppError::SessionEnded)?;
    if facts.is_disabled || !facts.session.is_live(app.settings.sessions, app.ambient.now()) {
        return Err(AppError::SessionEnded);
    }
    Ok((digest, facts))
}

fn caller_of(facts: SessionFacts, origin: Origin) -> Caller {
    Caller {
        actor: Actor::User { user_id: facts.session.user, email: facts.email },
        organization: Some(facts.organization),
        organization_role: Some(facts.role),
        access_token: None,
        session: Some(facts.session.id),
        origin,
    }
}
