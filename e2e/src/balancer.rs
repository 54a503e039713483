//! A balancer in front of several servers: each connection goes to the next one that answers.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use mayfly_testkit::network::{Inside, Room};
use tokio::{net::TcpStream, sync::watch};

/// Hosts and ports.
type Servers = Arc<Mutex<Vec<String>>>;

/// A TCP balancer, without TLS and without memory. It ends when it is dropped, with all its connections.
#[derive(Debug)]
pub struct Balancer {
    url: String,
    servers: Servers,
    cut: watch::Sender<()>,
    _accepting: Inside,
}

impl Balancer {
    /// One in `room`, in front of the servers at `urls`, such as `http://127.0.0.1:8420`.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(room: &Room, urls: &[String]) -> anyhow::Result<Self> {
        let listener = room.listen()?;
        let url = format!("http://{}", listener.local_addr()?);
        let (servers, next, cut) = (Servers::default(), AtomicUsize::new(0), watch::Sender::new(()));
        let (seen, cutting) = (Arc::clone(&servers), cut.clone());
        let accepting = room.serve(listener, move |from| {
            let servers = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let mut cut = cutting.subscribe();
            let passing = pass_on(from, servers, next.fetch_add(1, Ordering::Relaxed));
            async move {
                tokio::select! {
                    () = passing => {}
                    _ = cut.changed() => {}
                }
            }
        })?;
        let balancer = Self { url, servers, cut, _accepting: accepting };
        balancer.lead_to(urls);
        Ok(balancer)
    }

    /// Leads new connections to other servers.
    pub fn lead_to(&self, urls: &[String]) {
        let servers = urls.iter().map(|url| url.trim_start_matches("http://").to_owned());
        *self.servers.lock().unwrap_or_else(PoisonError::into_inner) = servers.collect();
    }

    /// Cuts every connection that is there.
    pub fn cut(&self) {
        self.cut.send_replace(());
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// To the server whose turn it is, or the next one that answers; nobody is told where there is none.
async fn pass_on(mut from: TcpStream, servers: Vec<String>, turn: usize) {
    for step in 0..servers.len() {
        let Some(server) = servers.get((turn + step) % servers.len()) else { return };
        if let Ok(mut to) = TcpStream::connect(server).await {
            // Whichever end breaks, both are closed.
            let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
            return;
        }
    }
}
