//! Authorities at work: they sign gateways, and this server's own certificates.

use std::sync::{Arc, Mutex, PoisonError};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{SignedDuration, Timestamp};
use mayfly_app::{
    App, AppError,
    gateway_authorities::{self as operations, LoadedAuthority, NewAuthority},
};
use mayfly_domain::{clock::Ambient, error::chain, gateway::GatewayName, gateway_authority, ids::GatewayAuthorityId};
use mayfly_tunnel::{
    authority::{Authority, CertificateRequest, GATEWAY_CERTIFICATE_LIFE},
    peer::PeerTls,
    tls::{EnrolmentServer, HandshakeFailed, TunnelServer},
    trust::{AuthorityPin, InvalidTrustBundle, TrustBundle},
};
use rustls::pki_types::CertificateDer;

/// How long a server shows the same certificate: half of its life.
const SHOWN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// What this server signs and shows, by authorities that were read at one time.
pub(super) struct Signing {
    /// Newest first.
    authorities: Vec<Kept>,
    trust: TrustBundle,
    shown: Mutex<Option<Shown>>,
}

struct Kept {
    id: GatewayAuthorityId,
    pin: AuthorityPin,
    made: Timestamp,
    authority: Authority,
}

/// The ends that this server shows a certificate at.
#[derive(Clone)]
struct Shown {
    since: Timestamp,
    by: AuthorityPin,
    tunnels: Arc<TunnelServer>,
    enrolments: Arc<EnrolmentServer>,
    peers: Arc<PeerTls>,
}

impl Signing {
    /// Reads the authorities, and makes the first one if there is none.
    pub(super) async fn load(app: &App) -> Result<Self, AppError> {
        let loaded = operations::load(app, || generate(app)).await?;
        let certificates = loaded.iter().map(|loaded| CertificateDer::from(loaded.certificate.clone())).collect();
        let trust = TrustBundle::new(certificates).map_err(|_| UNUSABLE)?;
        let authorities = loaded.iter().map(Kept::of).collect::<Result<_, _>>()?;
        Ok(Self { authorities, trust, shown: Mutex::new(None) })
    }

    /// Whether these are its authorities, newest first.
    pub(super) fn is_of(&self, known: &[GatewayAuthorityId]) -> bool {
        self.authorities.iter().map(|kept| &kept.id).eq(known)
    }

    /// Whether what `authority` signed is believed.
    pub(super) fn believes(&self, authority: AuthorityPin) -> bool {
        self.authorities.iter().any(|kept| kept.pin == authority)
    }

    /// By what a new gateway believes this installation: the newest, which is shown to whoever asks for it before it signs.
    pub(super) fn pin(&self) -> Option<AuthorityPin> {
        self.authorities.first().map(|newest| newest.pin)
    }

    /// Signs a gateway's key, from `now` until [`expiry`]. `None` where that cannot be done, and the log says why.
    pub(super) fn issue(&self, request: &CertificateRequest, name: &GatewayName, now: Timestamp) -> Option<Issued> {
        let Kept { authority, pin, .. } = self.signing(now)?;
        let signed = authority.sign_gateway(request, name, now);
        let certificate = signed
            .inspect_err(|error| tracing::error!(error = chain(error), "a gateway's certificate could not be signed"))
            .ok()?;
        Some(Issued {
            by: *pin,
            certificate: STANDARD.encode(certificate),
            authorities: self.trust.certificates().iter().map(|der| STANDARD.encode(der)).collect(),
        })
    }

    /// The one that signs, and is shown.
    fn signing(&self, now: Timestamp) -> Option<&Kept> {
        let made: Vec<Timestamp> = self.authorities.iter().map(|kept| kept.made).collect();
        self.authorities.get(gateway_authority::signing(&made, now))
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
        let signing = self.signing(now).ok_or(InvalidTrustBundle::Empty)?;
        let mut kept = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_good = |shown: &&Shown| shown.by == signing.pin && now < shown.since + SHOWN_FOR;
        if let Some(shown) = kept.as_ref().filter(is_good) {
            return Ok(shown.clone());
        }
        let server = |of: &Kept| of.authority.sign_server(now).map_err(HandshakeFailed::Unsigned);
        let others =
            self.authorities.iter().filter(|of| of.pin != signing.pin).map(server).collect::<Result<_, _>>()?;
        let peer = signing.authority.sign_peer(now).map_err(HandshakeFailed::Unsigned)?;
        let shown = Shown {
            since: now,
            by: signing.pin,
            tunnels: Arc::new(TunnelServer::new(ambient, &self.trust, server(signing)?)?),
            enrolments: Arc::new(EnrolmentServer::new(ambient, server(signing)?, others)?),
            peers: Arc::new(PeerTls::new(ambient, &self.trust, peer)?),
        };
        *kept = Some(shown.clone());
        Ok(shown)
    }
}

impl Kept {
    fn of(loaded: &LoadedAuthority) -> Result<Self, AppError> {
        let authority = Authority::from_parts(&loaded.certificate, &loaded.key).map_err(|_| UNUSABLE)?;
        Ok(Self { id: loaded.id, pin: AuthorityPin::of(authority.certificate()), made: loaded.created_at, authority })
    }
}

/// A new authority.
pub(super) fn generate(app: &App) -> Result<NewAuthority, AppError> {
    let made = Authority::generate(app.installation(), app.ambient().now()).map_err(|_| UNUSABLE)?;
    Ok(NewAuthority { certificate: made.certificate().to_vec(), key: made.key() })
}

/// What a gateway gets for its key, in base64 of DER, as records carry it.
pub(super) struct Issued {
    /// Who signed it.
    pub(super) by: AuthorityPin,
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
