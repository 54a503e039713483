//! What identities may do in a project, by the newer paths and the older ones.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::identities::LeasesOfHolderRequest;
use mayfly_api::memberships::{
    Membership as Wire, MembershipBody, MembershipList, MembershipRequest, MembershipRole, MembershipRolesBody,
};
use mayfly_app::{
    AppError,
    leases::LeasesOfHolder,
    memberships::{self as operations, Member, RolesChange},
    projects::ProjectName,
};
use mayfly_domain::access::role::ProjectRole;
use serde_json::{Map, Value};

use super::{
    Shared,
    caller::By,
    form::Form,
    identities::{identity_id, leases_of_holder, page, summary},
    json::Body,
    leases::lease,
    path::Path,
    place::query_fields,
    problem::Failure,
    time,
};

type Ids = Path<(String, String)>;

/// Add an identity to a project.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "createMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = MembershipBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, identity)): Ids,
    Body(body): Body,
) -> Result<Json<MembershipBody>, Failure> {
    let roles = roles(&body)?.unwrap_or_else(|| vec![ProjectRole::NoAccess]);
    let (project, identity) = (ProjectName::id(&project), identity_id(&identity)?);
    let member = operations::create(&shared.app, &caller, &project, identity, roles).await?;
    Ok(Json(MembershipBody { identity_membership: wire(&member), leases_left: None }))
}

/// Change the roles of an identity in a project.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "updateMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = MembershipRolesBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, identity)): Ids,
    Body(body): Body,
) -> Result<Json<MembershipRolesBody>, Failure> {
    let roles = required_roles(&body)?;
    let leases = leases(&body)?;
    let (project, identity) = (ProjectName::id(&project), identity_id(&identity)?);
    let (member, left) =
        operations::update(&shared.app, &caller, &project, identity, RolesChange { roles, leases }).await?;
    let leases_left = left.map(|left| left.iter().map(lease).collect());
    Ok(Json(MembershipRolesBody { roles: wire(&member).roles, leases_left }))
}

/// Remove an identity from a project. Its leases there end unless `leases` says otherwise; what is left of them is named.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "deleteMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    request_body = LeasesOfHolderRequest, responses((status = 200, body = MembershipBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, identity)): Ids,
    Body(body): Body,
) -> Result<Json<MembershipBody>, Failure> {
    let leases = leases(&body)?;
    let (project, identity) = (ProjectName::id(&project), identity_id(&identity)?);
    let (member, left) = operations::delete(&shared.app, &caller, &project, identity, leases).await?;
    let leases_left = Some(left.iter().map(lease).collect());
    Ok(Json(MembershipBody { identity_membership: wire(&member), leases_left }))
}

/// See what an identity may do in a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "getMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    responses((status = 200, body = MembershipBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, identity)): Ids,
) -> Result<Json<MembershipBody>, Failure> {
    let (project, identity) = (ProjectName::id(&project), identity_id(&identity)?);
    let member = operations::get(&shared.app, &caller, &project, identity).await?;
    Ok(Json(MembershipBody { identity_membership: wire(&member), leases_left: None }))
}

/// See a membership by its own id (older path).
#[utoipa::path(get, path = "/api/v2/workspace/identity-memberships/{membershipId}", tag = "Memberships (older paths)",
    operation_id = "getMembershipById", params(("membershipId" = String, Path)),
    responses((status = 200, body = MembershipBody)))]
pub(super) async fn get_by_id(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<MembershipBody>, Failure> {
    let id = id.parse().map_err(|_| AppError::NotFound { what: "membership", name: id })?;
    let member = operations::get_by_id(&shared.app, &caller, id).await?;
    Ok(Json(MembershipBody { identity_membership: wire(&member), leases_left: None }))
}

/// List a project's memberships, oldest first.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/identities", tag = "Memberships",
    operation_id = "listMemberships",
    params(("projectId" = String, Path), ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = MembershipList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    Path(project): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<MembershipList>, Failure> {
    const USUAL_PAGE: i64 = 100;
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    let (limit, offset) = page(&form);
    let (limit, offset) = form.finish(|| Some((limit?.unwrap_or(USUAL_PAGE), offset?.unwrap_or(0))))?;
    let (members, total_count) =
        operations::list(&shared.app, &caller, &ProjectName::id(&project), limit, offset).await?;
    Ok(Json(MembershipList { identity_memberships: members.iter().map(wire).collect(), total_count }))
}

/// `roles`, or the one `role`.
fn roles(body: &Map<String, Value>) -> Result<Option<Vec<ProjectRole>>, Failure> {
    let form = Form::body(body);
    let one = form.optional::<ProjectRole>("role");
    let several = form.list("roles", role_entry);
    let roles = form.finish(|| {
        let one = one?.map(|role| vec![role]);
        Some(several?.filter(|roles| !roles.is_empty()).or(one))
    })?;
    Ok(roles)
}

/// `leases`, of a change that may take the last right to lease away.
fn leases(body: &Map<String, Value>) -> Result<LeasesOfHolder, Failure> {
    let form = Form::body(body);
    let leases = leases_of_holder(&form);
    Ok(form.finish(|| leases)?)
}

/// A change says what to change to: nothing at all must not take every right away.
fn required_roles(body: &Map<String, Value>) -> Result<Vec<ProjectRole>, Failure> {
    let missing = || AppError::field(&["roles"], "required", "is required: one role at least");
    Ok(roles(body)?.ok_or_else(missing)?)
}

fn role_entry(entry: &Value) -> Result<ProjectRole, String> {
    let slug = entry.get("role").and_then(Value::as_str);
    let slug = slug.ok_or_else(|| "must be an object with the text `role`".to_owned())?;
    if entry.get("isTemporary").is_some_and(|temporary| *temporary != Value::Bool(false)) {
        return Err("cannot be temporary: roles for a time are not supported".to_owned());
    }
    slug.parse::<ProjectRole>().map_err(|unknown| unknown.to_string())
}

fn wire(member: &Member) -> Wire {
    let membership = &member.membership;
    let role = |role: &ProjectRole| MembershipRole {
        id: format!("{}:{}", membership.id, role.slug()),
        role: role.slug().to_owned(),
        custom_role_id: None,
        custom_role_name: None,
        custom_role_slug: None,
        is_temporary: false,
        temporary_mode: None,
        temporary_range: None,
        temporary_access_start_time: None,
        temporary_access_end_time: None,
    };
    Wire {
        id: membership.id.to_string(),
        identity_id: membership.identity.to_string(),
        project_id: membership.project.to_string(),
        roles: membership.roles.iter().map(role).collect(),
        identity: summary(&member.identity),
        created_at: time::text(membership.created_at),
        updated_at: time::text(membership.updated_at),
    }
}
