//! Roles that a project makes for itself, listed with the built-in ones.

use axum::{Json, extract::State};
use mayfly_api::roles::{PermissionRule, Role as Wire, RoleBody, RoleList, RoleRequest, RoleUpdateRequest};
use mayfly_app::{
    projects::ProjectName,
    roles::{self as operations, NewRole, RoleChanges, RoleKey},
};
use mayfly_domain::{
    access::{permission::Rule, role::ProjectRole},
    custom_role::CustomRole,
};
use serde_json::{Value, json};

use super::{
    Shared,
    caller::By,
    form::{Field, Form},
    identities::leases_of_holder,
    json::Body,
    leases::lease_list,
    path::Path,
    problem::Failure,
    time,
};

const LONGEST_DESCRIPTION: usize = 1024;

/// Make a role of the project's own. It allows nothing that its maker does not hold.
#[utoipa::path(post, path = "/api/v1/projects/{projectId}/roles", operation_id = "createRole", tag = "Roles",
    params(("projectId" = String, Path)), request_body = RoleRequest, responses((status = 200, body = RoleBody)))]
pub(super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Path(project): Path<String>,
    Body(body): Body,
) -> Result<Json<RoleBody>, Failure> {
    let form = Form::body(&body);
    let (slug, name) = (form.required("slug"), form.required("name"));
    let description = form.text("description", LONGEST_DESCRIPTION);
    let rules = rules(&form);
    let new = form.finish(|| {
        Some(NewRole { slug: slug?, name: name?, description: description?, rules: rules?.unwrap_or_default() })
    })?;
    let role = operations::create(&shared.app, &caller, &ProjectName::id(&project), new).await?;
    Ok(Json(RoleBody { role: wire(&role), leases_left: None }))
}

/// Change a role of the project's own. Leases of those who may have none any more end unless `leases` says otherwise; what is
/// left of them is named.
#[utoipa::path(patch, path = "/api/v1/projects/{projectId}/roles/{roleId}", operation_id = "updateRole", tag = "Roles",
    params(("projectId" = String, Path), ("roleId" = String, Path)), request_body = RoleUpdateRequest,
    responses((status = 200, body = RoleBody)))]
pub(super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
    Body(body): Body,
) -> Result<Json<RoleBody>, Failure> {
    let form = Form::body(&body);
    let (slug, name) = (form.optional("slug"), form.optional("name"));
    let has_description = form.has("description");
    let description = form.text("description", LONGEST_DESCRIPTION);
    let (rules, leases) = (rules(&form), leases_of_holder(&form));
    let changes = form.finish(|| {
        let description = description?;
        Some(RoleChanges {
            slug: slug?,
            name: name?,
            description: has_description.then_some(description),
            rules: rules?,
            leases: leases?,
        })
    })?;
    let (project, key) = (ProjectName::id(&project), RoleKey::Id(id));
    let (role, left) = operations::update(&shared.app, &caller, &project, &key, changes).await?;
    Ok(Json(RoleBody { role: wire(&role), leases_left: left.as_deref().map(lease_list) }))
}

/// Remove a role that nobody holds.
#[utoipa::path(delete, path = "/api/v1/projects/{projectId}/roles/{roleId}", operation_id = "deleteRole", tag = "Roles",
    params(("projectId" = String, Path), ("roleId" = String, Path)), responses((status = 200, body = RoleBody)))]
pub(super) async fn delete(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
) -> Result<Json<RoleBody>, Failure> {
    let (project, key) = (ProjectName::id(&project), RoleKey::Id(id));
    let role = operations::delete(&shared.app, &caller, &project, &key).await?;
    Ok(Json(RoleBody { role: wire(&role), leases_left: None }))
}

/// See a role of the project's own.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/roles/{roleId}", operation_id = "getRole", tag = "Roles",
    params(("projectId" = String, Path), ("roleId" = String, Path)), responses((status = 200, body = RoleBody)))]
