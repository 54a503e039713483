//! The way of very many gateways to one server: they come from several addresses, and their handshakes are counted on it.
//!
//! One is under way from the server's answer that it switches to a WebSocket until the gateway has shown its certificate. The server
//! gives it a place before, and takes that back after: what is counted here is never more than what runs there.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use mayfly_testkit::network::{Inside, Room};
use tokio::{
    io::{self, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
};

/// Addresses that gateways come from. By the server's limit for one of them, it would let in more from so many than it does
/// altogether.
const ADDRESSES: usize = 8;

/// How a server's answer begins that switches, and another one.
const SWITCHES: &[u8] = b"HTTP/1.1 101 ";
const REFUSES: &[u8] = b"HTTP/1.1 503 ";

/// It ends when it is dropped, with all connections.
pub(super) struct Way {
    url: String,
    seen: Arc<Seen>,
    _passing: Inside,
}

/// Handshakes on the way.
#[derive(Default)]
pub(super) struct Seen {
    under_way: AtomicUsize,
    most: AtomicUsize,
    begun: AtomicUsize,
    turned_away: AtomicUsize,
}

impl Way {
    /// To the `server`, which may be away.
    pub(super) fn lead(server: SocketAddr) -> Self {
        let room = Room::machine();
        let listener = room.listen().unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, next) = (Arc::new(Seen::default()), AtomicUsize::new(0));
        let counts = Arc::clone(&seen);
        let passing = room.serve(listener, move |from| {
            let (number, counts) = (next.fetch_add(1, Ordering::Relaxed), Arc::clone(&counts));
            async move {
                // Whichever end breaks, both are closed.
                let _ = pass(from, number, server, &counts).await;
            }
        });
        Self { url, seen, _passing: passing.unwrap() }
    }

    /// Where it begins.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What was seen on it.
    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }
}

impl Seen {
    /// The most handshakes at once.
    pub(super) fn most(&self) -> usize {
        self.most.load(Ordering::Relaxed)
    }

    /// Handshakes that have begun.
    pub(super) fn begun(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// Gateways for which the server had no place.
    pub(super) fn turned_away(&self) -> usize {
        self.turned_away.load(Ordering::Relaxed)
    }

    fn begin(self: &Arc<Self>) -> UnderWay {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.most.fetch_max(self.under_way.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        UnderWay(Arc::clone(self))
    }
}

/// A handshake, until it is dropped.
struct UnderWay(Arc<Seen>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How far a connection is.
enum Leg {
    /// The gateway has asked, or is about to.
    Asking,
    /// The server has switched, and waits to be greeted.
    Switched(UnderWay),
    /// It has said who it is, and the gateway has not yet.
    Greeted(#[expect(dead_code, reason = "it is held")] UnderWay),
    /// The gateway has shown its certificate, or was turned away.
    Over,
}

impl Leg {
    fn hears_server(self, piece: &[u8], seen: &Arc<Seen>) -> Self {
        match self {
            Self::Asking if piece.starts_with(SWITCHES) => Self::Switched(seen.begin()),
            Self::Asking => {
                seen.turned_away.fetch_add(usize::from(piece.starts_with(REFUSES)), Ordering::Relaxed);
                Self::Over
            }
            Self::Switched(under_way) => Self::Greeted(under_way),
            greeted @ Self::Greeted(_) => greeted,
            Self::Over => Self::Over,
        }
    }

    fn hears_gateway(self) -> Self {
        match self {
            Self::Greeted(_) => Self::Over,
            other => other,
        }
    }
}

/// Passes both directions on, from one of the addresses.
async fn pass(mut from: TcpStream, number: usize, server: SocketAddr, seen: &Arc<Seen>) -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    let address = u8::try_from(number % ADDRESSES).map_err(io::Error::other)?;
    socket.bind((Ipv4Addr::new(127, 0, 2, address + 1), 0).into())?;
    let mut to = socket.connect(server).await?;
    let leg = Mutex::new(Leg::Asking);
    let turn = |change: &dyn Fn(Leg) -> Leg| {
        let mut leg = leg.lock().unwrap();
        let before = std::mem::replace(&mut *leg, Leg::Over);
        *leg = change(before);
    };
    let ((from_reader, from_writer), (to_reader, to_writer)) = (from.split(), to.split());
    let there = copy(from_reader, to_writer, |_| turn(&Leg::hears_gateway));
    let back = copy(to_reader, from_writer, |piece| turn(&|leg| leg.hears_server(piece, seen)));
    tokio::try_join!(there, back).map(|_| ())
}

/// Passes one direction on, and tells of each piece before it does.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    hear: impl Fn(&[u8]),
) -> io::Result<()> {
    let mut piece = Vec::with_capacity(16 * 1024);
    while from.read_buf(&mut piece).await? > 0 {
        hear(&piece);
        to.write_all(&piece).await?;
        piece.clear();
    }
    to.shutdown().await
}
