//! Groups of people and machines.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::{
    groups::{
        Group as Wire, GroupBody, GroupList, GroupMember as WireMember, GroupMemberBody, GroupMemberList, GroupRequest,
        GroupUpdateRequest,
    },
    identities::LeasesOfHolderRequest,
};
use mayfly_app::{
    AppError,
    groups::{self as operations, GroupChanges, GroupMember},
    leases::LeasesOfHolder,
};
use mayfly_domain::{group::Group, ids::GroupId, membership::Principal};
use serde_json::{Map, Value};

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    identities::leases_of_holder,
    json::Body,
    leases::lease_list,
    page::{page, page_with},
    path::Path,
    problem::Failure,
    time,
};

/// More than a screen shows.
const LONGEST_PAGE: i64 = 100;

/// Make an empty group.
#[utoipa::path(post, path = "/api/v1/groups", operation_id = "createGroup", tag = "Groups",
    request_body = GroupRequest, responses((status = 200, body = GroupBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<GroupBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["name", "slug"]);
    let (name, slug) = (form.required("name"), form.required("slug"));
    let (name, slug) = form.finish(|| Some((name?, slug?)))?;
    let group = operations::create(&shared.app, &caller, name, slug).await?;
    Ok(Json(GroupBody { group: wire(&group), leases_left: None }))
}

/// List groups, oldest first.
#[utoipa::path(get, path = "/api/v1/groups", operation_id = "listGroups", tag = "Groups",
    params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = GroupList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<GroupList>, Failure> {
    let (after, limit) = page(query.as_deref(), LONGEST_PAGE)?;
    let (groups, next) = operations::list(&shared.app, &caller, after, limit).await?;
    Ok(Json(GroupList { groups: groups.iter().map(wire).collect(), next_cursor: next.map(|id| id.to_string()) }))
}

