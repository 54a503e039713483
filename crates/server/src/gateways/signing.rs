//! The authority at work: it signs gateways, and this server's own certificates.

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use mayfly_app::{App, AppError, gateways::NewAuthority};
use mayfly_domain::{clock::Ambient, error::chain, gateway::GatewayName};
use mayfly_tunnel::{
    authority::{Authority, CertificateRequest, GATEWAY_CERTIFICATE_LIFE},
    peer::PeerTls,
    tls::{EnrolmentServer, HandshakeFailed, TunnelServer},
    trust::{AuthorityPin, TrustBundle},
};
use rustls::pki_types::CertificateDer;

/// How long a server shows the same certificate: half of its life.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What this server signs and shows.
pub(super) struct Signing {
    newest: Authority,
    trust: TrustBundle,
    shown: Mutex<Option<Shown>>,
}

/// The ends that this server shows a certificate at.
#[derive(Clone)]
struct Shown {
    since: Timestamp,
    tunnels: Arc<TunnelServer>,
    enrolments: Arc<EnrolmentServer>,
    peers: Arc<PeerTls>,
}

impl Signing {
    /// Reads the authorities, and makes the first one if there is none.
    pub(super) async fn load(app: &App) -> Result<Self, AppError> {
        let (installation, now) = (app.installation(), app.ambient().now());
        let make = || {
            let made = Authority::generate(installation, now).map_err(|_| UNUSABLE)?;
            Ok(NewAuthority { certificate: made.certificate().to_vec(), key: made.key() })
        };
        let stored = mayfly_app::gateways::authorities(app, make).await?;
        let certificates = stored.iter().map(|stored| CertificateDer::from(stored.certificate.clone())).collect();
        let trust = TrustBundle::new(certificates).map_err(|_| UNUSABLE)?;
        let newest = stored.first().ok_or(UNUSABLE)?;
        let newest = Authority::from_parts(&newest.certificate, &newest.key).map_err(|_| UNUSABLE)?;
        Ok(Self { newest, trust, shown: Mutex::new(None) })
    }

    /// By what a new gateway believes this installation.
    pub(super) fn pin(&self) -> AuthorityPin {
        AuthorityPin::of(self.newest.certificate())
    }

    /// Signs a gateway's key, from `now` until [`expiry`]. `None` where that cannot be done, and the log says why.
    pub(super) fn issue(&self, request: &CertificateRequest, name: &GatewayName, now: Timestamp) -> Option<Issued> {
        let signed = self.newest.sign_gateway(request, name, now);
        let certificate = signed
            .inspect_err(|error| tracing::error!(error = chain(error), "a gateway's certificate could not be signed"))
            .ok()?;
        Some(Issued {
            certificate: STANDARD.encode(certificate),
            authorities: self.trust.certificates().iter().map(|der| STANDARD.encode(der)).collect(),
        })
    }

    /// The end of tunnels, with a certificate that lasts.
    pub(super) fn tunnels(&self, ambient: &Ambient) -> Result<Arc<TunnelServer>, HandshakeFailed> {
        Ok(self.shown(ambient)?.tunnels)
    }

    /// The end of enrolments, with a certificate that lasts.
    pub(super) fn enrolments(&self, ambient: &Ambient) -> Result<Arc<EnrolmentServer>, HandshakeFailed> {
        Ok(self.shown(ambient)?.enrolments)
    }

    /// Both ends of connections to other servers, with a certificate that lasts.
    pub(super) fn peers(&self, ambient: &Ambient) -> Result<Arc<PeerTls>, HandshakeFailed> {
        Ok(self.shown(ambient)?.peers)
    }

    fn shown(&self, ambient: &Ambient) -> Result<Shown, HandshakeFailed> {
        let now = ambient.now();
        let mut kept = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = kept.as_ref().filter(|shown| now < shown.since + SHOWN_FOR) {
            return Ok(shown.clone());
        }
        let own = || self.newest.sign_server(now).map_err(HandshakeFailed::Unsigned);
        let peer = self.newest.sign_peer(now).map_err(HandshakeFailed::Unsigned)?;
        let shown = Shown {
            since: now,
            tunnels: Arc::new(TunnelServer::new(ambient, &self.trust, own()?)?),
            enrolments: Arc::new(EnrolmentServer::new(ambient, own()?, Vec::new())?),
            peers: Arc::new(PeerTls::new(ambient, &self.trust, peer)?),
        };
        *kept = Some(shown.clone());
        Ok(shown)
    }
}

/// What a gateway gets for its key, in base64 of DER, as records carry it.
pub(super) struct Issued {
    /// Its certificate.
    pub(super) certificate: String,
    /// The authorities that it is to trust from now on.
    pub(super) authorities: Vec<String>,
}

/// A gateway's request for a certificate, out of base64. `None` where it cannot be read, or its sender does not hold the key.
pub(super) fn read_request(text: &str) -> Option<CertificateRequest> {
    STANDARD.decode(text).ok().and_then(|der| CertificateRequest::read(&der).ok())
}

/// Until when a certificate counts that is issued `now`.
pub(super) fn expiry(now: Timestamp) -> Timestamp {
    now.saturating_add(GATEWAY_CERTIFICATE_LIFE).unwrap_or(Timestamp::MAX)
}

const UNUSABLE: AppError = AppError::Bug("the authority for gateways cannot be used");
