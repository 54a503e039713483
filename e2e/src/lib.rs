//! WORKSHOP: what end-to-end tests and the benchmark stand on: the real binary as its users run it.
//!
//! [`Installation`] is a data folder or a database, [`Mayfly`] a server process on it that can be killed, [`Client`]
//! speaks its API. [`ClusterSide`] is where tokens come from, and [`Scene`] joins them all: a bootstrapped server with
//! a project and a dynamic secret. The tests themselves are in `tests/it`.

mod balancer;
pub mod binary;
mod client;
mod cluster_side;
mod command_line;
mod crowd;
mod gateway;
pub mod inputs;
mod installation;
mod mayfly;
mod pod;
mod real_ground;
mod reference_peer;
mod scene;
pub mod waiting;

pub use balancer::{Balancer, Closes};
pub use client::{Client, Refused};
pub use cluster_side::{ACCOUNT, ClusterSide, READER};
pub use command_line::print;
pub use crowd::Crowd;
pub use gateway::{Gateway, GatewayCluster, PROXY_PASSWORD, RunningGateway};
pub use installation::Installation;
pub use mayfly::{Killer, Mayfly};
pub use pod::Pod;
pub use real_ground::{CREDENTIAL_ID, RIGHTS_PATIENCE, RealGround};
pub use reference_peer::{ReferencePeer, RunningPeer};
pub use scene::{ENVIRONMENT, SECRET, Scene};