/// See a group.
#[utoipa::path(get, path = "/api/v1/groups/{groupId}", operation_id = "getGroup", tag = "Groups",
    params(("groupId" = String, Path)), responses((status = 200, body = GroupBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<GroupBody>, Failure> {
    let group = operations::get(&shared.app, &caller, group_id(&id)?).await?;
    Ok(Json(GroupBody { group: wire(&group), leases_left: None }))
}

/// Rename a group.
#[utoipa::path(patch, path = "/api/v1/groups/{groupId}", operation_id = "updateGroup", tag = "Groups",
    params(("groupId" = String, Path)), request_body = GroupUpdateRequest,
    responses((status = 200, body = GroupBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<GroupBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["name", "slug"]);
    let (name, slug) = (form.optional("name"), form.optional("slug"));
    let changes = form.finish(|| Some(GroupChanges { name: name?, slug: slug? }))?;
    let group = operations::update(&shared.app, &caller, group_id(&id)?, changes).await?;
    Ok(Json(GroupBody { group: wire(&group), leases_left: None }))
}

/// Remove a group; what its members held through it they hold no more. Leases of those who may have none any more end unless
/// `leases` says otherwise; what is left of them is named.
#[utoipa::path(delete, path = "/api/v1/groups/{groupId}", operation_id = "deleteGroup", tag = "Groups",
    params(("groupId" = String, Path)), request_body = LeasesOfHolderRequest, responses((status = 200, body = GroupBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<GroupBody>, Failure> {
    let leases = leases(&body)?;
    let (group, left) = operations::delete(&shared.app, &caller, group_id(&id)?, leases).await?;
    Ok(Json(GroupBody { group: wire(&group), leases_left: left.as_deref().map(lease_list) }))
}

/// List who is in a group, by id.
#[utoipa::path(get, path = "/api/v1/groups/{groupId}/members", operation_id = "listGroupMembers", tag = "Groups",
    params(("groupId" = String, Path), ("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = GroupMemberList)))]
pub(super) async fn members(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<GroupMemberList>, Failure> {
    let (after, limit) = page_with(query.as_deref(), LONGEST_PAGE, principal_cursor)?;
    let (members, next) = operations::members(&shared.app, &caller, group_id(&id)?, after, limit).await?;
    let members = members.iter().map(member_wire).collect();
    Ok(Json(GroupMemberList { members, next_cursor: next.as_ref().map(cursor_text) }))
}

/// Take a person or a machine into a group: `memberType` is `users` or `identities`.
#[utoipa::path(post, path = "/api/v1/groups/{groupId}/members/{memberType}/{memberId}", operation_id = "addGroupMember",
    tag = "Groups", params(("groupId" = String, Path), ("memberType" = String, Path), ("memberId" = String, Path)),
    responses((status = 200, body = GroupMemberBody)))]
pub(super) async fn add(
    State(shared): State<Shared>,
    By(caller): By,
    Path((group, kind, id)): Path<(String, String, String)>,
    Body(body): Body,
) -> Result<Json<GroupMemberBody>, Failure> {
    Form::body(&body).nothing()?;
    let member = operations::add(&shared.app, &caller, group_id(&group)?, member(&kind, &id)?).await?;
    Ok(Json(GroupMemberBody { member: member_wire(&member) }))
}

/// Take a person or a machine out of a group. Their leases end where they may have none any more, unless `leases` says
/// otherwise; what is left of them is named.
#[utoipa::path(delete, path = "/api/v1/groups/{groupId}/members/{memberType}/{memberId}",
    operation_id = "removeGroupMember", tag = "Groups",
    params(("groupId" = String, Path), ("memberType" = String, Path), ("memberId" = String, Path)),
    request_body = LeasesOfHolderRequest, responses((status = 200, body = GroupBody)))]
pub(super) async fn remove(
    State(shared): State<Shared>,
    By(caller): By,
    Path((group, kind, id)): Path<(String, String, String)>,
    Body(body): Body,
) -> Result<Json<GroupBody>, Failure> {
    let (leases, member) = (leases(&body)?, member(&kind, &id)?);
    let (group, left) = operations::remove(&shared.app, &caller, group_id(&group)?, member, leases).await?;
    Ok(Json(GroupBody { group: wire(&group), leases_left: left.as_deref().map(lease_list) }))
}

/// What becomes of the leases of those who may have none any more.
fn leases(body: &Map<String, Value>) -> Result<LeasesOfHolder, AppError> {
    let form = Form::body(body);
    form.only(&["leases"]);
    let leases = leases_of_holder(&form);
    form.finish(|| leases)
}

/// The id in a path. What is no id names nothing.
fn group_id(text: &str) -> Result<GroupId, AppError> {
    text.parse().map_err(|_| AppError::NotFound { what: "group", name: text.to_owned() })
}

fn member(kind: &str, id: &str) -> Result<Principal, AppError> {
    let (kind, what) = match kind {
        "users" => ("user", "user"),
        "identities" => ("identity", "identity"),
        _ => return Err(AppError::NotFound { what: "kind of member", name: kind.to_owned() }),
    };
    Principal::named(kind, id).ok_or_else(|| AppError::NotFound { what, name: id.to_owned() })
}

/// Where the next page of people and machines goes on: `user:<id>` or `identity:<id>`.
pub(super) fn principal_cursor(form: &Form<'_>) -> Field<Option<Principal>> {
    form.optional_with("cursor", |text| {
        let named = text.split_once(':').and_then(|(kind, id)| Principal::named(kind, id));
        named.ok_or_else(|| "must be the `nextCursor` of the page before".to_owned())
    })
}

/// See [`principal_cursor`].
pub(super) fn cursor_text(principal: &Principal) -> String {
    format!("{}:{principal}", principal.kind())
}

fn member_wire(member: &GroupMember) -> WireMember {
    WireMember {
        kind: member.principal.kind().to_owned(),
        id: member.principal.to_string(),
        since: time::text(member.since),
        sso_provider_id: member.through.map(|id| id.to_string()),
    }
}

/// A group on the wire.
pub(super) fn wire(group: &Group) -> Wire {
    Wire {
        id: group.id.to_string(),
        org_id: group.organization.to_string(),
        name: group.name.to_string(),
        slug: group.slug.to_string(),
        created_at: time::text(group.created_at),
        updated_at: time::text(group.updated_at),
    }
}
