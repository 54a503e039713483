//! Ending many leases at once.

use axum::{Json, extract::State};
use jiff::Timestamp;
use mayfly_api::leases::{EndLeasesRequest, EndedLeases};
use mayfly_app::leases::{self as operations, EndManyWish, LeaseFilter};
use mayfly_domain::ids::IdentityId;

use super::{
    super::{Shared, caller::By, form::Form, json::Body, problem::Failure},
    reason::reason,
    wire::lease,
};

/// End every live lease that the filter names. Without `dryRun: false` it only says which these are.
#[utoipa::path(post, path = "/api/v1/leases/end", operation_id = "endLeases", tag = "Leases",
    request_body = EndLeasesRequest, responses((status = 200, body = EndedLeases)))]
pub(in super::super) async fn end_many(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<EndedLeases>, Failure> {
    let form = Form::body(&body);
    let filter = filter(&form);
    let is_dry_run = form.boolean("dryRun");
    let reason = reason(&form);
    let (filter, wish, reason) = form.finish(|| {
        let wish = if is_dry_run?.unwrap_or(true) { EndManyWish::Look } else { EndManyWish::End };
        Some((filter?, wish, reason?))
    })?;
    let many = operations::end_many(&shared.app, &caller, filter, wish, &reason).await?;
    Ok(Json(EndedLeases {
        is_dry_run: wish == EndManyWish::Look,
        found: many.found,
        ending: many.ending,
        closed: many.closed,
        cancelled: many.cancelled,
        leases: many.leases.iter().map(lease).collect(),
    }))
}

/// Which leases. All of them must be asked for in so many words.
fn filter(form: &Form<'_>) -> Option<LeaseFilter> {
    form.only(&[
        "holderId",
        "clusterConnectionId",
        "dynamicSecretId",
        "environmentId",
        "projectId",
        "since",
        "everything",
        "dryRun",
        "reason",
    ]);
    let holder = form.optional::<IdentityId>("holderId");
    let (connection, secret) = (form.optional("clusterConnectionId"), form.optional("dynamicSecretId"));
    let (environment, project) = (form.optional("environmentId"), form.optional("projectId"));
    let since = form.optional::<Timestamp>("since");
    let everything = form.boolean("everything");
    let filter = LeaseFilter {
        holder: holder?.map(|id| id.to_string()),
        connection: connection?,
        dynamic_secret: secret?,
        environment: environment?,
        project: project?,
        since: since?,
    };
    if filter.names_everything() != everything?.unwrap_or(false) {
        let message = "must be true to end every lease there is, and absent where a filter is given";
        return form.fault("everything", "invalid_value", message);
    }
    Some(filter)
}
