//! Gateways: agents in private networks, which open the way in from inside.
//!
//! A person makes one and hands its processes a proof; each process enrols, is given certificates one after the other, and
//! comes by tunnels. What signs certificates and what carries tunnels is known to `tunnel`; here is who may.

mod attach;
mod create;
mod delete;
mod enrol;
mod enrolment;
mod keys;
mod presence;
mod read;
mod renew;
pub mod servers;
mod signers;
mod update;

use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    gateway::{EnrolmentMethod, Gateway},
    ids::GatewayId,
};
pub use mayfly_store::gateway_users::{GatewayUsers, UsingConnection, UsingPool};

use crate::{App, AppError};

pub use attach::HAS_ITS_OWN;
pub(crate) use attach::{NewWay, attachable, check_attachable};
pub use create::{NewGateway, create};
pub(crate) use delete::check_unused;
pub use delete::delete;
pub use enrol::{Claim, ClaimProof, EnrolmentRefused, enrol};
pub use enrolment::{
    LONGEST_TOKEN_LIFE, MOST_TOKEN_USES, MadeToken, NewToken, USUAL_TOKEN_LIFE, create_token, delete_token,
};
pub(crate) use keys::is_plain_id;
pub use keys::{KeysRefused, LONGEST_TOLD, key_ids, keys, tell_keys};
pub use presence::{Others, Present, came, closed, find_open, forget_old, left, showed};
pub use read::{GatewayDetails, MOST_USERS, counts, get, list, users};
pub use renew::renew;
pub(crate) use signers::check_signed;
pub use update::{GatewayChanges, revoke, update};

/// The gateway, if the caller may do `operation` with it.
async fn find(app: &App, caller: &Caller, operation: Operation, id: GatewayId) -> Result<Gateway, AppError> {
    app.authorize(caller, operation).await?;
    let found = app.store.gateways().get(App::organization(caller)?, id).await?;
    found.ok_or_else(|| AppError::not_found("gateway", &id))
}

/// How its processes prove themselves, as events and answers say it.
pub const fn method(enrolment: &EnrolmentMethod) -> &'static str {
    match enrolment {
        EnrolmentMethod::Token => "token",
        EnrolmentMethod::ServiceAccount(_) => "service-account",
    }
}
