//! The API's description of itself, made from the handlers, and the page to browse it.

use std::sync::LazyLock;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    middleware,
    response::{IntoResponse as _, Response},
};
use http::header;
use mayfly_api::problem::Problem;
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, OpenApi as Description, Ref, RefOr, Response as Described,
        path::Operation,
        security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use super::{
    Shared, access, access_table, access_tokens, adopt, approvals, audit_chain, audit_events, audit_logs,
    audit_streams, bootstrap, changes, client_secrets, cluster_connections, cluster_requests, dynamic_secrets,
    environments, folders, gateway_authorities, gateway_pools, gateway_tunnels, gateways, groups, identities,
    invitations,
    kept::{Kept, keep},
    key_rotations, kubernetes_auth, leases, memberships, oidc_auth,
    older_paths::also_at,
    outside_auth, passkeys, policies, projects, roles, second_factor, sessions, sign_in, sso, status, stops,
    universal_auth, users,
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
        .merge(user_routes())
        .merge(passkey_routes())
        .merge(sso_routes())
        .merge(identity_routes())
        .merge(project_routes())
        .merge(membership_routes())
        .merge(access_routes())
        .merge(environment_routes())
        .merge(folder_routes())
        .merge(dynamic_secret_routes())
        .merge(lease_routes())
        .merge(approval_routes())
        .merge(cluster_connection_routes())
        .routes(routes!(key_rotations::begin, key_rotations::list))
        .routes(routes!(gateways::list_all))
        .routes(routes!(gateways::remove))
        .routes(routes!(gateways::list_resources))
        .routes(routes!(gateways::list, gateways::create))
        .routes(routes!(gateways::get, gateways::update, gateways::delete))
        .routes(routes!(gateways::create_enrolment))
        .routes(routes!(gateways::delete_enrolment))
        .routes(routes!(gateways::revoke))
        .routes(routes!(gateway_authorities::list, gateway_authorities::rotate))
        .routes(routes!(gateway_authorities::delete))
        .routes(routes!(gateway_pools::list, gateway_pools::create))
        .routes(routes!(gateway_pools::get, gateway_pools::update, gateway_pools::delete))
        .routes(routes!(gateway_pools::add))
        .routes(routes!(gateway_pools::remove))
        .routes(routes!(gateway_pools::list_resources))
        .routes(routes!(gateway_tunnels::enrol))
        .routes(routes!(gateway_tunnels::open))
        .routes(routes!(audit_logs::list))
        .routes(routes!(audit_logs::list_of_project))
        .merge(audit_routes())
        .routes(routes!(changes::watch))
}

fn audit_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(audit_events::list))
        .routes(routes!(audit_events::facets))
        .routes(routes!(audit_events::export))
        .routes(routes!(audit_events::live))
        .routes(routes!(audit_events::get))
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
        .routes(routes!(cluster_connections::test_new))
        .routes(routes!(cluster_connections::secrets))
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
        .routes(also_at("/api/v1/auth/oidc-auth/login/", routes!(outside_auth::login_oidc)))
        .routes(also_at("/api/v1/auth/kubernetes-auth/login/", routes!(outside_auth::login_kubernetes)))
        .routes(routes!(access_tokens::renew))
        .routes(routes!(access_tokens::revoke))
}

fn sso_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(sso::browser::list))
        .routes(routes!(sso::browser::start, sso::browser::start_by_form))
        .routes(routes!(sso::browser::callback))
        .routes(routes!(sso::requests::request))
        .routes(routes!(sso::requests::claim))
        .routes(routes!(sso::requests::confirm))
        .routes(routes!(sso::providers::create, sso::providers::list))
        .routes(routes!(sso::providers::get, sso::providers::update, sso::providers::delete))
        .routes(routes!(sso::providers::test))
        .routes(routes!(sso::providers::links))
        .routes(routes!(sso::providers::unlink))
        .routes(routes!(sso::own::list))
        .routes(routes!(sso::own::delete))
}

