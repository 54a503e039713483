//! Whom we believe to be the API server.

mod unverified;

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use mayfly_domain::{
    clock::Ambient,
    connection::{Target, Verification},
};
use rustls::{
    ClientConfig, RootCertStore,
    client::danger::ServerCertVerifier,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, UnixTime},
    time_provider::TimeProvider,
};

use self::unverified::AcceptAnybody;
use crate::{
    ca::{CaBundle, parse_bundle},
    error::Misconfigured,
    executor::{TrustRoots, VerificationOff},
};

/// What all TLS of one executor has in common.
pub(crate) struct TlsSettings {
    ambient: Ambient,
    provider: Arc<CryptoProvider>,
    verification_off: VerificationOff,
    trust_roots: TrustRoots,
    /// Reading the system's roots takes a while, and connections with a CA of their own never need them.
    without_ca: OnceLock<Trust>,
}

/// Who may vouch for a server.
#[derive(Clone)]
enum Trust {
    Roots(Arc<RootCertStore>),
    Verifier(Arc<dyn ServerCertVerifier>),
}

impl TlsSettings {
    /// Settings with our own cryptography: the process's default provider is never consulted.
    pub(crate) fn new(ambient: Ambient, verification_off: VerificationOff, trust_roots: TrustRoots) -> Self {
        let provider = Arc::new(aws_lc_rs::default_provider());
        Self { ambient, provider, verification_off, trust_roots, without_ca: OnceLock::new() }
    }

    /// The configuration for connections to `target`, and the SHA-256 of the CA that it trusts (empty without one).
    pub(crate) fn for_target(&self, target: &Target) -> Result<(ClientConfig, String), Misconfigured> {
        let given = target.ca.as_deref().filter(|pem| !pem.trim().is_empty());
        let bundle = given.map(|pem| parse_bundle(pem, self.ambient.now()).map_err(Misconfigured::Ca)).transpose()?;
        let ca_sha256 = bundle.as_ref().map(CaBundle::sha256).unwrap_or_default();
        let trust = match (target.verification, self.verification_off, bundle) {
            (Verification::Off, VerificationOff::Refused, _) => return Err(Misconfigured::VerificationOff),
            (Verification::Off, VerificationOff::Allowed, _) => {
                Trust::Verifier(Arc::new(AcceptAnybody::new(Arc::clone(&self.provider))))
            }
            (Verification::Full, _, Some(bundle)) => only(bundle.certificates()),
            (Verification::Full, _, None) => self.without_ca.get_or_init(|| self.roots()).clone(),
        };
        Ok((self.config(trust), ca_sha256))
    }

    /// The configuration for looking at what a server shows, whoever it is. Nothing is ever said to it.
    pub(crate) fn for_looking(&self) -> ClientConfig {
        self.config(Trust::Verifier(Arc::new(AcceptAnybody::new(Arc::clone(&self.provider)))))
    }

    /// The configuration for a server that is no cluster: vouched for by `ca` only, or by the usual roots where there is none.
    /// Always verifying.
    pub(crate) fn trusting(&self, ca: Option<&str>) -> Result<ClientConfig, Misconfigured> {
        let given = ca.filter(|pem| !pem.trim().is_empty());
        let bundle = given.map(|pem| parse_bundle(pem, self.ambient.now()).map_err(Misconfigured::Ca)).transpose()?;
        Ok(self.config(match bundle {
            Some(bundle) => only(bundle.certificates()),
            None => self.without_ca.get_or_init(|| self.roots()).clone(),
        }))
    }

    fn config(&self, trust: Trust) -> ClientConfig {
        let time = Arc::new(AmbientTime(self.ambient.clone()));
        let builder = ClientConfig::builder_with_details(Arc::clone(&self.provider), time)
            .with_safe_default_protocol_versions()
            .expect("aws-lc-rs has cipher suites for TLS 1.2 and 1.3");
        match trust {
            Trust::Roots(roots) => builder.with_root_certificates(roots),
            Trust::Verifier(verifier) => builder.dangerous().with_custom_certificate_verifier(verifier),
        }
        .with_no_client_auth()
    }

    fn roots(&self) -> Trust {
        match &self.trust_roots {
            TrustRoots::Only(certificates) => only(certificates),
            TrustRoots::System => self.system_roots(),
        }
    }

    fn system_roots(&self) -> Trust {
        match rustls_platform_verifier::Verifier::new(Arc::clone(&self.provider)) {
            Ok(verifier) => Trust::Verifier(Arc::new(verifier)),
            Err(error) => {
                tracing::info!(%error, "this machine has no root certificates, so the bundled ones are used");
                Trust::Roots(Arc::new(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }))
            }
        }
    }
}

fn only(certificates: &[CertificateDer<'static>]) -> Trust {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(certificates.iter().cloned());
    Trust::Roots(Arc::new(store))
}

/// Certificates are judged by the clock we were given, like everything else.
struct AmbientTime(Ambient);

impl TimeProvider for AmbientTime {
    fn current_time(&self) -> Option<UnixTime> {
        let milliseconds = u64::try_from(self.0.now().as_millisecond()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(milliseconds)))
    }
}

impl fmt::Debug for AmbientTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AmbientTime")
    }
}
