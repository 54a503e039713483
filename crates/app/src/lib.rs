//! VERBS: every operation the product offers, one file each, and the background tasks.
//!
//! An operation takes the [`App`], the caller and a parsed request; it authorises, decides, and leaves the doing to
//! `store` and `cluster`. There is no HTTP here, no SQL and no ambient time. Start with [`leases::issue`]: it is what
//! happens when somebody presses *Generate*.

pub mod access;
pub mod access_tokens;
pub mod adopt;
pub mod approvals;
pub mod audit;
pub mod bootstrap;
pub mod changes;
pub mod client_secrets;
pub mod cluster_connections;
pub mod cluster_requests;
mod discovery;
pub mod dynamic_secrets;
pub mod environments;
mod error;
pub mod folders;
pub mod gateway_authorities;
pub mod gateway_pools;
pub mod gateways;
pub mod groups;
pub mod identities;
pub mod key_rotations;
pub mod leases;
mod mail;
pub mod memberships;
pub mod outside_auth;
mod page;
pub mod passkeys;
mod passwords;
pub mod policies;
pub mod projects;
mod recent;
pub mod recover;
pub mod roles;
mod seals;
pub mod second_factor;
mod secret_text;
pub mod sessions;
pub mod sign_in;
pub mod sso;
pub mod status;
pub mod stops;
pub mod sweep;
pub mod universal_auth;
pub mod users;
pub mod webauthn;

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use mayfly_cluster::Place;
pub use mayfly_cluster::SealKeys;
use mayfly_domain::{
    audit::{AuditEvent, Event},
    caller::Caller,
    clock::Ambient,
    ids::{AuditEventId, InstallationId, OrganizationId, ProjectId, ReplicaId},
    plan::OnRoleChange,
    session::SessionLimits,
};
use mayfly_providers::Providers;
use mayfly_store::Store;

pub use error::AppError;
pub use mail::{InvalidMailSettings, MailSettings};
pub use mayfly_domain::shared_connection::Openings;

/// What an installation sets for all of its operations.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest lease, in seconds, where a dynamic secret sets no other; bounds those that do.
    pub longest_lease_seconds: u64,
    /// Live leases of one dynamic secret at most; none where absent.
    pub most_leases_of_secret: Option<u32>,
    /// Live leases of one holder at most; none where absent.
    pub most_leases_of_holder: Option<u32>,
    /// The one deadline of a request that issues a lease.
    pub issue_deadline: Duration,
    /// Whether a connection may skip the verification of certificates.
    pub verification_off: VerificationOff,
    /// What is done when a role has other rules than when its dynamic secret was saved.
    pub on_role_change: OnRoleChange,
    /// What connections that come with a dynamic secret may be used for, beyond what is open to all.
    pub private_connections: Openings,
    /// How long people stay signed in.
    pub sessions: SessionLimits,
    /// Who has to have a second factor.
    pub second_factor_of: SecondFactorOf,
    /// Where people reach this server, without a slash at its end: links begin with it.
    pub public_url: String,
    /// How mail is sent, where it is.
    pub mail: Option<MailSettings>,
    /// Days for which audit events are kept; all of them where absent.
    pub audit_retention_days: Option<u32>,
    /// Requests kept of one lease at most, from its cluster's audit log.
    pub most_requests_of_lease: u32,
    /// Days for which they are kept.
    pub request_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            longest_lease_seconds: 86_400,
            most_leases_of_secret: None,
            most_leases_of_holder: None,
            // One known client gives up after 10 s and sends its request again.
            issue_deadline: Duration::from_secs(8),
            verification_off: VerificationOff::Refused,
            on_role_change: OnRoleChange::Warn,
            private_connections: Openings::default(),
            sessions: SessionLimits::default(),
            second_factor_of: SecondFactorOf::default(),
            public_url: "http://127.0.0.1:8420".to_owned(),
            mail: None,
            audit_retention_days: Some(90),
            most_requests_of_lease: 1_000,
            request_days: 30,
        }
    }
}

