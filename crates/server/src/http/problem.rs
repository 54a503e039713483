//! Failures on the wire: the only place that picks status codes and problem codes.
//!
//! The families (`BadRequest`, `TokenError`, …) are those existing clients know; the codes are ours and stable.

use std::any::Any;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, Uri, header};
use mayfly_api::problem::{FieldIssue, Message, Problem};
use mayfly_app::{
    AppError,
    cluster_connections::{ConnectionUsers, UsingSecret},
    gateway_authorities::AuthorityStands,
    gateways::{GatewayUsers, UsingConnection, UsingPool},
    passkeys::PasskeyProblem,
};
use mayfly_domain::{
    error::{ErrorClass, FieldError, chain},
    sso::SsoRefusal,
};
use serde_json::{Value, json};

use super::request_id;
use crate::wiring::is_disk_full;

/// Whatever a handler fails with.
#[derive(Debug)]
pub(super) enum Failure {
    /// The operation failed.
    App(AppError),
    /// The request never became an operation.
    Rejected(Rejection),
}

/// A request that could not be read.
#[derive(Debug)]
pub(super) struct Rejection {
    status: StatusCode,
    family: &'static str,
    code: &'static str,
    message: String,
}

impl Rejection {
    pub(super) fn new(
        status: StatusCode,
        family: &'static str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { status, family, code, message: message.into() }
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<Rejection> for Failure {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::App(error) => from_app(&error),
            Self::Rejected(Rejection { status, family, code, message }) => {
                answer(status, family, code, Message::Text(message), None)
            }
        }
    }
}

/// The refusal to renew an access token. Existing clients know one without a use left as a bad request there; shown
/// with any other request it means "log in", 401.
pub(super) fn not_renewed(error: AppError) -> Failure {
    match error {
        AppError::TokenUsedUp => {
            let (_, _, code) = words(&error);
            Rejection::new(StatusCode::BAD_REQUEST, "BadRequest", code, public_text(&error)).into()
        }
        other => other.into(),
    }
}

fn from_app(error: &AppError) -> Response {
    if matches!(error.class(), ErrorClass::Bug) {
        tracing::error!(error = %chain(error), "an operation failed");
    } else if matches!(error.class(), ErrorClass::Unavailable) {
        tracing::warn!(error = %chain(error), "an operation could not be done");
    }
    if let AppError::Fields(faults) = error {
        let issues = faults.iter().map(issue).collect();
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return answer(status, "ValidationFailure", "validation_failure", Message::Fields(issues), None);
    }
    let (status, family, code) = words(error);
    let mut response = answer(status, family, code, Message::Text(public_text(error)), details(error));
    if let AppError::TooManyAttempts { until } = error
        && let Ok(date) = HeaderValue::try_from(until.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
    {
        response.headers_mut().insert(header::RETRY_AFTER, date);
    }
    if is_disk_full(error) {
        response.extensions_mut().insert(FoundDiskFull);
    }
    response
}

/// Marks an answer that was to be another one, had there been room on the disk.
#[derive(Clone, Copy, Debug)]
pub(super) struct FoundDiskFull;

/// Refuses to make something new while what room there is is kept for ending what there is.
pub(super) fn disk_is_full() -> Failure {
    let message = "the server's disk is full: nothing new is made until there is room; leases and tokens still end";
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "disk_full", message).into()
}

/// Refuses a request because too many run.
pub(super) fn overloaded() -> Failure {
    let message = "the server is busy with as many requests as it takes at a time; try again in a moment";
    Rejection::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "overloaded", message).into()
}

/// Refuses a request because too many of one source run.
pub(super) fn too_many_at_once() -> Failure {
    let message = "too many requests from this address run at a time; wait for some of them";
    Rejection::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitExceeded", "too_many_at_once", message).into()
}

/// Refuses another stream of changes.
pub(super) fn too_many_watchers() -> Failure {
    let message = "too many streams of changes are open; close some of the pages or programs that watch";
    Rejection::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitExceeded", "too_many_watchers", message).into()
}

/// Refuses what is no WebSocket of this sub-protocol.
pub(super) fn not_a_websocket(subprotocol: &str) -> Failure {
    let message = format!("this is for gateways: ask for a WebSocket with the sub-protocol `{subprotocol}`");
    Rejection::new(StatusCode::UPGRADE_REQUIRED, "UpgradeRequired", "upgrade_required", message).into()
}

