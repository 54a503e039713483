//! The next certificate: asked for over the tunnel in time, and kept.

use mayfly_domain::error::chain;
use mayfly_tunnel::{answering::Session, record::GatewayRecord};

use super::Keeping;
use crate::identity::Identity;

impl Keeping {
    /// Asks for the next one, if it is time.
    pub(super) async fn ask_for_next(&self, session: &Session) {
        let request = {
            let mut identity = self.identity();
            if self.keeper.ambient.now() < identity.renews_at() {
                return;
            }
            // It is kept before it is asked for: another key would look like a thief's.
            identity.request().map(|request| self.keep_identity(&identity).then_some(request))
        };
        match request {
            Ok(Some(request)) => session.tell(GatewayRecord::CertificateRequest { request }).await,
            Ok(None) => {}
            Err(error) => tracing::error!(error = chain(&error), "no key could be made"),
        }
    }

    pub(super) fn take(&self, certificate: &str, authorities: &[String]) {
        let mut identity = self.identity();
        match identity.renew(certificate, authorities) {
            Ok(()) => {
                tracing::info!(until = %identity.expires_at, "the certificate was renewed");
                self.keeper.outpost.tally().renewals.one();
                self.keep_identity(&identity);
            }
            Err(why) => tracing::error!(why, "the server's certificate cannot be used"),
        }
    }

    /// Whether it could be kept, where it is.
    fn keep_identity(&self, identity: &Identity) -> bool {
        let Some(folder) = &self.keeper.folder else { return true };
        let kept = identity.save(folder);
        if let Err(error) = &kept {
            tracing::error!(error = chain(error), "the identity could not be kept");
        }
        kept.is_ok()
    }
}
