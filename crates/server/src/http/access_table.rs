//! Which operation each route stands for, and who is let through to it.
//!
//! *Who may call this endpoint?* The route's row names the operation; what the operation requires stands in
//! `domain/access/operation.rs`. The server does not start with a route that has no row.

use std::net::IpAddr;

use axum::{
    extract::{MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::Method;
use mayfly_app::{
    AppError,
    access_tokens::{self, NotLetIn},
    audit::{Refused, record_refusal},
    sessions,
};
use mayfly_domain::{
    access::operation::{Operation, Requirement},
    caller::{Actor, Caller, Origin},
    error::{ErrorClass, chain},
    ids::IdentityId,
};
use utoipa::openapi::OpenApi;

use super::{
    Shared,
    arrival::{self, Admitted},
    caller::{Shown, shown},
    cookie, origin,
    problem::{Failure, FoundDiskFull, disk_is_full, too_often},
    rate_limits::{Class, Counted},
};
use crate::reserve::Reserve;

/// One row: method, path as the router knows it, operation.
pub type Row = (Method, &'static str, Operation);

macro_rules! table {
    ($($method:ident $path:literal => $operation:ident;)+) => {
        /// Every route there is.
        pub const TABLE: &[Row] = &[$((Method::$method, $path, Operation::$operation),)+];
    };
}

table! {
    GET "/api/status" => Status;
    GET "/api/openapi.json" => DescribeApi;
    POST "/api/v1/admin/bootstrap" => Bootstrap;

    POST "/api/v1/auth/universal-auth/login" => LoginUniversalAuth;
    POST "/api/v1/auth/universal-auth/login/" => LoginUniversalAuth;
    POST "/api/v1/auth/oidc-auth/login" => LoginOidcAuth;
    POST "/api/v1/auth/oidc-auth/login/" => LoginOidcAuth;
    POST "/api/v1/auth/kubernetes-auth/login" => LoginKubernetesAuth;
    POST "/api/v1/auth/kubernetes-auth/login/" => LoginKubernetesAuth;
    POST "/api/v1/auth/token/renew" => RenewAccessToken;
    POST "/api/v1/auth/token/revoke" => RevokeAccessToken;

    POST "/api/v1/auth/login" => LoginUser;
    POST "/api/v1/auth/logout" => Logout;
    POST "/api/v1/auth/passkeys/options" => BeginPasskeyLogin;
    POST "/api/v1/auth/passkeys/login" => LoginPasskey;
    POST "/api/v1/auth/passkeys/second-factor-options" => BeginPasskeySecondFactor;
    POST "/api/v1/auth/password/forgot" => ForgetPassword;
    POST "/api/v1/auth/password/reset" => ResetPassword;
    GET "/api/v1/auth/sessions" => ListOwnSessions;
    DELETE "/api/v1/auth/sessions/{sessionId}" => EndOwnSession;
    POST "/api/v1/auth/sessions/end-others" => EndOtherSessions;

    GET "/api/v1/auth/sso" => ListSignInProviders;
    GET "/api/v1/auth/sso/{provider}/start" => BeginSso;
    POST "/api/v1/auth/sso/{provider}/start" => BeginSso;
    GET "/api/v1/auth/sso/callback" => FinishSso;
    POST "/api/v1/auth/sso/requests" => RequestSso;
    POST "/api/v1/auth/sso/requests/claim" => ClaimSso;
    POST "/api/v1/auth/sso/requests/{requestId}/confirm" => ConfirmSso;

    POST "/api/v1/sso/providers" => CreateSsoProvider;
    GET "/api/v1/sso/providers" => ListSsoProviders;
    GET "/api/v1/sso/providers/{provider}" => GetSsoProvider;
    PATCH "/api/v1/sso/providers/{provider}" => UpdateSsoProvider;
    DELETE "/api/v1/sso/providers/{provider}" => DeleteSsoProvider;
    POST "/api/v1/sso/providers/{provider}/test" => TestSsoProvider;
    GET "/api/v1/sso/providers/{provider}/links" => ListSsoLinks;
    DELETE "/api/v1/sso/providers/{provider}/links/{userId}" => DeleteSsoLink;

    GET "/api/v1/users/me" => GetOwnUser;
    POST "/api/v1/users/me/password" => ChangeOwnPassword;
    POST "/api/v1/users/me/second-factor" => EnrolSecondFactor;
    DELETE "/api/v1/users/me/second-factor" => RemoveSecondFactor;
    POST "/api/v1/users/me/second-factor/confirm" => ConfirmSecondFactor;
    POST "/api/v1/users/me/second-factor/recovery-codes" => RenewRecoveryCodes;
    POST "/api/v1/users/me/passkeys/options" => BeginPasskeyRegistration;
    POST "/api/v1/users/me/passkeys" => RegisterPasskey;
    GET "/api/v1/users/me/sso-links" => ListOwnSsoLinks;
    DELETE "/api/v1/users/me/sso-links/{provider}" => DeleteOwnSsoLink;
    GET "/api/v1/users/me/passkeys" => ListOwnPasskeys;
    PATCH "/api/v1/users/me/passkeys/{passkeyId}" => RenamePasskey;
    DELETE "/api/v1/users/me/passkeys/{passkeyId}" => RemovePasskey;
    GET "/api/v1/users" => ListUsers;
    GET "/api/v1/users/{userId}" => GetUser;
    PATCH "/api/v1/users/{userId}" => UpdateUser;
    DELETE "/api/v1/users/{userId}" => DeleteUser;
    POST "/api/v1/users/{userId}/password-reset" => ResetUserPassword;
    DELETE "/api/v1/users/{userId}/second-factor" => ResetUserSecondFactor;
    GET "/api/v1/users/{userId}/passkeys" => ListUserPasskeys;
    DELETE "/api/v1/users/{userId}/passkeys" => ResetUserPasskeys;
    POST "/api/v1/users/{userId}/sessions/end" => EndUserSessions;
    POST "/api/v1/users/invitations" => InviteUser;
    GET "/api/v1/users/invitations" => ListInvitations;
    DELETE "/api/v1/users/invitations/{invitationId}" => RevokeInvitation;
    POST "/api/v1/users/invitations/accept" => AcceptInvitation;

    POST "/api/v1/auth/universal-auth/identities/{identityId}" => AttachUniversalAuth;
    GET "/api/v1/auth/universal-auth/identities/{identityId}" => GetUniversalAuth;
    PATCH "/api/v1/auth/universal-auth/identities/{identityId}" => UpdateUniversalAuth;
    DELETE "/api/v1/auth/universal-auth/identities/{identityId}" => RevokeUniversalAuth;
    POST "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets" => CreateClientSecret;
    GET "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets" => ListClientSecrets;
    GET "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}" => GetClientSecret;
    POST "/api/v1/auth/universal-auth/identities/{identityId}/client-secrets/{clientSecretId}/revoke" => RevokeClientSecret;
    POST "/api/v1/auth/universal-auth/identities/{identityId}/clear-lockouts" => ClearLockouts;

    POST "/api/v1/auth/oidc-auth/identities/{identityId}" => AttachOidcAuth;
    GET "/api/v1/auth/oidc-auth/identities/{identityId}" => GetOidcAuth;
    PATCH "/api/v1/auth/oidc-auth/identities/{identityId}" => UpdateOidcAuth;
    DELETE "/api/v1/auth/oidc-auth/identities/{identityId}" => RevokeOidcAuth;
    POST "/api/v1/auth/kubernetes-auth/identities/{identityId}" => AttachKubernetesAuth;
    GET "/api/v1/auth/kubernetes-auth/identities/{identityId}" => GetKubernetesAuth;
    PATCH "/api/v1/auth/kubernetes-auth/identities/{identityId}" => UpdateKubernetesAuth;
    DELETE "/api/v1/auth/kubernetes-auth/identities/{identityId}" => RevokeKubernetesAuth;

    POST "/api/v1/identities" => CreateIdentity;
    GET "/api/v1/identities" => ListIdentities;
    POST "/api/v1/identities/search" => SearchIdentities;
    GET "/api/v1/identities/details" => GetOwnIdentity;
    GET "/api/v1/identities/{identityId}" => GetIdentity;
    PATCH "/api/v1/identities/{identityId}" => UpdateIdentity;
    DELETE "/api/v1/identities/{identityId}" => DeleteIdentity;

    POST "/api/v2/workspace" => CreateProject;
    GET "/api/v2/workspace/{slug}" => GetProject;
    PATCH "/api/v2/workspace/{slug}" => UpdateProject;
    DELETE "/api/v2/workspace/{slug}" => DeleteProject;
    GET "/api/v1/workspace" => ListProjects;
    GET "/api/v1/workspace/{projectId}" => GetProject;
    POST "/api/v1/projects" => CreateProject;
    GET "/api/v1/projects" => ListProjects;
    GET "/api/v1/projects/slug/{slug}" => GetProject;
    GET "/api/v1/projects/{projectId}" => GetProject;
    PATCH "/api/v1/projects/{projectId}" => UpdateProject;
    DELETE "/api/v1/projects/{projectId}" => DeleteProject;

    GET "/api/v2/workspace/{projectId}/identity-memberships" => ListMemberships;
    POST "/api/v2/workspace/{projectId}/identity-memberships/{identityId}" => CreateMembership;
    GET "/api/v2/workspace/{projectId}/identity-memberships/{identityId}" => GetMembership;
    PATCH "/api/v2/workspace/{projectId}/identity-memberships/{identityId}" => UpdateMembership;
    DELETE "/api/v2/workspace/{projectId}/identity-memberships/{identityId}" => DeleteMembership;
    GET "/api/v2/workspace/identity-memberships/{membershipId}" => GetMembership;
    GET "/api/v1/projects/{projectId}/memberships/identities" => ListMemberships;
    POST "/api/v1/projects/{projectId}/memberships/identities/{identityId}" => CreateMembership;
    GET "/api/v1/projects/{projectId}/memberships/identities/{identityId}" => GetMembership;
    PATCH "/api/v1/projects/{projectId}/memberships/identities/{identityId}" => UpdateMembership;
    DELETE "/api/v1/projects/{projectId}/memberships/identities/{identityId}" => DeleteMembership;

    GET "/api/v1/projects/{projectId}/memberships/users" => ListUserMemberships;
    POST "/api/v1/projects/{projectId}/memberships/users/{userId}" => CreateUserMembership;
    GET "/api/v1/projects/{projectId}/memberships/users/{userId}" => GetUserMembership;
    PATCH "/api/v1/projects/{projectId}/memberships/users/{userId}" => UpdateUserMembership;
    DELETE "/api/v1/projects/{projectId}/memberships/users/{userId}" => DeleteUserMembership;
    GET "/api/v1/projects/{projectId}/memberships/groups" => ListGroupMemberships;
    POST "/api/v1/projects/{projectId}/memberships/groups/{groupId}" => CreateGroupMembership;
    GET "/api/v1/projects/{projectId}/memberships/groups/{groupId}" => GetGroupMembership;
    PATCH "/api/v1/projects/{projectId}/memberships/groups/{groupId}" => UpdateGroupMembership;
    DELETE "/api/v1/projects/{projectId}/memberships/groups/{groupId}" => DeleteGroupMembership;

    POST "/api/v1/projects/{projectId}/roles" => CreateRole;
    GET "/api/v1/projects/{projectId}/roles" => ListRoles;
    GET "/api/v1/projects/{projectId}/roles/slug/{slug}" => GetRole;
    GET "/api/v1/projects/{projectId}/roles/{roleId}" => GetRole;
    PATCH "/api/v1/projects/{projectId}/roles/{roleId}" => UpdateRole;
    DELETE "/api/v1/projects/{projectId}/roles/{roleId}" => DeleteRole;
    POST "/api/v2/workspace/{projectId}/roles" => CreateRole;
    GET "/api/v2/workspace/{projectId}/roles" => ListRoles;
    GET "/api/v2/workspace/{projectId}/roles/slug/{slug}" => GetRole;
    GET "/api/v2/workspace/{projectId}/roles/{roleId}" => GetRole;
    PATCH "/api/v2/workspace/{projectId}/roles/{roleId}" => UpdateRole;
    DELETE "/api/v2/workspace/{projectId}/roles/{roleId}" => DeleteRole;
    POST "/api/v1/access/explain" => ExplainOwnAccess;
    POST "/api/v1/access/rights" => ExplainOwnAccess;
    POST "/api/v1/access/who-can" => ExplainAccess;

    POST "/api/v1/groups" => CreateGroup;
    GET "/api/v1/groups" => ListGroups;
    GET "/api/v1/groups/{groupId}" => GetGroup;
    PATCH "/api/v1/groups/{groupId}" => UpdateGroup;
    DELETE "/api/v1/groups/{groupId}" => DeleteGroup;
    GET "/api/v1/groups/{groupId}/members" => GetGroup;
    POST "/api/v1/groups/{groupId}/members/{memberType}/{memberId}" => UpdateGroup;
    DELETE "/api/v1/groups/{groupId}/members/{memberType}/{memberId}" => UpdateGroup;

    POST "/api/v1/workspace/{projectId}/environments" => CreateEnvironment;
    GET "/api/v1/workspace/environments/{environmentId}" => GetEnvironment;
    PATCH "/api/v1/workspace/{projectId}/environments/{environmentId}" => UpdateEnvironment;
    DELETE "/api/v1/workspace/{projectId}/environments/{environmentId}" => DeleteEnvironment;
    POST "/api/v1/projects/{projectId}/environments" => CreateEnvironment;
    GET "/api/v1/projects/{projectId}/environments/slug/{slug}" => GetEnvironment;
    GET "/api/v1/projects/{projectId}/environments/{environmentId}" => GetEnvironment;
    PATCH "/api/v1/projects/{projectId}/environments/{environmentId}" => UpdateEnvironment;
    DELETE "/api/v1/projects/{projectId}/environments/{environmentId}" => DeleteEnvironment;

    GET "/api/v1/projects/{projectId}/environments/{environmentId}/policy" => GetEnvironmentPolicy;
    PATCH "/api/v1/projects/{projectId}/environments/{environmentId}/policy" => UpdateEnvironmentPolicy;
    GET "/api/v1/projects/{projectId}/approval-requests" => ListApprovalRequests;
    GET "/api/v1/projects/{projectId}/approval-requests/{requestId}" => GetApprovalRequest;
    POST "/api/v1/projects/{projectId}/approval-requests/{requestId}/approve" => ApproveRequest;
    POST "/api/v1/projects/{projectId}/approval-requests/{requestId}/deny" => DenyRequest;
    POST "/api/v1/projects/{projectId}/approval-requests/{requestId}/cancel" => CancelRequest;
    POST "/api/v1/projects/{projectId}/approval-requests/{requestId}/lease" => FetchApprovedLease;
    GET "/api/v1/organization/approval-requests" => DecideOrganizationRequests;
    GET "/api/v1/organization/approval-requests/{requestId}" => DecideOrganizationRequests;
    POST "/api/v1/organization/approval-requests/{requestId}/approve" => DecideOrganizationRequests;
    POST "/api/v1/organization/approval-requests/{requestId}/deny" => DecideOrganizationRequests;
    POST "/api/v1/organization/approval-requests/{requestId}/cancel" => DecideOrganizationRequests;

    POST "/api/v1/folders" => CreateFolder;
    GET "/api/v1/folders" => ListFolders;
    GET "/api/v1/folders/{folderId}" => GetFolder;
    GET "/api/v1/folders/{projectId}/{environment}/{path}" => GetFolder;
    PATCH "/api/v1/folders/{folderId}" => UpdateFolder;
    DELETE "/api/v1/folders/{folderId}" => DeleteFolder;
    POST "/api/v2/folders" => CreateFolder;
    GET "/api/v2/folders" => ListFolders;
    GET "/api/v2/folders/{folderId}" => GetFolder;
    PATCH "/api/v2/folders/{folderId}" => UpdateFolder;
    DELETE "/api/v2/folders/{folderId}" => DeleteFolder;

    POST "/api/v1/dynamic-secrets" => CreateDynamicSecret;
    POST "/api/v1/dynamic-secret-tests" => CreateDynamicSecret;
    GET "/api/v1/dynamic-secrets" => ListDynamicSecrets;
    GET "/api/v1/dynamic-secrets/{name}" => GetDynamicSecret;
    PATCH "/api/v1/dynamic-secrets/{name}" => UpdateDynamicSecret;
    DELETE "/api/v1/dynamic-secrets/{name}" => DeleteDynamicSecret;
    GET "/api/v1/dynamic-secrets/{name}/leases" => ListLeases;

    POST "/api/v1/dynamic-secrets/leases" => IssueLease;
    POST "/api/v1/dynamic-secrets/leases/kubernetes" => IssueLease;
    GET "/api/v1/dynamic-secrets/leases/{leaseId}" => GetLease;
    POST "/api/v1/dynamic-secrets/leases/{leaseId}/renew" => RenewLease;
    DELETE "/api/v1/dynamic-secrets/leases/{leaseId}" => RevokeLease;
    GET "/api/v1/leases" => ListLeases;
    GET "/api/v1/leases/{leaseId}" => GetLease;
    GET "/api/v1/leases/{leaseId}/requests" => GetLease;
    POST "/api/v1/leases/{leaseId}/end" => RevokeLease;
    POST "/api/v1/leases/{leaseId}/forget" => ForgetLease;
    POST "/api/v1/leases/end" => EndLeases;
    POST "/api/v1/stops" => StopIssuing;
    GET "/api/v1/stops" => ListStops;
    DELETE "/api/v1/stops/{stopId}" => LiftStop;

    POST "/api/v1/cluster-connections" => CreateClusterConnection;
    POST "/api/v1/cluster-connections/test" => CreateClusterConnection;
    GET "/api/v1/cluster-connections" => ListClusterConnections;
    GET "/api/v1/cluster-connections/{connectionId}" => GetClusterConnection;
    PATCH "/api/v1/cluster-connections/{connectionId}" => UpdateClusterConnection;
    DELETE "/api/v1/cluster-connections/{connectionId}" => DeleteClusterConnection;
    GET "/api/v1/cluster-connections/{connectionId}/namespaces" => GetClusterConnection;
    GET "/api/v1/cluster-connections/{connectionId}/accounts" => GetClusterConnection;
    GET "/api/v1/cluster-connections/{connectionId}/roles" => GetClusterConnection;
    GET "/api/v1/cluster-connections/{connectionId}/preview" => GetClusterConnection;
    GET "/api/v1/cluster-connections/{connectionId}/dynamic-secrets" => GetClusterConnection;
    POST "/api/v1/cluster-connections/{connectionId}/test" => TestClusterConnection;
    POST "/api/v1/cluster-connections/{connectionId}/sweep" => SweepCluster;
    POST "/api/v1/cluster-connections/{connectionId}/audit-intake" => CreateAuditIntake;
    GET "/api/v1/cluster-connections/{connectionId}/audit-intake" => GetClusterConnection;
    DELETE "/api/v1/cluster-connections/{connectionId}/audit-intake" => RevokeAuditIntake;
    POST "/api/v1/cluster-connections/{connectionId}/audit-events" => ReceiveClusterAudit;
    POST "/api/v1/cluster-connections/{connectionId}/audit-import" => ImportClusterAudit;
    POST "/api/v1/admin/adopt" => AdoptDatabase;
    POST "/api/v1/admin/key-rotations" => RotateKeys;
    GET "/api/v1/admin/key-rotations" => ListKeyRotations;

    GET "/api/v2/gateways" => ListGateways;
    DELETE "/api/v2/gateways/{gatewayId}" => DeleteGateway;
    GET "/api/v2/gateways/{gatewayId}/resources" => GetGateway;
    GET "/api/v1/gateways" => ListGateways;
    POST "/api/v1/gateways" => CreateGateway;
    GET "/api/v1/gateways/{gatewayId}" => GetGateway;
    PATCH "/api/v1/gateways/{gatewayId}" => UpdateGateway;
    DELETE "/api/v1/gateways/{gatewayId}" => DeleteGateway;
    POST "/api/v1/gateways/{gatewayId}/enrolments" => CreateGatewayEnrolment;
    DELETE "/api/v1/gateways/{gatewayId}/enrolments/{enrolmentId}" => DeleteGatewayEnrolment;
    POST "/api/v1/gateways/{gatewayId}/revoke" => RevokeGateway;
    GET "/api/v1/gateway-authorities" => ListGatewayAuthorities;
    POST "/api/v1/gateway-authorities" => RotateGatewayAuthority;
    DELETE "/api/v1/gateway-authorities/{authorityId}" => DeleteGatewayAuthority;
    GET "/api/v1/gateway-pools" => ListGatewayPools;
    POST "/api/v1/gateway-pools" => CreateGatewayPool;
    GET "/api/v1/gateway-pools/{poolId}" => GetGatewayPool;
    PATCH "/api/v1/gateway-pools/{poolId}" => UpdateGatewayPool;
    DELETE "/api/v1/gateway-pools/{poolId}" => DeleteGatewayPool;
    POST "/api/v1/gateway-pools/{poolId}/memberships" => AddToGatewayPool;
    DELETE "/api/v1/gateway-pools/{poolId}/memberships/{gatewayId}" => RemoveFromGatewayPool;
    GET "/api/v1/gateway-pools/{poolId}/resources" => GetGatewayPool;
    GET "/api/v1/gateway-enrolments" => EnrolGateway;
    GET "/api/v1/gateway-tunnels" => OpenGatewayTunnel;

    GET "/api/v1/organization/audit-logs" => ListAuditLogs;
    GET "/api/v1/workspace/{projectId}/audit-logs" => ListAuditLogs;
    GET "/api/v1/events" => WatchChanges;
    GET "/api/v1/audit-events" => ListAuditLogs;
    GET "/api/v1/audit-events/facets" => ListAuditLogs;
    GET "/api/v1/audit-events/export" => ListAuditLogs;
    GET "/api/v1/audit-events/live" => ListAuditLogs;
    GET "/api/v1/audit-events/{eventId}" => ListAuditLogs;
    GET "/api/v1/audit-log/head" => VerifyAuditLog;
    POST "/api/v1/audit-log/verify" => VerifyAuditLog;
    POST "/api/v1/audit-streams" => CreateAuditStream;
    GET "/api/v1/audit-streams" => ListAuditStreams;
    GET "/api/v1/audit-streams/{streamId}" => ListAuditStreams;
    DELETE "/api/v1/audit-streams/{streamId}" => DeleteAuditStream;
}

/// What makes something new, and waits when the disk is full. Logins go on: whoever ends something signs in for it.
const MAKES: [Operation; 27] = [
    Operation::IssueLease,
    Operation::FetchApprovedLease,
    Operation::CreateClusterConnection,
    Operation::CreateDynamicSecret,
    Operation::CreateFolder,
    Operation::CreateEnvironment,
    Operation::CreateMembership,
    Operation::CreateUserMembership,
    Operation::CreateGroupMembership,
    Operation::CreateRole,
    Operation::CreateGroup,
    Operation::CreateProject,
    Operation::CreateIdentity,
    Operation::CreateClientSecret,
    Operation::AttachUniversalAuth,
    Operation::InviteUser,
    Operation::AcceptInvitation,
    Operation::AttachOidcAuth,
    Operation::AttachKubernetesAuth,
    Operation::RegisterPasskey,
    Operation::CreateAuditStream,
    Operation::CreateAuditIntake,
    // A cluster sends again what it was refused, and a file stays where it is.
    Operation::ReceiveClusterAudit,
    Operation::ImportClusterAudit,
    Operation::CreateSsoProvider,
    Operation::CreateGateway,
    Operation::CreateGatewayEnrolment,
];

/// The operation a route stands for.
pub fn operation(method: &Method, path: &str) -> Option<Operation> {
    TABLE.iter().find(|(row_method, row_path, _)| row_method == method && *row_path == path).map(|row| row.2)
}

/// The routes of the description that have no row, and the rows that have no route.
pub fn gaps(description: &OpenApi) -> Vec<String> {
    let described: Vec<(Method, String)> = described(description);
    let missing = described.iter().filter(|(method, path)| operation(method, path).is_none());
    let idle = TABLE.iter().filter(|(method, path, _)| !described.iter().any(|(m, p)| m == method && p == path));
    let missing = missing.map(|(method, path)| format!("{method} {path} has no row in the access table"));
    missing.chain(idle.map(|(method, path, _)| format!("{method} {path} has a row and no route"))).collect()
}

/// Every route of the description.
pub fn described(description: &OpenApi) -> Vec<(Method, String)> {
    let mut routes = Vec::new();
    for (path, item) in &description.paths.paths {
        let methods = [
            (Method::GET, item.get.is_some()),
            (Method::POST, item.post.is_some()),
            (Method::PUT, item.put.is_some()),
            (Method::PATCH, item.patch.is_some()),
            (Method::DELETE, item.delete.is_some()),
        ];
        routes.extend(methods.into_iter().filter(|(_, is_there)| *is_there).map(|(method, _)| (method, path.clone())));
    }
    routes
}

/// Lets a request through to its handler as the caller it comes from, or refuses it.
pub(super) async fn admit(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    // A HEAD is answered as the GET it is a part of.
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let Some(operation) = path.and_then(|path| operation(&method, &path)) else {
        return Failure::App(AppError::Bug("a route has no row in the access table")).into_response();
    };
    let origin = origin::of(&shared.guards.proxies, request.extensions(), request.headers());
    let address = origin.ip_address;
    let shown = shown(request.headers(), cookie::Kind::of(&shared, request.headers(), &origin));
    let admitted_at = shared.app.ambient().now();
    let caller = match operation.requirement() {
        Requirement::Nobody => Ok(Caller::anonymous(origin)),
        // What is shown is looked at by the operation.
        Requirement::OwnCredential if matches!(shown, Shown::Token(_)) => Ok(Caller::anonymous(origin)),
        Requirement::SignedIn
        | Requirement::Person
        | Requirement::OwnCredential
        | Requirement::InOrganization(_)
        | Requirement::InProject(_)
        | Requirement::InProjectOrOrganization(..) => identify(&shared, &shown, operation, origin).await,
    };
    let class = Class::of(operation, method.is_safe());
    let counted = count(&shared, (operation, class), caller.as_ref(), address);
    if let Some(seconds) = counted.and_then(|counted| counted.retry_after) {
        return told(counted, too_often(seconds).into_response());
    }
    let reserve = shared.reserve.as_deref();
    let caller = match caller {
        Ok(_) if MAKES.contains(&operation) && reserve.is_some_and(Reserve::is_given_up) => {
            return disk_is_full().into_response();
        }
        Ok(caller) => caller,
        Err(error) => return told(counted, Failure::App(error).into_response()),
    };
    let admitted = Admitted { caller, shown, operation, at: admitted_at };
    let request = match arrival::whole(&shared, request, admitted).await {
        Ok((mut request, caller)) => {
            request.extensions_mut().insert(caller);
            request
        }
        Err(failure) => return told(counted, failure.into_response()),
    };
    let response = next.run(request).await;
    if let (Some(reserve), Some(FoundDiskFull)) = (reserve, response.extensions().get()) {
        reserve.give_up();
    }
    told(counted, response)
}

/// Counts a request: of whoever is signed in by the class of the operation, of everybody else as a stranger.
fn count(
    shared: &Shared,
    (operation, class): (Operation, Option<Class>),
    caller: Result<&Caller, &AppError>,
    address: Option<IpAddr>,
) -> Option<Counted> {
    let class = class?;
    let now = shared.app.ambient().now();
    let stranger = (&Actor::Anonymous, address);
    match caller {
        Ok(caller) if operation.requirement() != Requirement::Nobody => {
            shared.guards.rates.count(class, (&caller.actor, address), now)
        }
        Ok(_) => shared.guards.rates.count(class, stranger, now),
        Err(_) => shared.guards.rates.count(Class::Auth, stranger, now),
    }
}

fn told(counted: Option<Counted>, mut response: Response) -> Response {
    if let Some(counted) = counted {
        counted.tell(response.headers_mut());
    }
    response
}

async fn identify(shared: &Shared, shown: &Shown, operation: Operation, origin: Origin) -> Result<Caller, AppError> {
    let refused = match shown {
        Shown::Nothing => AppError::NotSignedIn.into(),
        Shown::Malformed => AppError::MalformedCredential.into(),
        Shown::Token(token) => match access_tokens::authenticate(&shared.app, token, origin.clone()).await {
            Ok(caller) => return Ok(caller),
            Err(error) => error,
        },
        Shown::Session(token) => match sessions::authenticate(&shared.app, token, operation, origin.clone()).await {
            Ok(caller) => return Ok(caller),
            // Who it was is known, and recorded.
            Err(AppError::SecondFactorRequired) => return Err(AppError::SecondFactorRequired),
            Err(error) => error.into(),
        },
    };
    record_of(shared, operation, origin, &refused).await;
    Err(refused.error)
}

/// Records that somebody unknown was refused. A failure to do so is logged; the refusal stands.
pub(super) async fn record(shared: &Shared, operation: Operation, origin: Origin, error: &AppError) {
    record_about(shared, operation, origin, (error, None)).await;
}

/// The same for what names a machine.
pub(super) async fn record_of(shared: &Shared, operation: Operation, origin: Origin, refused: &NotLetIn) {
    record_about(shared, operation, origin, (&refused.error, refused.identity)).await;
}

async fn record_about(
    shared: &Shared,
    operation: Operation,
    origin: Origin,
    (error, identity): (&AppError, Option<IdentityId>),
) {
    if error.class() != ErrorClass::Denied && !matches!(error, AppError::TokenUsedUp) {
        return;
    }
    let refused = Refused { operation, reason: reason(error), identity };
    if let Err(failure) = record_refusal(&shared.app, &Caller::anonymous(origin), refused).await {
        tracing::error!(error = %chain(&failure), "a refusal could not be recorded");
    }
}

fn reason(error: &AppError) -> &'static str {
    match error {
        AppError::NotSignedIn => "no access token",
        AppError::MalformedCredential => "malformed credential",
        AppError::TokenExpired => "access token expired",
        AppError::TokenUsedUp => "access token used up",
        AppError::UntrustedAddress => "untrusted address",
        AppError::LockedOut { .. } => "client id locked",
        AppError::CredentialsRefused => "wrong credentials",
        AppError::LoginRefused { reason } => reason,
        AppError::SetupCode => "wrong setup code",
        AppError::SessionEnded => "session ended",
        AppError::SecondFactorNeeded => "no code of the second factor",
        AppError::TooManyAttempts { .. } => "too many failed attempts",
        AppError::Passkey(_) => "no passkeys here",
        AppError::LinkRefused => "invalid link",
        AppError::SsoRequired => "password where single sign-on is required",
        AppError::Sso(refusal) => refusal.reason(),
        _ => "access token refused",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_has_its_row_and_every_row_its_route() {
        assert_eq!(gaps(&super::super::openapi::description()), Vec::<String>::new());
    }

    #[test]
    fn every_operation_is_reachable() {
        // These are asked for inside other operations.
        let inner = [
            Operation::RevealRootCredential,
            Operation::ManageLeases,
            Operation::AttachClusterConnection,
            Operation::AttachGateway,
        ];
        for operation in Operation::ALL.iter().filter(|operation| !inner.contains(operation)) {
            assert!(TABLE.iter().any(|row| row.2 == *operation), "{} has no route", operation.name());
        }
    }
}