/// Refuses a request because somebody asks too often.
pub(super) fn too_often(seconds: u64) -> Failure {
    let message = format!("too many requests: try again in {seconds} seconds");
    Rejection::new(StatusCode::TOO_MANY_REQUESTS, "RateLimitExceeded", "too_many_requests", message).into()
}

/// The request took longer than any may. What it began is finished, or undone if nobody takes it.
pub(super) fn took_too_long() -> Failure {
    let message = "the request took too long; what it began is finished, or undone where nobody took it";
    Rejection::new(StatusCode::GATEWAY_TIMEOUT, "GatewayTimeoutError", "request_timed_out", message).into()
}

/// Status, code and text of a failure, for a page.
pub(super) fn for_a_page(error: &AppError) -> (StatusCode, &'static str, String) {
    let (status, _, code) = words(error);
    (status, code, public_text(error))
}

fn issue(fault: &FieldError) -> FieldIssue {
    FieldIssue { code: fault.code.clone(), path: fault.path.clone(), message: fault.message.clone() }
}

type Words = (StatusCode, &'static str, &'static str);

const CLUSTER_TIMED_OUT: Words = (StatusCode::GATEWAY_TIMEOUT, "GatewayTimeoutError", "cluster_timed_out");
const CLUSTER_UNREACHABLE: Words = (StatusCode::BAD_REQUEST, "BadRequest", "cluster_unreachable");

