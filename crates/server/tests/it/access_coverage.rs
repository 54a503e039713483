//! Every operation of the API's description, called as nobody, as a stranger, as a reader and as one who may.
//!
//! A new route is walked by itself; one that needs a body or a parameter of its own says so in [`world`].

mod altered_tokens;
mod bodies;
mod matrix;
mod owned_fields;
mod roles;
mod same_work;
mod spelt_paths;
mod tokens;
mod unrecorded;
mod world;

use http::Method;
use mayfly_domain::access::operation::{Operation, Requirement};
use mayfly_server::http::{access_table, openapi};

use self::world::World;
use crate::support::{Answer, Caller, Person, TestServer};

/// What may be called without an access token. This list may only shrink.
const PUBLIC: &[&str] = &[
    "GET /api/openapi.json",
    "GET /api/status",
    "GET /api/v1/auth/sso",
    "GET /api/v1/auth/sso/callback",
    "GET /api/v1/auth/sso/{provider}/start",
    "GET /api/v1/gateway-enrolments",
    "GET /api/v1/gateway-tunnels",
    "POST /api/v1/admin/bootstrap",
    "POST /api/v1/auth/kubernetes-auth/login",
    "POST /api/v1/auth/kubernetes-auth/login/",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/oidc-auth/login",
    "POST /api/v1/auth/oidc-auth/login/",
    "POST /api/v1/auth/passkeys/login",
    "POST /api/v1/auth/passkeys/options",
    "POST /api/v1/auth/passkeys/second-factor-options",
    "POST /api/v1/auth/password/forgot",
    "POST /api/v1/auth/password/reset",
    "POST /api/v1/auth/sso/requests",
    "POST /api/v1/auth/sso/requests/claim",
    "POST /api/v1/auth/sso/requests/{requestId}/confirm",
    "POST /api/v1/auth/sso/{provider}/start",
    "POST /api/v1/auth/token/renew",
    "POST /api/v1/auth/token/revoke",
    "POST /api/v1/auth/universal-auth/login",
    "POST /api/v1/auth/universal-auth/login/",
    "POST /api/v1/users/invitations/accept",
];

/// What a reader of a project may do in it; everything else there is refused.
const READER_MAY: &[Operation] = &[
    Operation::GetOwnIdentity,
    Operation::ListProjects,
    Operation::WatchChanges,
    Operation::GetProject,
    Operation::GetMembership,
    Operation::ListMemberships,
    Operation::GetUserMembership,
    Operation::ListUserMemberships,
    Operation::GetGroupMembership,
    Operation::ListGroupMemberships,
    Operation::GetRole,
    Operation::ListRoles,
    Operation::ExplainOwnAccess,
    Operation::ExplainAccess,
    Operation::GetEnvironmentPolicy,
    Operation::ListApprovalRequests,
    Operation::GetEnvironment,
    Operation::GetFolder,
    Operation::ListFolders,
    Operation::ListDynamicSecrets,
    Operation::GetDynamicSecret,
];

/// What every member may do with what they asked for themselves; what others asked for is not there for them.
const READER_SEES_OWN: &[Operation] = &[Operation::GetApprovalRequest, Operation::CancelRequest];

/// What takes a second factor that is there.
const WITHOUT_SECOND_FACTOR: &[Operation] = &[
    Operation::ConfirmSecondFactor,
    Operation::RemoveSecondFactor,
    Operation::RenewRecoveryCodes,
    Operation::ResetUserSecondFactor,
];

/// What whoever may is answered otherwise than by success, for a reason that is no matter of rights.
const ADMITTED_BY_OTHER_WORDS: &[(Operation, u16)] = &[
    // A token is never renewed, nothing is left to forget, and no intake was made.
    (Operation::RenewLease, 400),
    (Operation::ForgetLease, 409),
    (Operation::RevokeAuditIntake, 404),
    // Nobody has signed in by the provider.
    (Operation::DeleteSsoLink, 404),
    (Operation::DeleteOwnSsoLink, 404),
];

/// A route that needs a caller.
struct Route {
    method: Method,
    pattern: String,
    operation: Operation,
}

fn routes() -> Vec<Route> {
    let described = access_table::described(&openapi::description()).into_iter();
    let known = described.map(|(method, pattern)| {
        let operation = access_table::operation(&method, &pattern).expect("each route has its row");
        Route { method, pattern, operation }
    });
    known.filter(|route| !PUBLIC.contains(&route.name().as_str())).collect()
}

impl Route {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }

    fn is_about_people(&self) -> bool {
        self.operation.requirement() == Requirement::Person || self.pattern.starts_with("/api/v1/users")
    }

    async fn call(&self, caller: &Caller, world: &World) -> Answer {
        let (path, body) = world.request(&self.method, &self.pattern, self.operation);
        let body = (self.method != Method::GET).then_some(&body);
        caller.send(self.method.clone(), &path, body).await
    }
}

/// A world with what the route is about.
async fn world_for(server: &TestServer, route: &Route, approver: &Person) -> World {
    match route {
        route if route.is_about_people() => World::with_person(server).await,
        route if route.pattern.contains("/approval-requests") => World::with_approver(server, approver).await,
        route if route.operation == Operation::RemoveFromGatewayPool => World::with_pooled_gateway(server).await,
        route if route.operation == Operation::RotateGatewayAuthority => World::with_one_authority(server).await,
        _ => World::new(server).await,
    }
}

async fn events(server: &TestServer) -> i64 {
    server.home.number("SELECT COUNT(*) FROM audit_events").await
}

/// That it was done. Some answers are no JSON, but come line by line.
#[track_caller]
fn done(route: &Route, answer: &Answer) {
    if ["/export", "/live", "/events"].iter().any(|end| route.pattern.ends_with(end)) {
        assert_eq!(answer.status, 200, "{}", route.name());
    } else {
        answer.ok();
    }
}

