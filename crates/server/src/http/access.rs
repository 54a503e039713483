//! Why somebody may or may not do something, and who can.

use axum::{Json, extract::State};
use mayfly_api::access::{
    DecidingRule, ExplainRequest, Explanation as Wire, Principal as WirePrincipal, RightList, RightsRequest,
    WhoCanList, WhoCanRequest,
};
use mayfly_app::{
    access::{self as operations, AskedPlace, Because, Explanation},
    projects::ProjectName,
};
use mayfly_domain::{
    access::permission::{Action, Permission, Subject, to},
    membership::Principal,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    groups::{cursor_text, principal_cursor},
    json::Body,
    place::path,
    problem::Failure,
    roles::rule_wire,
};

const PLACE: [&str; 4] = ["projectSlug", "environmentSlug", "path", "dynamicSecretName"];
const PERMISSION: [&str; 2] = ["subject", "action"];
const LONGEST_PAGE: i64 = 100;

/// Ask whether somebody may do something, and which rule decides. Every member may ask about themselves.
#[utoipa::path(post, path = "/api/v1/access/explain", operation_id = "explainAccess", tag = "Access",
    request_body = ExplainRequest, responses((status = 200, body = Wire)))]
pub(super) async fn explain(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<Wire>, Failure> {
    let form = Form::body(&body);
    form.only(&[&PLACE[..], &PERMISSION, &["principal"]].concat());
    let (place, permission, principal) = (place(&form), permission(&form), asked(&form));
    let (place, permission, principal) = form.finish(|| Some((place?, permission?, principal?)))?;
    let explained = operations::explain(&shared.app, &caller, &place, permission, principal).await?;
    Ok(Json(wire(&explained)))
}

/// List everything that can be done in a project, and whether somebody may. Every member may ask about themselves.
#[utoipa::path(post, path = "/api/v1/access/rights", operation_id = "listRights", tag = "Access",
    request_body = RightsRequest, responses((status = 200, body = RightList)))]
pub(super) async fn rights(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<RightList>, Failure> {
    let form = Form::body(&body);
    form.only(&[&PLACE[..], &["principal"]].concat());
    let (place, principal) = (place(&form), asked(&form));
    let (place, principal) = form.finish(|| Some((place?, principal?)))?;
    let found = operations::rights(&shared.app, &caller, &place, principal).await?;
    Ok(Json(RightList { rights: found.iter().map(wire).collect() }))
}

/// List the people and machines who can do something.
#[utoipa::path(post, path = "/api/v1/access/who-can", operation_id = "whoCan", tag = "Access",
    request_body = WhoCanRequest, responses((status = 200, body = WhoCanList)))]
pub(super) async fn who_can(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<WhoCanList>, Failure> {
    let form = Form::body(&body);
    form.only(&[&PLACE[..], &PERMISSION, &["cursor", "limit"]].concat());
    let (place, permission, after) = (place(&form), permission(&form), principal_cursor(&form));
    let limit = form.integer("limit", 1..=LONGEST_PAGE);
    let (place, permission, after, limit) =
        form.finish(|| Some((place?, permission?, after?, limit?.unwrap_or(LONGEST_PAGE))))?;
    let (found, next) = operations::who_can(&shared.app, &caller, (&place, permission), after, limit).await?;
    let holders = found.iter().map(wire).collect();
    Ok(Json(WhoCanList { holders, next_cursor: next.as_ref().map(cursor_text) }))
}

fn place(form: &Form<'_>) -> Field<AskedPlace> {
    let project = form.required_with("projectSlug", |text| Ok(ProjectName::slug(text)));
    let environment = form.optional("environmentSlug");
    let (path, secret) = (path(form, "path"), form.optional("dynamicSecretName"));
    Some(AskedPlace { project: project?, environment: environment?, path: path?, secret: secret? })
}

fn permission(form: &Form<'_>) -> Field<Permission> {
    let subject = form.optional_with("subject", word::<Subject>);
    let action = form.optional_with("action", word::<Action>);
    let subject = subject?.unwrap_or(Subject::DynamicSecrets);
    let permission = to(action?.unwrap_or(Action::Lease), subject);
    if !subject.actions().contains(&permission.action) {
        return form.fault("action", "unknown_action", format!("is not known of `{}`", subject.word()));
    }
    Some(permission)
}

/// `principal`, where somebody else is asked about.
fn asked(form: &Form<'_>) -> Field<Option<Principal>> {
    match form.optional_object("principal")? {
        Some(inner) => {
            inner.only(&["type", "id"]);
            principal(&inner).map(Some)
        }
        None => Some(None),
    }
}

fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(Value::from(text)).map_err(|_| format!("must be a known word, not `{text}`"))
}

fn principal(form: &Form<'_>) -> Field<Principal> {
    let (kind, id) = (form.required::<String>("type"), form.required::<String>("id"));
    let (kind, id) = (kind?, id?);
    match Principal::named(&kind, &id) {
        Some(principal @ (Principal::Identity(_) | Principal::User(_))) => Some(principal),
        Some(Principal::Group(_)) | None if kind == "user" || kind == "identity" => {
            form.fault("id", "invalid_value", "must be an id")
        }
        Some(Principal::Group(_)) | None => form.fault("type", "invalid_value", "must be `user` or `identity`"),
    }
}

fn wire(explained: &Explanation) -> Wire {
    Wire {
        principal: WirePrincipal { kind: explained.principal.kind().to_owned(), id: explained.principal.to_string() },
        subject: explained.permission.subject.word().to_owned(),
        action: serde_json::to_value(explained.permission.action).unwrap_or_default(),
        decision: if explained.is_allowed { "allow" } else { "deny" }.to_owned(),
        reason: reason(explained),
        rule: explained.because.as_ref().map(|because| DecidingRule {
            role: because.role.clone(),
            group: because.group.as_ref().map(|group| group.slug.to_string()),
            line: u64::try_from(because.line).unwrap_or(u64::MAX),
            rule: rule_wire(&because.rule),
        }),
    }
}

fn reason(explained: &Explanation) -> String {
    let Some(Because { role, group, line, .. }) = &explained.because else {
        let why = match explained {
            Explanation { is_disabled: true, .. } => "disabled: nothing of their roles counts",
            Explanation { is_member: true, .. } => "no rule of their roles allows it",
            _ => "not a member of the project",
        };
        return why.to_owned();
    };
    let verb = if explained.is_allowed { "allowed" } else { "forbidden" };
    let through = group.as_ref().map(|group| format!(", held through the group `{}`", group.slug)).unwrap_or_default();
    format!("{verb} by line {line} of the role `{role}`{through}")
}