/// Status, family and code of each failure.
fn words(error: &AppError) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match error {
        AppError::Fields(_) => (S::UNPROCESSABLE_ENTITY, "ValidationFailure", "validation_failure"),
        AppError::NotSignedIn => (S::UNAUTHORIZED, "UnauthorizedError", "not_signed_in"),
        AppError::MalformedCredential => (S::UNAUTHORIZED, "UnauthorizedError", "malformed_credential"),
        AppError::CredentialsRefused | AppError::LoginRefused { .. } => {
            (S::UNAUTHORIZED, "UnauthorizedError", "credentials_refused")
        }
        AppError::LockedOut { .. } => (S::UNAUTHORIZED, "UnauthorizedError", "locked_out"),
        AppError::TokenRefused => (S::UNAUTHORIZED, "UnauthorizedError", "access_token_refused"),
        AppError::TokenUsedUp => (S::UNAUTHORIZED, "UnauthorizedError", "access_token_used_up"),
        AppError::TokenAtItsEnd => (S::UNAUTHORIZED, "UnauthorizedError", "access_token_at_its_end"),
        AppError::TokenExpired => (S::FORBIDDEN, "TokenError", "access_token_expired"),
        AppError::UntrustedAddress => (S::FORBIDDEN, "ForbiddenError", "untrusted_address"),
        AppError::SetupCode => (S::FORBIDDEN, "ForbiddenError", "setup_code"),
        AppError::SessionEnded => (S::UNAUTHORIZED, "UnauthorizedError", "session_ended"),
        AppError::MachinesOnly => (S::FORBIDDEN, "ForbiddenError", "machines_only"),
        AppError::PeopleOnly => (S::FORBIDDEN, "ForbiddenError", "people_only"),
        AppError::SecondFactorRequired => (S::FORBIDDEN, "ForbiddenError", "second_factor_required"),
        AppError::SecondFactorNeeded => (S::FORBIDDEN, "ForbiddenError", "mfa_required"),
        AppError::WrongProof { .. } => (S::FORBIDDEN, "ForbiddenError", "wrong_proof"),
        AppError::Sso(_) | AppError::SsoRequired | AppError::LinkRefused => words_of_sign_in(error),
        AppError::TooManyAttempts { .. } => (S::TOO_MANY_REQUESTS, "RateLimitExceeded", "too_many_attempts"),
        AppError::LastAdmin => (S::BAD_REQUEST, "BadRequest", "last_admin"),
        AppError::LastWayIn => (S::BAD_REQUEST, "BadRequest", "last_way_in"),
        AppError::NoMail => (S::BAD_REQUEST, "BadRequest", "no_mail"),
        AppError::SecondFactorThere => (S::CONFLICT, "Conflict", "second_factor_there"),
        AppError::NoSecondFactor(_) => (S::CONFLICT, "Conflict", "no_second_factor"),
        AppError::Passkey(problem) => words_of_passkeys(*problem),
        AppError::Busy => (S::SERVICE_UNAVAILABLE, "ServiceUnavailable", "busy"),
        AppError::Mail(_) => (S::SERVICE_UNAVAILABLE, "ServiceUnavailable", "mail_failed"),
        AppError::Denied { .. } => (S::FORBIDDEN, "PermissionDenied", "permission_denied"),
        AppError::RoleAboveOwn { .. } => (S::FORBIDDEN, "PermissionBoundaryError", "role_above_own"),
        AppError::BeyondOwnRights { .. } => (S::FORBIDDEN, "PermissionBoundaryError", "beyond_own_rights"),
        AppError::RightsWouldGrow { .. } => (S::FORBIDDEN, "PermissionBoundaryError", "rights_would_grow"),
        AppError::ApprovalRequired { .. } => (S::FORBIDDEN, "ForbiddenError", "approval_required"),
        AppError::ApprovalDenied { .. } => (S::FORBIDDEN, "ForbiddenError", "approval_denied"),
        AppError::NotYoursToDecide { .. } => (S::FORBIDDEN, "ForbiddenError", "not_yours_to_decide"),
        AppError::GuardedByApproval { .. } => (S::CONFLICT, "Conflict", "guarded_by_approval"),
        AppError::ApprovalInUse { .. } => (S::CONFLICT, "Conflict", "approval_in_use"),
        AppError::RequestIsOver { .. } => (S::CONFLICT, "Conflict", "request_is_over"),
        AppError::TooManyRequests { .. } => (S::BAD_REQUEST, "BadRequest", "too_many_requests_waiting"),
        AppError::AgainstPolicy { .. } => (S::BAD_REQUEST, "BadRequest", "against_policy"),
        AppError::RoleIsHeld { .. } => (S::BAD_REQUEST, "BadRequest", "role_is_held"),
        AppError::NotFound { .. } => (S::NOT_FOUND, "NotFound", "not_found"),
        AppError::LeaseNotFound(_) => (S::NOT_FOUND, "NotFound", "lease_not_found"),
        AppError::NotRenewable(_) => (S::BAD_REQUEST, "BadRequest", "lease_not_renewable"),
        AppError::Taken { .. } => (S::BAD_REQUEST, "BadRequest", "name_taken"),
        AppError::AlreadyBootstrapped => (S::BAD_REQUEST, "BadRequest", "already_bootstrapped"),
        AppError::Protected { .. } => (S::BAD_REQUEST, "BadRequest", "delete_protected"),
        AppError::FolderNotEmpty { .. } => (S::BAD_REQUEST, "BadRequest", "folder_not_empty"),
        AppError::RootFolder => (S::BAD_REQUEST, "BadRequest", "root_folder"),
        AppError::Ttl(_) => (S::BAD_REQUEST, "BadRequest", "ttl_refused"),
        AppError::NamespaceNotAllowed { .. } => (S::BAD_REQUEST, "BadRequest", "namespace_not_allowed"),
        AppError::NamespaceClosed { .. } => (S::BAD_REQUEST, "BadRequest", "namespace_closed"),
        AppError::ConnectionTest { .. } => (S::BAD_REQUEST, "BadRequest", "connection_test_failed"),
        AppError::IssuingStopped { .. } => (S::CONFLICT, "Conflict", "issuing_stopped"),
        AppError::TooManyLeases { .. } => (S::BAD_REQUEST, "BadRequest", "too_many_leases"),
        AppError::KeyStillUsed => (S::CONFLICT, "Conflict", "idempotency_key_in_use"),
        AppError::KeyOfAnotherRequest => (S::CONFLICT, "Conflict", "idempotency_key_reused"),
        AppError::KeyUsed { .. } => (S::CONFLICT, "Conflict", "idempotency_key_used"),
        AppError::NothingToForget(_) => (S::CONFLICT, "Conflict", "nothing_to_forget"),
        AppError::HasLiveLeases => (S::CONFLICT, "Conflict", "has_live_leases"),
        AppError::StoppedAlready => (S::CONFLICT, "Conflict", "stopped_already"),
        AppError::PrivateConnection { .. } => (S::BAD_REQUEST, "BadRequest", "connection_private"),
        AppError::BeyondLimit(_) => (S::BAD_REQUEST, "BadRequest", "connection_limit"),
        AppError::NotShared => (S::BAD_REQUEST, "BadRequest", "connection_not_shared"),
        AppError::ConnectionInUse(_) => (S::CONFLICT, "Conflict", "connection_in_use"),
        AppError::RotationRuns { .. } | AppError::VerificationRuns | AppError::NextMasterKey(_) | AppError::Held => {
            words_of_upkeep(error)
        }
        AppError::GatewayInUse(_) | AppError::NoGatewayEnrolment(_) | AppError::Authority(_) => of_gateways(error),
        AppError::ChangedMeanwhile { .. } => (S::CONFLICT, "Conflict", "changed_meanwhile"),
        AppError::TooSlow => (S::GATEWAY_TIMEOUT, "GatewayTimeoutError", "issue_timed_out"),
        AppError::RenewalRefused { reason, .. } => words(reason),
        AppError::ConnectionUntested(_) => CLUSTER_UNREACHABLE,
        AppError::Cluster(_) => words_of_cluster(error),
        AppError::Store(error) => words_of_store(error.class()),
        AppError::Bug(_) => (S::INTERNAL_SERVER_ERROR, "InternalServerError", "internal_error"),
    }
}

