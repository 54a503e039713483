//! The access table: every operation the product offers, and what it requires.
//!
//! Nothing runs that is not in this list: each route names its operation, and each operation asks
//! [`decide`](super::decide::decide) with it.

use super::permission::{
    Action::{
        ApproveLeases, Attach, Create, CreateRootCredential, Delete, DeleteRootCredential, Edit, EditRootCredential,
        Lease, ManageLeases, Read, ReadRootCredential, RevealRootCredential,
    },
    Permission,
    Subject::{
        AuditLogs, ClusterConnections, DynamicSecrets, Environments, Gateways, Groups, Identity, Member, Policies,
        Project, Role, SecretFolders, Users,
    },
    to,
};

/// What an operation requires of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing: anybody may call it. This list is short and may only shrink.
    Nobody,
    /// A valid credential, whatever its rights.
    SignedIn,
    /// A valid credential of a person, whatever their rights: for what is about themselves.
    Person,
    /// A credential of its own kind, which the operation checks by itself: no access token.
    OwnCredential,
    /// A permission in the organization.
    InOrganization(Permission),
    /// Membership in the project, and one of these permissions there; where there is none, membership is enough.
    InProject(&'static [Permission]),
    /// The first in the project, or else the second in the organization.
    InProjectOrOrganization(Permission, Permission),
}

