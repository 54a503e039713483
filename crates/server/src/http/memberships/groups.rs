//! What groups may do in a project.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::identities::LeasesOfHolderRequest;
use mayfly_api::memberships::{
    GroupMembership as Wire, GroupMembershipBody, GroupMembershipList, MembershipRequest, MembershipRolesBody,
};
use mayfly_app::{
    AppError,
    memberships::{self as operations, Member, MemberKind, RolesChange, Who},
    projects::ProjectName,
};
use mayfly_domain::{ids::GroupId, lease::Lease, membership::Principal};

use super::roles;
use crate::http::{
    Shared, caller::By, form::Form, groups, json::Body, leases::lease_list, path::Path, place::query_fields,
    problem::Failure, time,
};

type Ids = Path<(String, String)>;

/// Add a group to a project.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/memberships/groups/{groupId}", tag = "Memberships",
    operation_id = "createGroupMembership", params(("projectId" = String, Path), ("groupId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = GroupMembershipBody)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Ids,
    Body(body): Body,
) -> Result<Json<GroupMembershipBody>, Failure> {
    Form::body(&body).nothing_but(&["role", "roles"])?;
    let wishes = roles::first_roles(&body)?;
    let (project, principal) = (ProjectName::id(&project), principal(&id)?);
    let member = operations::create(&shared.app, &caller, &project, principal, wishes).await?;
    body_of(&member, None)
}

/// Change the roles of a group in a project.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/memberships/groups/{groupId}", tag = "Memberships",
    operation_id = "updateGroupMembership", params(("projectId" = String, Path), ("groupId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = MembershipRolesBody)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Ids,
    Body(body): Body,
) -> Result<Json<MembershipRolesBody>, Failure> {
    Form::body(&body).nothing_but(&["role", "roles", "leases"])?;
    let change = RolesChange { roles: roles::required_roles(&body)?, leases: roles::leases(&body)? };
    let (project, principal) = (ProjectName::id(&project), principal(&id)?);
    let (member, left) = operations::update(&shared.app, &caller, &project, principal, change).await?;
    Ok(Json(roles::body_of(&member, left.as_deref())))
}

/// Remove a group from a project.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/memberships/groups/{groupId}", tag = "Memberships",
    operation_id = "deleteGroupMembership", params(("projectId" = String, Path), ("groupId" = String, Path)),
    request_body = LeasesOfHolderRequest, responses((status = 200, body = GroupMembershipBody)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Ids,
    Body(body): Body,
) -> Result<Json<GroupMembershipBody>, Failure> {
    Form::body(&body).nothing_but(&["leases"])?;
    let leases = roles::leases(&body)?;
    let (project, principal) = (ProjectName::id(&project), principal(&id)?);
    let (member, left) = operations::delete(&shared.app, &caller, &project, principal, leases).await?;
    body_of(&member, Some(&left))
}

/// See what a group may do in a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/groups/{groupId}", tag = "Memberships",
    operation_id = "getGroupMembership", params(("projectId" = String, Path), ("groupId" = String, Path)),
    responses((status = 200, body = GroupMembershipBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Ids,
) -> Result<Json<GroupMembershipBody>, Failure> {
    let (project, principal) = (ProjectName::id(&project), principal(&id)?);
    let member = operations::get(&shared.app, &caller, &project, principal).await?;
    body_of(&member, None)
}

/// List a project's groups, oldest first.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/groups", tag = "Memberships",
    operation_id = "listGroupMemberships",
    params(("projectId" = String, Path), ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = GroupMembershipList)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    Path(project): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<GroupMembershipList>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    form.only(&["limit", "offset"]);
    let page = super::page(&form)?;
    let project = ProjectName::id(&project);
    let (members, total_count) = operations::list(&shared.app, &caller, &project, MemberKind::Group, page).await?;
    let group_memberships = members.iter().map(wire).collect::<Result<_, _>>()?;
    Ok(Json(GroupMembershipList { group_memberships, total_count }))
}

/// The id in a path. What is no id names nobody.
fn principal(text: &str) -> Result<Principal, AppError> {
    let id: Result<GroupId, _> = text.parse();
    id.map(Principal::Group).map_err(|_| AppError::NotFound { what: "group", name: text.to_owned() })
}

fn body_of(member: &Member, left: Option<&[Lease]>) -> Result<Json<GroupMembershipBody>, Failure> {
    let leases_left = left.map(lease_list);
    Ok(Json(GroupMembershipBody { group_membership: wire(member)?, leases_left }))
}

fn wire(member: &Member) -> Result<Wire, AppError> {
    let Who::Group(group) = &member.who else { return Err(AppError::Bug("a group's membership is somebody else's")) };
    let membership = &member.membership;
    Ok(Wire {
        id: membership.id.to_string(),
        group_id: group.id.to_string(),
        project_id: membership.project.to_string(),
        roles: roles::wire(member),
        group: groups::wire(group),
        created_at: time::text(membership.created_at),
        updated_at: time::text(membership.updated_at),
    })
}
