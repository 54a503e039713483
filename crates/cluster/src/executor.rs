//! The executor: performs the five operations from this machine.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use http::HeaderValue;
use mayfly_domain::{
    clock::Ambient,
    connection::{Route, Target, Via},
    ids::GatewayOperationId,
};
use rustls::pki_types::CertificateDer;

use crate::{
    ask::Session,
    client::{ClientCache, ClusterClient, Workshop},
    connect::{Dial, Direct, SecureConnector, TlsSettings},
    discover::{self, Discover, Discovered},
    egress::EgressPolicy,
    error::{Call, ClusterError, Misconfigured},
    issue::{self, Issue, IssueFailed, Issued},
    owned::{self, ListOwned, OwnedObjects},
    place::{Deadline, Place},
    probe::{self, CheckedRight, Need, Probe, ProbeReport},
    questions,
    review::{self, Review, Reviewed},
    revoke::{self, Revoke, Revoked},
    right::Right,
    token_file::{self, TokenFile},
};

/// What an [`Executor`] is made from.
#[derive(Clone, Debug)]
pub struct ExecutorOptions {
    /// Time and chance.
    pub ambient: Ambient,
    /// Where never to connect to.
    pub egress: EgressPolicy,
    /// Whether connections may turn certificate verification off.
    pub verification_off: VerificationOff,
    /// Whom to trust where a connection gives no CA.
    pub trust_roots: TrustRoots,
    /// Files with tokens that connections may name.
    pub token_files: Vec<TokenFile>,
}

/// Whether a connection may turn certificate verification off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VerificationOff {
    /// Such a connection is refused.
    #[default]
    Refused,
    /// The operator allows it in the server's settings.
    Allowed,
}

/// Whom to trust where a connection gives no CA.
#[derive(Clone, Debug, Default)]
pub enum TrustRoots {
    /// The system's roots, or the bundled ones on a machine that has none.
    #[default]
    System,
    /// These only.
    Only(Vec<CertificateDer<'static>>),
}

/// Performs the five operations from this machine, over a small pool of connections for each target.
pub struct Executor {
    shared: Arc<Shared>,
    /// How its calls are called in the audit logs of API servers.
    audit_id: Option<HeaderValue>,
}

/// What executors for single operations have in common.
struct Shared {
    workshop: Workshop,
    clients: ClientCache,
    token_files: Vec<TokenFile>,
    /// The gateway that passes bytes on, where one does.
    via: Option<Via>,
}

impl Shared {
    /// Whether `route` is the way that these connections go.
    fn goes(&self, route: Route) -> bool {
        match route {
            Route::Direct => self.via.is_none(),
            Route::Forward { via } => self.via == Some(via),
            // It does the work itself; whoever chooses places asks it.
            Route::Gateway { .. } => false,
        }
    }
}

impl Executor {
    /// An executor that connects directly, within `options.egress`.
    ///
    /// It speaks to targets that no gateway is on the way to, and sends nothing to others.
    pub fn new(options: ExecutorOptions) -> Self {
        let direct = Direct::new(options.ambient.clone(), options.egress.clone());
        Self::over(options, Arc::new(direct))
    }

    /// The same, whose connections are opened by `dial`. `options.egress` is then `dial`'s business.
    pub fn over(options: ExecutorOptions, dial: Arc<dyn Dial>) -> Self {
        Self::by(options, dial, None)
    }

    /// An executor for targets that bytes are passed on to `via` a gateway, which `dial` speaks to. It sends nothing to others.
    pub fn forwarding(options: ExecutorOptions, dial: Arc<dyn Dial>, via: Via) -> Self {
        Self::by(options, dial, Some(via))
    }

    fn by(options: ExecutorOptions, dial: Arc<dyn Dial>, via: Option<Via>) -> Self {
        let ExecutorOptions { ambient, egress: _, verification_off, trust_roots, token_files } = options;
        let tls = TlsSettings::new(ambient.clone(), verification_off, trust_roots);
        let workshop = Workshop { ambient, dial, tls };
        let shared = Shared { workshop, clients: ClientCache::default(), token_files, via };
        Self { shared: Arc::new(shared), audit_id: None }
    }

