//! What the five operations on members do, the same for machines, people and groups.

use axum::Json;
use mayfly_api::{leases::Lease as LeaseWire, memberships::MembershipRolesBody};
use mayfly_app::{
    AppError,
    memberships::{self as operations, Member, MemberKind, RolesChange},
    projects::ProjectName,
};
use mayfly_domain::{caller::Caller, lease::Lease, membership::Principal};
use serde_json::{Map, Value};

use super::{page, roles};
use crate::http::{Shared, form::Form, leases::lease_list, place::query_fields, problem::Failure};

/// The ids in a path: of the project, and of the member.
pub(super) type Ids = (String, String);

/// How one kind of members looks from outside.
pub(super) trait Members {
    const KIND: MemberKind;
    /// Whether a field that nobody knows is refused; where existing clients come, it is not.
    const REFUSES_UNKNOWN: bool;
    /// One membership.
    type Membership;
    /// One membership, alone.
    type Body;
    /// A page of them.
    type List;

    /// The id in a path. What is no id names nobody.
    fn principal(id: &str) -> Result<Principal, AppError>;
    fn membership(member: &Member) -> Result<Self::Membership, AppError>;
    /// With the leases that are left, where some may be.
    fn body(membership: Self::Membership, leases_left: Option<Vec<LeaseWire>>) -> Self::Body;
    fn list(memberships: Vec<Self::Membership>, total_count: u64) -> Self::List;
}

pub(super) async fn create<M: Members>(
    shared: &Shared,
    caller: &Caller,
    (project, id): &Ids,
    body: &Map<String, Value>,
) -> Result<Json<M::Body>, Failure> {
    nothing_but::<M>(body, &["role", "roles"])?;
    let wishes = roles::first_roles(body)?;
    let (project, principal) = (ProjectName::id(project), M::principal(id)?);
    let member = operations::create(&shared.app, caller, &project, principal, wishes).await?;
    body_of::<M>(&member, None)
}

pub(super) async fn update<M: Members>(
    shared: &Shared,
    caller: &Caller,
    (project, id): &Ids,
    body: &Map<String, Value>,
) -> Result<Json<MembershipRolesBody>, Failure> {
    nothing_but::<M>(body, &["role", "roles", "leases"])?;
    let change = RolesChange { roles: roles::required_roles(body)?, leases: roles::leases(body)? };
    let (project, principal) = (ProjectName::id(project), M::principal(id)?);
    let (member, left) = operations::update(&shared.app, caller, &project, principal, change).await?;
    Ok(Json(roles::body_of(&member, left.as_deref())))
}

pub(super) async fn delete<M: Members>(
    shared: &Shared,
    caller: &Caller,
    (project, id): &Ids,
    body: &Map<String, Value>,
) -> Result<Json<M::Body>, Failure> {
    nothing_but::<M>(body, &["leases"])?;
    let leases = roles::leases(body)?;
    let (project, principal) = (ProjectName::id(project), M::principal(id)?);
    let (member, left) = operations::delete(&shared.app, caller, &project, principal, leases).await?;
    body_of::<M>(&member, Some(&left))
}

pub(super) async fn get<M: Members>(
    shared: &Shared,
    caller: &Caller,
    (project, id): &Ids,
) -> Result<Json<M::Body>, Failure> {
    let (project, principal) = (ProjectName::id(project), M::principal(id)?);
    body_of::<M>(&operations::get(&shared.app, caller, &project, principal).await?, None)
}

pub(super) async fn list<M: Members>(
    shared: &Shared,
    caller: &Caller,
    project: &str,
    query: Option<&str>,
) -> Result<Json<M::List>, Failure> {
    let fields = query_fields(query);
    let form = Form::query(&fields);
    if M::REFUSES_UNKNOWN {
        form.only(&["limit", "offset"]);
    }
    let page = page(&form)?;
    let project = ProjectName::id(project);
    let (members, total_count) = operations::list(&shared.app, caller, &project, M::KIND, page).await?;
    let memberships = members.iter().map(M::membership).collect::<Result<_, _>>()?;
    Ok(Json(M::list(memberships, total_count)))
}

/// One membership, with the leases that are `left` where some may be.
pub(super) fn body_of<M: Members>(member: &Member, left: Option<&[Lease]>) -> Result<Json<M::Body>, Failure> {
    Ok(Json(M::body(M::membership(member)?, left.map(lease_list))))
}

fn nothing_but<M: Members>(body: &Map<String, Value>, known: &[&str]) -> Result<(), Failure> {
    if M::REFUSES_UNKNOWN {
        Form::body(body).nothing_but(known)?;
    }
    Ok(())
}
