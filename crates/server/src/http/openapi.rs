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
    Shared, access_table, access_tokens, adopt, audit_chain, audit_events, audit_logs, audit_streams, bootstrap,
    client_secrets, cluster_connections, cluster_requests, dynamic_secrets, environments, folders, gateways,
    identities, leases, memberships, older_paths::also_at, projects, status, stops, universal_auth,
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
        .merge(cluster_connection_routes())
        .routes(routes!(gateways::list))
        .routes(routes!(audit_logs::list))
        .merge(audit_routes())
}

fn audit_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(audit_events::list))
        .routes(routes!(audit_events::facets))
        .routes(routes!(audit_events::export))
        .routes(routes!(audit_events::live))
        .routes(routes!(audit_chain::head))
        .routes(routes!(audit_chain::verify))
        .routes(routes!(audit_streams::create, audit_streams::list))
        .routes(routes!(audit_streams::get, audit_streams::delete))
}

fn cluster_connection_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(cluster_connections::create, cluster_connections::list))
        .routes(routes!(cluster_connections::get, cluster_connections::update, cluster_connections::delete))
        .routes(routes!(cluster_connections::test))
        .routes(routes!(cluster_connections::namespaces))
        .routes(routes!(cluster_connections::accounts))
        .routes(routes!(cluster_connections::roles))
        .routes(routes!(cluster_connections::preview))
        .routes(routes!(cluster_connections::sweep))
        .routes(routes!(cluster_requests::create_intake, cluster_requests::get_intake, cluster_requests::revoke_intake))
        .routes(routes!(cluster_requests::receive))
        .routes(routes!(cluster_requests::import))
        .routes(routes!(adopt::adopt))
}

fn login_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(also_at("/api/v1/auth/universal-auth/login/", routes!(access_tokens::login)))
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

/// Those whose older paths answer with other wrapper keys have handlers of their own.
fn project_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(also_at("/api/v2/workspace", routes!(projects::create)))
        .routes(routes!(projects::list))
        .routes(routes!(projects::list_workspaces))
        .routes(also_at("/api/v2/workspace/{slug}", routes!(projects::get_by_slug)))
        .routes(routes!(projects::update_workspace, projects::delete_workspace))
        .routes(routes!(projects::get, projects::update, projects::delete))
        .routes(routes!(projects::get_workspace))
}

fn membership_routes() -> OpenApiRouter<Shared> {
    let of_project = "/api/v2/workspace/{projectId}/identity-memberships";
    let of_identity = "/api/v2/workspace/{projectId}/identity-memberships/{identityId}";
    OpenApiRouter::new()
        .routes(also_at(of_project, routes!(memberships::list)))
        .routes(also_at(
            of_identity,
            routes!(memberships::create, memberships::get, memberships::update, memberships::delete),
        ))
        .routes(routes!(memberships::get_by_id))
}

fn environment_routes() -> OpenApiRouter<Shared> {
    let one = "/api/v1/workspace/{projectId}/environments/{environmentId}";
    OpenApiRouter::new()
        .routes(also_at("/api/v1/workspace/{projectId}/environments", routes!(environments::create)))
        .routes(routes!(environments::get_by_slug))
        .routes(routes!(environments::get))
        .routes(routes!(environments::get_by_id))
        .routes(also_at(one, routes!(environments::update, environments::delete)))
}

fn folder_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(also_at("/api/v1/folders", routes!(folders::create, folders::list)))
        .routes(also_at("/api/v1/folders/{folderId}", routes!(folders::get, folders::update)))
        .routes(routes!(folders::delete))
        .routes(routes!(folders::delete_v1))
        .routes(routes!(folders::get_by_path))
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
        .routes(also_at("/api/v1/dynamic-secrets/leases/kubernetes", routes!(leases::issue)))
        .routes(routes!(leases::list))
        .routes(routes!(leases::get, leases::revoke))
        .routes(routes!(leases::renew))
        .routes(routes!(leases::history))
        .routes(routes!(leases::get_from_history))
        .routes(routes!(cluster_requests::of_lease))
        .routes(routes!(leases::forget))
        .routes(routes!(leases::end_many))
        .routes(routes!(stops::create, stops::list))
        .routes(routes!(stops::lift))
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
