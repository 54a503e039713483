//! Straight out, past the egress guard.
//!
//! Each new connection looks its host up again, checks every answer, and goes to a checked address. A name that points
//! to one forbidden address is refused as a whole: half of its answers would otherwise be luck.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};

use futures::{
    StreamExt as _,
    future::BoxFuture,
    stream::{FuturesUnordered, iter},
};
use mayfly_domain::clock::Ambient;
use tokio::net::TcpStream;

use super::{
    ConnectError, Dial, Stream,
    resolve::{Resolve, System},
};
use crate::{
    egress::{BlockReason, EgressPolicy},
    error::{Step, Unreachable},
    place::Deadline,
};

/// Head start of each address before the next one is tried as well (RFC 8305 section 5 recommends 250 ms).
const HEAD_START: Duration = Duration::from_millis(250);

/// Most addresses of one name that are tried: more than any real name has.
const MOST_ADDRESSES: usize = 16;

/// Connects from this machine to addresses that an [`EgressPolicy`] lets pass.
pub struct Direct {
    ambient: Ambient,
    egress: EgressPolicy,
    resolver: Arc<dyn Resolve>,
}

impl Direct {
    /// Connects within `egress`, with the system's resolver.
    pub fn new(ambient: Ambient, egress: EgressPolicy) -> Self {
        Self { ambient, egress, resolver: Arc::new(System) }
    }

    async fn open(&self, host: &str, port: u16, limit: Deadline) -> Result<Box<dyn Stream>, ConnectError> {
        let addresses = self.look_up(host, port, limit).await?;
        self.check_all(&addresses)?;
        let opened = self.ambient.within(limit.left(&self.ambient), self.race(addresses)).await;
        match opened {
            Some(Ok(stream)) => Ok(Box::new(stream)),
            Some(Err(error)) => Err(ConnectError::unreachable(Step::Connect, why_not(&error))),
            None => Err(ConnectError::unreachable(Step::Connect, Unreachable::TimedOut)),
        }
    }

    /// The addresses of a host, all of them checked.
    pub(crate) async fn checked(
        &self,
        host: &str,
        port: u16,
        limit: Deadline,
    ) -> Result<Vec<SocketAddr>, ConnectError> {
        let addresses = self.look_up(host, port, limit).await?;
        self.check_all(&addresses)?;
        Ok(addresses)
    }

    async fn look_up(&self, host: &str, port: u16, limit: Deadline) -> Result<Vec<SocketAddr>, ConnectError> {
        if let Ok(ip) = host.parse() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let failed = |reason| ConnectError::unreachable(Step::Resolve, reason);
        let answers = self.ambient.within(limit.left(&self.ambient), self.resolver.resolve(host, port)).await;
        let answers = answers.ok_or_else(|| failed(Unreachable::TimedOut))?;
        match answers {
            Ok(addresses) if !addresses.is_empty() => Ok(addresses),
            Ok(_) | Err(_) => Err(failed(Unreachable::NameDoesNotResolve)),
        }
    }

    fn check_all(&self, addresses: &[SocketAddr]) -> Result<(), ConnectError> {
        addresses.iter().try_for_each(|address| {
            self.check(*address).map_err(|reason| {
                let blocked = Unreachable::Blocked { address: address.ip(), reason };
                ConnectError::unreachable(Step::Connect, blocked)
            })
        })
    }

    fn check(&self, address: SocketAddr) -> Result<(), BlockReason> {
        self.egress.check(address)?;
        if self.egress.listens_everywhere_on(address.port()) && is_this_machine(address) {
            return Err(BlockReason::Own);
        }
        Ok(())
    }

    /// The first of `addresses` that accepts; each has a head start over the next.
    async fn race(&self, addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
        let mut waiting = iter(addresses.into_iter().take(MOST_ADDRESSES));
        let mut running = FuturesUnordered::new();
        let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
        loop {
            let next = waiting.next().await;
            let is_last = next.is_none();
            running.extend(next.map(connect_to));
            let patience = if is_last { Duration::MAX } else { HEAD_START };
            match self.ambient.within(patience, running.next()).await {
                Some(Some(Ok(stream))) => return Ok(stream),
                Some(Some(Err(error))) => last_error = error,
                Some(None) if is_last => return Err(last_error),
                Some(None) | None => {}
            }
        }
    }
}

impl Dial for Direct {
    fn dial<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Deadline,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, ConnectError>> {
        Box::pin(self.open(host, port, limit))
    }
}

async fn connect_to(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    // Requests are small and come one at a time: waiting to fill a packet would cost 40 ms each.
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn why_not(error: &io::Error) -> Unreachable {
    if error.kind() == io::ErrorKind::ConnectionRefused {
        Unreachable::ConnectionRefused
    } else if error.kind() == io::ErrorKind::TimedOut {
        Unreachable::TimedOut
    } else {
        Unreachable::Network { what: error.kind().to_string() }
    }
}

/// Only an address of this machine can be bound. Nothing is sent, and the socket is closed again at once.
fn is_this_machine(address: SocketAddr) -> bool {
    UdpSocket::bind((address.ip(), 0)).is_ok()
}

#[cfg(test)]
mod tests;
