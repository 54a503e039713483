//! Machine identities.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::identities::{
    CreateIdentityRequest, Identity as Wire, IdentityBody, IdentityList, IdentitySummary, LeasesOfHolderRequest,
    Metadata, OrganizationIdentity, OrganizationIdentityBody, OrganizationSummary, OwnIdentity, OwnIdentityDetails,
    SearchIdentitiesRequest, UpdateIdentityRequest,
};
use mayfly_app::{
    AppError,
    identities::{self as operations, IdentityChanges, IdentityQuery, NameFilter, NewIdentity, Order},
    leases::LeasesOfHolder,
};
use mayfly_domain::{
    access::{operation::Operation, role::OrganizationRole},
    identity::{Identity, MetadataEntry},
    ids::IdentityId,
};
use serde_json::Value;

use super::{
    Shared,
    caller::By,
    form::{Field, Form, at_most},
    json::Body,
    leases::lease_list,
    path::Path,
    place::query_fields,
    problem::Failure,
    time,
};

/// Make a machine identity.
#[utoipa::path(post, path = "/api/v1/identities", operation_id = "createIdentity", tag = "Identities",
    request_body = CreateIdentityRequest, responses((status = 200, body = IdentityBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<IdentityBody>, Failure> {
    let form = Form::body(&body);
    let name = form.required("name");
    let role = form.optional("role");
    let metadata = metadata(&form);
    let has_delete_protection = form.boolean("hasDeleteProtection");
    let new = form.finish(|| {
        Some(NewIdentity {
            name: name?,
            role: role?.unwrap_or(OrganizationRole::NoAccess),
            metadata: metadata?.unwrap_or_default(),
            has_delete_protection: has_delete_protection?.unwrap_or(false),
        })
    })?;
    let identity = operations::create(&shared.app, &caller, new).await?;
    Ok(Json(IdentityBody { identity: wire(&identity), leases_left: None }))
}

/// See an identity.
#[utoipa::path(get, path = "/api/v1/identities/{identityId}", operation_id = "getIdentity", tag = "Identities",
    params(("identityId" = String, Path)), responses((status = 200, body = OrganizationIdentityBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
) -> Result<Json<OrganizationIdentityBody>, Failure> {
    let identity = operations::get(&shared.app, &caller, identity_id(&id)?).await?;
    Ok(Json(OrganizationIdentityBody { identity: in_organization(&identity) }))
}

/// Change an identity. One that is disabled is shut out at once: its access tokens are refused, and its leases end unless
/// `leases` says otherwise.
#[utoipa::path(patch, path = "/api/v1/identities/{identityId}", operation_id = "updateIdentity", tag = "Identities",
    params(("identityId" = String, Path)), request_body = UpdateIdentityRequest,
    responses((status = 200, body = IdentityBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<IdentityBody>, Failure> {
    let form = Form::body(&body);
    let (name, role) = (form.optional("name"), form.optional("role"));
    let metadata = metadata(&form);
    let has_delete_protection = form.boolean("hasDeleteProtection");
    let is_disabled = form.boolean("isDisabled");
    let leases = leases_of_holder(&form);
    let changes = form.finish(|| {
        Some(IdentityChanges {
            name: name?,
            role: role?,
            metadata: metadata?,
            has_delete_protection: has_delete_protection?,
            is_disabled: is_disabled?,
            leases: leases?,
        })
    })?;
    let (identity, left) = operations::update(&shared.app, &caller, identity_id(&id)?, changes).await?;
    Ok(Json(IdentityBody { identity: wire(&identity), leases_left: left.as_deref().map(lease_list) }))
}

/// Remove an identity, what it logs in with and its memberships. Its leases end unless `leases` says otherwise; what is left
/// of them is named.
#[utoipa::path(delete, path = "/api/v1/identities/{identityId}", operation_id = "deleteIdentity", tag = "Identities",
    params(("identityId" = String, Path)), request_body = LeasesOfHolderRequest,
    responses((status = 200, body = IdentityBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<IdentityBody>, Failure> {
    let form = Form::body(&body);
    let leases = leases_of_holder(&form);
    let leases = form.finish(|| leases)?;
    let (identity, left) = operations::delete(&shared.app, &caller, identity_id(&id)?, leases).await?;
    Ok(Json(IdentityBody { identity: wire(&identity), leases_left: Some(lease_list(&left)) }))
}

/// `leases`: what becomes of the live leases of somebody who loses the right to have any.
pub(super) fn leases_of_holder(form: &Form<'_>) -> Field<LeasesOfHolder> {
    let read = |text: &str| match text {
        "end" => Ok(LeasesOfHolder::End),
        "run-out" => Ok(LeasesOfHolder::RunOut),
        _ => Err("must be `end` or `run-out`".to_owned()),
    };
    form.optional_with("leases", read).map(Option::unwrap_or_default)
}

/// List identities, by name.
#[utoipa::path(get, path = "/api/v1/identities", operation_id = "listIdentities", tag = "Identities",
    params(("orgId" = Option<String>, Query, description = "Taken for compatibility; there is one organization."),
        ("offset" = Option<i64>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = IdentityList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<IdentityList>, Failure> {
    let fields = query_fields(query.as_deref());
    let form = Form::query(&fields);
    let (limit, offset) = page(&form);
    let query = form.finish(|| {
        Some(IdentityQuery {
            name: NameFilter::Any,
            role: None,
            order: Order::Ascending,
            limit: limit?.unwrap_or(IdentityQuery::LONGEST_PAGE),
            offset: offset?.unwrap_or(0),
        })
    })?;
    let (identities, count) = operations::search(&shared.app, &caller, Operation::ListIdentities, query).await?;
    Ok(list_of(&identities, count))
}

/// Search identities by name and role.
#[utoipa::path(post, path = "/api/v1/identities/search", operation_id = "searchIdentities", tag = "Identities",
    request_body = SearchIdentitiesRequest, responses((status = 200, body = IdentityList)))]
pub(super) async fn search(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<IdentityList>, Failure> {
    const USUAL_PAGE: i64 = 50;
    let form = Form::body(&body);
    let (limit, offset) = page(&form);
    let order_by = form.optional_with("orderBy", |text| one_of(text, &["name"]).map(|_| ()));
    let direction = form.optional_with("orderDirection", |text| one_of(text, &["asc", "desc"]).map(str::to_owned));
    let criteria = form.optional_object("search");
    let name = criteria.as_ref().and_then(|inner| inner.as_ref().map_or(Some(NameFilter::Any), name_filter));
    let role = criteria.as_ref().and_then(|inner| inner.as_ref().map_or(Some(None), role_filter));
    let query = form.finish(|| {
        let ((), descending) = (order_by?.unwrap_or(()), direction?.is_some_and(|direction| direction == "desc"));
        Some(IdentityQuery {
            name: name?,
            role: role?,
            order: if descending { Order::Descending } else { Order::Ascending },
            limit: limit?.unwrap_or(USUAL_PAGE),
            offset: offset?.unwrap_or(0),
        })
    })?;
    let (identities, count) = operations::search(&shared.app, &caller, Operation::SearchIdentities, query).await?;
    Ok(list_of(&identities, count))
}

/// Who am I, and in which organization?
#[utoipa::path(get, path = "/api/v1/identities/details", operation_id = "getOwnIdentity", tag = "Identities",
    responses((status = 200, body = OwnIdentity)))]
pub(super) async fn own(State(shared): State<Shared>, By(caller): By) -> Result<Json<OwnIdentity>, Failure> {
    let own = operations::own(&shared.app, &caller).await?;
    Ok(Json(OwnIdentity {
        identity_details: OwnIdentityDetails {
            id: own.identity.id.to_string(),
            name: own.identity.name.to_string(),
            organization: OrganizationSummary {
                id: own.organization.id.to_string(),
                name: own.organization.name.to_string(),
                slug: own.organization.slug.to_string(),
            },
        },
    }))
}

/// `limit` and `offset`.
pub(super) fn page(form: &Form<'_>) -> (Field<Option<i64>>, Field<Option<i64>>) {
    (form.integer("limit", 1..=IdentityQuery::LONGEST_PAGE), form.integer("offset", 0..=i64::from(i32::MAX)))
}

/// The id in a path. What is no id names nothing.
pub(super) fn identity_id(text: &str) -> Result<IdentityId, AppError> {
    text.parse().map_err(|_| AppError::NotFound { what: "identity", name: text.to_owned() })
}

/// The free labels of a body.
pub(super) fn metadata(form: &Form<'_>) -> Field<Option<Vec<MetadataEntry>>> {
    const MOST: usize = 64;
    let read = |entry: &Value| {
        let part = |name: &str| entry.get(name).and_then(Value::as_str);
        let (Some(key), Some(value)) = (part("key"), part("value")) else {
            return Err("must be an object with the texts `key` and `value`".to_owned());
        };
        if key.trim().is_empty() || key.contains(char::is_whitespace) {
            return Err("must have a `key` without blanks".to_owned());
        }
        Ok(MetadataEntry { key: at_most(key, 255)?, value: at_most(value, 1020)? })
    };
    let entries = form.list("metadata", read)?;
    if entries.as_ref().is_some_and(|entries| entries.len() > MOST) {
        return form.fault("metadata", "too_long", format!("must have at most {MOST} entries"));
    }
    Some(entries)
}

fn name_filter(criteria: &Form<'_>) -> Option<NameFilter> {
    let malformed = || criteria.fault("name", "invalid_type", "must be text, or an object with `$contains` or `$eq`");
    match criteria.get("name") {
        None => Some(NameFilter::Any),
        Some(Value::String(text)) => Some(NameFilter::Contains(text.clone())),
        Some(Value::Object(operators)) => {
            let operand = |operator: &str| operators.get(operator).and_then(Value::as_str).map(str::to_owned);
            match (operand("$eq"), operand("$contains")) {
                (Some(text), None) => Some(NameFilter::Equals(text)),
                (None, Some(text)) => Some(NameFilter::Contains(text)),
                (None, None) | (Some(_), Some(_)) => malformed(),
            }
        }
        Some(_) => malformed(),
    }
}

fn role_filter(criteria: &Form<'_>) -> Field<Option<OrganizationRole>> {
    let text = match criteria.get("role") {
        None => return Some(None),
        Some(Value::String(text)) => Some(text.as_str()),
        Some(value) => value.get("$eq").and_then(Value::as_str),
    };
    match text.map(str::parse::<OrganizationRole>) {
        Some(Ok(role)) => Some(Some(role)),
        Some(Err(unknown)) => criteria.fault("role", "invalid_value", unknown.to_string()),
        None => criteria.fault("role", "invalid_type", "must be text, or an object with `$eq`"),
    }
}

fn one_of<'text>(text: &'text str, accepted: &[&str]) -> Result<&'text str, String> {
    if accepted.contains(&text) { Ok(text) } else { Err(format!("must be one of `{}`", accepted.join("`, `"))) }
}

fn list_of(identities: &[Identity], total_count: u64) -> Json<IdentityList> {
    Json(IdentityList { identities: identities.iter().map(in_organization).collect(), total_count })
}

pub(super) fn metadata_of(entries: &[MetadataEntry]) -> Vec<Metadata> {
    entries.iter().map(|entry| Metadata { key: entry.key.clone(), value: entry.value.clone() }).collect()
}

fn auth_methods(identity: &Identity) -> Vec<String> {
    identity.auth_methods.iter().map(|method| method.name().to_owned()).collect()
}

fn wire(identity: &Identity) -> Wire {
    Wire {
        id: identity.id.to_string(),
        name: identity.name.to_string(),
        org_id: identity.organization.to_string(),
        project_id: None,
        auth_methods: auth_methods(identity),
        has_delete_protection: identity.has_delete_protection,
        is_disabled: identity.is_disabled,
        metadata: metadata_of(&identity.metadata),
        created_at: time::text(identity.created_at),
        updated_at: time::text(identity.updated_at),
    }
}

pub(super) fn summary(identity: &Identity) -> IdentitySummary {
    IdentitySummary {
        id: identity.id.to_string(),
        name: identity.name.to_string(),
        auth_methods: auth_methods(identity),
        has_delete_protection: identity.has_delete_protection,
        is_disabled: identity.is_disabled,
    }
}

fn in_organization(identity: &Identity) -> OrganizationIdentity {
    OrganizationIdentity {
        id: identity.id.to_string(),
        identity_id: identity.id.to_string(),
        role: identity.role.slug().to_owned(),
        custom_role: None,
        org_id: identity.organization.to_string(),
        metadata: metadata_of(&identity.metadata),
        identity: summary(identity),
        created_at: time::text(identity.created_at),
        updated_at: time::text(identity.updated_at),
    }
}
