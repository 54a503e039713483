//! CA bundles as people paste them: read, counted, and refused with a reason that can be acted upon.
//!
//! The checks happen when a bundle is saved and again when it is used, by the same function.

use aws_lc_rs::digest;
use jiff::Timestamp;
use mayfly_domain::hex::hex;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::{Deserialize, Serialize};
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

/// Most certificates in one bundle: a cluster has one or two, while one is rotated in three.
pub const MOST_CERTIFICATES: usize = 16;

/// Longest bundle in characters: sixteen large certificates with the text that tools print around them.
pub const LONGEST_BUNDLE: usize = 256 * 1024;

/// Why a text is not a CA bundle. Reads after the field's name, and never repeats the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "because", rename_all = "snake_case")]
pub enum InvalidCa {
    /// Nothing was given.
    #[error("must not be empty: one or more PEM certificates")]
    Empty,
    /// Longer than [`LONGEST_BUNDLE`].
    #[error("must be at most {LONGEST_BUNDLE} characters long")]
    TooLarge,
    /// No certificate in it.
    #[error("must be a PEM certificate, beginning with `-----BEGIN CERTIFICATE-----`")]
    NotPem,
    /// A private key is in it, which has no business here.
    #[error("must not contain a private key; it was not stored, and should be replaced if it was real")]
    PrivateKey,
    /// More than [`MOST_CERTIFICATES`].
    #[error("must hold at most {MOST_CERTIFICATES} certificates, got {count}")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// One of them cannot be read.
    #[error("must hold readable certificates: number {number} is damaged")]
    Damaged {
        /// Which one, from 1.
        number: usize,
    },
    /// All of them are past their end.
    #[error("expired at {at}")]
    Expired {
        /// When the last of them ended.
        at: Timestamp,
    },
}

/// The certificates that are then the only roots.
#[derive(Clone, Debug)]
pub struct CaBundle {
    certificates: Vec<CertificateDer<'static>>,
    expires_at: Timestamp,
}

impl CaBundle {
    /// The certificates, in the order given.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.certificates
    }

    /// When the last of them ends.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    /// SHA-256 over the certificates themselves, in hex: equal for the same bundle, however it was pasted.
    pub fn sha256(&self) -> String {
        let mut sorted: Vec<&[u8]> = self.certificates.iter().map(AsRef::as_ref).collect();
        sorted.sort_unstable();
        let mut context = digest::Context::new(&digest::SHA256);
        for certificate in sorted {
            context.update(digest::digest(&digest::SHA256, certificate).as_ref());
        }
        hex(context.finish().as_ref())
    }
}

/// Reads `pem`, tolerating either kind of line end and text around the certificates.
pub fn parse_bundle(pem: &str, now: Timestamp) -> Result<CaBundle, InvalidCa> {
    check_text(pem)?;
    let certificates = read_certificates(pem)?;
    let ends = certificates
        .iter()
        .enumerate()
        .map(|(index, certificate)| expiry_of(certificate).ok_or(InvalidCa::Damaged { number: index + 1 }));
    let ends: Vec<Timestamp> = ends.collect::<Result<_, _>>()?;
    let expires_at = ends.into_iter().max().ok_or(InvalidCa::NotPem)?;
    if expires_at <= now {
        return Err(InvalidCa::Expired { at: expires_at });
    }
    Ok(CaBundle { certificates, expires_at })
}

fn check_text(pem: &str) -> Result<(), InvalidCa> {
    if pem.trim().is_empty() {
        return Err(InvalidCa::Empty);
    }
    if pem.len() > LONGEST_BUNDLE {
        return Err(InvalidCa::TooLarge);
    }
    // `RSA PRIVATE KEY`, `EC PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` and plain ones alike.
    if pem.contains("PRIVATE KEY-----") {
        return Err(InvalidCa::PrivateKey);
    }
    Ok(())
}

fn read_certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, InvalidCa> {
    let count = pem.matches("-----BEGIN CERTIFICATE-----").count();
    match count {
        0 => return Err(InvalidCa::NotPem),
        1..=MOST_CERTIFICATES => {}
        _ => return Err(InvalidCa::TooMany { count }),
    }
    let mut certificates = Vec::with_capacity(count);
    for read in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        certificates.push(read.map_err(|_| InvalidCa::Damaged { number: certificates.len() + 1 })?);
    }
    if certificates.len() == count {
        Ok(certificates)
    } else {
        Err(InvalidCa::Damaged { number: certificates.len() + 1 })
    }
}

/// `None` if it is not a certificate, or one that the TLS library could not use as a root.
fn expiry_of(certificate: &CertificateDer<'static>) -> Option<Timestamp> {
    rustls::RootCertStore::empty().add(certificate.clone()).ok()?;
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
}

#[cfg(test)]
mod tests;