#[test]
fn the_public_list_is_exactly_this() {
    let described = access_table::described(&openapi::description()).into_iter();
    let is_public = |row: &(Method, String)| {
        access_table::operation(&row.0, &row.1).is_some_and(|known| known.requirement() == Requirement::Nobody)
    };
    let mut public: Vec<String> =
        described.filter(is_public).map(|(method, path)| format!("{method} {path}")).collect();
    public.sort();
    assert_eq!(public, PUBLIC);
}

#[tokio::test]
async fn nobody_gets_nowhere_and_is_counted() {
    let mut server = TestServer::sqlite().await;
    let world = World::whole(&server).await;
    let routes = routes();
    for route in &routes {
        route.call(&server.as_nobody(), &world).await.refused(401, "not_signed_in");
        route.call(&server.as_nobody(), &world.absent()).await.refused(401, "not_signed_in");
    }
    server.restart().await;
    let logs = [("eventType", "anonymous-access-denied"), ("limit", "1000")];
    let logs = server.as_admin().ask("/api/v1/organization/audit-logs", &logs).await.ok();
    let counts = logs["auditLogs"].as_array().unwrap().iter();
    let counted: u64 = counts.map(|log| log["event"]["metadata"]["count"].as_u64().unwrap()).sum();
    assert_eq!(usize::try_from(counted).unwrap(), routes.len() * 2, "each refusal is counted once");
}

#[tokio::test]
async fn a_stranger_sees_no_project_and_may_nothing_in_the_organization() {
    let server = TestServer::sqlite().await;
    let (world, stranger) = (World::whole(&server).await, server.as_stranger().await);
    for route in routes() {
        let name = route.name();
        let before = events(&server).await;
        let answer = route.call(&stranger, &world).await;
        let after = events(&server).await;
        match route.operation.requirement() {
            Requirement::OwnCredential => answer.refused(401, "access_token_refused"),
            Requirement::Nobody | Requirement::SignedIn => {
                done(&route, &answer);
                continue;
            }
            Requirement::Person => answer.refused(403, "people_only"),
            Requirement::InOrganization(_) => answer.refused(403, "permission_denied"),
            _ if route.operation == Operation::ListAuditLogs && !route.pattern.contains("{projectId}") => {
                answer.refused(403, "permission_denied")
            }
            Requirement::InProject(_) | Requirement::InProjectOrOrganization(..) => {
                let missing = route.call(&stranger, &world.absent()).await;
                let (found, missing) = (answer.without_request_id(), missing.without_request_id());
                assert_eq!(world.anonymous(&found), world.absent().anonymous(&missing), "{name}: tells what is there");
                assert_eq!(answer.status, 404, "{name}: {}", answer.text);
                found["message"].to_string()
            }
        };
        assert_eq!(after, before + 1, "{name}: one event for each refusal");
    }
}

#[tokio::test]
async fn a_reader_sees_and_changes_nothing() {
    let server = TestServer::sqlite().await;
    let world = World::whole(&server).await;
    let machine = server.lone_machine("no-access", &serde_json::json!({})).await;
    server.join(&machine.id, &world.project, "viewer").await;
    let reader = server.as_nobody().with_token(&machine.token);
    for route in routes() {
        let before = events(&server).await;
        let answer = route.call(&reader, &world).await;
        if READER_MAY.contains(&route.operation) {
            done(&route, &answer);
            assert!(!answer.text.contains(&server.cluster_token), "{}", route.name());
            assert_eq!(events(&server).await, before, "{}: reading is no event", route.name());
        } else if route.operation.requirement() == Requirement::Person {
            answer.refused(403, "people_only");
            assert_eq!(events(&server).await, before + 1, "{}: one event for each refusal", route.name());
        } else if route.operation.requirement() == Requirement::OwnCredential {
            answer.refused(401, "access_token_refused");
        } else {
            if READER_SEES_OWN.contains(&route.operation) {
                answer.refused(404, "not_found");
                continue;
            }
            let problem = answer.problem();
            answer.refused(403, "permission_denied");
            assert!(problem["details"][0]["action"][0].is_string(), "{}: names what is missing", route.name());
            assert_eq!(events(&server).await, before + 1, "{}: one event for each refusal", route.name());
        }
    }
}

#[tokio::test]
async fn whoever_may_succeeds_and_each_change_is_one_event() {
    let server = TestServer::sqlite().await;
    let approver = server.person("approver@example.com", "admin").await;
    for route in routes() {
        let world = world_for(&server, &route, &approver).await;
        if route.operation == Operation::FetchApprovedLease {
            world.approved().await;
        }
        let before = events(&server).await;
        let answer = route.call(&world.allowed(&server, &route), &world).await;
        if route.operation == Operation::RenewLease {
            answer.refused(400, "lease_not_renewable");
        } else if route.operation == Operation::ForgetLease {
            answer.refused(409, "nothing_to_forget");
        } else if WITHOUT_SECOND_FACTOR.contains(&route.operation) {
            answer.refused(409, "no_second_factor");
        } else if [Operation::RevokeAuditIntake, Operation::DeleteSsoLink, Operation::DeleteOwnSsoLink]
            .contains(&route.operation)
        {
            answer.refused(404, "not_found");
        } else if route.operation.requirement() == Requirement::OwnCredential {
            answer.refused(401, "access_token_refused");
        } else {
            done(&route, &answer);
        }
        // What was asked for is done with the last word, and has an event of its own.
        let follows = route.pattern.ends_with("/approve") && route.operation == Operation::DecideOrganizationRequests;
        let expected = World::events_of(&route) + i64::from(follows);
        assert_eq!(events(&server).await - before, expected, "{}", route.name());
    }
}
