//! The roles of a membership on the wire, the same for all kinds of members.

use jiff::Timestamp;
use mayfly_api::memberships::{MembershipRole, MembershipRolesBody};
use mayfly_app::{
    AppError,
    leases::LeasesOfHolder,
    memberships::{Member, MemberRole, RoleWish, TemporaryWish},
};
use mayfly_domain::{access::role::ProjectRole, lease::Lease, membership::AssignedRole, ttl::Ttl};
use serde_json::{Map, Value};

use crate::http::{form::Form, identities::leases_of_holder, leases::lease_list, problem::Failure, time};

/// `role` of a role that the project made, as existing clients know it.
const CUSTOM: &str = "custom";

/// `roles`, or the one `role`.
pub(super) fn roles(body: &Map<String, Value>) -> Result<Option<Vec<RoleWish>>, Failure> {
    let form = Form::body(body);
    let one = form.optional_with("role", |text| Ok(text.to_owned()));
    let several = form.list("roles", role_entry);
    let roles = form.finish(|| {
        let one = one?.map(|slug| vec![RoleWish { slug, temporary: None }]);
        Some(several?.filter(|roles| !roles.is_empty()).or(one))
    })?;
    Ok(roles)
}

/// The roles of somebody new: none unless some are named.
pub(super) fn first_roles(body: &Map<String, Value>) -> Result<Vec<RoleWish>, Failure> {
    let none = || vec![RoleWish { slug: ProjectRole::NoAccess.slug().to_owned(), temporary: None }];
    Ok(roles(body)?.unwrap_or_else(none))
}

/// A change says what to change to: nothing at all must not take every right away.
pub(super) fn required_roles(body: &Map<String, Value>) -> Result<Vec<RoleWish>, Failure> {
    let missing = || AppError::field(&["roles"], "required", "is required: one role at least");
    Ok(roles(body)?.ok_or_else(missing)?)
}

/// `leases`, of a change that may take the last right to lease away.
pub(super) fn leases(body: &Map<String, Value>) -> Result<LeasesOfHolder, Failure> {
    let form = Form::body(body);
    let leases = leases_of_holder(&form);
    Ok(form.finish(|| leases)?)
}

fn role_entry(entry: &Value) -> Result<RoleWish, String> {
    let slug = entry.get("role").and_then(Value::as_str);
    let slug = slug.ok_or_else(|| "must be an object with the text `role`".to_owned())?.to_owned();
    match entry.get("isTemporary") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(RoleWish { slug, temporary: None }),
        Some(Value::Bool(true)) => Ok(RoleWish { slug, temporary: Some(temporary(entry)?) }),
        Some(_) => Err("must have true or false as `isTemporary`".to_owned()),
    }
}

fn temporary(entry: &Value) -> Result<TemporaryWish, String> {
    let text = |name: &str| match entry.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("must have text as `{name}`")),
    };
    if text("temporaryMode")?.is_some_and(|mode| mode != "relative") {
        return Err("must have `relative` as `temporaryMode`".to_owned());
    }
    let range = text("temporaryRange")?.ok_or("must have a `temporaryRange`, such as `8h`")?;
    let range = range.parse::<Ttl>().map_err(|invalid| format!("has a `temporaryRange` that {invalid}"))?;
    let from = text("temporaryAccessStartTime")?.map(str::parse::<Timestamp>).transpose();
    let from = from.map_err(|_| "must have a time such as `2026-11-26T08:00:00Z` as `temporaryAccessStartTime`")?;
    Ok(TemporaryWish { range, from })
}

/// A member's new roles, and what is left of their leases where they may have none any more.
pub(super) fn body_of(member: &Member, left: Option<&[Lease]>) -> MembershipRolesBody {
    MembershipRolesBody { roles: wire(member), leases_left: left.map(lease_list) }
}

/// The roles of a member, in their order.
pub(super) fn wire(member: &Member) -> Vec<MembershipRole> {
    let assigned = member.membership.roles.iter().zip(&member.roles);
    assigned.map(|(assigned, said)| role(&member.membership.id.to_string(), assigned, said)).collect()
}

fn role(membership: &str, assigned: &AssignedRole, said: &MemberRole) -> MembershipRole {
    let custom = assigned.custom();
    let is_custom = custom.is_some();
    let span = assigned.temporary.as_ref().map(mayfly_domain::membership::Temporary::span);
    MembershipRole {
        id: format!("{membership}:{}", said.slug),
        role: if is_custom { CUSTOM.to_owned() } else { said.slug.clone() },
        custom_role_id: custom.map(|id| id.to_string()),
        custom_role_name: said.custom_name.clone(),
        custom_role_slug: is_custom.then(|| said.slug.clone()),
        is_temporary: span.is_some(),
        temporary_mode: span.map(|_| "relative".to_owned()),
        temporary_range: assigned.temporary.as_ref().map(|temporary| temporary.range.to_string()),
        temporary_access_start_time: span.map(|span| time::text(span.from)),
        temporary_access_end_time: span.map(|span| time::text(span.until)),
    }
}
