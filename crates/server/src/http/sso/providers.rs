//! The identity providers by which people sign in.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::sso::{
    SsoCheck as WireCheck, SsoGroupMapping, SsoLink as WireLink, SsoLinkBody, SsoLinkList, SsoProvider as Wire,
    SsoProviderBody, SsoProviderList, SsoProviderRequest, SsoProviderUpdateRequest, SsoTestBody,
};
use mayfly_app::{
    dynamic_secrets::check,
    sso::{self as operations, LinkPage, NewSsoProvider, ProviderPage, SsoChanges, SsoLink},
};
use mayfly_domain::{
    connection::ClusterUrl,
    sensitive::Sensitive,
    sso::{GroupMapping, SsoTerms},
};
use serde_json::Value;

use crate::http::{
    Shared,
    caller::By,
    form::{Field, Form, at_most},
    json::Body,
    outside_auth::address,
    page::page,
    path::Path,
    place::{not_empty, query_fields},
    problem::Failure,
    time, users,
};

/// Every field but `slug`.
const FIELDS: [&str; 17] = [
    "name",
    "discoveryUrl",
    "caCert",
    "issuer",
    "clientId",
    "clientSecret",
    "scopes",
    "emailClaim",
    "nameClaim",
    "groupsClaim",
    "groupMappings",
    "emailDomains",
    "emailTrust",
    "joining",
    "linking",
    "passwords",
    "isEnabled",
];

/// Let people sign in by an identity provider.
#[utoipa::path(post, path = "/api/v1/sso/providers", operation_id = "createSsoProvider", tag = "Single sign-on",
    request_body = SsoProviderRequest, responses((status = 200, body = SsoProviderBody)))]
pub(in crate::http) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<SsoProviderBody>, Failure> {
    let form = Form::body(&body);
    form.only(&[&["slug"], &FIELDS[..]].concat());
    let (slug, name) = (form.required("slug"), form.required("name"));
    let discovery_url =
        form.required_with("discoveryUrl", |text| text.parse::<ClusterUrl>().map_err(|invalid| invalid.to_string()));
    let client_id = form.required_with("clientId", |text| short(text, 255));
    let more = changes(&form, &shared);
    let new = form.finish(|| {
        let (slug, name, discovery_url, client_id) = (slug?, name?, discovery_url?, client_id?);
        Some(NewSsoProvider { slug, name, discovery_url, client_id, more: more? })
    })?;
    let stored = operations::create(&shared.app, &caller, new).await?;
    Ok(shown(&shared, &stored))
}

/// List the identity providers, oldest first.
#[utoipa::path(get, path = "/api/v1/sso/providers", operation_id = "listSsoProviders", tag = "Single sign-on",
    params(("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = SsoProviderList)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<SsoProviderList>, Failure> {
    let (after, limit) = page(query.as_deref(), ProviderPage::LONGEST)?;
    let (providers, next) = operations::list(&shared.app, &caller, ProviderPage { after, limit }).await?;
    let providers = providers.iter().map(|stored| wire(&shared, stored)).collect();
    Ok(Json(SsoProviderList { providers, next_cursor: next.map(|id| id.to_string()) }))
}

/// See an identity provider. Its client secret is not shown.
#[utoipa::path(get, path = "/api/v1/sso/providers/{provider}", operation_id = "getSsoProvider", tag = "Single sign-on",
    params(("provider" = String, Path)), responses((status = 200, body = SsoProviderBody)))]
pub(in crate::http) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<SsoProviderBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    Ok(shown(&shared, &operations::get(&shared.app, &caller, &slug).await?))
}

/// Change an identity provider, or whom it lets in.
#[utoipa::path(patch, path = "/api/v1/sso/providers/{provider}", operation_id = "updateSsoProvider", tag = "Single sign-on",
    params(("provider" = String, Path)), request_body = SsoProviderUpdateRequest,
    responses((status = 200, body = SsoProviderBody)))]
pub(in crate::http) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
    Body(body): Body,
) -> Result<Json<SsoProviderBody>, Failure> {
    let form = Form::body(&body);
    form.only(&FIELDS);
    let name = form.optional("name");
    let discovery_url = address(&form, "discoveryUrl");
    let client_id = form.optional_with("clientId", |text| short(text, 255));
    let more = changes(&form, &shared);
    let changes = form
        .finish(|| Some(SsoChanges { name: name?, discovery_url: discovery_url?, client_id: client_id?, ..more? }))?;
    Ok(shown(&shared, &operations::update(&shared.app, &caller, &slug, changes).await?))
}

