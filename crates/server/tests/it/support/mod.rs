//! What every test here stands on: a server that is wired as the real one is, and the people who call it.

mod answer;
mod caller;
mod crowd;
mod database;
mod log_watch;
mod people;
mod secrets;
mod server;
mod waiting;
mod wire;

pub(crate) use answer::{Answer, paths_and_codes};
pub(crate) use caller::Caller;
pub(crate) use crowd::crowd;
pub(crate) use database::{DEFAULT_DATABASES, Database};
pub(crate) use log_watch::LogWatch;
pub(crate) use people::{ANA, ANAS_PASSWORD, Machine, PASSWORD, Person};
pub(crate) use secrets::{ACCOUNT, NAMESPACE, merged, owned_in};
pub(crate) use server::{Gateways, PUBLIC_URL, Project, TestServer, TestServerOptions};
pub(crate) use waiting::wait_until;
