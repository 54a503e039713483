//! What happens to connections in the world: they go dark without a word, or are reset.

use std::{
    net::{Ipv4Addr, SocketAddr},
    process::Command,
    sync::Arc,
};

use anyhow::ensure;

use super::{Room, namespace::Namespace};
use crate::tools;

/// In which direction nothing passes any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dark {
    /// In neither.
    Both,
    /// Towards the address.
    Towards,
    /// From the address.
    From,
}

/// An address that nothing passes to or from, silently: connections stay open, and go on when this is dropped.
#[derive(Debug)]
pub struct Blackhole {
    router: Arc<Namespace>,
    address: Ipv4Addr,
    dark: Dark,
}

impl Blackhole {
    pub(super) fn dig(router: &Arc<Namespace>, address: Ipv4Addr, dark: Dark) -> anyhow::Result<Self> {
        let hole = Self { router: Arc::clone(router), address, dark };
        hole.change("add")?;
        Ok(hole)
    }

    fn change(&self, verb: &str) -> anyhow::Result<()> {
        let address = self.address.to_string();
        if self.dark != Dark::From {
            self.router.ip(&["route", verb, "blackhole", &address])?;
        }
        if self.dark != Dark::Towards {
            self.router.ip(&["rule", verb, "from", &address, "blackhole"])?;
        }
        Ok(())
    }
}

impl Drop for Blackhole {
    fn drop(&mut self) {
        // It fails only where the router is gone.
        let _ = self.change("delete");
    }
}

impl Room {
    /// Resets every connection of this room that leads to `to`, at both ends. The kernel does it, as it does for an administrator.
    ///
    /// # Errors
    /// When there is none, or the kernel cannot.
    pub fn reset(&self, to: SocketAddr) -> anyhow::Result<()> {
        let arguments = ["-K", "-H", "-n", "-t", "dst", &to.ip().to_string(), "dport", "=", &to.port().to_string()];
        let mut command = self.namespace().map_or_else(|| Command::new("ss"), |room| room.command("ss".as_ref()));
        let told = tools::run(command.args(arguments))?;
        ensure!(!told.stdout.is_empty(), "no connection to {to} was reset: {}", String::from_utf8_lossy(&told.stderr));
        Ok(())
    }
}