/// Of gateways. Existing clients know the first by its status.
fn of_gateways(error: &AppError) -> Words {
    match error {
        AppError::GatewayInUse(_) => (StatusCode::BAD_REQUEST, "BadRequest", "gateway_in_use"),
        AppError::Authority(AuthorityStands::Changes { .. }) => (StatusCode::CONFLICT, "Conflict", "authority_changes"),
        AppError::Authority(AuthorityStands::Counts { .. }) => (StatusCode::CONFLICT, "Conflict", "authority_counts"),
        AppError::Authority(AuthorityStands::Only) => (StatusCode::CONFLICT, "Conflict", "only_authority"),
        _ => (StatusCode::CONFLICT, "Conflict", "no_gateway_enrolment"),
    }
}

/// Of the installation's own database and keys.
fn words_of_upkeep(error: &AppError) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match error {
        AppError::RotationRuns { .. } => (S::CONFLICT, "Conflict", "rotation_runs"),
        AppError::VerificationRuns => (S::CONFLICT, "Conflict", "verification_runs"),
        AppError::NextMasterKey(_) => (S::BAD_REQUEST, "BadRequest", "next_master_key"),
        _ => (S::CONFLICT, "Conflict", "database_held"),
    }
}

fn words_of_cluster(error: &AppError) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match error {
        AppError::Cluster(error) if error.is_timeout() => CLUSTER_TIMED_OUT,
        AppError::Cluster(error) if error.class() == ErrorClass::Unavailable => CLUSTER_UNREACHABLE,
        AppError::Cluster(error) if error.is_closed_role() => (S::BAD_REQUEST, "BadRequest", "role_closed"),
        _ => (S::BAD_REQUEST, "BadRequest", "cluster_refused"),
    }
}

fn words_of_passkeys(problem: PasskeyProblem) -> (StatusCode, &'static str, &'static str) {
    use StatusCode as S;
    match problem {
        PasskeyProblem::Unavailable => (S::BAD_REQUEST, "BadRequest", "passkeys_unavailable"),
        PasskeyProblem::Refused(_) => (S::BAD_REQUEST, "BadRequest", "passkey_refused"),
        PasskeyProblem::There => (S::CONFLICT, "Conflict", "passkey_there"),
        PasskeyProblem::TooMany => (S::CONFLICT, "Conflict", "too_many_passkeys"),
        PasskeyProblem::None(_) => (S::CONFLICT, "Conflict", "no_passkeys"),
        PasskeyProblem::RecentSignInNeeded => (S::FORBIDDEN, "ForbiddenError", "recent_sign_in_needed"),
    }
}

/// Of ways to sign in that lead by somewhere else.
fn words_of_sign_in(error: &AppError) -> (StatusCode, &'static str, &'static str) {
    let code = match error {
        AppError::Sso(SsoRefusal::Unavailable) => {
            return (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", SsoRefusal::Unavailable.code());
        }
        AppError::Sso(SsoRefusal::NoProvider) => {
            return (StatusCode::NOT_FOUND, "NotFound", SsoRefusal::NoProvider.code());
        }
        AppError::Sso(refusal) => refusal.code(),
        AppError::SsoRequired => "sso_required",
        _ => "link_refused",
    };
    (StatusCode::FORBIDDEN, "ForbiddenError", code)
}

fn words_of_store(class: ErrorClass) -> (StatusCode, &'static str, &'static str) {
    match class {
        ErrorClass::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "store_unavailable"),
        ErrorClass::Conflict => (StatusCode::CONFLICT, "Conflict", "changed_meanwhile"),
        ErrorClass::Invalid => (StatusCode::BAD_REQUEST, "BadRequest", "not_storable"),
        ErrorClass::Denied | ErrorClass::NotFound | ErrorClass::Bug => {
            (StatusCode::INTERNAL_SERVER_ERROR, "DatabaseError", "store_failed")
        }
    }
}

