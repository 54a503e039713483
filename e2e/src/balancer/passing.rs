//! One connection through a balancer, for as long as that lets it be.

use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use mayfly_testkit::ambient::ambient;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};

/// When a balancer closes a connection by itself; never, unless it says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closes {
    /// So long after it was opened, whatever passes.
    pub after: Option<Duration>,
    /// Once nothing has passed for so long.
    pub idle: Option<Duration>,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// One of its ends had enough.
    ByAnEnd,
    /// The balancer had.
    ByBalancer,
}

/// Passes both directions on. Whichever end breaks, both are closed.
pub(super) async fn pass(mut from: TcpStream, mut to: TcpStream, closes: Closes) -> Ended {
    let passed = AtomicU64::new(0);
    let (from_reader, from_writer) = from.split();
    let (to_reader, to_writer) = to.split();
    let passing =
        async { tokio::try_join!(copy(from_reader, to_writer, &passed), copy(to_reader, from_writer, &passed)) };
    tokio::select! {
        _ = passing => Ended::ByAnEnd,
        () = sleep(closes.after) => Ended::ByBalancer,
        () = idle(closes.idle, &passed) => Ended::ByBalancer,
    }
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, passed: &AtomicU64) -> io::Result<()> {
    let mut piece = Vec::with_capacity(16 * 1024);
    while from.read_buf(&mut piece).await? > 0 {
        passed.fetch_add(1, Ordering::Relaxed);
        to.write_all(&piece).await?;
        piece.clear();
    }
    to.shutdown().await
}

/// Ends when nothing has passed for so long.
async fn idle(limit: Option<Duration>, passed: &AtomicU64) {
    let mut before = passed.load(Ordering::Relaxed);
    loop {
        sleep(limit).await;
        let now = passed.load(Ordering::Relaxed);
        if now == before {
            return;
        }
        before = now;
    }
}

async fn sleep(limit: Option<Duration>) {
    match limit {
        Some(limit) => ambient().sleep(limit).await,
        None => std::future::pending().await,
    }
}