    /// The same, over the same connections, for one operation: API servers find its calls in their audit logs by `id`, which
    /// they keep as the events' `auditID`.
    /// <https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/endpoints/filters/audit_init.go>
    #[must_use]
    pub fn for_operation(&self, id: GatewayOperationId) -> Self {
        Self { shared: Arc::clone(&self.shared), audit_id: HeaderValue::try_from(id.to_string()).ok() }
    }

    /// Asks `target` for each of `wanted` whether its credential has that right, by access reviews. Changes nothing.
    pub async fn check_rights(
        &self,
        target: &Target,
        wanted: Vec<(Right, Need)>,
        deadline: Deadline,
    ) -> Result<Vec<CheckedRight>, ClusterError> {
        let session = Session::open(self, target, deadline, Call::ReviewAccess)?;
        probe::check_rights(&session, wanted).await
    }

    /// The keys that the tokens of `target`'s service accounts are signed by: a JWKS (RFC 7517), as its API server publishes it.
    pub async fn read_keys(&self, target: &Target, deadline: Deadline) -> Result<serde_json::Value, ClusterError> {
        Session::open(self, target, deadline, Call::ReadKeys)?.ask(&questions::read_keys()).await
    }

    /// The id of the operation that this one is for.
    pub(crate) fn audit_id(&self) -> Option<&HeaderValue> {
        self.audit_id.as_ref()
    }

    /// Time and chance, as given.
    pub fn ambient(&self) -> &Ambient {
        &self.shared.workshop.ambient
    }

    /// Closes what nobody used lately, and forgets its credentials. Also happens whenever a new target is used; a
    /// server that may be idle for long calls it from time to time.
    pub fn drop_idle(&self) {
        self.shared.clients.drop_idle(self.ambient().now());
    }

    /// Opens connections to whoever answers, to look at what is shown there.
    pub(crate) fn looking(&self) -> SecureConnector {
        let Workshop { ambient, dial, tls } = &self.shared.workshop;
        SecureConnector::new(ambient.clone(), Arc::clone(dial), tls.for_looking())
    }

    pub(crate) fn client(&self, target: &Target) -> Result<Arc<ClusterClient>, Misconfigured> {
        let Shared { workshop, clients, token_files, .. } = self.shared.as_ref();
        if !self.shared.goes(target.route) {
            return Err(Misconfigured::OtherWay);
        }
        let Some(name) = &target.token_file else { return clients.get(target, workshop) };
        let token = token_file::read(token_files, name, &target.url, workshop.ambient.now());
        let credential = token.map_err(Misconfigured::TokenFile)?;
        clients.get(&Target { credential, ..target.clone() }, workshop)
    }
}

impl Place for Executor {
    fn probe(&self, operation: Probe, deadline: Deadline) -> BoxFuture<'_, Result<ProbeReport, ClusterError>> {
        Box::pin(probe::perform(self, operation, deadline))
    }

    fn discover(&self, operation: Discover, deadline: Deadline) -> BoxFuture<'_, Result<Discovered, ClusterError>> {
        Box::pin(discover::perform(self, operation, deadline))
    }

    fn issue(&self, operation: Issue, deadline: Deadline) -> BoxFuture<'_, Result<Issued, IssueFailed>> {
        Box::pin(issue::perform(self, operation, deadline))
    }

    fn revoke(&self, operation: Revoke, deadline: Deadline) -> BoxFuture<'_, Result<Revoked, ClusterError>> {
        Box::pin(revoke::perform(self, operation, deadline))
    }

    fn list_owned(
        &self,
        operation: ListOwned,
        deadline: Deadline,
    ) -> BoxFuture<'_, Result<OwnedObjects, ClusterError>> {
        Box::pin(owned::perform(self, operation, deadline))
    }

    fn review(&self, operation: Review, deadline: Deadline) -> BoxFuture<'_, Result<Reviewed, ClusterError>> {
        Box::pin(review::perform(self, operation, deadline))
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Executor")
    }
}
