//! A balancer in front of several servers: each connection goes to the next one that answers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Context as _;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A TCP balancer on loopback, without TLS and without memory. It ends when it is dropped, with all its connections.
#[derive(Debug)]
pub struct Balancer {
    url: String,
    accepting: JoinHandle<()>,
}

impl Balancer {
    /// In front of the servers at `urls`, such as `http://127.0.0.1:8420`.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(urls: &[&str]) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("find a port for a balancer")?;
        let url = format!("http://{}", listener.local_addr()?);
        let servers: Arc<[String]> = urls.iter().map(|url| url.trim_start_matches("http://").to_owned()).collect();
        let next = Arc::new(AtomicUsize::new(0));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass_on(stream, Arc::clone(&servers), next.fetch_add(1, Ordering::Relaxed)));
            }
        });
        Ok(Self { url, accepting })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// To the server whose turn it is, or the next one that answers; nobody is told where there is none.
async fn pass_on(mut from: TcpStream, servers: Arc<[String]>, turn: usize) {
    for step in 0..servers.len() {
        let Some(server) = servers.get((turn + step) % servers.len()) else { return };
        if let Ok(mut to) = TcpStream::connect(server).await {
            // Whichever end breaks, both are closed.
            let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
            return;
        }
    }
}
