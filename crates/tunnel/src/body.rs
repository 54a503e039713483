//! Whole documents over a stream, within a limit.

use std::future::poll_fn;

use bytes::{Bytes, BytesMut};
use h2::{RecvStream, SendStream};

/// Why a document is not there.
#[derive(Debug)]
pub(crate) enum BodyFault {
    /// Longer than the limit.
    TooLong,
    /// The stream ended before it did.
    Broken(h2::Error),
}

/// Reads all of `stream`, at most `limit` bytes.
pub(crate) async fn read_all(mut stream: RecvStream, limit: usize) -> Result<Bytes, BodyFault> {
    let mut whole = BytesMut::new();
    while let Some(piece) = stream.data().await {
        let piece = piece.map_err(BodyFault::Broken)?;
        if whole.len() + piece.len() > limit {
            return Err(BodyFault::TooLong);
        }
        stream.flow_control().release_capacity(piece.len()).map_err(BodyFault::Broken)?;
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// Writes all of `bytes`, as fast as the other end takes them, and ends the stream.
pub(crate) async fn write_all(stream: &mut SendStream<Bytes>, mut bytes: Bytes) -> Result<(), h2::Error> {
    while !bytes.is_empty() {
        stream.reserve_capacity(bytes.len());
        match poll_fn(|context| stream.poll_capacity(context)).await {
            Some(room) => stream.send_data(bytes.split_to(room?.min(bytes.len())), false)?,
            None => break,
        }
    }
    stream.send_data(Bytes::new(), true)
}
