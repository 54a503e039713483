//! What groups may do in a project.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::identities::LeasesOfHolderRequest;
use mayfly_api::leases::Lease;
use mayfly_api::memberships::{
    GroupMembership as Wire, GroupMembershipBody, GroupMembershipList, MembershipRequest, MembershipRolesBody,
};
use mayfly_app::{
    AppError,
    memberships::{Member, MemberKind, Who},
};
use mayfly_domain::{ids::GroupId, membership::Principal};

use super::{
    members::{self, Ids, Members},
    roles,
};
use crate::http::{Shared, caller::By, groups, json::Body, path::Path, problem::Failure, time};

/// Members that are groups.
struct Groups;

/// Add a group to a project.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/memberships/groups/{groupId}", tag = "Memberships",
    operation_id = "createGroupMembership", params(("projectId" = String, Path), ("groupId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = GroupMembershipBody)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<GroupMembershipBody>, Failure> {
    members::create::<Groups>(&shared, &caller, &ids, &body).await
}

/// Change the roles of a group in a project.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/memberships/groups/{groupId}", tag = "Memberships",
    operation_id = "updateGroupMembership", params(("projectId" = String, Path), ("groupId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = MembershipRolesBody)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<MembershipRolesBody>, Failure> {
    members::update::<Groups>(&shared, &caller, &ids, &body).await
}

/// Remove a group from a project.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/memberships/groups/{groupId}", tag = "Memberships",
    operation_id = "deleteGroupMembership", params(("projectId" = String, Path), ("groupId" = String, Path)),
    request_body = LeasesOfHolderRequest, responses((status = 200, body = GroupMembershipBody)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<GroupMembershipBody>, Failure> {
    members::delete::<Groups>(&shared, &caller, &ids, &body).await
}

/// See what a group may do in a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/groups/{groupId}", tag = "Memberships",
    operation_id = "getGroupMembership", params(("projectId" = String, Path), ("groupId" = String, Path)),
    responses((status = 200, body = GroupMembershipBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
) -> Result<Json<GroupMembershipBody>, Failure> {
    members::get::<Groups>(&shared, &caller, &ids).await
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
    members::list::<Groups>(&shared, &caller, &project, query.as_deref()).await
}

impl Members for Groups {
    const KIND: MemberKind = MemberKind::Group;
    const REFUSES_UNKNOWN: bool = true;
    type Membership = Wire;
    type Body = GroupMembershipBody;
    type List = GroupMembershipList;

    fn principal(text: &str) -> Result<Principal, AppError> {
        let id: Result<GroupId, _> = text.parse();
        id.map(Principal::Group).map_err(|_| AppError::NotFound { what: "group", name: text.to_owned() })
    }

    fn membership(member: &Member) -> Result<Wire, AppError> {
        let Who::Group(group) = &member.who else {
            return Err(AppError::Bug("a group's membership is somebody else's"));
        };
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

    fn body(group_membership: Wire, leases_left: Option<Vec<Lease>>) -> GroupMembershipBody {
        GroupMembershipBody { group_membership, leases_left }
    }

    fn list(group_memberships: Vec<Wire>, total_count: u64) -> GroupMembershipList {
        GroupMembershipList { group_memberships, total_count }
    }
}
