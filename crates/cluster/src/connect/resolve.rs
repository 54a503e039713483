//! Looking up host names. A seam inside this crate, so that tests can let a name change its mind.

use std::{io, net::SocketAddr};

use futures::future::BoxFuture;

/// Turns a host name into addresses, anew each time.
pub(super) trait Resolve: Send + Sync {
    /// All addresses of `host`, with `port` in each.
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>>;
}

/// The system's resolver.
pub(super) struct System;

impl Resolve for System {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}
