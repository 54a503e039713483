//! Certificates for tests: good ones, and ones with exactly one thing wrong.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};

/// Years that lie before every test's clock.
const LONG_AGO: (i32, i32) = (1990, 2000);
/// Years around every test's clock.
const AT_ALL_TIMES: (i32, i32) = (1975, 4096);

/// An authority that signs what a test needs.
pub struct TestAuthority(CertifiedIssuer<'static, KeyPair>);

/// A server's certificate with its key, ready to be shown in a handshake.
pub type ServerCertificate = Arc<CertifiedKey>;

impl TestAuthority {
    /// An authority called `name`. Two of one name are still two: their keys differ.
    pub fn new(name: &str) -> Self {
        Self::valid(name, AT_ALL_TIMES)
    }

    /// An authority that ended in the year 2000.
    pub fn expired(name: &str) -> Self {
        Self::valid(name, LONG_AGO)
    }

    fn valid(name: &str, years: (i32, i32)) -> Self {
        let mut params = params(&[], years);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, key()).expect("the parameters are complete"))
    }

    /// Its certificate as PEM: what a client trusts.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its private key as PEM: what nobody should ever paste.
    pub fn private_key_pem(&self) -> String {
        self.0.key().serialize_pem()
    }

    /// Its certificate, for a list of roots.
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// A certificate for a server with these names or addresses.
    pub fn sign_for(&self, names: &[&str]) -> ServerCertificate {
        self.sign(names, AT_ALL_TIMES)
    }

    /// A certificate for a server with these names or addresses, and its private key, both as PEM.
    pub fn sign_pem_for(&self, names: &[&str]) -> (String, String) {
        let (certificate, key) = self.signed(names, AT_ALL_TIMES);
        (certificate.pem(), key.serialize_pem())
    }

    /// The same, but ended in the year 2000.
    pub fn sign_expired_for(&self, names: &[&str]) -> ServerCertificate {
        self.sign(names, LONG_AGO)
    }

    fn signed(&self, names: &[&str], years: (i32, i32)) -> (rcgen::Certificate, KeyPair) {
        let key = key();
        let certificate = params(names, years).signed_by(&key, &self.0).expect("the parameters are complete");
        (certificate, key)
    }

    fn sign(&self, names: &[&str], years: (i32, i32)) -> ServerCertificate {
        let (certificate, key) = self.signed(names, years);
        let private: PrivateKeyDer<'static> = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let chain = vec![certificate.der().clone()];
        let provider = aws_lc_rs::default_provider();
        Arc::new(CertifiedKey::from_der(chain, private, &provider).expect("the key was made for this certificate"))
    }
}

fn params(names: &[&str], (first_year, last_year): (i32, i32)) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("test names are host names or addresses");
    params.not_before = date_time_ymd(first_year, 1, 1);
    params.not_after = date_time_ymd(last_year, 1, 1);
    params
}

fn key() -> KeyPair {
    KeyPair::generate().expect("the machine's random source does not fail once it has started")
}
