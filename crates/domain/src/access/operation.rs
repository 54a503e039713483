//! The access table: every operation the product offers, and what it requires.
//!
//! Nothing runs that is not in this list: each route names its operation, and each operation asks
//! [`decide`](super::decide::decide) with it.

use super::permission::{
    Action::{
        Attach, Create, CreateRootCredential, Delete, DeleteRootCredential, Edit, EditRootCredential, Lease,
        ManageLeases, Read, ReadRootCredential, RevealRootCredential,
    },
    Permission,
    Subject::{
        AuditLogs, ClusterConnections, DynamicSecrets, Environments, Gateways, Identity, Project, SecretFolders,
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
    /// A credential of its own kind, which the operation checks by itself: no access token.
    OwnCredential,
    /// A permission in the organization.
    InOrganization(Permission),
    /// Membership in the project, and one of these permissions there.
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
    /// Renew an access token, shown in the body.
    RenewAccessToken = "renewAccessToken" requires Nobody;
    /// Revoke an access token, shown in the body.
    RevokeAccessToken = "revokeAccessToken" requires Nobody;
    /// The API's description.
    DescribeApi = "describeApi" requires Nobody;

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

    /// Make an environment.
    CreateEnvironment = "createEnvironment" requires InProject(&[to(Create, Environments)]);
    /// See one.
    GetEnvironment = "getEnvironment" requires InProject(&[to(Read, Environments)]);
    /// Change one.
    UpdateEnvironment = "updateEnvironment" requires InProject(&[to(Edit, Environments)]);
    /// Remove one.
    DeleteEnvironment = "deleteEnvironment" requires InProject(&[to(Delete, Environments)]);

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
