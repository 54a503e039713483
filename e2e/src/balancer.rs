//! A balancer in front of several servers: each connection goes to the next one that answers.

mod passing;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mayfly_testkit::{
    ambient::ambient,
    network::{Inside, Room},
};
use tokio::{net::TcpStream, sync::watch};

pub use self::passing::Closes;
use self::passing::{Ended, pass};

/// A server that does not answer within so long is passed over.
const CONNECT_LIMIT: Duration = Duration::from_secs(1);

/// Hosts and ports.
type Servers = Arc<Mutex<Vec<String>>>;

/// A TCP balancer, without TLS and without memory. It ends when it is dropped, with all its connections.
#[derive(Debug)]
pub struct Balancer {
    url: String,
    servers: Servers,
    cut: watch::Sender<()>,
    closed: Arc<AtomicUsize>,
    _accepting: Inside,
}

impl Balancer {
    /// One in `room`, in front of the servers at `urls`, such as `http://127.0.0.1:8420`.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start(room: &Room, urls: &[String]) -> anyhow::Result<Self> {
        Self::closing(room, urls, Closes::default())
    }

    /// The same, which closes connections by itself.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn closing(room: &Room, urls: &[String], closes: Closes) -> anyhow::Result<Self> {
        let listener = room.listen()?;
        let url = format!("http://{}", listener.local_addr()?);
        let (servers, next, cut) = (Servers::default(), AtomicUsize::new(0), watch::Sender::new(()));
        let (seen, cutting) = (Arc::clone(&servers), cut.clone());
        let ended = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&ended);
        let accepting = room.serve(listener, move |from| {
            let servers = seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let mut cut = cutting.subscribe();
            let passing = pass_on(from, servers, next.fetch_add(1, Ordering::Relaxed), closes);
            let count = Arc::clone(&count);
            async move {
                tokio::select! {
                    ended = passing => if ended == Ended::ByBalancer {
                        count.fetch_add(1, Ordering::Relaxed);
                    },
                    _ = cut.changed() => {}
                }
            }
        })?;
        let balancer = Self { url, servers, cut, closed: ended, _accepting: accepting };
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

    /// How many connections it has closed by itself.
    pub fn closed(&self) -> usize {
        self.closed.load(Ordering::Relaxed)
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// To the server whose turn it is, or the next one that answers; nobody is told where there is none.
async fn pass_on(from: TcpStream, servers: Vec<String>, turn: usize, closes: Closes) -> Ended {
    for step in 0..servers.len() {
        let Some(server) = servers.get((turn + step) % servers.len()) else { break };
        let connected = ambient().within(CONNECT_LIMIT, TcpStream::connect(server)).await;
        if let Some(Ok(to)) = connected {
            return pass(from, to, closes).await;
        }
    }
    Ended::ByAnEnd
}