/// Remove an identity provider, with the groups that people are in by it; their sessions end.
#[utoipa::path(delete, path = "/api/v1/sso/providers/{provider}", operation_id = "deleteSsoProvider", tag = "Single sign-on",
    params(("provider" = String, Path)), responses((status = 200, body = SsoProviderBody)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
    Body(body): Body,
) -> Result<Json<SsoProviderBody>, Failure> {
    Form::body(&body).nothing()?;
    Ok(shown(&shared, &operations::delete(&shared.app, &caller, &slug).await?))
}

/// Try whether an identity provider can be reached and offers what a sign-in needs.
#[utoipa::path(post, path = "/api/v1/sso/providers/{provider}/test", operation_id = "testSsoProvider", tag = "Single sign-on",
    params(("provider" = String, Path)), responses((status = 200, body = SsoTestBody)))]
pub(in crate::http) async fn test(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
    Body(body): Body,
) -> Result<Json<SsoTestBody>, Failure> {
    Form::body(&body).nothing()?;
    let checks = operations::test(&shared.app, &caller, &slug).await?;
    let is_passed = checks.iter().all(|check| check.is_passed);
    let wired = checks.into_iter().map(|check| WireCheck {
        name: check.name.to_owned(),
        is_passed: check.is_passed,
        message: check.message,
    });
    Ok(Json(SsoTestBody { is_passed, checks: wired.collect() }))
}

/// List whom an identity provider vouches for.
#[utoipa::path(get, path = "/api/v1/sso/providers/{provider}/links", operation_id = "listSsoLinks", tag = "Single sign-on",
    params(("provider" = String, Path), ("cursor" = Option<String>, Query), ("limit" = Option<i64>, Query)),
    responses((status = 200, body = SsoLinkList)))]
pub(in crate::http) async fn links(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<SsoLinkList>, Failure> {
    let (after, limit) = page(query.as_deref(), LinkPage::LONGEST)?;
    let (links, next) = operations::list_links(&shared.app, &caller, &slug, LinkPage { after, limit }).await?;
    let links = links.iter().map(link_wire).collect();
    Ok(Json(SsoLinkList { links, next_cursor: next.map(|id| id.to_string()) }))
}

/// Let an identity provider vouch for somebody no more: they leave the groups they are in by it, and their sessions end.
#[utoipa::path(delete, path = "/api/v1/sso/providers/{provider}/links/{userId}", operation_id = "deleteSsoLink",
    tag = "Single sign-on", params(("provider" = String, Path), ("userId" = String, Path)),
    responses((status = 200, body = SsoLinkBody)))]
pub(in crate::http) async fn unlink(
    State(shared): State<Shared>,
    By(caller): By,
    Path((slug, user)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<SsoLinkBody>, Failure> {
    Form::body(&body).nothing()?;
    let link = operations::unlink(&shared.app, &caller, &slug, users::id(&user)?).await?;
    Ok(Json(SsoLinkBody { link: link_wire(&link) }))
}

/// What both requests have in common.
fn changes(form: &Form<'_>, shared: &Shared) -> Field<SsoChanges> {
    let now = shared.app.ambient().now();
    let ca = form.optional_with("caCert", |pem| match pem.trim() {
        "" => Ok(None),
        _ => check::ca(pem, now).map(|()| Some(pem.to_owned())),
    });
    let issuer = form.optional_with("issuer", |text| short(text, 2048));
    let secret = form.optional_with("clientSecret", |text| match text {
        "" => Ok(None),
        text => at_most(text, 4096).map(|text| Some(Sensitive::new(text))),
    });
    let scopes = form.texts("scopes", scope);
    let claim = |name: &str| form.optional_with(name, |text| short(text, 255));
    let (email, name, groups) = (claim("emailClaim"), claim("nameClaim"), claim("groupsClaim"));
    let mappings = form.list("groupMappings", mapping);
    let domains = form.texts("emailDomains", |text| text.parse().map_err(|invalid| format!("{invalid}")));
    let (email_trust, joining) = (form.optional("emailTrust"), form.optional("joining"));
    let (linking, passwords) = (form.optional("linking"), form.optional("passwords"));
    let is_enabled = form.boolean("isEnabled");
    let changes = SsoChanges {
        ca: ca?,
        issuer: issuer?,
        client_secret: secret?,
        scopes: scopes?,
        email_claim: email?,
        name_claim: name?,
        groups_claim: groups?,
        mappings: mappings?,
        email_domains: domains?,
        email_trust: email_trust?,
        joining: joining?,
        linking: linking?,
        passwords: passwords?,
        is_enabled: is_enabled?,
        ..SsoChanges::default()
    };
    bounded(form, changes)
}

fn bounded(form: &Form<'_>, changes: SsoChanges) -> Field<SsoChanges> {
    let lengths = [
        ("scopes", changes.scopes.as_ref().map(Vec::len)),
        ("groupMappings", changes.mappings.as_ref().map(Vec::len)),
        ("emailDomains", changes.email_domains.as_ref().map(Vec::len)),
    ];
    for (name, length) in lengths {
        if length.is_some_and(|length| length > SsoTerms::MOST) {
            return form.fault(name, "too_long", format!("must have at most {} entries", SsoTerms::MOST));
        }
    }
    Some(changes)
}

fn short(text: &str, longest: usize) -> Result<String, String> {
    if text.trim().is_empty() { Err("must not be empty".to_owned()) } else { at_most(text, longest) }
}

/// A scope (RFC 6749 section 3.3).
fn scope(text: &str) -> Result<String, String> {
    let is_one = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '\\'));
    if is_one { at_most(text, 255) } else { Err("must be one word".to_owned()) }
}

