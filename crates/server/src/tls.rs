//! TLS on the listener: TLS 1.2 or later, with a certificate and key from files that are read again when they change.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use mayfly_domain::{clock::Ambient, error::chain, hex::hex};
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at: renewed certificates are put there long before the old ones end.
const LOOK_PAUSE: std::time::Duration = std::time::Duration::from_secs(10);

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and those between it and its root, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

/// Certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("cannot read a {what} from `{}`", path.display())]
    Unreadable {
        /// Certificate or private key.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::pki_types::pem::Error,
    },
    /// There is no certificate in the file.
    #[error("`{}` holds no certificate", .0.display())]
    Empty(PathBuf),
    /// They do not belong together, or the key is of no use.
    #[error("the certificate and the key cannot be used")]
    Unusable(#[source] rustls::Error),
}

/// What connections are accepted with.
#[derive(Clone)]
pub struct Tls {
    files: TlsFiles,
    newest: Arc<RwLock<(TlsAcceptor, String)>>,
}

impl Tls {
    /// Reads the files.
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let newest = read(&files)?;
        Ok(Self { files, newest: Arc::new(RwLock::new(newest)) })
    }

    /// What the next connection is accepted with.
    pub fn acceptor(&self) -> TlsAcceptor {
        self.newest.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// Reads the files again; says whether they have changed. What cannot be used leaves things as they are.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let read = read(&self.files)?;
        let mut newest = self.newest.write().unwrap_or_else(PoisonError::into_inner);
        let has_changed = newest.1 != read.1;
        if has_changed {
            *newest = read;
        }
        Ok(has_changed)
    }

    /// Reads the files again and again until `stopping`.
    pub async fn keep_fresh(self, ambient: Ambient, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = ambient.sleep(LOOK_PAUSE) => {}
                () = stopping.cancelled() => return,
            }
            match self.reload() {
                Ok(true) => tracing::info!("the certificate was changed; new connections get the new one"),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(error = %chain(&error), "the new certificate is not taken; the old one stays");
                }
            }
        }
    }
}

fn read(files: &TlsFiles) -> Result<(TlsAcceptor, String), TlsError> {
    let certificates = certificates(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable("private key", &files.key))?;
    let told = certificates.iter().map(|certificate| hex(certificate)).collect();
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?
        .with_no_client_auth()
        .with_single_cert(certificates, key)
        .map_err(TlsError::Unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), told))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found = CertificateDer::pem_file_iter(path).map_err(unreadable("certificate", path))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(unreadable("certificate", path))?;
    if found.is_empty() { Err(TlsError::Empty(path.to_owned())) } else { Ok(found) }
}

fn unreadable(what: &'static str, path: &Path) -> impl Fn(rustls::pki_types::pem::Error) -> TlsError {
    move |source| TlsError::Unreadable { what, path: path.to_owned(), source }
}
