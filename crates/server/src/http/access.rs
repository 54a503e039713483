//! Why somebody may or may not do something, and who can.

use axum::{Json, extract::State};
use mayfly_api::access::{
    DecidingRule, ExplainRequest, Explanation as Wire, Principal as WirePrincipal, WhoCanList, WhoCanRequest,
};
use mayfly_app::access::{self as operations, Because, Explanation, Question};
use mayfly_domain::{
    access::permission::{Action, Permission, Subject},
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
use mayfly_app::projects::ProjectName;

const ASKED: [&str; 6] = ["projectSlug", "subject", "action", "environmentSlug", "path", "dynamicSecretName"];
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
    form.only(&[&ASKED[..], &["principal"]].concat());
    let question = question(&form);
    let principal = match form.optional_object("principal") {
        Some(Some(form)) => {
            form.only(&["type", "id"]);
            principal(&form).map(Some)
        }
        Some(None) => Some(None),
        None => None,
    };
    let (question, principal) = form.finish(|| Some((question?, principal?)))?;
    let explained = operations::explain(&shared.app, &caller, &question, principal).await?;
    Ok(Json(wire(&explained)))
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
    form.only(&[&ASKED[..], &["cursor", "limit"]].concat());
    let (question, after) = (question(&form), principal_cursor(&form));
    let limit = form.integer("limit", 1..=LONGEST_PAGE);
    let (question, after, limit) = form.finish(|| Some((question?, after?, limit?.unwrap_or(LONGEST_PAGE))))?;
    let (found, next) = operations::who_can(&shared.app, &caller, &question, after, limit).await?;
    let holders = found.iter().map(wire).collect();
    Ok(Json(WhoCanList { holders, next_cursor: next.as_ref().map(cursor_text) }))
}

fn question(form: &Form<'_>) -> Field<Question> {
    let project = form.required_with("projectSlug", |text| Ok(ProjectName::slug(text)));
    let subject = form.optional_with("subject", word::<Subject>);
    let action = form.optional_with("action", word::<Action>);
    let environment = form.optional("environmentSlug");
    let (path, secret) = (path(form, "path"), form.optional("dynamicSecretName"));
    let permission =
        Permission { subject: subject?.unwrap_or(Subject::DynamicSecrets), action: action?.unwrap_or(Action::Lease) };
    if !permission.subject.actions().contains(&permission.action) {
        let message = format!("is not known of `{}`", permission.subject.word());
        return form.fault("action", "unknown_action", message);
    }
    Some(Question { project: project?, permission, environment: environment?, path: path?, secret: secret? })
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
        let why = if explained.is_member { "no rule of their roles allows it" } else { "not a member of the project" };
        return why.to_owned();
    };
    let verb = if explained.is_allowed { "allowed" } else { "forbidden" };
    let through = group.as_ref().map(|group| format!(", held through the group `{}`", group.slug)).unwrap_or_default();
    format!("{verb} by line {line} of the role `{role}`{through}")
}
