//! Which authorities this server believes and signs by, as it read them last. A person changes them, at whichever server.

use std::sync::Arc;

use mayfly_app::{
    App, AppError,
    gateway_authorities::{self as operations, AuthorityAndDuty, WhileNeeded},
};
use mayfly_domain::{caller::Caller, ids::GatewayAuthorityId};
use mayfly_tunnel::trust::AuthorityPin;
use tokio::sync::{Mutex, watch};

use super::{
    Gateways,
    signing::{Signing, generate},
    tunnelling::report,
};

/// The authorities of a server. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Authorities(Arc<Inner>);

#[derive(Default)]
struct Inner {
    known: watch::Sender<Option<Arc<Signing>>>,
    /// Whoever reads them holds it, so that what was read last is what is known.
    reading: Mutex<()>,
}

impl Authorities {
    /// Read, or made, when the first gateway is spoken of: most installations have none.
    pub(super) async fn get(&self, app: &App) -> Result<Arc<Signing>, AppError> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let _reading = self.0.reading.lock().await;
        match self.known() {
            Some(known) => Ok(known),
            None => self.read(app).await,
        }
    }

    /// Reads them again where there are others than those that are known.
    pub(super) async fn look(&self, app: &App) -> Result<(), AppError> {
        let Some(known) = self.known() else { return Ok(()) };
        if !known.is_of(&operations::known(app).await?) {
            let _reading = self.0.reading.lock().await;
            self.read(app).await?;
            tracing::info!("the authorities for gateways are others than before");
        }
        Ok(())
    }

    /// Completes once what `authority` signed is believed no more.
    pub(super) async fn disowned(&self, authority: AuthorityPin) {
        let is_disowned = |known: &Option<Arc<Signing>>| known.as_ref().is_some_and(|known| !known.believes(authority));
        if self.0.known.subscribe().wait_for(is_disowned).await.is_err() {
            // Nobody is there any more who could.
            std::future::pending::<()>().await;
        }
    }

    fn known(&self) -> Option<Arc<Signing>> {
        self.0.known.borrow().clone()
    }

    async fn read(&self, app: &App) -> Result<Arc<Signing>, AppError> {
        let read = Arc::new(Signing::load(app).await?);
        self.0.known.send_replace(Some(Arc::clone(&read)));
        Ok(read)
    }
}

impl Gateways {
    /// Makes the next authority, which this server hands out at once.
    pub(crate) async fn rotate_authority(&self, caller: &Caller) -> Result<Vec<AuthorityAndDuty>, AppError> {
        let app = &self.0.app;
        let there = operations::rotate(app, caller, || generate(app)).await?;
        self.read_authorities().await;
        Ok(there)
    }

    /// Believes an authority no more: what came by it to this server is cut now, and within two seconds elsewhere.
    pub(crate) async fn delete_authority(
        &self,
        caller: &Caller,
        id: GatewayAuthorityId,
        while_needed: WhileNeeded,
    ) -> Result<Vec<AuthorityAndDuty>, AppError> {
        let app = &self.0.app;
        let left = operations::delete(app, caller, id, while_needed).await?;
        self.read_authorities().await;
        Ok(left)
    }

    /// What was changed is changed; where it cannot be read now, the next look does.
    async fn read_authorities(&self) {
        report("reading the authorities for gateways", self.0.authorities.look(&self.0.app).await);
    }
}
