//! Inviting people, and joining.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::users::{
    AcceptInvitationRequest, Invitation as Wire, InvitationBody, InvitationList, InviteUserRequest, InvitedUser,
    UserBody,
};
use mayfly_app::{
    AppError,
    users::{self as operations, Accept, Invite, UserPage},
};
use mayfly_domain::{
    access::{operation::Operation, role::OrganizationRole},
    identity::Invitation,
    ids::InvitationId,
};

use super::{
    Shared,
    access_tokens::audited,
    caller::By,
    form::Form,
    json::Body,
    page::page,
    path::Path,
    problem::Failure,
    sign_in::normalized,
    time,
    users::{body_of, delivery},
};

/// Invite somebody: the answer holds the link, this once.
#[utoipa::path(post, path = "/api/v1/users/invitations", operation_id = "inviteUser", tag = "Users",
    request_body = InviteUserRequest, responses((status = 200, body = InvitedUser)))]
pub(super) async fn invite(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<InvitedUser>, Failure> {
    let form = Form::body(&body);
    form.only(&["email", "role", "byMail"]);
    let email = form.required_with("email", normalized);
    let (role, delivery) = (form.optional("role"), delivery(&form));
    let invite = form.finish(|| {
        Some(Invite { email: email?, role: role?.unwrap_or(OrganizationRole::Member), delivery: delivery? })
    })?;
    let invited = operations::invite(&shared.app, &caller, invite).await?;
    Ok(Json(InvitedUser { invitation: wire(&invited.invitation), link: invited.link.expose().clone() }))
}

/// List the invitations that wait, oldest first.
#[utoipa::path(get, path = "/api/v1/users/invitations", operation_id = "listInvitations", tag = "Users",
    params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = InvitationList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<InvitationList>, Failure> {
    let (after, limit) = page(query.as_deref(), UserPage::<InvitationId>::LONGEST)?;
    let (invitations, next) = operations::list_invitations(&shared.app, &caller, UserPage { after, limit }).await?;
    let invitations = invitations.iter().map(wire).collect();
    Ok(Json(InvitationList { invitations, next_cursor: next.map(|id| id.to_string()) }))
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/api/v1/users/invitations/{invitationId}", operation_id = "revokeInvitation", tag = "Users",
    params(("invitationId" = String, Path)), responses((status = 200, body = InvitationBody)))]
pub(super) async fn revoke(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<InvitationBody>, Failure> {
    Form::body(&body).nothing()?;
    let id: InvitationId = id.parse().map_err(|_| AppError::NotFound { what: "invitation", name: id.clone() })?;
    let revoked = operations::revoke_invitation(&shared.app, &caller, id).await?;
    Ok(Json(InvitationBody { invitation: wire(&revoked) }))
}

/// Join by the link of an invitation, once. Sign in after.
#[utoipa::path(post, path = "/api/v1/users/invitations/accept", operation_id = "acceptInvitation", tag = "Login",
    request_body = AcceptInvitationRequest, responses((status = 200, body = UserBody)))]
pub(super) async fn accept(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<UserBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["token", "name", "password"]);
    let (token, name, password) = (form.secret("token"), form.required("name"), form.required("password"));
    let request = form.finish(|| Some(Accept { token: token?, name: name?, password: password? }))?;
    let joined = operations::accept(&shared.app, caller.origin.clone(), request).await;
    let user = audited(&shared, Operation::AcceptInvitation, caller.origin, joined).await?;
    Ok(body_of(&user))
}

fn wire(invitation: &Invitation) -> Wire {
    Wire {
        id: invitation.id.to_string(),
        email: invitation.email.clone(),
        role: invitation.role.slug().to_owned(),
        created_at: time::text(invitation.created_at),
        expires_at: time::text(invitation.expires_at),
    }
}
