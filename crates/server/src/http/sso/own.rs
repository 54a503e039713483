//! The identity providers that vouch for the caller.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::{
    passkeys::ProofRequest,
    sso::{OwnSsoLink, OwnSsoLinkBody, OwnSsoLinkList},
};
use mayfly_app::sso::{self as operations, OwnLink};

use crate::http::{
    Shared, caller::By, form::Form, json::Body, passkeys::proof, path::Path, place::query_fields, problem::Failure,
    time,
};

/// List the identity providers that vouch for oneself, oldest link first. There is one link for each provider at most.
#[utoipa::path(get, path = "/api/v1/users/me/sso-links", operation_id = "listOwnSsoLinks", tag = "Users",
    responses((status = 200, body = OwnSsoLinkList)))]
pub(in crate::http) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    RawQuery(query): RawQuery,
) -> Result<Json<OwnSsoLinkList>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let links = operations::list_own_links(&shared.app, &caller).await?;
    Ok(Json(OwnSsoLinkList { links: links.iter().map(wire).collect() }))
}

/// Let an identity provider vouch for oneself no more. All of one's sessions end, and the groups that one is in by it; the last
/// way in stays. Whoever signed in more than ten minutes ago sends their password.
#[utoipa::path(delete, path = "/api/v1/users/me/sso-links/{provider}", operation_id = "deleteOwnSsoLink", tag = "Users",
    params(("provider" = String, Path)), request_body = ProofRequest, responses((status = 200, body = OwnSsoLinkBody)))]
pub(in crate::http) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path(slug): Path<String>,
    Body(body): Body,
) -> Result<Json<OwnSsoLinkBody>, Failure> {
    let password = proof(&body)?;
    let gone = operations::unlink_own(&shared.app, &caller, &slug, password.as_ref()).await?;
    Ok(Json(OwnSsoLinkBody { link: wire(&gone) }))
}

fn wire(own: &OwnLink) -> OwnSsoLink {
    let OwnLink { provider, link, is_last_way_in } = own;
    OwnSsoLink {
        provider_slug: provider.slug.to_string(),
        provider_name: provider.name.to_string(),
        is_enabled: provider.is_enabled,
        subject: link.subject.clone(),
        email: link.email.clone(),
        is_last_way_in: *is_last_way_in,
        linked_at: time::text(link.created_at),
        last_sign_in_at: time::text(link.signed_in_at),
    }
}