fn user_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(sign_in::login))
        .routes(routes!(sign_in::logout))
        .routes(routes!(sign_in::forget))
        .routes(routes!(sign_in::reset))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(sessions::end_others))
        .routes(routes!(users::own))
        .routes(routes!(sign_in::change_own))
        .routes(routes!(second_factor::enrol, second_factor::remove))
        .routes(routes!(second_factor::confirm))
        .routes(routes!(second_factor::renew_codes))
        .routes(routes!(users::list))
        .routes(routes!(users::get, users::update, users::delete))
        .routes(routes!(users::reset_password))
        .routes(routes!(second_factor::reset))
        .routes(routes!(sessions::end_of_user))
        .routes(routes!(invitations::invite, invitations::list))
        .routes(routes!(invitations::revoke))
        .routes(routes!(invitations::accept))
}

fn passkey_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(passkeys::begin_login))
        .routes(routes!(passkeys::login))
        .routes(routes!(passkeys::begin_second_factor))
        .routes(routes!(passkeys::begin_registration))
        .routes(routes!(passkeys::register, passkeys::list))
        .routes(routes!(passkeys::rename, passkeys::remove))
        .routes(routes!(passkeys::list_of_user, passkeys::reset))
}

fn identity_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(universal_auth::attach, universal_auth::get, universal_auth::update, universal_auth::revoke))
        .routes(routes!(universal_auth::clear_lockouts))
        .routes(routes!(client_secrets::create, client_secrets::list))
        .routes(routes!(client_secrets::get))
        .routes(routes!(client_secrets::revoke))
        .routes(routes!(oidc_auth::attach, oidc_auth::get, oidc_auth::update, oidc_auth::revoke))
        .routes(routes!(
            kubernetes_auth::attach,
            kubernetes_auth::get,
            kubernetes_auth::update,
            kubernetes_auth::revoke
        ))
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
        .routes(routes!(memberships::list_users))
        .routes(routes!(
            memberships::create_user,
            memberships::get_user,
            memberships::update_user,
            memberships::delete_user
        ))
        .routes(routes!(memberships::list_groups))
        .routes(routes!(
            memberships::create_group,
            memberships::get_group,
            memberships::update_group,
            memberships::delete_group
        ))
}

fn access_routes() -> OpenApiRouter<Shared> {
    let older = "/api/v2/workspace/{projectId}/roles";
    OpenApiRouter::new()
        .routes(also_at(older, routes!(roles::create, roles::list)))
        .routes(also_at(
            "/api/v2/workspace/{projectId}/roles/{roleId}",
            routes!(roles::get, roles::update, roles::delete),
        ))
        .routes(also_at("/api/v2/workspace/{projectId}/roles/slug/{slug}", routes!(roles::get_by_slug)))
        .routes(routes!(groups::create, groups::list))
        .routes(routes!(groups::get, groups::update, groups::delete))
        .routes(routes!(groups::members))
        .routes(routes!(groups::add, groups::remove))
        .routes(routes!(access::explain))
        .routes(routes!(access::rights))
        .routes(routes!(access::who_can))
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
    OpenApiRouter::new()
        .routes(routes!(dynamic_secrets::create, dynamic_secrets::list))
        .routes(routes!(dynamic_secrets::get, dynamic_secrets::update, dynamic_secrets::delete))
        .routes(routes!(dynamic_secrets::test))
}

fn approval_routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(policies::get, policies::update))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::get))
        .routes(routes!(approvals::approve))
        .routes(routes!(approvals::deny))
        .routes(routes!(approvals::cancel))
        .routes(routes!(approvals::fetch))
        .routes(routes!(approvals::list_of_organization))
        .routes(routes!(approvals::get_of_organization))
        .routes(routes!(approvals::approve_of_organization))
        .routes(routes!(approvals::deny_of_organization))
        .routes(routes!(approvals::cancel_of_organization))
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
        .routes(routes!(leases::end))
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
    Router::from(swagger).layer(middleware::from_fn_with_state(Kept::default(), keep))
}

/// This description.
#[utoipa::path(get, path = "/api/openapi.json", operation_id = "describeApi", tag = "Status",
    responses((status = 200, description = "An OpenAPI 3.1 document.", body = Object)))]
async fn describe(State(_shared): State<Shared>) -> Response {
    /// Nobody has to sign in for it, and it takes long to make.
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| {
        let text = serde_json::to_vec(&description()).expect("a description has text keys only");
        Bytes::from(text)
    });
    ([(header::CONTENT_TYPE, "application/json")], TEXT.clone()).into_response()
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
    let problem = Described::builder().description("Whatever went wrong.").content("application/json", content).build();
    operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
}
