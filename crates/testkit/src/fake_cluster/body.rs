//! Bodies of answers, well-behaved and otherwise.

use std::{convert::Infallible, io};

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::Frame;

use super::gate::Gate;

/// Whatever a front door sends.
pub(super) type AnyBody = UnsyncBoxBody<Bytes, io::Error>;

/// All at once.
pub(super) fn whole(bytes: Bytes) -> AnyBody {
    Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// One byte each time the gate lets one through.
pub(super) fn byte_by_byte(bytes: &Bytes, gate: &Gate) -> AnyBody {
    let pieces: Vec<Bytes> = (0..bytes.len()).map(|index| bytes.slice(index..=index)).collect();
    let gate = gate.clone();
    let paced = stream::iter(pieces).then(move |piece| {
        let gate = gate.clone();
        async move {
            gate.pass().await;
            Ok(Frame::data(piece))
        }
    });
    StreamBody::new(paced).boxed_unsync()
}

/// The first half, and then a broken connection.
pub(super) fn first_half(bytes: &Bytes) -> AnyBody {
    let half = bytes.slice(..bytes.len() / 2);
    let broken = Err(io::Error::from(io::ErrorKind::ConnectionReset));
    StreamBody::new(stream::iter([Ok(Frame::data(half)), broken])).boxed_unsync()
}

/// A JSON object with one text that fills about `length` bytes.
pub(super) fn huge(length: usize) -> AnyBody {
    const CHUNK: usize = 64 * 1024;
    let filler = Bytes::from(vec![b'x'; CHUNK]);
    let chunks = stream::iter(0..length.div_ceil(CHUNK)).map(move |_| filler.clone());
    let start = stream::iter([Bytes::from_static(br#"{"kind":"TokenRequest","filler":""#)]);
    let end = stream::iter([Bytes::from_static(br#""}"#)]);
    StreamBody::new(start.chain(chunks).chain(end).map(|chunk| Ok(Frame::data(chunk)))).boxed_unsync()
}
