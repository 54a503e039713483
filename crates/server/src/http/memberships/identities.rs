//! What identities may do in a project, by the newer paths and the older ones.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::identities::LeasesOfHolderRequest;
use mayfly_api::memberships::{
    Membership as Wire, MembershipBody, MembershipList, MembershipRequest, MembershipRolesBody,
};
use mayfly_app::{
    AppError,
    memberships::{self as operations, Member, MemberKind, RolesChange, Who},
    projects::ProjectName,
};
use mayfly_domain::{lease::Lease, membership::Principal};

use super::roles;
use crate::http::{
    Shared,
    caller::By,
    form::Form,
    identities::{identity_id, summary},
    json::Body,
    leases::lease_list,
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
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, identity)): Ids,
    Body(body): Body,
) -> Result<Json<MembershipBody>, Failure> {
    let wishes = roles::first_roles(&body)?;
    let (project, identity) = (ProjectName::id(&project), principal(&identity)?);
    let member = operations::create(&shared.app, &caller, &project, identity, wishes).await?;
    body_of(&member, None)
}

/// Change the roles of an identity in a project.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "updateMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = MembershipRolesBody)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, identity)): Ids,
    Body(body): Body,
) -> Result<Json<MembershipRolesBody>, Failure> {
    let change = RolesChange { roles: roles::required_roles(&body)?, leases: roles::leases(&body)? };
    let (project, identity) = (ProjectName::id(&project), principal(&identity)?);
    let (member, left) = operations::update(&shared.app, &caller, &project, identity, change).await?;
    Ok(Json(roles::body_of(&member, left.as_deref())))
}

/// Remove an identity from a project. Its leases there end unless `leases` says otherwise; what is left of them is named.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "deleteMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    request_body = LeasesOfHolderRequest, responses((status = 200, body = MembershipBody)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, identity)): Ids,
    Body(body): Body,
) -> Result<Json<MembershipBody>, Failure> {
    let leases = roles::leases(&body)?;
    let (project, identity) = (ProjectName::id(&project), principal(&identity)?);
    let (member, left) = operations::delete(&shared.app, &caller, &project, identity, leases).await?;
    body_of(&member, Some(&left))
}

/// See what an identity may do in a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "getMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    responses((status = 200, body = MembershipBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, identity)): Ids,
) -> Result<Json<MembershipBody>, Failure> {
    let (project, identity) = (ProjectName::id(&project), principal(&identity)?);
    let member = operations::get(&shared.app, &caller, &project, identity).await?;
    body_of(&member, None)
}

/// See a membership by its own id (older path).
#[utoipa::path(get, path = "/api/v2/workspace/identity-memberships/{membershipId}", tag = "Memberships (older paths)",
    operation_id = "getMembershipById", params(("membershipId" = String, Path)),
    responses((status = 200, body = MembershipBody)))]
pub(in crate::http) async fn get_by_id(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<MembershipBody>, Failure> {
    let id = id.parse().map_err(|_| AppError::NotFound { what: "membership", name: id })?;
    let member = operations::get_by_id(&shared.app, &caller, id).await?;
    body_of(&member, None)
}

/// List a project's memberships, oldest first.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/identities", tag = "Memberships",
    operation_id = "listMemberships",
    params(("projectId" = String, Path), ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = MembershipList)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    Path(project): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<MembershipList>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    let page = super::page(&form)?;
    let project = ProjectName::id(&project);
    let (members, total_count) = operations::list(&shared.app, &caller, &project, MemberKind::Identity, page).await?;
    let identity_memberships = members.iter().map(wire).collect::<Result<_, _>>()?;
    Ok(Json(MembershipList { identity_memberships, total_count }))
}

fn principal(text: &str) -> Result<Principal, AppError> {
    identity_id(text).map(Principal::Identity)
}

fn body_of(member: &Member, left: Option<&[Lease]>) -> Result<Json<MembershipBody>, Failure> {
    let leases_left = left.map(lease_list);
    Ok(Json(MembershipBody { identity_membership: wire(member)?, leases_left }))
}

fn wire(member: &Member) -> Result<Wire, AppError> {
    let Who::Identity(identity) = &member.who else {
        return Err(AppError::Bug("a machine's membership is somebody else's"));
    };
    let membership = &member.membership;
    Ok(Wire {
        id: membership.id.to_string(),
        identity_id: identity.id.to_string(),
        project_id: membership.project.to_string(),
        roles: roles::wire(member),
        identity: summary(identity),
        created_at: time::text(membership.created_at),
        updated_at: time::text(membership.updated_at),
    })
}
