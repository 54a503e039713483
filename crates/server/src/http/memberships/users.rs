//! What people may do in a project.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::identities::LeasesOfHolderRequest;
use mayfly_api::leases::Lease;
use mayfly_api::memberships::{
    MembershipRequest, MembershipRolesBody, UserMembership as Wire, UserMembershipBody, UserMembershipList, UserSummary,
};
use mayfly_app::{
    AppError,
    memberships::{Member, MemberKind, Who},
};
use mayfly_domain::{ids::UserId, membership::Principal};

use super::{
    members::{self, Ids, Members},
    roles,
};
use crate::http::{Shared, caller::By, json::Body, path::Path, problem::Failure, time};

/// Members who are people.
struct People;

/// Add a person to a project.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/memberships/users/{userId}", tag = "Memberships",
    operation_id = "createUserMembership", params(("projectId" = String, Path), ("userId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = UserMembershipBody)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<UserMembershipBody>, Failure> {
    members::create::<People>(&shared, &caller, &ids, &body).await
}

/// Change the roles of a person in a project.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/memberships/users/{userId}", tag = "Memberships",
    operation_id = "updateUserMembership", params(("projectId" = String, Path), ("userId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = MembershipRolesBody)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<MembershipRolesBody>, Failure> {
    members::update::<People>(&shared, &caller, &ids, &body).await
}

/// Remove a person from a project.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/memberships/users/{userId}", tag = "Memberships",
    operation_id = "deleteUserMembership", params(("projectId" = String, Path), ("userId" = String, Path)),
    request_body = LeasesOfHolderRequest, responses((status = 200, body = UserMembershipBody)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<UserMembershipBody>, Failure> {
    members::delete::<People>(&shared, &caller, &ids, &body).await
}

/// See what a person may do in a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/users/{userId}", tag = "Memberships",
    operation_id = "getUserMembership", params(("projectId" = String, Path), ("userId" = String, Path)),
    responses((status = 200, body = UserMembershipBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
) -> Result<Json<UserMembershipBody>, Failure> {
    members::get::<People>(&shared, &caller, &ids).await
}

/// List a project's people, oldest first.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/users", tag = "Memberships",
    operation_id = "listUserMemberships",
    params(("projectId" = String, Path), ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = UserMembershipList)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    Path(project): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<UserMembershipList>, Failure> {
    members::list::<People>(&shared, &caller, &project, query.as_deref()).await
}

impl Members for People {
    const KIND: MemberKind = MemberKind::User;
    const REFUSES_UNKNOWN: bool = true;
    type Membership = Wire;
    type Body = UserMembershipBody;
    type List = UserMembershipList;

    fn principal(text: &str) -> Result<Principal, AppError> {
        let id: Result<UserId, _> = text.parse();
        id.map(Principal::User).map_err(|_| AppError::NotFound { what: "user", name: text.to_owned() })
    }

    fn membership(member: &Member) -> Result<Wire, AppError> {
        let Who::User(user) = &member.who else {
            return Err(AppError::Bug("a person's membership is somebody else's"));
        };
        let membership = &member.membership;
        Ok(Wire {
            id: membership.id.to_string(),
            user_id: user.id.to_string(),
            project_id: membership.project.to_string(),
            roles: roles::wire(member),
            user: UserSummary { id: user.id.to_string(), email: user.email.clone() },
            created_at: time::text(membership.created_at),
            updated_at: time::text(membership.updated_at),
        })
    }

    fn body(user_membership: Wire, leases_left: Option<Vec<Lease>>) -> UserMembershipBody {
        UserMembershipBody { user_membership, leases_left }
    }

    fn list(user_memberships: Vec<Wire>, total_count: u64) -> UserMembershipList {
        UserMembershipList { user_memberships, total_count }
    }
}
