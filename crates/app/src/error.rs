//! Why an operation did not do what it was asked to, without a word about HTTP.

mod or;

use jiff::Timestamp;
use mayfly_cluster::{ClusterError, Problem};
use mayfly_domain::{
    access::permission::Permission,
    error::{ErrorClass, FieldError},
    ids::{ApprovalRequestId, DynamicSecretId, LeaseId},
    key_rotation::RotationKind,
    shared_connection::BeyondLimit,
    sso::SsoRefusal,
    ttl::RefusedTtl,
};
use mayfly_store::{StoreError, connections::ConnectionUsers, gateway_users::GatewayUsers};

use crate::{gateway_authorities::AuthorityStands, passkeys::PasskeyProblem};

pub(crate) use or::{OrChanged, OrWhen};

/// An operation's failure. The texts may be shown to the caller, except where a case says that it is internal.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// Fields of the request are faulty; all of them are listed.
    #[error("the request has faulty fields")]
    Fields(Vec<FieldError>),
    /// No valid credential was shown.
    #[error("log in first: no valid access token was shown")]
    NotSignedIn,
    /// There is an `Authorization` header, and it is not one that can be read.
    #[error("the `Authorization` header must be one, of the form `Bearer <access token>`")]
    MalformedCredential,
    /// The credential was refused. One text for all reasons, so that nothing can be learnt from it.
    #[error("the credentials were not accepted")]
    CredentialsRefused,
    /// The same, with the reason for the audit log and for nobody else.
    #[error("the credentials were not accepted")]
    LoginRefused {
        /// Why.
        reason: &'static str,
    },
    /// The session is over, or there is none.
    #[error("the session has ended; sign in again")]
    SessionEnded,
    /// Only a person can do this.
    #[error("this is about a person's own account: sign in with email and password")]
    PeopleOnly,
    /// Only a machine can ask this.
    #[error("this is about a machine's own identity: for people there is `GET /api/v1/users/me`")]
    MachinesOnly,
    /// Whoever signed in has to have a second factor, and has none.
    #[error(
        "a second factor is required here, and you have none: set one up with `POST /api/v1/users/me/second-factor`, and \
         everything else works"
    )]
    SecondFactorRequired,
    /// The password was right, and there is a second factor.
    #[error(
        "a second factor is needed: send its code, or a recovery code, as `code`, or what a passkey answers as `passkey`"
    )]
    SecondFactorNeeded,
    /// A person who is signed in gave a wrong password, or a wrong code.
    #[error("the {what} is wrong; nothing was changed")]
    WrongProof {
        /// Which.
        what: &'static str,
    },
    /// Too many attempts failed.
    #[error("too many failed attempts: try again after {until}")]
    TooManyAttempts {
        /// Until when.
        until: Timestamp,
    },
    /// A one-time link was used, replaced or is over. One text for all reasons.
    #[error("the link is not valid: it was used, replaced, or its time is up; ask for a new one")]
    LinkRefused,
    /// Nobody would be left who may do everything.
    #[error("nobody else who may sign in is an administrator; make somebody one first")]
    LastAdmin,
    /// Nothing would be left for the caller to sign in by.
    #[error("you have no other way in: set a password or add a passkey first")]
    LastWayIn,
    /// There is a second factor already.
    #[error("there is a second factor already; remove it first")]
    SecondFactorThere,
    /// There is none, or none that waits.
    #[error("there is no second factor {0}")]
    NoSecondFactor(&'static str),
    /// Something about passkeys.
    #[error("{0}")]
    Passkey(PasskeyProblem),
    /// No mail server is set.
    #[error("this server sends no mail: set `smtp.url` and `smtp.from`, or hand the link over yourself")]
    NoMail,
    /// The mail server did not take a mail. Internal: it is sent beside what was answered.
    #[error("a mail could not be sent: {0}")]
    Mail(String),
    /// More people sign in at once than this server can check.
    #[error("too many sign-ins at once; try again in a moment")]
    Busy,
    /// The client id is locked for this source.
    #[error("too many wrong client secrets came from this address: the client id is locked for it until {until}")]
    LockedOut {
        /// Until when.
        until: Timestamp,
    },
    /// The caller's address is not among the trusted ones, which are not shown.
    #[error("this address is not allowed to use the credential")]
    UntrustedAddress,
    /// The access token's time is up.
    #[error("the access token has expired; log in again")]
    TokenExpired,
    /// The access token was revoked, or is not one of ours.
    #[error("the access token is not valid; log in again")]
    TokenRefused,
    /// The access token has no use left.
    #[error("the access token has been used as often as it may be; log in again")]
    TokenUsedUp,
    /// The access token cannot live longer.
    #[error("the access token has reached its Max TTL; log in again")]
    TokenAtItsEnd,
    /// The caller lacks a right.
    #[error("you lack the right to do this: {}", missing.iter().copied().map(spoken).collect::<Vec<_>>().join(" or "))]
    Denied {
        /// Any one of these would do.
        missing: Vec<Permission>,
    },
    /// The caller may not give away what they do not hold.
    #[error("you cannot give the role `{role}`: you do not hold all that it allows")]
    RoleAboveOwn {
        /// The role.
        role: String,
    },
    /// The caller may not give, or give back, what they do not hold.
    #[error("you cannot make this change: it gives {what} that you do not hold yourself")]
    BeyondOwnRights {
        /// What it gives, such as "a right" of a rule.
        what: String,
    },
    /// The caller could do more with a dynamic secret after the change than before.
    #[error("you cannot make this change: it would give you the right {} there", spoken(*permission))]
    RightsWouldGrow {
        /// The first right of those that they would gain.
        permission: Permission,
    },
    /// Somebody holds the role that is to be removed.
    #[error("the role is held by {holders} member(s) of the project; give them another one first")]
    RoleIsHeld {
        /// Memberships that name it.
        holders: usize,
    },
    /// Other people have to agree first.
    #[error(
        "this needs the approval of {approvals} other {}: request `{id}` waits for it; send the same request again once it is approved",
        if *approvals == 1 { "person" } else { "people" }
    )]
    ApprovalRequired {
        /// The request that waits.
        id: ApprovalRequestId,
        /// How many have to agree.
        approvals: u8,
    },
    /// Somebody said no, a moment ago.
    #[error("request `{id}` for this was denied by {by}: {why}")]
    ApprovalDenied {
        /// The request.
        id: ApprovalRequestId,
        /// Who said no.
        by: String,
        /// Why.
        why: String,
    },
    /// Somebody who may not agree to this one tried to.
    #[error("you cannot decide on this request: {why}")]
    NotYoursToDecide {
        /// Why not.
        why: &'static str,
    },
    /// The request is not in a state in which this can be done.
    #[error("the request is {state}, and so cannot be {wanted}")]
    RequestIsOver {
        /// Its state.
        state: &'static str,
        /// What was to be done, such as `approved`.
        wanted: &'static str,
    },
    /// What is to be removed has a rule that asks for the word of others, which nobody takes away alone.
    #[error(
        "leases in the environment `{environment}` need the approval of others, so it is not removed by one person; \
         take that off its policy first (`mayfly policy set --no-approval`)"
    )]
    GuardedByApproval {
        /// Its slug.
        environment: String,
    },
    /// What others agreed to is being used at this moment, and may yet be given back.
    #[error("the approval `{id}` is being used by a lease that is not issued yet; ask again in a few seconds")]
    ApprovalInUse {
        /// The request.
        id: ApprovalRequestId,
    },
    /// Too many requests of one requester wait.
    #[error("you have {most} requests that wait for approval; cancel one first")]
    TooManyRequests {
        /// At most so many.
        most: i64,
    },
    /// The environment's policy does not allow it.
    #[error("the policy of the environment `{environment}` {why}")]
    AgainstPolicy {
        /// The environment's slug.
        environment: String,
        /// What it asks for.
        why: String,
    },
    /// It is not there, or not for this caller.
    #[error("{what} `{name}` was not found")]
    NotFound {
        /// What was looked for, such as `project`.
        what: &'static str,
        /// As the caller named it.
        name: String,
    },
    /// No such lease, in the words an existing client waits for.
    #[error("Dynamic secret lease with ID {0} was not found")]
    LeaseNotFound(String),
    /// Tokens cannot be renewed. The beginning of the text makes an existing client mint a fresh lease.
    #[error(
        "Dynamic secret lease with ID {0} cannot be renewed: a Kubernetes token's lifetime is fixed once it is issued; \
         create a new lease"
    )]
    NotRenewable(LeaseId),
    /// Why a renewal was refused before it could be: in the words an existing client waits for, so that it asks for a
    /// new lease and hears the reason then.
    #[error("Dynamic secret lease with ID {id} cannot be renewed: {reason}")]
    RenewalRefused {
        /// The lease, as the caller named it.
        id: String,
        /// The refusal itself; its status and code are kept.
        reason: Box<AppError>,
    },
    /// The name is taken.
    #[error("{what} `{name}` already exists{}", field.map_or_else(String::new, |field| format!("; choose another `{field}`")))]
    Taken {
        /// What.
        what: &'static str,
        /// The name.
        name: String,
        /// The field of the body that gave the name, where one did.
        field: Option<&'static str>,
    },
    /// The first administrator was made already.
    #[error("this server has been set up already; log in instead")]
    AlreadyBootstrapped,
    /// The setup code is missing or wrong.
    #[error(
        "the setup code is missing or wrong; the server's log says which file holds it, for `mayfly bootstrap --setup-code-file`"
    )]
    SetupCode,
    /// Deleting is protected.
    #[error("{what} is protected from deletion; turn `hasDeleteProtection` off first")]
    Protected {
        /// What.
        what: &'static str,
    },
    /// The folder is not empty, and the caller did not say that this is fine.
    #[error("folder `{path}` is not empty; set `forceDelete` to remove what is in it")]
    FolderNotEmpty {
        /// Its path.
        path: String,
    },
    /// The root folder stays.
    #[error("the root folder cannot be changed or removed")]
    RootFolder,
    /// The lifetime is not given.
    #[error("`ttl`: {0}")]
    Ttl(#[source] RefusedTtl),
    /// The namespace is not one of the secret's.
    #[error("`config.namespace`: `{namespace}` is not allowed for this dynamic secret; allowed: {}", allowed.join(", "))]
    NamespaceNotAllowed {
        /// What was asked.
        namespace: String,
        /// What is allowed.
        allowed: Vec<String>,
    },
    /// The namespace is one of the cluster's own, and the operator has not opened them.
    #[error(
        "`config.namespace`: `{namespace}` begins with `kube-`: the cluster's own namespaces are closed unless the operator \
         opens them by `private_connections.allow`"
    )]
    NamespaceClosed {
        /// What was asked.
        namespace: String,
    },
    /// Somebody else changed the same thing meanwhile.
    #[error("{what} was changed by somebody else meanwhile; read it again and repeat your change")]
    ChangedMeanwhile {
        /// What.
        what: &'static str,
    },
    /// The database is a copy or was restored.
    #[error(
        "this database is a copy or was restored, so nothing is issued or ended: stop the other one, then run `mayfly \
         admin adopt` here"
    )]
    Held,
    /// Keys of this kind are being rotated already.
    #[error(
        "{kind} keys are being rotated already: wait until that is finished, `mayfly admin rotate-keys --status` tells"
    )]
    RotationRuns {
        /// Which.
        kind: RotationKind,
    },
    /// This server reads the whole audit log already.
    #[error("the audit log is being verified already: wait until that is finished, and ask again")]
    VerificationRuns,
    /// There is no next master key, or it cannot be the next one.
    #[error("{0}")]
    NextMasterKey(String),
    /// Issuing was stopped.
    #[error("issuing is stopped {scope}: {reason}")]
    IssuingStopped {
        /// Where.
        scope: String,
        /// Why, in the words of whoever stopped it.
        reason: String,
    },
    /// There are as many live leases as there may be.
    #[error("{whose} {most} live leases already, which is as many as this server allows; end one first")]
    TooManyLeases {
        /// Who has them.
        whose: &'static str,
        /// How many.
        most: u32,
    },
    /// The first request with this key is still being answered.
    #[error("the first request with this `Idempotency-Key` is still being answered; ask again in a moment")]
    KeyStillUsed,
    /// The key was used with another body.
    #[error("this `Idempotency-Key` was used for another request; give each request its own")]
    KeyOfAnotherRequest,
    /// The request was answered already; its token is shown once.
    #[error("this `Idempotency-Key` was used: it asked for lease {lease}, {}", token_of(*.was_issued))]
    KeyUsed {
        /// The lease.
        lease: LeaseId,
        /// Whether the first request was answered with a token.
        was_issued: bool,
    },
    /// The lease does not wait for anything.
    #[error("lease {0} does not wait for its objects to be removed: there is nothing to forget")]
    NothingToForget(LeaseId),
    /// There are live leases, and the caller wanted none to be touched.
    #[error("this dynamic secret has live leases; end them, or send `leases: end` or `leases: run-out`")]
    HasLiveLeases,
    /// There is a stop there already.
    #[error("issuing is stopped there already")]
    StoppedAlready,
    /// A lease's issuing took longer than its reservation.
    #[error("issuing took too long and was given up; nothing was handed out")]
    TooSlow,
    /// The connection came with a dynamic secret, and goes with it.
    #[error("this cluster connection belongs to the dynamic secret `{secret}`; change or remove that instead")]
    PrivateConnection {
        /// Which.
        secret: DynamicSecretId,
    },
    /// Something needs the connection.
    #[error("the cluster connection is in use; `details` names the first dynamic secrets and leases that need it")]
    ConnectionInUse(Box<ConnectionUsers>),
    /// Something leads through the gateway.
    #[error(
        "it is in use; `details` names the first dynamic secrets, cluster connections, gateway pools and leases that need it"
    )]
    GatewayInUse(Box<GatewayUsers>),
    /// The connection does not allow it, whatever the dynamic secret says.
    #[error("this lease {0}")]
    BeyondLimit(Box<BeyondLimit>),
    /// The connection is not, or no longer, shared with the project.
    #[error("the cluster connection is not shared with this project")]
    NotShared,
    /// The connection test found something that would make issuing fail.
    #[error("the connection test failed: {problem}")]
    ConnectionTest {
        /// The first such thing.
        problem: Box<Problem>,
    },
    /// The connection test did not reach the cluster. The text tells no state of a port: whoever tries addresses here
    /// learns nothing about a network.
    #[error("the connection test failed: the API server could not be reached; check `url` and the network in between")]
    ConnectionUntested(#[source] Box<ClusterError>),
    /// The cluster did not do its part. The public text is [`ClusterError::public_text`].
    #[error("{}", .0.public_text())]
    Cluster(Box<ClusterError>),
    /// An authority for gateways is not made or removed now.
    #[error(transparent)]
    Authority(#[from] AuthorityStands),
    /// Nobody can enrol as a gateway in this way. The text says why.
    #[error("no enrolment was made: {0}")]
    NoGatewayEnrolment(&'static str),
    /// Somebody was not let in by single sign-on.
    #[error("{0}")]
    Sso(SsoRefusal),
    /// The password is right, and does not count: people of this domain sign in by their identity provider.
    #[error(
        "people of your domain sign in by single sign-on; use `mayfly login --sso`, or the sign-in page of your provider"
    )]
    SsoRequired,
    /// The store failed. Internal.
    #[error("the store failed")]
    Store(#[source] StoreError),
    /// We are wrong. Internal.
    #[error("internal error: {0}")]
    Bug(&'static str),
}

fn class_of(refusal: SsoRefusal) -> ErrorClass {
    if refusal == SsoRefusal::Unavailable { ErrorClass::Unavailable } else { ErrorClass::Denied }
}

/// What became of the token of a request that was sent before.
const fn token_of(was_issued: bool) -> &'static str {
    if was_issued { "whose token is not shown again" } else { "for which no token was given out; take a new key" }
}

fn spoken(permission: Permission) -> String {
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    let (action, subject) = (serde_json::to_value(permission.action), serde_json::to_value(permission.subject));
    format!("`{}` on `{}`", word(action), word(subject))
}

impl AppError {
    /// A single faulty field of the body.
    pub fn field(path: &[&str], code: &str, message: impl Into<String>) -> Self {
        Self::Fields(vec![field(path, code, message)])
    }

    pub(crate) fn not_found(what: &'static str, name: &(impl ToString + ?Sized)) -> Self {
        Self::NotFound { what, name: name.to_string() }
    }

    /// `field` of the body, its parts joined by dots, gave the name.
    pub(crate) fn taken(
        what: &'static str,
        name: &(impl ToString + ?Sized),
        field: impl Into<Option<&'static str>>,
    ) -> Self {
        Self::Taken { what, name: name.to_string(), field: field.into() }
    }

    /// The one field of the body that a refusal is about, where it is about one: what was sent is well-formed, and not
    /// acceptable here.
    pub fn refused_field(&self) -> Option<FieldError> {
        let (path, code) = match self {
            Self::Ttl(_) => ("ttl", "ttl_refused"),
            Self::NamespaceNotAllowed { .. } => ("config.namespace", "namespace_not_allowed"),
            Self::NamespaceClosed { .. } => ("config.namespace", "namespace_closed"),
            Self::Taken { field: Some(path), .. } => (*path, "name_taken"),
            _ => return None,
        };
        Some(field(&path.split('.').collect::<Vec<_>>(), code, self.to_string()))
    }

    /// What the failure means to whoever has to react.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Fields(_)
            | Self::NotRenewable(_)
            | Self::Taken { .. }
            | Self::Protected { .. }
            | Self::FolderNotEmpty { .. }
            | Self::RootFolder
            | Self::Ttl(_)
            | Self::NamespaceNotAllowed { .. }
            | Self::NamespaceClosed { .. }
            | Self::TooManyLeases { .. }
            | Self::RoleIsHeld { .. }
            | Self::TooManyRequests { .. }
            | Self::AgainstPolicy { .. }
            | Self::TokenUsedUp
            | Self::LastAdmin
            | Self::LastWayIn
            | Self::NoMail
            | Self::AlreadyBootstrapped
            | Self::PrivateConnection { .. }
            | Self::BeyondLimit(_)
            | Self::NotShared
            | Self::NextMasterKey(_)
            | Self::ConnectionTest { .. } => ErrorClass::Invalid,
            Self::Sso(refusal) => class_of(*refusal),
            Self::NotSignedIn
            | Self::MalformedCredential
            | Self::CredentialsRefused
            | Self::SessionEnded
            | Self::PeopleOnly
            | Self::MachinesOnly
            | Self::SecondFactorRequired
            | Self::SecondFactorNeeded
            | Self::WrongProof { .. }
            | Self::TooManyAttempts { .. }
            | Self::LinkRefused
            | Self::SsoRequired
            | Self::LoginRefused { .. }
            | Self::LockedOut { .. }
            | Self::UntrustedAddress
            | Self::TokenExpired
            | Self::TokenRefused
            | Self::TokenAtItsEnd
            | Self::Denied { .. }
            | Self::RoleAboveOwn { .. }
            | Self::BeyondOwnRights { .. }
            | Self::RightsWouldGrow { .. }
            | Self::ApprovalRequired { .. }
            | Self::ApprovalDenied { .. }
            | Self::NotYoursToDecide { .. }
            | Self::SetupCode => ErrorClass::Denied,
            Self::NotFound { .. } | Self::LeaseNotFound(_) => ErrorClass::NotFound,
            Self::ChangedMeanwhile { .. }
            | Self::Held
            | Self::IssuingStopped { .. }
            | Self::RequestIsOver { .. }
            | Self::ApprovalInUse { .. }
            | Self::GuardedByApproval { .. }
            | Self::KeyStillUsed
            | Self::KeyOfAnotherRequest
            | Self::KeyUsed { .. }
            | Self::NothingToForget(_)
            | Self::StoppedAlready
            | Self::SecondFactorThere
            | Self::NoSecondFactor(_)
            | Self::HasLiveLeases
            | Self::RotationRuns { .. }
            | Self::VerificationRuns
            | Self::NoGatewayEnrolment(_)
            | Self::Authority(_)
            | Self::ConnectionInUse(_)
            | Self::GatewayInUse(_) => ErrorClass::Conflict,
            Self::TooSlow | Self::Busy | Self::Mail(_) => ErrorClass::Unavailable,
            Self::RenewalRefused { reason, .. } => reason.class(),
            Self::Passkey(problem) => problem.class(),
            Self::Cluster(error) | Self::ConnectionUntested(error) => error.class(),
            Self::Store(error) => error.class(),
            Self::Bug(_) => ErrorClass::Bug,
        }
    }
}

/// One faulty field, `path` given from the body inwards.
pub(crate) fn field(path: &[&str], code: &str, message: impl Into<String>) -> FieldError {
    let path = std::iter::once("body").chain(path.iter().copied()).map(str::to_owned).collect();
    FieldError { path, code: code.to_owned(), message: message.into() }
}

impl From<SsoRefusal> for AppError {
    fn from(refusal: SsoRefusal) -> Self {
        Self::Sso(refusal)
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ClusterError> for AppError {
    fn from(error: ClusterError) -> Self {
        Self::Cluster(Box::new(error))
    }
}