/// Which people have to have a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SecondFactorOf {
    /// Whoever wants one.
    #[default]
    Nobody,
    /// Administrators of the organization.
    Admins,
    /// Everybody.
    Everybody,
}

/// Whether certificates may go unverified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerificationOff {
    /// Never.
    Refused,
    /// Where a connection asks for it.
    Allowed,
}

/// What every operation works with.
pub struct App {
    pub(crate) store: Store,
    pub(crate) place: Arc<dyn Place>,
    pub(crate) providers: Providers,
    pub(crate) ambient: Ambient,
    pub(crate) settings: Settings,
    pub(crate) memory: access::Memory,
    pub(crate) mailer: Option<mail::Mailer>,
    pub(crate) passwords: passwords::Passwords,
    pub(crate) signing: access_tokens::Signing,
    pub(crate) refusals: audit::Refusals,
    pub(crate) seals: seals::Seals,
    pub(crate) lanes: leases::Lanes,
    pub(crate) told: sweep::Told,
    pub(crate) changes: changes::Window,
    pub(crate) looks: leases::Looks,
    /// Held while the whole audit log is read.
    pub(crate) verification: tokio::sync::Mutex<()>,
    /// This process.
    pub(crate) replica: ReplicaId,
}

impl App {
    /// Joins the parts, and makes the keys that sign access tokens and seal objects if there are none.
    pub async fn start(
        store: Store,
        place: Arc<dyn Place>,
        providers: Providers,
        ambient: Ambient,
        settings: Settings,
    ) -> Result<Self, AppError> {
        let signing = access_tokens::Signing::load(&store, &ambient).await?;
        let seals = seals::Seals::load(&store, &ambient).await?;
        let (memory, refusals) = (access::Memory::default(), audit::Refusals::default());
        let (passwords, mailer) = (passwords::Passwords::default(), settings.mail.as_ref().map(mail::Mailer::new));
        let (lanes, told) = (leases::Lanes::default(), sweep::Told::default());
        let replica = ReplicaId::generate(&ambient);
        Ok(Self {
            store,
            place,
            providers,
            ambient,
            settings,
            memory,
            mailer,
            passwords,
            signing,
            refusals,
            seals,
            lanes,
            told,
            changes: changes::Window::default(),
            looks: leases::Looks::default(),
            verification: tokio::sync::Mutex::default(),
            replica,
        })
    }

    /// Whose objects are made: every one carries this id.
    pub fn installation(&self) -> InstallationId {
        self.store.installation()
    }

    /// The public keys of the installation's seals.
    pub fn seal_keys(&self) -> SealKeys {
        self.seals.public()
    }

    /// This process.
    pub fn replica(&self) -> ReplicaId {
        self.replica
    }

    /// Time and chance, for the tasks around the operations.
    pub fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// An event that tells of `caller`, now.
    pub(crate) fn event(&self, caller: &Caller, project: Option<ProjectId>, event: impl Into<Event>) -> AuditEvent {
        AuditEvent {
            id: AuditEventId::generate(&self.ambient),
            organization: caller.organization,
            project,
            actor: caller.actor.clone(),
            origin: caller.origin.clone(),
            event: event.into(),
            created_at: self.ambient.now(),
        }
    }

    /// The moment of a change to something that was last changed at `since`: now, and always later, so that whoever
    /// changes it next can name exactly what they have seen.
    pub(crate) fn moment_after(&self, since: Timestamp) -> Timestamp {
        let later = since.saturating_add(SignedDuration::from_millis(1)).unwrap_or(Timestamp::MAX);
        self.ambient.now().max(later)
    }

    /// The caller's organization. Authorised callers have one.
    pub(crate) fn organization(caller: &Caller) -> Result<OrganizationId, AppError> {
        caller.organization.ok_or(AppError::NotSignedIn)
    }
}
