//! Real PostgreSQL for tests: found or installed, started on a free port of loopback, gone with the tests.
//!
//! Most tests take a [`scratch`] database on the server that all share: the one that `MAYFLY_TEST_POSTGRES` names, which
//! `cargo xtask test` starts once for every test program, or else one of this process. Tests that stop or kill a server
//! start their own with [`PostgresServer::start`]. What is inside a database is left to the caller.

mod account;
mod certificate;
mod programs;
mod scratch;
mod server;
mod shared;
mod watchdog;

pub use programs::{dump, is_installed};
pub use scratch::ScratchDatabase;
pub use server::{Flush, PostgresServer};
pub use shared::{VARIABLE, scratch};
