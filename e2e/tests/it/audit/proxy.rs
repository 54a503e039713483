//! A way to a server that can lose what comes back, and end all its connections.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// More bytes than a client sends until it has shaken hands.
const HANDSHAKE: usize = 6_000;

pub(super) struct Proxy {
    port: u16,
    to: watch::Sender<String>,
    swallows: Arc<AtomicBool>,
    cuts: watch::Sender<u32>,
}

impl Proxy {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (to, target) = watch::channel(String::new());
        let (cuts, cut) = watch::channel(0);
        let swallows = Arc::<AtomicBool>::default();
        let swallowing = Arc::clone(&swallows);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (target, swallows, mut cut) = (target.borrow().clone(), Arc::clone(&swallowing), cut.clone());
                cut.mark_unchanged();
                tokio::spawn(async move {
                    tokio::select! {
                        () = relay(client, target, swallows) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self { port, to, swallows, cuts }
    }

    /// Where clients find it.
    pub(super) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    pub(super) fn leads_to(&self, url: &str) {
        let _ = self.to.send(url.rsplit_once('/').unwrap().1.to_owned());
    }

    /// Answers come no further, once a client has said more than its handshake.
    pub(super) fn swallow_answers(&self, swallows: bool) {
        self.swallows.store(swallows, Ordering::SeqCst);
    }

    /// Ends all connections.
    pub(super) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn relay(client: TcpStream, target: String, swallows: Arc<AtomicBool>) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let said = Arc::<std::sync::atomic::AtomicUsize>::default();
    let counted = Arc::clone(&said);
    let there = async move {
        let mut some = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut some).await {
            counted.fetch_add(count, Ordering::SeqCst);
            if to_server.write_all(&some[..count]).await.is_err() {
                return;
            }
        }
    };
    let back = async move {
        let mut some = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from_server.read(&mut some).await {
            let is_lost = swallows.load(Ordering::SeqCst) && said.load(Ordering::SeqCst) > HANDSHAKE;
            if !is_lost && to_client.write_all(&some[..count]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        () = back => {}
    }
}
