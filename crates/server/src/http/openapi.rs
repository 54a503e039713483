//! The API's description of itself, made from the handlers, and the page to browse it.

use axum::{Json, Router, extract::State};
use mayfly_api::problem::Problem;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, OpenApi as Description, Ref, RefOr, Response,
        path::Operation,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use super::{
    Shared, access_table, access_tokens, audit_logs, bootstrap, client_secrets, dynamic_secrets, environments, folders,
    identities, leases, memberships, projects, status, universal_auth,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Mayfly",
        description = "Short-lived Kubernetes tokens on demand, ended on time, with proof of who held what.\n\n\
            Every error has the same envelope, `Problem`. Existing clients of dynamic secrets work unchanged.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem)),
    modifiers(&Security)
)]
struct Base;

/// Every route with its description.
pub(super) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Base::openapi())
        .routes(routes!(status::status))
        .routes(routes!(describe))
        .routes(routes!(bootstrap::bootstrap))
        .merge(login_routes())
        .merge(identity_routes())
        .merge(project_routes())
        .merge(membership_routes())
        .merge(environment_routes())
        .merge(folder_routes())
        .merge(dynamic_secret_routes())
        .merge(lease_routes())
        .routes(routes!(audit_logs::list))
}

fn login_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(access_tokens::login))
        .routes(routes!(access_tokens::login_slash))
        .routes(routes!(access_tokens::renew))
        .routes(routes!(access_tokens::revoke))
}

fn identity_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(universal_auth::attach, universal_auth::get, universal_auth::update, universal_auth::revoke))
        .routes(routes!(universal_auth::clear_lockouts))
        .routes(routes!(client_secrets::create, client_secrets::list))
        .routes(routes!(client_secrets::get))
        .routes(routes!(client_secrets::revoke))
        .routes(routes!(identities::create, identities::list))
        .routes(routes!(identities::search))
        .routes(routes!(identities::own))
        .routes(routes!(identities::get, identities::update, identities::delete))
}

fn project_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(projects::create, projects::list))
        .routes(routes!(projects::get_by_slug))
        .routes(routes!(projects::get, projects::update, projects::delete))
        .routes(routes!(projects::create_workspace))
        .routes(routes!(projects::get_workspace_by_slug, projects::update_workspace, projects::delete_workspace))
        .routes(routes!(projects::list_workspaces))
        .routes(routes!(projects::get_workspace))
}

fn membership_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(memberships::list))
        .routes(routes!(memberships::create, memberships::get, memberships::update, memberships::delete))
        .routes(routes!(memberships::list_in_workspace))
        .routes(routes!(
            memberships::create_in_workspace,
            memberships::get_in_workspace,
            memberships::update_in_workspace,
            memberships::delete_in_workspace
        ))
        .routes(routes!(memberships::get_by_id))
}

fn environment_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(environments::create))
        .routes(routes!(environments::get_by_slug))
        .routes(routes!(environments::get, environments::update, environments::delete))
        .routes(routes!(environments::create_in_workspace))
        .routes(routes!(environments::get_by_id))
        .routes(routes!(environments::update_in_workspace, environments::delete_in_workspace))
}

fn folder_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(folders::create, folders::list))
        .routes(routes!(folders::get, folders::update, folders::delete))
        .routes(routes!(folders::create_v1, folders::list_v1))
        .routes(routes!(folders::get_v1, folders::update_v1, folders::delete_v1))
}

fn dynamic_secret_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(dynamic_secrets::create, dynamic_secrets::list)).routes(routes!(
        dynamic_secrets::get,
        dynamic_secrets::update,
        dynamic_secrets::delete
    ))
}

fn lease_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(leases::issue))
        .routes(routes!(leases::issue_kubernetes))
        .routes(routes!(leases::list))
        .routes(routes!(leases::get, leases::revoke))
        .routes(routes!(leases::renew))
        .routes(routes!(leases::history))
        .routes(routes!(leases::get_from_history))
}

/// The whole description.
pub fn description() -> Description {
    complete(routes().split_for_parts().1)
}

/// The whole description as it is committed: indented, with a line break at its end.
///
/// # Panics
/// Never: a description is plain data.
pub fn json() -> String {
    let text = description().to_pretty_json().expect("a description has text keys only");
    format!("{text}\n")
}

/// The page to browse the description, without a request to anybody else.
pub(super) fn page() -> Router {
    let swagger = SwaggerUi::new("/api/docs").url("/api/docs/openapi.json", description());
    Router::from(swagger)
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", operation_id = "describeApi", tag = "Status",
    responses((status = 200, description = "An OpenAPI 3.1 document.", body = Object)))]
async fn describe(State(_shared): State<Shared>) -> Json<Description> {
    Json(description())
}

/// Adds what holds for all routes: how to log in, and the shape of errors.
struct Security;

impl Modify for Security {
    fn modify(&self, description: &mut Description) {
        let components = description.components.get_or_insert_default();
        let bearer = Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("accessToken", SecurityScheme::Http(bearer));
    }
}

/// Marks the routes that need a login, and gives each its errors.
fn complete(mut description: Description) -> Description {
    for (path, item) in &mut description.paths.paths {
        let operations = [
            (http::Method::GET, item.get.as_mut()),
            (http::Method::POST, item.post.as_mut()),
            (http::Method::PATCH, item.patch.as_mut()),
            (http::Method::DELETE, item.delete.as_mut()),
        ];
        for (method, operation) in operations {
            let (Some(operation), Some(kind)) = (operation, access_table::operation(&method, path)) else { continue };
            if kind.requirement() != mayfly_domain::access::operation::Requirement::Nobody {
                operation.security = Some(vec![SecurityRequirement::new("accessToken", Vec::<String>::new())]);
            }
            add_problem(operation);
        }
    }
    description
}

fn add_problem(operation: &mut Operation) {
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = Content::builder().schema(Some(schema)).build();
    let problem = Response::builder().description("Whatever went wrong.").content("application/json", content).build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
}
