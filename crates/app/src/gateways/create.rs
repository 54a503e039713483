//! Making a gateway. It is nowhere until a process of it enrols.

use super::{method, signers::check_published};
use crate::{App, AppError, error::OrWhen as _};
use mayfly_domain::{
    access::operation::Operation,
    audit::GatewayEvent,
    caller::Caller,
    gateway::{EnrolmentMethod, Gateway, Standing},
    ids::GatewayId,
    slug::DisplayName,
};

/// The index that names of gateways are unique by.
pub(super) const NAME_INDEX: &str = "gateways_name";

/// What a person says of a new gateway.
#[derive(Clone, Debug)]
pub struct NewGateway {
    /// Unique in the organization.
    pub name: DisplayName,
    /// How its processes prove themselves.
    pub enrolment: EnrolmentMethod,
}

/// Makes one.
pub async fn create(app: &App, caller: &Caller, new: NewGateway) -> Result<Gateway, AppError> {
    app.authorize(caller, Operation::CreateGateway).await?;
    let organization = App::organization(caller)?;
    let NewGateway { name, enrolment } = new;
    check_published(app, None, &enrolment).await?;
    let id = GatewayId::generate(&app.ambient);
    let made =
        GatewayEvent::CreateGateway { gateway_id: id, name: name.to_string(), method: method(&enrolment).to_owned() };
    let event = app.event(caller, None, made);
    let gateway = Gateway {
        id,
        organization,
        name,
        enrolment,
        told_keys: None,
        standing: Standing::Open,
        shown: None,
        connected_at: None,
        left: None,
        created_at: event.created_at,
        updated_at: event.created_at,
    };
    let taken = || AppError::taken("gateway", &gateway.name, "name");
    app.store.gateways().create(&gateway, &event).await.or_when_taken(NAME_INDEX, taken)?;
    Ok(gateway)
}
