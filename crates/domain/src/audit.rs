//! What the audit log tells.
//!
//! Each kind of event has its own fields, and only those: nothing is dumped into the log, so nothing secret can slip
//! in. The names are those existing clients know, where they know one.

mod facts;
mod outcome;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    access::{permission::Rule, role::OrganizationRole},
    approval::ApprovalWish,
    ids::{
        AccessTokenId, ApprovalRequestId, AuditStreamId, ClientSecretId, ConnectionId, CustomRoleId, EnvironmentId,
        FolderId, GroupId, IdentityId, InvitationId, KeyRotationId, LeaseId, OutsideAuthId, PasskeyId, ProjectId,
        SessionId, SsoProviderId, SsoRequestId, StopId, UniversalAuthId, UserId,
    },
    key_rotation::RotationKind,
    membership::Principal,
    policy::PolicyRules,
    sso::SsoTerms,
    stop::StopScope,
};

pub use facts::{LeaseFacts, SecondFactorUse, SecretFacts};
pub use outcome::EventOutcome;
pub use wire::AuditEvent;

/// What happened.
#[expect(missing_docs, reason = "the fields are the words of the wire; their types say the rest")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "metadata", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// The first administrator was made.
    BootstrapInstance { user_id: UserId, email: String, identity_id: IdentityId },
    /// Something was refused for want of rights.
    AccessDenied {
        /// The operation, as the access table names it.
        operation: String,
        /// Why, in the words of the decision.
        reason: String,
    },
    /// Refusals of callers nobody knows, counted for one source and minute.
    AnonymousAccessDenied { operation: String, reason: String, count: u64 },

    /// A person signed in.
    UserLogin {
        user_id: UserId,
        session_id: SessionId,
        second_factor: SecondFactorUse,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        passkey_id: Option<PasskeyId>,
    },
    /// So many sign-ins of a person failed that sources which failed are not heard any more for a while.
    GuardUserSignIn { user_id: UserId },
    /// A person ended the session that they showed.
    UserLogout { user_id: UserId, session_id: SessionId },
    /// A session was ended by its person from elsewhere.
    EndUserSession { user_id: UserId, session_id: SessionId },
    /// All sessions of a person were ended, but the one that asked for it where there is one.
    EndUserSessions { user_id: UserId, ended: u64 },
    /// A person changed their password.
    ChangeUserPassword { user_id: UserId },
    /// A link to set a new password was made.
    CreatePasswordLink { user_id: UserId, email: String, by_mail: bool, expires_at: Timestamp },
    /// A person set a new password by such a link.
    ResetUserPassword { user_id: UserId },
    /// A person asked for a second factor, and has to confirm it.
    EnrolSecondFactor { user_id: UserId },
    /// Signing in takes a second factor from now on.
    ConfirmSecondFactor { user_id: UserId },
    /// It takes none any more.
    RemoveSecondFactor { user_id: UserId, email: String },
    /// A person made new recovery codes.
    RenewRecoveryCodes { user_id: UserId },
    /// A person added a passkey to sign in with.
    AddPasskey { user_id: UserId, passkey_id: PasskeyId, name: String, algorithm: String },
    /// They call it otherwise.
    RenamePasskey { user_id: UserId, passkey_id: PasskeyId, name: String },
    /// They removed it.
    RemovePasskey { user_id: UserId, passkey_id: PasskeyId, name: String },
    /// An administrator removed all passkeys of a person.
    ResetPasskeys { user_id: UserId, email: String, removed: u64 },
    /// A passkey counted back, as only a copy of its key explains: it lets nobody in any more.
    SuspectPasskey { user_id: UserId, passkey_id: PasskeyId, name: String, counted: u32, shown: u32 },
    /// A person was invited.
    CreateUserInvitation { invitation_id: InvitationId, email: String, role: OrganizationRole, by_mail: bool },
    /// An invitation was taken back.
    RevokeUserInvitation { invitation_id: InvitationId, email: String },
    /// A person joined, by an invitation.
    AcceptUserInvitation { invitation_id: InvitationId, user_id: UserId, email: String, role: OrganizationRole },
    /// A person's role was changed, or whether they may sign in.
    UpdateUser {
        user_id: UserId,
        email: String,
        updated_fields: Vec<String>,
        role: OrganizationRole,
        is_disabled: bool,
    },
    /// A person was removed.
    DeleteUser { user_id: UserId, email: String },
    /// On the server's own machine, somebody became an administrator, or could not sign in as one and can again.
    RecoverAdministrator { user_id: UserId, email: String, was_made: bool, second_factor_removed: bool },

    /// People may sign in by an identity provider.
    CreateSsoProvider { sso_provider_id: SsoProviderId, slug: String, terms: Box<SsoTerms> },
    /// A provider was changed, or whom it lets in.
    UpdateSsoProvider {
        sso_provider_id: SsoProviderId,
        slug: String,
        updated_fields: Vec<String>,
        terms: Box<SsoTerms>,
        is_enabled: bool,
    },
    /// A provider was removed, and what people had by it.
    DeleteSsoProvider { sso_provider_id: SsoProviderId, slug: String },
    /// A provider vouches for somebody from now on.
    LinkUserSso { user_id: UserId, email: String, sso_provider_id: SsoProviderId, subject: String },
    /// It does no more.
    UnlinkUserSso { user_id: UserId, sso_provider_id: SsoProviderId, subject: String },
    /// Somebody joined whom a provider vouches for.
    JoinUserSso {
        user_id: UserId,
        email: String,
        role: OrganizationRole,
        sso_provider_id: SsoProviderId,
        subject: String,
    },
    /// A person signed in by an identity provider.
    UserLoginSso {
        user_id: UserId,
        session_id: SessionId,
        sso_provider_id: SsoProviderId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sso_request_id: Option<SsoRequestId>,
    },
    /// Somebody whom a provider vouches for, or says that it does, was not let in.
    RefuseUserSso {
        sso_provider_id: SsoProviderId,
        slug: String,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subject: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String>,
    },
    /// A person who signed in may let a command line in, and has to confirm it.
    OfferSsoRequest { user_id: UserId, sso_request_id: SsoRequestId, host: String },
    /// They confirmed it.
    ConfirmSsoRequest { user_id: UserId, sso_request_id: SsoRequestId, host: String },

    /// A machine signed in.
    LoginIdentityUniversalAuth {
        identity_id: IdentityId,
        identity_universal_auth_id: UniversalAuthId,
        client_secret_id: ClientSecretId,
        identity_access_token_id: AccessTokenId,
    },
    /// A machine signed in with a token of an identity provider.
    LoginIdentityOidcAuth {
        identity_id: IdentityId,
        identity_oidc_auth_id: OutsideAuthId,
        identity_access_token_id: AccessTokenId,
        /// Who the token was of, in the provider's words.
        subject: String,
        /// The claims that the mapping names.
        oidc_claims_received: BTreeMap<String, String>,
    },
    /// A machine signed in with a token of its cluster.
    LoginIdentityKubernetesAuth {
        identity_id: IdentityId,
        identity_kubernetes_auth_id: OutsideAuthId,
        identity_access_token_id: AccessTokenId,
        /// The service account.
        subject: String,
    },
    /// An identity may sign in with tokens of an identity provider now.
    AddIdentityOidcAuth { identity_id: IdentityId, identity_oidc_auth_id: OutsideAuthId },
    /// Which was changed.
    UpdateIdentityOidcAuth {
        identity_id: IdentityId,
        identity_oidc_auth_id: OutsideAuthId,
        updated_fields: Vec<String>,
    },
    /// It may no more.
    RevokeIdentityOidcAuth { identity_id: IdentityId, identity_oidc_auth_id: OutsideAuthId },
    /// An identity may sign in with tokens of a cluster now.
    AddIdentityKubernetesAuth { identity_id: IdentityId, identity_kubernetes_auth_id: OutsideAuthId },
    /// Which was changed.
    UpdateIdentityKubernetesAuth {
        identity_id: IdentityId,
        identity_kubernetes_auth_id: OutsideAuthId,
        updated_fields: Vec<String>,
    },
    /// It may no more.
    RevokeIdentityKubernetesAuth { identity_id: IdentityId, identity_kubernetes_auth_id: OutsideAuthId },
    /// An access token was renewed.
    RenewAccessToken { identity_id: IdentityId, identity_access_token_id: AccessTokenId },
    /// An access token was revoked.
    RevokeAccessToken { identity_id: IdentityId, identity_access_token_id: AccessTokenId },

    /// A machine identity was made.
    CreateIdentity { identity_id: IdentityId, name: String, role: OrganizationRole },
    /// A machine identity was changed.
    UpdateIdentity {
        identity_id: IdentityId,
        updated_fields: Vec<String>,
        role: OrganizationRole,
        /// Whether it is shut out.
        #[serde(default)]
        is_disabled: bool,
    },
    /// A machine identity was removed.
    DeleteIdentity { identity_id: IdentityId, name: String },
    /// An identity may sign in with client secrets now.
    AddIdentityUniversalAuth { identity_id: IdentityId, identity_universal_auth_id: UniversalAuthId },
    /// How it may was changed.
    UpdateIdentityUniversalAuth {
        identity_id: IdentityId,
        identity_universal_auth_id: UniversalAuthId,
        updated_fields: Vec<String>,
    },
    /// It may no more.
    RevokeIdentityUniversalAuth { identity_id: IdentityId, identity_universal_auth_id: UniversalAuthId },
    /// A client secret was made.
    CreateIdentityUniversalAuthClientSecret { identity_id: IdentityId, client_secret_id: ClientSecretId },
    /// A client secret was revoked.
    RevokeIdentityUniversalAuthClientSecret { identity_id: IdentityId, client_secret_id: ClientSecretId },
    /// A locked client id was unlocked.
    ClearIdentityUniversalAuthLockouts { identity_id: IdentityId, deleted: u64 },
    /// Too many wrong client secrets locked a client id for the address they came from.
    LockIdentityUniversalAuth { identity_id: IdentityId, locked_until: Timestamp },

    /// A project was made.
    CreateProject { project_id: ProjectId, name: String, slug: String },
    /// A project was changed.
    UpdateProject { project_id: ProjectId, updated_fields: Vec<String> },
    /// A project was removed.
    DeleteProject { project_id: ProjectId, name: String, slug: String },
    /// A machine was added to a project. Roles are named by their slugs.
    AddProjectIdentity { project_id: ProjectId, identity_id: IdentityId, roles: Vec<String> },
    /// Its roles were changed.
    UpdateProjectIdentity { project_id: ProjectId, identity_id: IdentityId, roles: Vec<String> },
    /// It was removed from the project.
    RemoveProjectIdentity { project_id: ProjectId, identity_id: IdentityId },
    /// A person was added to a project.
    AddProjectUser { project_id: ProjectId, user_id: UserId, roles: Vec<String> },
    /// Their roles were changed.
    UpdateProjectUser { project_id: ProjectId, user_id: UserId, roles: Vec<String> },
    /// They were removed from the project.
    RemoveProjectUser { project_id: ProjectId, user_id: UserId },
    /// A group was added to a project.
    AddProjectGroup { project_id: ProjectId, group_id: GroupId, roles: Vec<String> },
    /// Its roles were changed.
    UpdateProjectGroup { project_id: ProjectId, group_id: GroupId, roles: Vec<String> },
    /// It was removed from the project.
    RemoveProjectGroup { project_id: ProjectId, group_id: GroupId },
    /// A project made a role.
    CreateProjectRole { project_id: ProjectId, role_id: CustomRoleId, slug: String, rules: Vec<Rule> },
    /// It changed one.
    UpdateProjectRole {
        project_id: ProjectId,
        role_id: CustomRoleId,
        slug: String,
        updated_fields: Vec<String>,
        rules: Vec<Rule>,
    },
    /// It removed one.
    DeleteProjectRole { project_id: ProjectId, role_id: CustomRoleId, slug: String },
    /// A group was made.
    CreateGroup { group_id: GroupId, name: String, slug: String },
    /// A group was changed.
    UpdateGroup { group_id: GroupId, updated_fields: Vec<String> },
    /// A group was removed, and what it gave.
    DeleteGroup { group_id: GroupId, name: String, slug: String },
    /// Somebody came into a group.
    AddGroupMember {
        group_id: GroupId,
        member: Principal,
        /// The identity provider that said so at their sign-in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sso_provider_id: Option<SsoProviderId>,
    },
    /// Somebody left a group.
    RemoveGroupMember {
        group_id: GroupId,
        member: Principal,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sso_provider_id: Option<SsoProviderId>,
    },
    /// An environment was made.
    CreateEnvironment { project_id: ProjectId, env_id: EnvironmentId, name: String, slug: String },
    /// An environment was changed.
    UpdateEnvironment { project_id: ProjectId, env_id: EnvironmentId, updated_fields: Vec<String> },
    /// An environment was removed.
    DeleteEnvironment { project_id: ProjectId, env_id: EnvironmentId, name: String, slug: String },
    /// A folder was made.
    CreateFolder { project_id: ProjectId, environment: String, folder_id: FolderId, folder_path: String },
    /// A folder was renamed or described anew.
    UpdateFolder {
        project_id: ProjectId,
        environment: String,
        folder_id: FolderId,
        folder_path: String,
        old_folder_path: String,
    },
    /// A folder was removed.
    DeleteFolder { project_id: ProjectId, environment: String, folder_id: FolderId, folder_path: String },

    /// A dynamic secret was made.
    #[serde(rename_all = "camelCase")]
    CreateDynamicSecret {
        #[serde(flatten)]
        secret: SecretFacts,
        #[serde(rename = "defaultTTL")]
        default_ttl: String,
        #[serde(rename = "maxTTL")]
        max_ttl: Option<String>,
    },
    /// A dynamic secret was changed.
    UpdateDynamicSecret {
        #[serde(flatten)]
        secret: SecretFacts,
        updated_fields: Vec<String>,
        /// What became of its leases: `end`, `run-out` or `refuse`.
        leases: String,
    },
    /// A dynamic secret was removed.
    DeleteDynamicSecret {
        #[serde(flatten)]
        secret: SecretFacts,
        /// Leases whose tokens live on, because nothing can take them back.
        leases_left: u64,
    },
    /// Its stored cluster token was read back.
    RevealRootCredential {
        #[serde(flatten)]
        secret: SecretFacts,
    },

    /// A token was issued.
    CreateDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// Why, in the holder's words.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Lifetime that the cluster was asked for, in seconds.
        token_seconds_asked: u64,
        /// Lifetime that it gave; fewer where it shortens them.
        token_seconds_granted: u64,
        /// The approval that it needed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approval_request_id: Option<ApprovalRequestId>,
        /// Whether the role had other rules than when the dynamic secret was saved.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        role_changed: bool,
    },
    /// A token was asked for, and none was given.
    FailDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// What stood in the way; holds no secret.
        why: String,
        /// Set when a token may have been made all the same: it cannot live beyond this.
        #[serde(skip_serializing_if = "Option::is_none")]
        possibly_issued_until: Option<Timestamp>,
        /// The approval that it used.
        #[serde(skip_serializing_if = "Option::is_none")]
        approval_request_id: Option<ApprovalRequestId>,
    },
    /// A renewal was asked for and refused.
    RefuseDynamicSecretLeaseRenewal {
        #[serde(flatten)]
        lease: LeaseFacts,
    },
    /// Somebody ended a lease.
    DeleteDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// State it went to.
        #[serde(skip_serializing_if = "Option::is_none")]
        lease_status: Option<String>,
        /// As asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        is_forced: Option<bool>,
    },
    /// A lease's time was up.
    ExpireDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
    },
    /// What was made for a lease is gone.
    CleanUpDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// How the lease ended.
        outcome: String,
        /// Objects that were removed now.
        removed: Vec<String>,
        /// Objects that were not there any more, or never.
        absent: Vec<String>,
    },
    /// What was made for a lease could not be removed yet; it is tried again until it is.
    DelayDynamicSecretLeaseCleanUp {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// What stood in the way; holds no secret.
        why: String,
        /// Objects that may still be there.
        left: Vec<String>,
    },
    /// A cluster connection was made.
    CreateClusterConnection { connection_id: ConnectionId, name: String, url: String },
    /// A cluster connection was changed.
    UpdateClusterConnection {
        connection_id: ConnectionId,
        name: String,
        updated_fields: Vec<String>,
        /// Grows with each new address or credential.
        version: i64,
    },
    /// The token of a connection was exchanged for a fresh one of the same account.
    RenewClusterToken {
        connection_id: ConnectionId,
        name: String,
        /// Grows with each new address or credential.
        version: i64,
        token_expires_at: Timestamp,
    },
    /// It could not be; it is tried again.
    FailClusterTokenRenewal {
        connection_id: ConnectionId,
        name: String,
        /// What stood in the way; holds no secret.
        why: String,
    },
    /// A cluster connection was removed.
    DeleteClusterConnection { connection_id: ConnectionId, name: String },
    /// A cluster connection was tested.
    TestClusterConnection {
        connection_id: ConnectionId,
        /// Whether the cluster answered.
        is_reached: bool,
        /// Rights that issuing would fail without.
        missing: Vec<String>,
    },
    /// Objects of ours that no lease explains were removed from a cluster.
    SweepCluster {
        /// The connection that led there.
        connection_id: ConnectionId,
        /// The leases that they had been made for.
        lease_ids: Vec<LeaseId>,
        /// Objects that were removed.
        removed: Vec<String>,
        /// Objects that could not be, and why.
        left: Vec<String>,
        /// Whether a named person said so; by itself only few are removed.
        is_approved: bool,
    },
    /// So many objects of ours in a cluster are explained by no lease that a named person has to be asked.
    HoldClusterSweep {
        /// The connection that led there.
        connection_id: ConnectionId,
        /// Objects of ours that were found.
        found: u64,
        /// How many would be removed.
        would_remove: u64,
        /// What approves of exactly these.
        digest: String,
    },
    /// Objects carry our label and no seal of ours: they are left alone.
    ReportUnsealedObjects {
        /// The connection that led there.
        connection_id: ConnectionId,
        /// Which.
        objects: Vec<String>,
    },
    /// A named person gave up on removing what was made for a lease.
    ForgetDynamicSecretLease {
        #[serde(flatten)]
        lease: LeaseFacts,
        /// Why, in their words.
        reason: String,
        /// Objects that may still be there.
        left: Vec<String>,
    },
    /// Many leases were ended at once; each has its own event too.
    EndLeases {
        /// Which, as the filter said it; all of them where it is empty.
        filter: Vec<String>,
        /// Why.
        reason: String,
    },
    /// Issuing was stopped.
    StopIssuing {
        /// The stop.
        stop_id: StopId,
        /// Where.
        #[serde(flatten)]
        scope: StopScope,
        /// Why.
        reason: String,
    },
    /// Issuing goes on.
    LiftStop {
        /// The stop.
        stop_id: StopId,
        /// Where.
        #[serde(flatten)]
        scope: StopScope,
    },
    /// What an environment asks of leases was changed.
    UpdateEnvironmentPolicy {
        project_id: ProjectId,
        env_id: EnvironmentId,
        environment: String,
        version: i64,
        rules: PolicyRules,
        /// The approval that it needed.
        #[serde(skip_serializing_if = "Option::is_none")]
        approval_request_id: Option<ApprovalRequestId>,
    },
    /// Something was asked for that others have to agree to.
    CreateApprovalRequest { approval_request_id: ApprovalRequestId, wish: ApprovalWish, reason: Option<String> },
    /// Somebody agreed.
    ApproveApprovalRequest {
        approval_request_id: ApprovalRequestId,
        comment: Option<String>,
        /// How many agreed so far.
        approvals: u64,
        /// How many have to.
        approvals_needed: u64,
    },
    /// Somebody refused.
    DenyApprovalRequest { approval_request_id: ApprovalRequestId, why: String },
    /// Whoever asked took it back.
    CancelApprovalRequest { approval_request_id: ApprovalRequestId },
    /// A lease that nobody got gave it back.
    GiveBackApprovalRequest { approval_request_id: ApprovalRequestId, lease_id: LeaseId },
    /// Its time ran out.
    ExpireApprovalRequest { approval_request_id: ApprovalRequestId },
    /// This copy of the database is the one to go on with.
    AdoptDatabase {},
    /// New data keys were made; what older ones sealed is sealed anew.
    RotateDataKeys { rotation_id: KeyRotationId },
    /// A new master key was taken; what the old one wrapped is wrapped anew.
    RotateMasterKey {
        rotation_id: KeyRotationId,
        /// The new key's number.
        version: i64,
    },
    /// New keys sign access tokens and seal objects.
    RotateSigningKeys { rotation_id: KeyRotationId },
    /// A rotation is over: the old keys are gone.
    FinishKeyRotation { rotation_id: KeyRotationId, kind: RotationKind },
    /// A cluster may send its audit log.
    CreateAuditIntake { connection_id: ConnectionId },
    /// It may no more.
    RevokeAuditIntake { connection_id: ConnectionId },
    /// A file of a cluster's audit log was read.
    ImportClusterAudit { connection_id: ConnectionId, events: u64, joined: u64 },
    /// The audit log is sent to a place outside.
    CreateAuditStream { stream_id: AuditStreamId, name: String, place: String },
    /// It is no more.
    DeleteAuditStream { stream_id: AuditStreamId, name: String },
    /// Events whose time had come were removed, up to a seal.
    RemoveAuditEvents {
        /// The last seal that went.
        through_seal: i64,
        /// Events that went.
        events: i64,
        /// What happened before this was to go.
        before: Timestamp,
    },
}
