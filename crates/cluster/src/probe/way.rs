//! The way to an API server, by a connection that is opened only to look at it.

use aws_lc_rs::digest;
use mayfly_domain::hex::hex;
use rustls::pki_types::CertificateDer;
use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use super::WayTimes;
use crate::{
    ask::Session,
    connect::Look,
    error::{ClusterError, Kind, Presented, Untrusted, clean},
    executor::Executor,
};

/// How long it takes to get there; nothing where that did not work this time: it did a moment ago, or nobody asks.
pub(super) async fn times(session: &Session<'_>) -> Option<WayTimes> {
    let Look { connect, handshake, .. } = session.client.connector.look(&session.client.base).await.ok()?;
    Some(WayTimes { connect, handshake })
}

/// `error`, with the certificate that was shown, if it is about that.
pub(super) async fn explained(executor: &Executor, session: &Session<'_>, error: ClusterError) -> ClusterError {
    let Kind::Untrusted(why) = &error.kind else { return error };
    match shown(executor, session, why).await {
        Some(presented) => {
            let kind = Kind::UntrustedCertificate { why: why.clone(), presented };
            ClusterError { kind, ..error }
        }
        None => error,
    }
}

async fn shown(executor: &Executor, session: &Session<'_>, why: &Untrusted) -> Option<Presented> {
    // No TLS, no certificate.
    if let Untrusted::Handshake { .. } = why {
        return None;
    }
    let look = executor.looking().look(&session.client.base).await.ok()?;
    presented(&look.certificate?)
}

fn presented(certificate: &CertificateDer<'_>) -> Option<Presented> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let sha256 = hex(digest::digest(&digest::SHA256, certificate).as_ref());
    Some(Presented { issuer: clean(&parsed.issuer().to_string()), sha256 })
}
