//! What a server shows to clients that ask for TLS.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};

/// An authority of its own and a certificate from it, all as PEM.
pub(super) struct Credentials {
    pub(super) authority: String,
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Credentials {
    /// For a server that is reached by `name`, a host name or an address.
    pub(super) fn for_name(name: &str) -> anyhow::Result<Self> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new([name.to_owned()])?.signed_by(&key, &authority)?;
        Ok(Self { authority: authority.pem(), certificate: certificate.pem(), key: key.serialize_pem() })
    }
}
