//! Changing a gateway: its name, how its processes prove themselves, and whether it may come.

use mayfly_domain::{
    access::operation::Operation,
    audit::GatewayEvent,
    caller::Caller,
    gateway::{EnrolmentMethod, Gateway, KeyChanges, Standing},
    ids::GatewayId,
    slug::DisplayName,
};
use mayfly_store::{StoreError, gateways::KeysToldBefore};

use super::{create::NAME_INDEX, find, signers::check_published};
use crate::{App, AppError, error::OrChanged as _};

/// What is to be another.
#[derive(Clone, Debug, Default)]
pub struct GatewayChanges {
    /// Its name.
    pub name: Option<DisplayName>,
    /// How its processes prove themselves the first time. Those that are proven stay so. Keys that are said here count from now on,
    /// whatever the gateway told before, also where they are those that were said the last time.
    pub enrolment: Option<EnrolmentMethod>,
    /// Who may say that the cluster's keys are others. Whatever else is changed, this stays unless it is said.
    pub key_changes: Option<KeyChanges>,
    /// Whether somebody looked into why it was locked.
    pub unlock: bool,
}

/// Changes one.
pub async fn update(app: &App, caller: &Caller, id: GatewayId, changes: GatewayChanges) -> Result<Gateway, AppError> {
    let was = find(app, caller, Operation::UpdateGateway, id).await?;
    let GatewayChanges { name, enrolment, key_changes, unlock } = changes;
    let told_before = if enrolment.is_some() { KeysToldBefore::AreForgotten } else { KeysToldBefore::Stay };
    let enrolment = next_enrolment(&was.enrolment, enrolment, key_changes)?;
    check_published(app, Some(&was.enrolment), &enrolment).await?;
    let mut gateway = was.clone();
    let mut fields = Vec::new();
    if let Some(name) = name.filter(|name| *name != was.name) {
        gateway.name = name;
        fields.push("name".to_owned());
    }
    fields.extend(differing(&was.enrolment, &enrolment).into_iter().map(str::to_owned));
    gateway.enrolment = enrolment;
    if told_before == KeysToldBefore::AreForgotten && gateway.told_keys.take().is_some() {
        fields.push("keys".to_owned());
    }
    let is_unlocked = unlock && matches!(was.standing, Standing::Locked { .. });
    if is_unlocked {
        gateway.standing = Standing::Open;
    }
    if fields.is_empty() && !is_unlocked {
        return Ok(was);
    }
    let name = gateway.name.to_string();
    let event = if is_unlocked && fields.is_empty() {
        GatewayEvent::UnlockGateway { gateway_id: id, name }
    } else {
        fields.extend(is_unlocked.then(|| "standing".to_owned()));
        GatewayEvent::UpdateGateway { gateway_id: id, name, updated_fields: fields }
    };
    store(app, caller, &was, (gateway, told_before), event).await
}

/// What the gateway's event calls the differences between two.
fn differing(was: &EnrolmentMethod, next: &EnrolmentMethod) -> Vec<&'static str> {
    let as_before = was.clone().following(next.key_changes_when_pasted().unwrap_or_default());
    let follows = (was.key_changes(), next.key_changes());
    let is_switched = matches!(follows, (Some(was), Some(next)) if was != next);
    let named = [("enrolment", as_before != *next), ("followsKeys", is_switched)];
    named.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

fn next_enrolment(
    was: &EnrolmentMethod,
    enrolment: Option<EnrolmentMethod>,
    key_changes: Option<KeyChanges>,
) -> Result<EnrolmentMethod, AppError> {
    let next = enrolment.unwrap_or_else(|| was.clone());
    if key_changes.is_some() && next.key_changes().is_none() {
        return Err(AppError::NoGatewayEnrolment(match next {
            EnrolmentMethod::Token => {
                "the processes of this gateway prove themselves by tokens, so no keys are known of it"
            }
            EnrolmentMethod::ServiceAccount(_) => {
                "the cluster of this gateway publishes its keys, so nobody tells them"
            }
        }));
    }
    Ok(next.following(key_changes.or(was.key_changes_when_pasted()).unwrap_or_default()))
}

/// Lets nobody come as it any more, and takes its tokens back. Its tunnels are cut by whoever holds them.
pub async fn revoke(app: &App, caller: &Caller, id: GatewayId) -> Result<Gateway, AppError> {
    let was = find(app, caller, Operation::RevokeGateway, id).await?;
    if matches!(was.standing, Standing::Revoked { .. }) {
        return Ok(was);
    }
    let standing = Standing::Revoked { at: app.ambient.now() };
    let event = GatewayEvent::RevokeGateway { gateway_id: id, name: was.name.to_string() };
    let next = (Gateway { standing, ..was.clone() }, KeysToldBefore::Stay);
    let revoked = store(app, caller, &was, next, event).await?;
    app.store.gateway_enrolments().delete_tokens(id).await?;
    Ok(revoked)
}

async fn store(
    app: &App,
    caller: &Caller,
    was: &Gateway,
    (gateway, told_before): (Gateway, KeysToldBefore),
    event: GatewayEvent,
) -> Result<Gateway, AppError> {
    let event = app.event(caller, None, event);
    // Two changes of one millisecond would not know of each other.
    let next = was.updated_at + jiff::SignedDuration::from_millis(1);
    let gateway = Gateway { updated_at: event.created_at.max(next), ..gateway };
    let taken = || AppError::taken("gateway", &gateway.name, "name");
    match app.store.gateways().update(was, &gateway, told_before, &event).await {
        Err(StoreError::Unique { index }) if index == NAME_INDEX => Err(taken()),
        stored => stored.or_changed("gateway").map(|()| gateway),
    }
}