pub(super) async fn get(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, id)): Path<(String, String)>,
) -> Result<Json<RoleBody>, Failure> {
    let (project, key) = (ProjectName::id(&project), RoleKey::Id(id));
    let role = operations::get(&shared.app, &caller, &project, &key).await?;
    Ok(Json(RoleBody { role: wire(&role), leases_left: None }))
}

/// See a role of the project's own, by its slug.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/roles/slug/{slug}", operation_id = "getRoleBySlug",
    tag = "Roles", params(("projectId" = String, Path), ("slug" = String, Path)),
    responses((status = 200, body = RoleBody)))]
pub(super) async fn get_by_slug(
    State(shared): State<Shared>,
    By(caller): By,
    Path((project, slug)): Path<(String, String)>,
) -> Result<Json<RoleBody>, Failure> {
    let (project, key) = (ProjectName::id(&project), RoleKey::Slug(slug));
    let role = operations::get(&shared.app, &caller, &project, &key).await?;
    Ok(Json(RoleBody { role: wire(&role), leases_left: None }))
}

/// List a project's roles: the built-in ones, then its own by slug.
#[utoipa::path(get, path = "/api/v1/projects/{projectId}/roles", operation_id = "listRoles", tag = "Roles",
    params(("projectId" = String, Path)), responses((status = 200, body = RoleList)))]
pub(super) async fn list(
    State(shared): State<Shared>,
    By(caller): By,
    Path(project): Path<String>,
) -> Result<Json<RoleList>, Failure> {
    let own = operations::list(&shared.app, &caller, &ProjectName::id(&project)).await?;
    let built_in = ProjectRole::ALL.iter().map(|role| built_in(*role, &project));
    Ok(Json(RoleList { roles: built_in.chain(own.iter().map(wire)).collect() }))
}

fn rules(form: &Form<'_>) -> Field<Option<Vec<Rule>>> {
    form.list("permissions", rule)
}

/// Existing clients send one action as text, and a condition on the environment as text.
fn rule(entry: &Value) -> Result<Rule, String> {
    let mut entry = entry.clone();
    if let Some(action) = entry.get_mut("action")
        && action.is_string()
    {
        *action = json!([action.take()]);
    }
    if let Some(fields) = entry.as_object_mut() {
        // A misspelt `inverted` would make a ban an allowance.
        const KNOWN: [&str; 4] = ["subject", "action", "inverted", "conditions"];
        if let Some(unknown) = fields.keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(format!("has `{unknown}`, which no rule has: {} are known", KNOWN.join(", ")));
        }
        fields.retain(|_, value| !value.is_null());
    }
    if let Some(conditions) = entry.get_mut("conditions").and_then(Value::as_object_mut) {
        for condition in conditions.values_mut().filter(|condition| condition.is_string()) {
            *condition = json!({"$eq": condition.take()});
        }
    }
    serde_json::from_value(entry).map_err(|error| format!("is not a rule: {error}"))
}

fn wire(role: &CustomRole) -> Wire {
    Wire {
        id: role.id.to_string(),
        project_id: role.project.to_string(),
        slug: role.slug.to_string(),
        name: role.name.to_string(),
        description: role.description.clone(),
        permissions: role.rules.iter().map(rule_wire).collect(),
        created_at: Some(time::text(role.created_at)),
        updated_at: Some(time::text(role.updated_at)),
    }
}

fn built_in(role: ProjectRole, project: &str) -> Wire {
    Wire {
        id: role.slug().to_owned(),
        project_id: project.to_owned(),
        slug: role.slug().to_owned(),
        name: role.name().to_owned(),
        description: Some(role.description().to_owned()),
        permissions: role.rules().iter().map(rule_wire).collect(),
        created_at: None,
        updated_at: None,
    }
}

/// A rule in the form that it is sent in.
pub(super) fn rule_wire(rule: &Rule) -> PermissionRule {
    PermissionRule {
        subject: rule.subject.word().to_owned(),
        action: serde_json::to_value(&rule.actions).unwrap_or_default(),
        inverted: rule.inverted,
        conditions: (!rule.conditions.is_empty()).then(|| serde_json::to_value(&rule.conditions).unwrap_or_default()),
    }
}
