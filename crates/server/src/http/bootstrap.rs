//! The first administrator.

use axum::{Json, extract::State};
use mayfly_api::bootstrap::{
    BootstrapRequest, Bootstrapped, BootstrappedCredentials, BootstrappedIdentity, BootstrappedOrganization,
    BootstrappedUser,
};
use mayfly_app::{
    AppError,
    bootstrap::{self as operations, Bootstrap, Bootstrapped as Made},
};
use mayfly_domain::{access::operation::Operation, sensitive::Sensitive};

use super::{
    Shared, access_table::record, caller::By, form::Form, json::Body, problem::Failure, sign_in::normalized, time,
};
use crate::setup_code::Verdict;

/// Make the first administrator, the organization and a machine identity. Works once, and only with the setup code, which
/// lies in the server's data folder.
#[utoipa::path(post, path = "/api/v1/admin/bootstrap", operation_id = "bootstrap", tag = "Status",
    request_body = BootstrapRequest, responses((status = 200, body = Bootstrapped)))]
pub(super) async fn bootstrap(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<Bootstrapped>, Failure> {
    let form = Form::body(&body);
    let email = form.required_with("email", normalized);
    let password = form.required("password");
    let organization = form.required("organization");
    let code = form.optional_with("setupCode", |text| Ok(Sensitive::from(text)));
    let (request, code) =
        form.finish(|| Some((Bootstrap { email: email?, password: password?, organization: organization? }, code?)))?;
    match shared.setup_code.judge(code.as_ref()) {
        Verdict::Right => {}
        Verdict::Spent => return Err(AppError::AlreadyBootstrapped.into()),
        Verdict::Wrong => {
            record(&shared, Operation::Bootstrap, caller.origin.clone(), &AppError::SetupCode).await;
            operations::count_wrong_code(&shared.app, &caller.origin).await?;
            return Err(AppError::SetupCode.into());
        }
    }
    let made = operations::bootstrap(&shared.app, caller.origin, request).await?;
    shared.setup_code.spend();
    Ok(Json(wire(made)))
}

fn wire(made: Made) -> Bootstrapped {
    let created_at = time::text(made.organization.created_at);
    Bootstrapped {
        message: "The first administrator, the organization and a machine identity were made".to_owned(),
        organization: BootstrappedOrganization {
            id: made.organization.id.to_string(),
            name: made.organization.name.to_string(),
            slug: made.organization.slug.to_string(),
            updated_at: created_at.clone(),
            created_at,
        },
        user: BootstrappedUser {
            id: made.user.id.to_string(),
            username: made.user.email.clone(),
            email: made.user.email,
            super_admin: true,
        },
        identity: BootstrappedIdentity {
            id: made.identity.id.to_string(),
            name: made.identity.name.to_string(),
            credentials: BootstrappedCredentials { token: made.token.expose().clone() },
        },
    }
}
