//! A window into a room: a port that is the same on the machine's loopback and in the room.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
};

use anyhow::Context as _;
use tokio::net::TcpStream;

use super::{Inside, Room};

/// Passes connections to a port of 127.0.0.1 into a room, to the same port of its loopback. It closes when it is dropped.
#[derive(Debug)]
pub struct Window {
    port: u16,
    _passing: Inside,
}

impl Window {
    pub(super) fn open(room: &Room) -> anyhow::Result<Self> {
        // A socket stays where it was opened, wherever its thread goes.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a port for a window")?;
        let port = listener.local_addr()?.port();
        let passing = room.serve(listener, move |outside| pass(outside, port))?;
        Ok(Self { port, _passing: passing })
    }

    /// The port, outside and inside.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

async fn pass(mut outside: TcpStream, port: u16) -> io::Result<()> {
    let mut inside = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    tokio::io::copy_bidirectional(&mut outside, &mut inside).await.map(drop)
}
