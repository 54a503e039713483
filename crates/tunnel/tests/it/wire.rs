//! Wires of memory that fail as networks do: without a word.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use crate::rig::WIRE;

/// A wire that can be cut without anybody being told: bytes go in and do not come out.
pub(crate) struct Cut(tokio::sync::watch::Sender<bool>);

impl Cut {
    pub(crate) fn wire() -> (Self, DuplexStream, DuplexStream) {
        let (cut, seen) = tokio::sync::watch::channel(false);
        let (near, near_end) = duplex(WIRE);
        let (far, far_end) = duplex(WIRE);
        let (near_reader, near_writer) = tokio::io::split(near_end);
        let (far_reader, far_writer) = tokio::io::split(far_end);
        tokio::spawn(carry(near_reader, far_writer, seen.clone()));
        tokio::spawn(carry(far_reader, near_writer, seen));
        (Self(cut), near, far)
    }

    pub(crate) fn cut(&self) {
        self.0.send_replace(true);
    }
}

async fn carry(
    mut from: impl tokio::io::AsyncRead + Unpin,
    mut to: impl tokio::io::AsyncWrite + Unpin,
    is_cut: tokio::sync::watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if !*is_cut.borrow() && to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// A wire that carries everything one way, and no more than `most` bytes the other way, from the second end to the first. Both ends stay open.
pub(crate) fn short_wire(most: usize) -> (Arc<AtomicUsize>, DuplexStream, DuplexStream) {
    let carried = Arc::new(AtomicUsize::new(0));
    let (near, near_end) = duplex(WIRE);
    let (far, far_end) = duplex(WIRE);
    let (near_reader, mut near_writer) = tokio::io::split(near_end);
    let (mut far_reader, far_writer) = tokio::io::split(far_end);
    tokio::spawn(carry(near_reader, far_writer, tokio::sync::watch::channel(false).1));
    let count = Arc::clone(&carried);
    tokio::spawn(async move {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(read @ 1..) = far_reader.read(&mut buffer).await {
            let left = most.saturating_sub(count.load(Ordering::Relaxed)).min(read);
            if near_writer.write_all(&buffer[..left]).await.is_err() {
                return;
            }
            count.fetch_add(left, Ordering::Relaxed);
        }
    });
    (carried, near, far)
}
