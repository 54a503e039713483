//! TLS to whoever is not ours: the server's front door and proxies, judged by authorities that an operator names.

use std::sync::Arc;

use mayfly_domain::clock::Ambient;
use mayfly_tunnel::carrier::Carrier;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::leg::{DialFailed, Leg};

/// How somebody is judged: by `authorities`, or by the system's where there are none.
pub(super) fn judged_by(authorities: &[CertificateDer<'static>]) -> Arc<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("aws-lc-rs has cipher suites for TLS 1.2 and 1.3");
    let given = |store: RootCertStore| builder.clone().with_root_certificates(store).with_no_client_auth();
    let mut config = if authorities.is_empty() {
        match rustls_platform_verifier::Verifier::new(provider) {
            Ok(verifier) => {
                builder.clone().dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth()
            }
            // An image that has no roots of its own.
            Err(_) => given(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }),
        }
    } else {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(authorities.iter().cloned());
        given(store)
    };
    // HTTP/2 has another way to a WebSocket, which balancers know less well; proxies are spoken to by HTTP/1.1 alone.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// TLS with whoever is called `host`, over `stream`.
pub(super) async fn secure<C: Carrier>(
    ambient: &Ambient,
    (leg, whose): (Leg, &str),
    (host, config): (&str, &Arc<ClientConfig>),
    stream: C,
) -> Result<TlsStream<C>, DialFailed> {
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| leg.failed(format!("{whose}`{host}` is no name that a certificate can have")))?;
    leg.go(ambient, whose, TlsConnector::from(Arc::clone(config)).connect(name, stream)).await
}
