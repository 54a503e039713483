//! What identities may do in a project, by the newer paths and the older ones.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::identities::LeasesOfHolderRequest;
use mayfly_api::leases::Lease;
use mayfly_api::memberships::{
    Membership as Wire, MembershipBody, MembershipList, MembershipRequest, MembershipRolesBody,
};
use mayfly_app::{
    AppError,
    memberships::{self as operations, Member, MemberKind, Who},
};
use mayfly_domain::membership::Principal;

use super::{
    members::{self, Ids, Members},
    roles,
};
use crate::http::{
    Shared,
    caller::By,
    identities::{identity_id, summary},
    json::Body,
    path::Path,
    problem::Failure,
    time,
};

/// Members that are machines.
struct Machines;

/// Add an identity to a project.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "createMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = MembershipBody)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<MembershipBody>, Failure> {
    members::create::<Machines>(&shared, &caller, &ids, &body).await
}

/// Change the roles of an identity in a project.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "updateMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    request_body = MembershipRequest, responses((status = 200, body = MembershipRolesBody)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<MembershipRolesBody>, Failure> {
    members::update::<Machines>(&shared, &caller, &ids, &body).await
}

/// Remove an identity from a project. Its leases there end unless `leases` says otherwise; what is left of them is named.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "deleteMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    request_body = LeasesOfHolderRequest, responses((status = 200, body = MembershipBody)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
    Body(body): Body,
) -> Result<Json<MembershipBody>, Failure> {
    members::delete::<Machines>(&shared, &caller, &ids, &body).await
}

/// See what an identity may do in a project.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/memberships/identities/{identityId}", tag = "Memberships",
    operation_id = "getMembership", params(("projectId" = String, Path), ("identityId" = String, Path)),
    responses((status = 200, body = MembershipBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(ids): Path<Ids>,
) -> Result<Json<MembershipBody>, Failure> {
    members::get::<Machines>(&shared, &caller, &ids).await
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
    members::body_of::<Machines>(&member, None)
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
    members::list::<Machines>(&shared, &caller, &project, query.as_deref()).await
}

impl Members for Machines {
    const KIND: MemberKind = MemberKind::Identity;
    const REFUSES_UNKNOWN: bool = false;
    type Membership = Wire;
    type Body = MembershipBody;
    type List = MembershipList;

    fn principal(text: &str) -> Result<Principal, AppError> {
        identity_id(text).map(Principal::Identity)
    }

    fn membership(member: &Member) -> Result<Wire, AppError> {
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

    fn body(identity_membership: Wire, leases_left: Option<Vec<Lease>>) -> MembershipBody {
        MembershipBody { identity_membership, leases_left }
    }

    fn list(identity_memberships: Vec<Wire>, total_count: u64) -> MembershipList {
        MembershipList { identity_memberships, total_count }
    }
}
