//! The installation's own authority for gateways: one key that signs both ends of every tunnel.
//!
//! A gateway makes its key itself and never sends it; what it sends is a request with proof that it holds it. All else in the
//! request is ignored: who it is, is decided by whoever signs. `docs/decisions/0052-one-authority-for-gateways.md` says why
//! there are no levels between.

use std::{fmt, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use mayfly_domain::{gateway::GatewayName, ids::InstallationId, sensitive::Sensitive};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, PublicKey,
    PublicKeyData as _, SanType, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, CertificateSigningRequestDer, PrivateKeyDer, PrivatePkcs8KeyDer};

pub use mayfly_domain::gateway_authority::CERTIFICATE_LIFE as GATEWAY_CERTIFICATE_LIFE;

use crate::{peer::peer_name, protocol::SERVER_NAME};

/// How long an authority lasts: longer than any installation goes without changing it.
pub const AUTHORITY_LIFE: Duration = Duration::from_hours(10 * 365 * 24);

/// How long a server's own certificate lasts. Nobody keeps it: a server signs itself a new one each day.
pub const SERVER_CERTIFICATE_LIFE: Duration = Duration::from_hours(48);

/// Certificates begin this long ago, for clocks that are behind.
pub const BACKDATED: Duration = Duration::from_mins(5);

/// Signs gateways and servers.
pub struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

/// What is stored does not make an authority, or it cannot sign.
#[derive(Debug, thiserror::Error)]
#[error("the authority for gateways cannot be used")]
pub struct UnusableAuthority(#[from] rcgen::Error);

/// A request for a certificate that is none, or whose sender does not hold its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a certificate request (PKCS #10) with an Ed25519 or P-256 key, signed by that key")]
pub struct BadRequest;

/// A key that somebody has shown to hold.
pub struct CertificateRequest(PublicKey);

impl CertificateRequest {
    /// Reads a request: PKCS #10, DER. All that it says beside the key is left out.
    pub fn read(request: &[u8]) -> Result<Self, BadRequest> {
        let request = CertificateSigningRequestParams::from_der(&CertificateSigningRequestDer::from(request));
        let key = request.map_err(|_| BadRequest)?.public_key;
        let is_known = [&PKCS_ED25519, &PKCS_ECDSA_P256_SHA256].contains(&key.algorithm());
        is_known.then_some(Self(key)).ok_or(BadRequest)
    }

    /// SHA-256 of the key.
    pub fn key_digest(&self) -> Vec<u8> {
        digest(&SHA256, self.0.der_bytes()).as_ref().to_vec()
    }
}

/// A certificate with the key it is for, ready for a handshake.
pub struct KeyedCertificate {
    /// The certificate, alone: whoever checks it has the authority's.
    pub chain: Vec<CertificateDer<'static>>,
    /// Its key.
    pub key: PrivateKeyDer<'static>,
}

/// A key that has no certificate yet.
pub struct NewKey(KeyPair);

impl Authority {
    /// A new one.
    pub fn generate(installation: InstallationId, now: Timestamp) -> Result<Self, UnusableAuthority> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = valid(now, AUTHORITY_LIFE);
        params.distinguished_name.push(DnType::CommonName, format!("Mayfly gateways of {installation}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?.der().clone();
        Ok(Self { certificate, issuer: Issuer::new(params, key) })
    }

    /// One that was stored: its certificate (DER) and its key (PKCS #8, DER).
    pub fn from_parts(certificate: &[u8], key: &Sensitive<Vec<u8>>) -> Result<Self, UnusableAuthority> {
        let key = KeyPair::try_from(key.expose().as_slice())?;
        let certificate = CertificateDer::from(certificate.to_vec());
        let issuer = Issuer::from_ca_cert_der(&certificate, key)?;
        Ok(Self { certificate, issuer })
    }

    /// Its certificate: what both ends trust.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// Its key, to be sealed and stored: PKCS #8, DER.
    pub fn key(&self) -> Sensitive<Vec<u8>> {
        Sensitive::new(self.issuer.key().serialize_der())
    }

    /// A certificate for the key of `request`, in the name of `name`.
    pub fn sign_gateway(
        &self,
        request: &CertificateRequest,
        name: &GatewayName,
        now: Timestamp,
    ) -> Result<CertificateDer<'static>, UnusableAuthority> {
        let mut params = leaf(now, GATEWAY_CERTIFICATE_LIFE, ExtendedKeyUsagePurpose::ClientAuth);
        params.subject_alt_names = vec![SanType::URI(name.to_string().try_into()?)];
        Ok(params.signed_by(&request.0, &self.issuer)?.der().clone())
    }

    /// A certificate for this server, with a key of its own.
    pub fn sign_server(&self, now: Timestamp) -> Result<KeyedCertificate, UnusableAuthority> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = leaf(now, SERVER_CERTIFICATE_LIFE, ExtendedKeyUsagePurpose::ServerAuth);
        params.subject_alt_names = vec![SanType::DnsName(SERVER_NAME.try_into()?)];
        let signed = params.signed_by(&key, &self.issuer)?;
        // Who pins the authority has only its digest, so it is shown as well.
        Ok(KeyedCertificate { chain: vec![signed.der().clone(), self.certificate.clone()], key: private(&key) })
    }
}

impl Authority {
    /// A certificate by which this server speaks to others, with a key of its own: at both ends of their connections.
    pub fn sign_peer(&self, now: Timestamp) -> Result<KeyedCertificate, UnusableAuthority> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = leaf(now, SERVER_CERTIFICATE_LIFE, ExtendedKeyUsagePurpose::ServerAuth);
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        params.subject_alt_names = vec![SanType::DnsName(peer_name().try_into()?)];
        let signed = params.signed_by(&key, &self.issuer)?;
        Ok(KeyedCertificate { chain: vec![signed.der().clone()], key: private(&key) })
    }
}

impl NewKey {
    /// A new Ed25519 key.
    pub fn generate() -> Result<Self, UnusableAuthority> {
        Ok(Self(KeyPair::generate_for(&PKCS_ED25519)?))
    }

    /// One that was kept: PKCS #8, DER.
    pub fn from_pkcs8(key: &Sensitive<Vec<u8>>) -> Result<Self, UnusableAuthority> {
        Ok(Self(KeyPair::try_from(key.expose().as_slice())?))
    }

    /// The key, to be kept: PKCS #8, DER.
    pub fn to_pkcs8(&self) -> Sensitive<Vec<u8>> {
        Sensitive::new(self.0.serialize_der())
    }

    /// The request for a certificate, which proves that its sender holds the key: PKCS #10, DER.
    pub fn request(&self) -> Result<Vec<u8>, UnusableAuthority> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        Ok(params.serialize_request(&self.0)?.der().to_vec())
    }

    /// The key with its certificate.
    pub fn with(&self, certificate: CertificateDer<'static>) -> KeyedCertificate {
        KeyedCertificate { chain: vec![certificate], key: private(&self.0) }
    }
}

fn private(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivatePkcs8KeyDer::from(key.serialize_der()).into()
}

fn leaf(now: Timestamp, life: Duration, usage: ExtendedKeyUsagePurpose) -> CertificateParams {
    let mut params = valid(now, life);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![usage];
    params.use_authority_key_identifier_extension = true;
    params
}

fn valid(now: Timestamp, life: Duration) -> CertificateParams {
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    let now = date_time_ymd(1970, 1, 1) + Duration::from_secs(seconds);
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.not_before = now - BACKDATED;
    params.not_after = now + life;
    params
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Authority")
    }
}
