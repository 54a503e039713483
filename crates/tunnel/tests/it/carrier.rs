//! The WebSocket: only with the sub-protocol, and as bytes.

use std::{fmt::Write as _, sync::Arc};

use http::{Request, Response, StatusCode};
use mayfly_tunnel::{
    carrier::{UpgradeFailed, accept, switching, upgrade},
    protocol::{ENROLMENT_SUBPROTOCOL, TUNNEL_SUBPROTOCOL},
};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, duplex};

use crate::rig::{Echo, Rig, WIRE};

const URI: &str = "ws://mayfly.example/api/v1/gateway-tunnels";

/// Reads a request as an HTTP server would, and answers it.
async fn answer(stream: DuplexStream, respond: impl FnOnce(&Request<()>) -> Response<()>) -> BufReader<DuplexStream> {
    let mut stream = BufReader::new(stream);
    let mut request = Request::new(());
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    assert!(line.starts_with("GET /api/v1/gateway-tunnels HTTP/1.1"), "{line}");
    loop {
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    let response = respond(&request);
    let mut text = format!("HTTP/1.1 {}\r\n", response.status());
    for (name, value) in response.headers() {
        write!(text, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    stream.write_all(format!("{text}\r\n").as_bytes()).await.unwrap();
    stream
}

fn refusing(status: StatusCode) -> Response<()> {
    Response::builder().status(status).header("retry-after", "7").header("content-length", "0").body(()).unwrap()
}

#[tokio::test]
async fn a_whole_tunnel_runs_over_a_websocket() {
    let rig = Rig::new();
    let name = rig.name();
    let (near, far) = duplex(WIRE);
    let serving = async {
        let stream = answer(far, |request| switching(request, TUNNEL_SUBPROTOCOL).unwrap()).await;
        accept(stream).await
    };
    let (server, gateway) = tokio::join!(serving, upgrade(near, URI, TUNNEL_SUBPROTOCOL));
    let (opened, _session) = rig.tunnel_over(server, gateway.unwrap(), &name, Arc::new(Echo)).await;
    let long = "x".repeat(200 * 1024);
    assert_eq!(opened.tunnel.call(rig.operation(&long)).await.unwrap(), long);
}

#[tokio::test]
async fn whoever_does_not_know_the_sub_protocol_is_named() {
    for chosen in [Some("other"), None] {
        let (near, far) = duplex(WIRE);
        let serving = answer(far, |request| {
            let mut response = switching(request, TUNNEL_SUBPROTOCOL).unwrap();
            let headers = response.headers_mut();
            headers.remove("sec-websocket-protocol");
            if let Some(name) = chosen {
                headers.insert("sec-websocket-protocol", name.parse().unwrap());
            }
            response
        });
        let (_stream, upgraded) = tokio::join!(serving, upgrade(near, URI, TUNNEL_SUBPROTOCOL));
        assert!(matches!(upgraded.err(), Some(UpgradeFailed::SubProtocol { .. })), "{chosen:?}");
    }
}

#[tokio::test]
async fn a_refusal_tells_its_status_and_when_to_come_again() {
    let (near, far) = duplex(WIRE);
    let serving = answer(far, |_| refusing(StatusCode::SERVICE_UNAVAILABLE));
    let (_stream, upgraded) = tokio::join!(serving, upgrade(near, URI, TUNNEL_SUBPROTOCOL));
    let failed = upgraded.err().unwrap();
    assert!(matches!(failed, UpgradeFailed::Refused { status: 503, retry_after_seconds: Some(7) }), "{failed:?}");
}

#[test]
fn only_a_request_for_this_sub_protocol_is_switched() {
    let request = |change: fn(&mut http::HeaderMap)| {
        let mut request = Request::new(());
        let headers = request.headers_mut();
        headers.insert("connection", "Upgrade".parse().unwrap());
        headers.insert("upgrade", "websocket".parse().unwrap());
        headers.insert("sec-websocket-version", "13".parse().unwrap());
        headers.insert("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==".parse().unwrap());
        headers.insert("sec-websocket-protocol", format!("x, {TUNNEL_SUBPROTOCOL}").parse().unwrap());
        change(headers);
        switching(&request, TUNNEL_SUBPROTOCOL)
    };
    assert_eq!(request(|_| {}).unwrap().status(), StatusCode::SWITCHING_PROTOCOLS);
    assert!(request(|headers| drop(headers.remove("sec-websocket-protocol"))).is_none());
    assert!(
        request(|headers| drop(headers.insert("sec-websocket-protocol", ENROLMENT_SUBPROTOCOL.parse().unwrap())))
            .is_none()
    );
    assert!(request(|headers| drop(headers.remove("sec-websocket-key"))).is_none());
    assert!(request(|headers| drop(headers.insert("sec-websocket-version", "8".parse().unwrap()))).is_none());
    assert!(request(|headers| drop(headers.remove("upgrade"))).is_none());
}

#[tokio::test]
async fn a_text_is_none_of_ours_and_a_large_message_breaks_the_connection() {
    use futures::SinkExt as _;
    use tokio_tungstenite::{
        WebSocketStream,
        tungstenite::{Message, protocol::Role},
    };
    for message in [Message::text("hello"), Message::binary(vec![0; 64 * 1024 + 1])] {
        let (near, far) = duplex(4 * WIRE);
        let mut server = accept(far).await;
        let mut client = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
        client.send(Message::binary(b"first".to_vec())).await.unwrap();
        let mut first = [0; 5];
        server.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"first");
        client.send(message).await.unwrap();
        assert!(server.read_u8().await.is_err());
    }
}
