//! The executor: performs the five operations from this machine.

use mayfly_domain::clock::Ambient;
use rustls::pki_types::CertificateDer;

use crate::egress::EgressPolicy;

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

/// Performs the five operations from this machine, over a small pool of connections per cluster connection.
#[derive(Debug)]
pub struct Executor {
    options: ExecutorOptions,
}

impl Executor {
    /// An executor that connects directly, within `options.egress`.
    pub fn new(options: ExecutorOptions) -> Self {
        Self { options }
    }

    /// Time and chance, as given.
    pub fn ambient(&self) -> &Ambient {
        &self.options.ambient
    }
}