/// What the caller is told. Failures of the store and of ourselves stay in the log.
fn public_text(error: &AppError) -> String {
    let text = match (error, error.class()) {
        (_, ErrorClass::Bug) => "something went wrong on our side; the request id leads to it in the server's log",
        (AppError::Mail(_), _) => "the mail server did not take the mail; try again",
        (AppError::Store(_), ErrorClass::Unavailable) => "the database is not available; try again",
        (AppError::Store(_), ErrorClass::Invalid) => "a text contains a NUL character, which cannot be stored",
        (AppError::Store(_), ErrorClass::Conflict | ErrorClass::Denied | ErrorClass::NotFound) => {
            "this was changed by somebody else meanwhile; read it again and repeat your change"
        }
        (told, _) => return told.to_string(),
    };
    text.to_owned()
}

fn details(error: &AppError) -> Option<Value> {
    match error {
        AppError::Denied { missing } => {
            let rule = |permission: &mayfly_domain::access::permission::Permission| {
                json!({"action": [permission.action], "subject": permission.subject, "inverted": false,
                       "conditions": {}})
            };
            Some(missing.iter().map(rule).collect())
        }
        AppError::RenewalRefused { reason, .. } => details(reason),
        AppError::ApprovalRequired { id, .. }
        | AppError::ApprovalDenied { id, .. }
        | AppError::ApprovalInUse { id } => Some(json!({"approvalRequestId": id})),
        AppError::KeyUsed { lease, .. } => Some(json!({"leaseId": lease})),
        AppError::BeyondLimit(beyond) => {
            Some(json!({"limit": beyond.limit, "asked": beyond.asked, "allowed": beyond.allowed}))
        }
        AppError::ConnectionInUse(users) => Some(users_of(users)),
        AppError::GatewayInUse(users) => Some(users_of_gateway(users)),
        AppError::Cluster(error) => Some(
            json!({"step": error.step, "call": error.call, "isRetryable": error.class() == ErrorClass::Unavailable,
                   "certificate": error.presented()}),
        ),
        other => other.refused_field().map(|fault| json!([issue(&fault)])),
    }
}

fn users_of(users: &ConnectionUsers) -> Value {
    json!({"dynamicSecrets": users.secrets.iter().map(using_secret).collect::<Vec<_>>(), "leaseIds": users.leases})
}

fn users_of_gateway(users: &GatewayUsers) -> Value {
    let connection = |user: &UsingConnection| json!({"clusterConnectionId": user.id, "name": user.name});
    let pool = |user: &UsingPool| json!({"gatewayPoolId": user.id, "name": user.name});
    json!({"dynamicSecrets": users.secrets.iter().map(using_secret).collect::<Vec<_>>(),
           "clusterConnections": users.connections.iter().map(connection).collect::<Vec<_>>(),
           "gatewayPools": users.pools.iter().map(pool).collect::<Vec<_>>(), "leaseIds": users.leases})
}

fn using_secret(user: &UsingSecret) -> Value {
    json!({"dynamicSecretId": user.id, "name": user.name, "projectSlug": user.project,
           "environmentSlug": user.environment, "path": user.path})
}

fn answer(status: StatusCode, family: &str, code: &str, message: Message, details: Option<Value>) -> Response {
    let problem = Problem {
        req_id: request_id::current(),
        status_code: status.as_u16(),
        message,
        error: family.to_owned(),
        code: code.to_owned(),
        details,
    };
    let mut response = (status, Json(problem)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE || ["idempotency_key_in_use", "too_many_at_once"].contains(&code) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// No route has this path.
pub(super) fn unknown_route(uri: &Uri) -> Response {
    let message = format!("there is nothing at `{}`", uri.path().chars().take(200).collect::<String>());
    answer(StatusCode::NOT_FOUND, "NotFound", "unknown_route", Message::Text(message), None)
}

/// The path is known, the method is not.
pub(super) async fn method_not_allowed() -> Response {
    let message = Message::Text("this method is not allowed here".to_owned());
    answer(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", "method_not_allowed", message, None)
}

/// The task of a request ended without an answer, as happens when the runtime stops.
pub(super) fn interrupted() -> Response {
    Failure::App(AppError::Bug("a request was interrupted")).into_response()
}

/// A handler panicked: nothing of the payload is shown or logged, it may hold a secret.
pub(super) fn panicked(_payload: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Failure::App(AppError::Bug("a handler panicked")).into_response()
}