fn mapping(entry: &Value) -> Result<GroupMapping, String> {
    let Value::Object(fields) = entry else { return Err("must be an object with `value` and `groupId`".to_owned()) };
    if let Some(unknown) = fields.keys().find(|name| !["value", "groupId"].contains(&name.as_str())) {
        return Err(format!("has a field `{unknown}` that is not one of a mapping"));
    }
    let text =
        |name: &str| fields.get(name).and_then(Value::as_str).ok_or_else(|| format!("must have a text `{name}`"));
    let value = text("value")?.parse().map_err(|invalid| format!("`value` {invalid}"))?;
    let group = text("groupId").and_then(not_empty)?.parse().map_err(|_| "`groupId` must be the id of a group")?;
    Ok(GroupMapping { value, group })
}

fn shown(shared: &Shared, stored: &mayfly_app::sso::StoredSsoProvider) -> Json<SsoProviderBody> {
    Json(SsoProviderBody { provider: wire(shared, stored) })
}

fn wire(shared: &Shared, stored: &mayfly_app::sso::StoredSsoProvider) -> Wire {
    let (provider, terms) = (&stored.provider, &stored.provider.terms);
    let mapping = |mapping: &GroupMapping| SsoGroupMapping {
        value: mapping.value.to_string(),
        group_id: mapping.group.to_string(),
    };
    Wire {
        id: provider.id.to_string(),
        slug: provider.slug.to_string(),
        name: provider.name.to_string(),
        discovery_url: terms.endpoint.discovery_url.to_string(),
        ca_cert: terms.endpoint.ca.clone().unwrap_or_default(),
        issuer: terms.endpoint.issuer.clone(),
        client_id: terms.endpoint.client_id.clone(),
        has_client_secret: stored.has_secret,
        scopes: terms.scopes.clone(),
        email_claim: terms.claims.email.clone(),
        name_claim: terms.claims.name.clone(),
        groups_claim: terms.claims.groups.clone(),
        group_mappings: terms.mappings.iter().map(mapping).collect(),
        email_domains: terms.email_domains.iter().map(ToString::to_string).collect(),
        email_trust: terms.email_trust.word().to_owned(),
        joining: terms.joining.word().to_owned(),
        linking: terms.linking.word().to_owned(),
        passwords: terms.passwords.word().to_owned(),
        is_enabled: provider.is_enabled,
        redirect_uri: operations::redirect_uri(&shared.app),
        created_at: time::text(provider.created_at),
        updated_at: time::text(provider.updated_at),
    }
}

fn link_wire(link: &SsoLink) -> WireLink {
    WireLink {
        user_id: link.user.to_string(),
        subject: link.subject.clone(),
        email: link.email.clone(),
        linked_at: time::text(link.created_at),
        last_sign_in_at: time::text(link.signed_in_at),
    }
}
