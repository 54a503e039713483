//! What environments ask of leases.

use axum::{
    Json,
    extract::{RawQuery, State},
};
use mayfly_api::policies::{ApprovalRule as WireRule, EnvironmentPolicy as Wire, PolicyBody, PolicyRequest};
use mayfly_app::{
    environments::EnvironmentName,
    policies::{self as operations, PolicyChanges},
    projects::ProjectName,
};
use mayfly_domain::{
    policy::{ApprovalRule, EnvironmentPolicy},
    ttl::Ttl,
};

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    json::Body,
    leases::optional_reason,
    path::Path,
    place::query_fields,
    problem::Failure,
    time,
};

type Ids = Path<(String, String)>;

/// See what an environment asks of leases.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/environments/{environmentId}/policy", tag = "Policies",
    operation_id = "getEnvironmentPolicy", params(("projectId" = String, Path), ("environmentId" = String, Path)),
    responses((status = 200, body = PolicyBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, environment)): Ids,
    RawQuery(query): RawQuery,
) -> Result<Json<PolicyBody>, Failure> {
    Form::query(&query_fields(query.as_deref())).nothing()?;
    let (project, environment) = (ProjectName::id(&project), EnvironmentName::id(&environment));
    let policy = operations::get(&shared.app, &caller, &project, &environment).await?;
    Ok(Json(PolicyBody { policy: wire(&policy) }))
}

/// Change what an environment asks of leases. Where leases need approval, asking for less needs it too: the answer is then 403
/// `approval_required`, and the policy changes once others agreed.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/environments/{environmentId}/policy", tag = "Policies",
    operation_id = "updateEnvironmentPolicy", params(("projectId" = String, Path), ("environmentId" = String, Path)),
    request_body = PolicyRequest, responses((status = 200, body = PolicyBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, environment)): Ids,
    Body(body): Body,
) -> Result<Json<PolicyBody>, Failure> {
    let form = Form::body(&body);
    form.only(&["requiresReason", "maxTTL", "requiresRevocable", "approval", "reason"]);
    let (reasons, revocable) = (form.boolean("requiresReason"), form.boolean("requiresRevocable"));
    let max_ttl = form.optional::<Ttl>("maxTTL");
    let (has_max, has_approval) = (form.has("maxTTL"), form.has("approval"));
    let (approval, reason) = (approval(&form), optional_reason(&form));
    let changes = form.finish(|| {
        let (max_ttl, approval) = (max_ttl?, approval?);
        Some(PolicyChanges {
            requires_reason: reasons?,
            max_ttl: has_max.then_some(max_ttl),
            requires_revocable: revocable?,
            approval: has_approval.then_some(approval),
            reason: reason?,
        })
    })?;
    let (project, environment) = (ProjectName::id(&project), EnvironmentName::id(&environment));
    let policy = operations::update(&shared.app, &caller, &project, &environment, changes).await?;
    Ok(Json(PolicyBody { policy: wire(&policy) }))
}

/// `approval`: who else has to agree.
pub(super) fn approval(form: &Form<'_>) -> Field<Option<ApprovalRule>> {
    let Some(form) = form.optional_object("approval")? else { return Some(None) };
    form.only(&["approvals", "validFor"]);
    let approvals = form.integer("approvals", 1..=i64::from(ApprovalRule::MOST));
    let valid_for = form.required_with("validFor", |text| {
        let ttl: Ttl = text.parse().map_err(|invalid: mayfly_domain::ttl::InvalidTtl| invalid.to_string())?;
        if ttl.seconds() > ApprovalRule::LONGEST_SECONDS { Err("must be at most `24h`".to_owned()) } else { Ok(ttl) }
    });
    let approvals = u8::try_from(approvals?.unwrap_or(1)).ok()?;
    Some(Some(ApprovalRule { approvals, valid_for: valid_for? }))
}

/// A rule on the wire.
pub(super) fn rule_wire(rule: &ApprovalRule) -> WireRule {
    WireRule { approvals: rule.approvals, valid_for: rule.valid_for.to_string() }
}

fn wire(policy: &EnvironmentPolicy) -> Wire {
    Wire {
        environment_id: policy.environment.to_string(),
        version: policy.version,
        requires_reason: policy.rules.requires_reason,
        max_ttl: policy.rules.max_ttl.as_ref().map(Ttl::to_string),
        requires_revocable: policy.rules.requires_revocable,
        approval: policy.rules.approval.as_ref().map(rule_wire),
        updated_at: policy.updated_at.map(time::text),
    }
}
