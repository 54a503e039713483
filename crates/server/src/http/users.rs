//! People.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::{
    identities::LeasesOfHolderRequest,
    users::{OwnUser, PasswordLink, ResetUserPasswordRequest, UpdateUserRequest, User as Wire, UserBody, UserList},
};
use mayfly_app::{
    AppError,
    users::{self as operations, Delivery, UserChanges, UserPage},
};
use mayfly_domain::{identity::User, ids::UserId, lease::Lease};

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    identities::leases_of_holder,
    json::Body,
    leases::lease_list,
    page::page,
    path::Path,
    place::query_fields,
    problem::Failure,
    time,
};

/// Who am I?
#[utoipa::path(get, path = "/api/v1/users/me", operation_id = "getOwnUser", tag = "Users",
    responses((status = 200, body = OwnUser)))]
pub(super) async fn own(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<OwnUser>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let own = operations::own(&shared.app, &caller).await?;
    Ok(Json(OwnUser {
        user: wire(&own.user),
        organization_id: own.organization.id.to_string(),
        organization_name: own.organization.name.to_string(),
        recovery_codes: own.recovery_codes,
    }))
}

/// List the people of the organization, oldest first.
#[utoipa::path(get, path = "/api/v1/users", operation_id = "listUsers", tag = "Users",
    params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = UserList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<UserList>, Failure> {
    let (after, limit) = page(query.as_deref(), UserPage::<UserId>::LONGEST)?;
    let (users, next) = operations::list(&shared.app, &caller, UserPage { after, limit }).await?;
    Ok(Json(UserList { users: users.iter().map(wire).collect(), next_cursor: next.map(|id| id.to_string()) }))
}

/// See a person.
#[utoipa::path(get, path = "/api/v1/users/{userId}", operation_id = "getUser", tag = "Users",
    params(("userId" = String, Path)), responses((status = 200, body = UserBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(user): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<UserBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    Ok(body_of(&operations::get(&shared.app, &caller, id(&user)?).await?))
}

/// Change a person's name, role, or whether they may sign in. A new role ends their sessions; the leases of whoever is disabled
/// end unless `leases` says otherwise.
#[utoipa::path(patch, path = "/api/v1/users/{userId}", operation_id = "updateUser", tag = "Users",
    params(("userId" = String, Path)), request_body = UpdateUserRequest, responses((status = 200, body = UserBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(user): Path<String>,
    Body(body): Body,
) -> Result<Json<UserBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["name", "role", "isDisabled", "leases"]);
    let (name, role, is_disabled) = (form.optional("name"), form.optional("role"), form.boolean("isDisabled"));
    let leases = leases_of_holder(&form);
    let changes =
        form.finish(|| Some(UserChanges { name: name?, role: role?, is_disabled: is_disabled?, leases: leases? }))?;
    let (user, left) = operations::update(&shared.app, &caller, id(&user)?, changes).await?;
    Ok(with_left(&user, left.as_deref()))
}

/// Remove a person with everything they sign in with. Their leases end unless `leases` says otherwise; what is left of them is
/// named.
#[utoipa::path(delete, path = "/api/v1/users/{userId}", operation_id = "deleteUser", tag = "Users",
    params(("userId" = String, Path)), request_body = LeasesOfHolderRequest, responses((status = 200, body = UserBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(user): Path<String>,
    Body(body): Body,
) -> Result<Json<UserBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["leases"]);
    let leases = leases_of_holder(&form);
    let leases = form.finish(|| leases)?;
    let (user, left) = operations::delete(&shared.app, &caller, id(&user)?, leases).await?;
    Ok(with_left(&user, Some(&left)))
}

/// Make a link by which a person sets a new password, once, within an hour.
#[utoipa::path(post, path = "/api/v1/users/{userId}/password-reset", operation_id = "resetUserPassword", tag = "Users",
    params(("userId" = String, Path)), request_body = ResetUserPasswordRequest,
    responses((status = 200, body = PasswordLink)))]
pub(super) async fn reset_password(
    State(shared): State<Shared>,
    By(caller): By,
    Path(user): Path<String>,
    Body(body): Body,
) -> Result<Json<PasswordLink>, Failure> {
    let form = Form::body(&body);
    form.only(&["byMail"]);
    let delivery = delivery(&form);
    let delivery = form.finish(|| delivery)?;
    let made = operations::reset_password(&shared.app, &caller, id(&user)?, delivery).await?;
    Ok(Json(PasswordLink { link: made.link.expose().clone(), expires_at: time::text(made.expires_at) }))
}

/// Whether a mail is sent.
pub(super) fn delivery(form: &Form<'_>) -> Field<Delivery> {
    let by_mail = form.boolean("byMail")?.unwrap_or(false);
    Some(if by_mail { Delivery::ByMail } else { Delivery::ByHand })
}

/// The id in a path; what is none names nobody.
pub(super) fn id(text: &str) -> Result<UserId, AppError> {
    text.parse().map_err(|_| AppError::NotFound { what: "user", name: text.to_owned() })
}

/// With what is left of their leases, where they lost the right to have any.
fn with_left(user: &User, left: Option<&[Lease]>) -> Json<UserBody> {
    Json(UserBody { user: wire(user), leases_left: left.map(lease_list) })
}

pub(super) fn body_of(user: &User) -> Json<UserBody> {
    with_left(user, None)
}

/// On the wire.
pub(super) fn wire(user: &User) -> Wire {
    Wire {
        id: user.id.to_string(),
        email: user.email.clone(),
        name: user.name.as_ref().map(ToString::to_string),
        role: user.role.slug().to_owned(),
        is_disabled: user.is_disabled,
        has_second_factor: user.has_second_factor,
        created_at: time::text(user.created_at),
        updated_at: time::text(user.updated_at),
    }
}
