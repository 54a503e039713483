//! What a demo has started, and its end.

use anyhow::Context as _;
use mayfly_testkit::real_cluster::RealCluster;

use super::{api::Api, home::Home, objects, server::Server};
use crate::console;

/// Everything that must not outlive the demo. The order of the fields is that of their end when dropped.
pub(super) struct Stage {
    pub(super) server: Option<Server>,
    pub(super) cluster: Option<RealCluster>,
    /// Somebody's cluster, where we made a namespace.
    pub(super) borrowed: Option<Api>,
    pub(super) home: Home,
}

impl Stage {
    pub(super) const fn new(home: Home) -> Self {
        Self { server: None, cluster: None, borrowed: None, home }
    }

    /// Where the server is.
    pub(super) fn address(&self) -> anyhow::Result<String> {
        Ok(self.server.as_ref().context("there is a server")?.address.clone())
    }

    /// Waits for an end that nobody asked for.
    pub(super) async fn watch(&mut self) -> anyhow::Result<()> {
        let server = self.server.as_mut().context("there is a server")?;
        server.watch(&self.home).await
    }

    /// Ends everything, whatever goes wrong with one part. Gives the first thing that did.
    pub(super) async fn clear(&mut self) -> anyhow::Result<()> {
        if self.server.is_some() || self.cluster.is_some() {
            console::say("stopping");
        }
        let server = match self.server.take() {
            Some(server) => server.stop().await,
            None => Ok(()),
        };
        let borrowed = match self.borrowed.take() {
            Some(api) => objects::delete(&api).await,
            None => Ok(()),
        };
        let cluster = match self.cluster.take() {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        };
        server.and(borrowed).and(cluster)
    }
}