macro_rules! operations {
    ($($(#[$meta:meta])* $name:ident = $text:literal requires $requirement:expr;)+) => {
        /// An operation of the product, named as its file in `app` is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operation { $($(#[$meta])* $name,)+ }

        impl Operation {
            /// Every operation.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The operation's stable name, as in the API description.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// What it requires.
            pub const fn requirement(self) -> Requirement {
                use Requirement::*;
                match self { $(Self::$name => const { $requirement },)+ }
            }
        }
    };
}

operations! {
    /// Is the server up?
    Status = "status" requires Nobody;
    /// Make the first administrator.
    Bootstrap = "bootstrap" requires Nobody;
    /// Sign in with a client secret.
    LoginUniversalAuth = "loginUniversalAuth" requires Nobody;
    /// Sign in with a token of an identity provider.
    LoginOidcAuth = "loginOidcAuth" requires Nobody;
    /// Sign in with a token of a cluster.
    LoginKubernetesAuth = "loginKubernetesAuth" requires Nobody;
    /// Renew an access token, shown in the body.
    RenewAccessToken = "renewAccessToken" requires Nobody;
    /// Revoke an access token, shown in the body.
    RevokeAccessToken = "revokeAccessToken" requires Nobody;
    /// The API's description.
    DescribeApi = "describeApi" requires Nobody;

    /// Sign in with email and password.
    LoginUser = "loginUser" requires Nobody;
    /// Ask for what a passkey has to sign, to sign in with it alone.
    BeginPasskeyLogin = "beginPasskeyLogin" requires Nobody;
    /// Sign in with a passkey alone.
    LoginPasskey = "loginPasskey" requires Nobody;
    /// Ask for what a passkey has to sign, beside the password.
    BeginPasskeySecondFactor = "beginPasskeySecondFactor" requires Nobody;
    /// Ask for a mail with a link to set a new password.
    ForgetPassword = "forgetPassword" requires Nobody;
    /// Set a new password, by such a link.
    ResetPassword = "resetPassword" requires Nobody;
    /// Join the organization, by the link of an invitation.
    AcceptInvitation = "acceptInvitation" requires Nobody;

    /// By which identity providers may people sign in?
    ListSignInProviders = "listSignInProviders" requires Nobody;
    /// Begin a sign-in at an identity provider, in a browser.
    BeginSso = "beginSso" requires Nobody;
    /// Come back from it.
    FinishSso = "finishSso" requires Nobody;
    /// Ask, from a command line, for a sign-in in a browser.
    RequestSso = "requestSso" requires Nobody;
    /// Say in the browser that it was oneself who asked.
    ConfirmSso = "confirmSso" requires Nobody;
    /// Get the session that was asked for, from the command line.
    ClaimSso = "claimSso" requires Nobody;

    /// End the session that is shown.
    Logout = "logout" requires Person;
    /// Who am I, a person?
    GetOwnUser = "getOwnUser" requires Person;
    /// Change one's own password.
    ChangeOwnPassword = "changeOwnPassword" requires Person;
    /// List one's own sessions.
    ListOwnSessions = "listOwnSessions" requires Person;
    /// End one of them.
    EndOwnSession = "endOwnSession" requires Person;
    /// End all of them but the one that is shown.
    EndOtherSessions = "endOtherSessions" requires Person;
    /// Begin to use a second factor.
    EnrolSecondFactor = "enrolSecondFactor" requires Person;
    /// Show that it works; from then on it is asked for.
    ConfirmSecondFactor = "confirmSecondFactor" requires Person;
    /// Stop using it.
    RemoveSecondFactor = "removeSecondFactor" requires Person;
    /// Make new recovery codes, in place of the old ones.
    RenewRecoveryCodes = "renewRecoveryCodes" requires Person;
    /// Ask for what a new passkey has to sign.
    BeginPasskeyRegistration = "beginPasskeyRegistration" requires Person;
    /// Add a passkey to sign in with.
    RegisterPasskey = "registerPasskey" requires Person;
    /// List one's own passkeys.
    ListOwnPasskeys = "listOwnPasskeys" requires Person;
    /// Call one otherwise.
    RenamePasskey = "renamePasskey" requires Person;
    /// Remove one.
    RemovePasskey = "removePasskey" requires Person;

    /// List the identity providers that vouch for oneself.
    ListOwnSsoLinks = "listOwnSsoLinks" requires Person;
    /// Let one of them vouch for oneself no more.
    DeleteOwnSsoLink = "deleteOwnSsoLink" requires Person;

    /// List the people of the organization.
    ListUsers = "listUsers" requires InOrganization(to(Read, Users));
    /// See one.
    GetUser = "getUser" requires InOrganization(to(Read, Users));
    /// Change the role of one, or whether they may sign in.
    UpdateUser = "updateUser" requires InOrganization(to(Edit, Users));
    /// Remove one.
    DeleteUser = "deleteUser" requires InOrganization(to(Delete, Users));
    /// Make a link by which one sets a new password.
    ResetUserPassword = "resetUserPassword" requires InOrganization(to(Edit, Users));
    /// Take the second factor off one who has lost it.
    ResetUserSecondFactor = "resetUserSecondFactor" requires InOrganization(to(Edit, Users));
    /// List the passkeys of one.
    ListUserPasskeys = "listUserPasskeys" requires InOrganization(to(Read, Users));
    /// Remove all passkeys of one.
    ResetUserPasskeys = "resetUserPasskeys" requires InOrganization(to(Edit, Users));
    /// End all sessions of one.
    EndUserSessions = "endUserSessions" requires InOrganization(to(Edit, Users));
    /// Invite somebody.
    InviteUser = "inviteUser" requires InOrganization(to(Create, Users));
    /// List the invitations that wait.
    ListInvitations = "listInvitations" requires InOrganization(to(Create, Users));
    /// Take one back.
    RevokeInvitation = "revokeInvitation" requires InOrganization(to(Create, Users));

    /// Let people sign in by an identity provider.
    CreateSsoProvider = "createSsoProvider" requires InOrganization(to(Edit, Users));
    /// List the providers by which they may, with whom those let in.
    ListSsoProviders = "listSsoProviders" requires InOrganization(to(Edit, Users));
    /// See one.
    GetSsoProvider = "getSsoProvider" requires InOrganization(to(Edit, Users));
    /// Change one, or whom it lets in.
    UpdateSsoProvider = "updateSsoProvider" requires InOrganization(to(Edit, Users));
    /// Remove one, and what people had by it.
    DeleteSsoProvider = "deleteSsoProvider" requires InOrganization(to(Edit, Users));
    /// Try whether one can be reached and offers what a sign-in needs.
    TestSsoProvider = "testSsoProvider" requires InOrganization(to(Edit, Users));
    /// List whom one vouches for.
    ListSsoLinks = "listSsoLinks" requires InOrganization(to(Edit, Users));
    /// Let one vouch for somebody no more.
    DeleteSsoLink = "deleteSsoLink" requires InOrganization(to(Edit, Users));

    /// Who am I, and in which organization?
    GetOwnIdentity = "getOwnIdentity" requires SignedIn;
    /// Make a machine identity.
    CreateIdentity = "createIdentity" requires InOrganization(to(Create, Identity));
    /// See one.
    GetIdentity = "getIdentity" requires InOrganization(to(Read, Identity));
    /// List them.
    ListIdentities = "listIdentities" requires InOrganization(to(Read, Identity));
    /// Search them.
    SearchIdentities = "searchIdentities" requires InOrganization(to(Read, Identity));
    /// Change one.
    UpdateIdentity = "updateIdentity" requires InOrganization(to(Edit, Identity));
    /// Remove one.
    DeleteIdentity = "deleteIdentity" requires InOrganization(to(Delete, Identity));
    /// Let an identity sign in with client secrets.
    AttachUniversalAuth = "attachUniversalAuth" requires InOrganization(to(Edit, Identity));
    /// See how it may.
    GetUniversalAuth = "getUniversalAuth" requires InOrganization(to(Read, Identity));
    /// Change how it may.
    UpdateUniversalAuth = "updateUniversalAuth" requires InOrganization(to(Edit, Identity));
    /// Stop it.
    RevokeUniversalAuth = "revokeUniversalAuth" requires InOrganization(to(Edit, Identity));
    /// Let an identity sign in with tokens of an identity provider.
    AttachOidcAuth = "attachOidcAuth" requires InOrganization(to(Edit, Identity));
    /// See which.
    GetOidcAuth = "getOidcAuth" requires InOrganization(to(Read, Identity));
    /// Change which.
    UpdateOidcAuth = "updateOidcAuth" requires InOrganization(to(Edit, Identity));
    /// Stop it.
    RevokeOidcAuth = "revokeOidcAuth" requires InOrganization(to(Edit, Identity));
    /// Let an identity sign in with tokens of a cluster.
    AttachKubernetesAuth = "attachKubernetesAuth" requires InOrganization(to(Edit, Identity));
    /// See which.
    GetKubernetesAuth = "getKubernetesAuth" requires InOrganization(to(Read, Identity));
    /// Change which.
    UpdateKubernetesAuth = "updateKubernetesAuth" requires InOrganization(to(Edit, Identity));
    /// Stop it.
    RevokeKubernetesAuth = "revokeKubernetesAuth" requires InOrganization(to(Edit, Identity));
    /// Make a client secret.
    CreateClientSecret = "createClientSecret" requires InOrganization(to(Edit, Identity));
    /// See one, never the secret itself.
    GetClientSecret = "getClientSecret" requires InOrganization(to(Read, Identity));
    /// List them.
    ListClientSecrets = "listClientSecrets" requires InOrganization(to(Read, Identity));
    /// Revoke one.
    RevokeClientSecret = "revokeClientSecret" requires InOrganization(to(Edit, Identity));
    /// Unlock a locked client id.
    ClearLockouts = "clearLockouts" requires InOrganization(to(Edit, Identity));

    /// Make a project; its maker becomes its admin.
    CreateProject = "createProject" requires InOrganization(to(Create, Project));
    /// List the projects one is a member of.
    ListProjects = "listProjects" requires SignedIn;
    /// See one.
    GetProject = "getProject" requires InProject(&[to(Read, Project)]);
    /// Change one.
    UpdateProject = "updateProject" requires InProject(&[to(Edit, Project)]);
    /// Remove one.
    DeleteProject = "deleteProject" requires InProject(&[to(Delete, Project)]);

    /// Add an identity to a project.
    CreateMembership = "createMembership"
        requires InProjectOrOrganization(to(Create, Identity), to(Edit, Project));
    /// See a membership.
    GetMembership = "getMembership" requires InProject(&[to(Read, Identity)]);
    /// List them.
    ListMemberships = "listMemberships" requires InProject(&[to(Read, Identity)]);
    /// Change an identity's roles.
    UpdateMembership = "updateMembership"
        requires InProjectOrOrganization(to(Edit, Identity), to(Edit, Project));
    /// Remove an identity from a project.
    DeleteMembership = "deleteMembership"
        requires InProjectOrOrganization(to(Delete, Identity), to(Edit, Project));

    /// Add a person to a project.
    CreateUserMembership = "createUserMembership"
        requires InProjectOrOrganization(to(Create, Member), to(Edit, Project));
    /// See the membership of a person.
    GetUserMembership = "getUserMembership" requires InProject(&[to(Read, Member)]);
    /// List them.
    ListUserMemberships = "listUserMemberships" requires InProject(&[to(Read, Member)]);
    /// Change the roles of a person.
    UpdateUserMembership = "updateUserMembership"
        requires InProjectOrOrganization(to(Edit, Member), to(Edit, Project));
    /// Remove a person from a project.
    DeleteUserMembership = "deleteUserMembership"
        requires InProjectOrOrganization(to(Delete, Member), to(Edit, Project));

    /// Add a group to a project.
    CreateGroupMembership = "createGroupMembership"
        requires InProjectOrOrganization(to(Create, Groups), to(Edit, Project));
    /// See the membership of a group.
    GetGroupMembership = "getGroupMembership" requires InProject(&[to(Read, Groups)]);
    /// List them.
    ListGroupMemberships = "listGroupMemberships" requires InProject(&[to(Read, Groups)]);
    /// Change the roles of a group.
    UpdateGroupMembership = "updateGroupMembership"
        requires InProjectOrOrganization(to(Edit, Groups), to(Edit, Project));
    /// Remove a group from a project.
    DeleteGroupMembership = "deleteGroupMembership"
        requires InProjectOrOrganization(to(Delete, Groups), to(Edit, Project));

    /// Make a role of the project's own.
    CreateRole = "createRole" requires InProject(&[to(Create, Role)]);
    /// See a role.
    GetRole = "getRole" requires InProject(&[to(Read, Role)]);
    /// List them, the built-in ones too.
    ListRoles = "listRoles" requires InProject(&[to(Read, Role)]);
    /// Change one.
    UpdateRole = "updateRole" requires InProject(&[to(Edit, Role)]);
    /// Remove one.
    DeleteRole = "deleteRole" requires InProject(&[to(Delete, Role)]);
    /// Ask why one may or may not do something oneself.
    ExplainOwnAccess = "explainOwnAccess" requires InProject(&[]);
    /// Ask the same of somebody else, and who can.
    ExplainAccess = "explainAccess" requires InProject(&[to(Read, Role)]);

    /// Make a group.
    CreateGroup = "createGroup" requires InOrganization(to(Create, Groups));
    /// See one, and who is in it.
    GetGroup = "getGroup" requires InOrganization(to(Read, Groups));
    /// List them.
    ListGroups = "listGroups" requires InOrganization(to(Read, Groups));
    /// Change one, or who is in it.
    UpdateGroup = "updateGroup" requires InOrganization(to(Edit, Groups));
    /// Remove one.
    DeleteGroup = "deleteGroup" requires InOrganization(to(Delete, Groups));

    /// Make an environment.
    CreateEnvironment = "createEnvironment" requires InProject(&[to(Create, Environments)]);
    /// See one.
    GetEnvironment = "getEnvironment" requires InProject(&[to(Read, Environments)]);
    /// Change one.
    UpdateEnvironment = "updateEnvironment" requires InProject(&[to(Edit, Environments)]);
    /// Remove one.
    DeleteEnvironment = "deleteEnvironment" requires InProject(&[to(Delete, Environments)]);

    /// See what an environment asks of leases.
    GetEnvironmentPolicy = "getEnvironmentPolicy" requires InProject(&[to(Read, Policies)]);
    /// Change that.
    UpdateEnvironmentPolicy = "updateEnvironmentPolicy" requires InProject(&[to(Edit, Policies)]);

    /// List requests that wait for another person's word: one's own, and those one may agree to.
    ListApprovalRequests = "listApprovalRequests" requires InProject(&[]);
    /// See one of them.
    GetApprovalRequest = "getApprovalRequest" requires InProject(&[]);
    /// Agree to one.
    ApproveRequest = "approveRequest" requires InProject(&[to(ApproveLeases, DynamicSecrets)]);
    /// Refuse one.
    DenyRequest = "denyRequest" requires InProject(&[to(ApproveLeases, DynamicSecrets)]);
    /// Take back what one asked for.
    CancelRequest = "cancelRequest" requires InProject(&[]);
    /// Issue what others agreed to.
    FetchApprovedLease = "fetchApprovedLease" requires InProject(&[to(Lease, DynamicSecrets)]);
    /// See, agree to, refuse and take back requests that are the organization's own.
    DecideOrganizationRequests = "decideOrganizationRequests" requires InOrganization(to(Edit, ClusterConnections));

    /// Make a folder.
    CreateFolder = "createFolder" requires InProject(&[to(Create, SecretFolders)]);
    /// See one.
    GetFolder = "getFolder" requires InProject(&[to(Read, SecretFolders)]);
    /// List them.
    ListFolders = "listFolders" requires InProject(&[to(Read, SecretFolders)]);
    /// Change one.
    UpdateFolder = "updateFolder" requires InProject(&[to(Edit, SecretFolders)]);
    /// Remove one.
    DeleteFolder = "deleteFolder" requires InProject(&[to(Delete, SecretFolders)]);

    /// Make a dynamic secret.
    CreateDynamicSecret = "createDynamicSecret" requires InProject(&[to(CreateRootCredential, DynamicSecrets)]);
    /// List them.
    ListDynamicSecrets = "listDynamicSecrets"
        requires InProject(&[to(ReadRootCredential, DynamicSecrets), to(Lease, DynamicSecrets)]);
    /// See one; holders of `lease` may too, because clients look before they lease.
    GetDynamicSecret = "getDynamicSecret"
        requires InProject(&[to(ReadRootCredential, DynamicSecrets), to(Lease, DynamicSecrets)]);
    /// Read the stored cluster token back.
    RevealRootCredential = "revealRootCredential" requires InProject(&[to(RevealRootCredential, DynamicSecrets)]);
    /// Change one.
    UpdateDynamicSecret = "updateDynamicSecret" requires InProject(&[to(EditRootCredential, DynamicSecrets)]);
    /// Remove one.
    DeleteDynamicSecret = "deleteDynamicSecret" requires InProject(&[to(DeleteRootCredential, DynamicSecrets)]);

    /// Issue a token.
    IssueLease = "issueLease" requires InProject(&[to(Lease, DynamicSecrets)]);
    /// List leases: one's own, or everybody's with `manage-leases`.
    ListLeases = "listLeases" requires InProject(&[to(Lease, DynamicSecrets), to(ManageLeases, DynamicSecrets)]);
    /// See a lease: one's own, or anybody's with `manage-leases`.
    GetLease = "getLease" requires InProject(&[to(Lease, DynamicSecrets), to(ManageLeases, DynamicSecrets)]);
    /// Ask for a renewal, which no token can have.
    RenewLease = "renewLease" requires InProject(&[to(Lease, DynamicSecrets), to(ManageLeases, DynamicSecrets)]);
    /// End a lease: one's own, or anybody's with `manage-leases`.
    RevokeLease = "revokeLease" requires InProject(&[to(Lease, DynamicSecrets), to(ManageLeases, DynamicSecrets)]);
    /// Give up on removing what was made for a lease.
    ForgetLease = "forgetLease" requires InProject(&[to(ManageLeases, DynamicSecrets)]);
    /// End many leases at once, in every project.
    EndLeases = "endLeases" requires InOrganization(to(ManageLeases, DynamicSecrets));
    /// Stop issuing somewhere.
    StopIssuing = "stopIssuing" requires InOrganization(to(ManageLeases, DynamicSecrets));
    /// See where issuing is stopped.
    ListStops = "listStops" requires InOrganization(to(ManageLeases, DynamicSecrets));
    /// Let issuing go on.
    LiftStop = "liftStop" requires InOrganization(to(ManageLeases, DynamicSecrets));
    /// See and end leases of others.
    ManageLeases = "manageLeases" requires InProject(&[to(ManageLeases, DynamicSecrets)]);

    /// Make a cluster connection.
    CreateClusterConnection = "createClusterConnection" requires InOrganization(to(Create, ClusterConnections));
    /// See one, and what may be chosen in its cluster.
    GetClusterConnection = "getClusterConnection" requires InOrganization(to(Read, ClusterConnections));
    /// Change one.
    UpdateClusterConnection = "updateClusterConnection" requires InOrganization(to(Edit, ClusterConnections));
    /// Remove one.
    DeleteClusterConnection = "deleteClusterConnection" requires InOrganization(to(Delete, ClusterConnections));
    /// Test one.
    TestClusterConnection = "testClusterConnection" requires InOrganization(to(Edit, ClusterConnections));
    /// Point a dynamic secret at one that is shared with its project.
    AttachClusterConnection = "attachClusterConnection"
        requires InProjectOrOrganization(to(Attach, ClusterConnections), to(Attach, ClusterConnections));
    /// List the cluster connections.
    ListClusterConnections = "listClusterConnections" requires InOrganization(to(Read, ClusterConnections));
    /// Look for objects in a cluster that no lease explains, and remove them.
    SweepCluster = "sweepCluster" requires InOrganization(to(Delete, ClusterConnections));
    /// Go on with a database that is a copy or was restored.
    AdoptDatabase = "adoptDatabase" requires InOrganization(to(Delete, ClusterConnections));
    /// Exchange the keys that seal, wrap and sign.
    RotateKeys = "rotateKeys" requires InOrganization(to(Delete, ClusterConnections));
    /// See how far that is.
    ListKeyRotations = "listKeyRotations" requires InOrganization(to(Delete, ClusterConnections));

    /// Let a cluster send its audit log.
    CreateAuditIntake = "createAuditIntake" requires InOrganization(to(Edit, ClusterConnections));
    /// Let it no more.
    RevokeAuditIntake = "revokeAuditIntake" requires InOrganization(to(Edit, ClusterConnections));
    /// Send events of a cluster's audit log.
    ReceiveClusterAudit = "receiveClusterAudit" requires OwnCredential;
    /// Read a file of a cluster's audit log.
    ImportClusterAudit = "importClusterAudit" requires InOrganization(to(Edit, ClusterConnections));

    /// List the gateways.
    ListGateways = "listGateways" requires InOrganization(to(Read, Gateways));
    /// Make a gateway.
    CreateGateway = "createGateway" requires InOrganization(to(Create, Gateways));
    /// See a gateway, its processes and what it lets itself be asked.
    GetGateway = "getGateway" requires InOrganization(to(Read, Gateways));
    /// Rename a gateway, change how its processes prove themselves, or unlock it.
    UpdateGateway = "updateGateway" requires InOrganization(to(Edit, Gateways));
    /// Remove a gateway that nothing uses.
    DeleteGateway = "deleteGateway" requires InOrganization(to(Delete, Gateways));
    /// Make a token by which processes enrol as a gateway.
    CreateGatewayEnrolment = "createGatewayEnrolment" requires InOrganization(to(Edit, Gateways));
    /// Take back a token by which processes enrol.
    DeleteGatewayEnrolment = "deleteGatewayEnrolment" requires InOrganization(to(Edit, Gateways));
    /// Let nobody come as a gateway any more.
    RevokeGateway = "revokeGateway" requires InOrganization(to(Edit, Gateways));
    /// List the pools of gateways.
    ListGatewayPools = "listGatewayPools" requires InOrganization(to(Read, Gateways));
    /// See a pool of gateways, and what leads through it.
    GetGatewayPool = "getGatewayPool" requires InOrganization(to(Read, Gateways));
    /// Make a pool of gateways.
    CreateGatewayPool = "createGatewayPool" requires InOrganization(to(Create, Gateways));
    /// Rename a pool of gateways.
    UpdateGatewayPool = "updateGatewayPool" requires InOrganization(to(Edit, Gateways));
    /// Remove a pool of gateways that nothing uses.
    DeleteGatewayPool = "deleteGatewayPool" requires InOrganization(to(Delete, Gateways));
    /// Put a gateway into a pool.
    AddToGatewayPool = "addToGatewayPool" requires InOrganization(to(Edit, Gateways));
    /// Take a gateway out of a pool.
    RemoveFromGatewayPool = "removeFromGatewayPool" requires InOrganization(to(Edit, Gateways));
    /// List the authorities that gateways are believed by.
    ListGatewayAuthorities = "listGatewayAuthorities" requires InOrganization(to(Edit, Gateways));
    /// Make a new authority for gateways, which takes the place of the one before.
    RotateGatewayAuthority = "rotateGatewayAuthority" requires InOrganization(to(Edit, Gateways));
    /// Believe an authority for gateways no more.
    DeleteGatewayAuthority = "deleteGatewayAuthority" requires InOrganization(to(Delete, Gateways));
    /// Point a dynamic secret at a gateway.
    AttachGateway = "attachGateway" requires InOrganization(to(Attach, Gateways));
    /// Enrol as a gateway, by its own proof.
    EnrolGateway = "enrolGateway" requires Nobody;
    /// Open a tunnel, by a gateway's certificate.
    OpenGatewayTunnel = "openGatewayTunnel" requires Nobody;

    /// Watch what changes in the projects one is a member of.
    WatchChanges = "watchChanges" requires SignedIn;

    /// Read the audit log.
    ListAuditLogs = "listAuditLogs" requires InProjectOrOrganization(to(Read, AuditLogs), to(Read, AuditLogs));
    /// Send the audit log to a place outside.
    CreateAuditStream = "createAuditStream" requires InOrganization(to(Edit, AuditLogs));
    /// See where it is sent to.
    ListAuditStreams = "listAuditStreams" requires InOrganization(to(Edit, AuditLogs));
    /// Send it there no more.
    DeleteAuditStream = "deleteAuditStream" requires InOrganization(to(Edit, AuditLogs));
    /// Verify the audit log, and read its head.
    VerifyAuditLog = "verifyAuditLog" requires InOrganization(to(Read, AuditLogs));
}
