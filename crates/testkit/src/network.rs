//! Networks on this machine alone: rooms that are network namespaces of Linux, cables between them, and windows by which a test
//! looks into them. Nothing leads from a room to the machine's own network.
//!
//! They take root and `ip` of iproute2. Where they cannot be made, [`Rig::make`] says so once, and gives rooms that are all the
//! machine's own loopback: what is tried is the same, only that somebody else stands in the way is not.

mod capture;
mod faults;
mod inside;
mod names;
mod namespace;
mod proxy;
mod rig;
mod room;
mod shim;
mod tls_proxy;
mod window;

pub use capture::Capture;
pub use faults::{Blackhole, Dark};
pub use inside::Inside;
pub use names::NameServer;
pub use proxy::CompanyProxy;
pub use rig::Rig;
pub use room::Room;
pub use shim::{Shim, Towards, Weather};
pub use tls_proxy::TlsProxy;
pub use window::Window;

/// Installs the programs that stand in rooms or look into them, where they are missing and we may: no test waits for that.
///
/// # Errors
/// What is missing.
pub fn provide_programs() -> anyhow::Result<()> {
    proxy::provide()?;
    capture::provide()
}
