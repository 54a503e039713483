//! Answers for probes: whether the process lives, whether it is of use, and numbers.
//!
//! Nobody listens unless an operator says where. Living means that the loop goes round, and asks nobody: a server that is away is
//! no reason to begin anew. Of use means that a tunnel is open.

use std::{
    convert::Infallible,
    fmt::Write as _,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use jiff::{SignedDuration, Timestamp};
use mayfly_domain::clock::Ambient;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use crate::{keep::State, tally::Tally};

/// A loop that did not go round for so long is stuck. Its longest pause is five minutes, where the server asks for it by
/// `Retry-After`, and an attempt before and after takes half a minute.
const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(6);

/// Who says no more than half a question holds a place for so long.
const HEADER_LIMIT: Duration = Duration::from_secs(5);

/// Questions at the same time.
const MOST_CONNECTIONS: usize = 32;

/// The last time that a loop went round.
#[derive(Clone, Debug)]
pub struct Pulse {
    ambient: Ambient,
    beat: Arc<AtomicI64>,
}

impl Pulse {
    /// Beats now for the first time.
    pub fn new(ambient: &Ambient) -> Self {
        let beat = Arc::new(AtomicI64::new(ambient.now().as_millisecond()));
        Self { ambient: ambient.clone(), beat }
    }

    /// The loop goes round.
    pub fn beat(&self) {
        self.beat.store(self.ambient.now().as_millisecond(), Ordering::Relaxed);
    }

    /// By which time.
    pub fn ambient(&self) -> &Ambient {
        &self.ambient
    }

    fn silent_for(&self) -> SignedDuration {
        let last = Timestamp::from_millisecond(self.beat.load(Ordering::Relaxed)).unwrap_or(Timestamp::UNIX_EPOCH);
        self.ambient.now().duration_since(last)
    }
}

/// What probes are answered from.
#[derive(Clone)]
pub struct Health {
    /// Of what keeps the tunnel.
    pub pulse: Pulse,
    /// How far it is. There is one only once the policy was read.
    pub state: watch::Receiver<State>,
    /// What was done so far.
    pub tally: Arc<Tally>,
}

impl Health {
    /// Listens at `address`, and answers until the process ends.
    pub async fn serve(self, address: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        tokio::spawn(self.accept(listener));
        Ok(address)
    }

    async fn accept(self, listener: TcpListener) {
        let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let this = self.clone();
            let service = service_fn(move |request| std::future::ready(Ok::<_, Infallible>(this.answer(&request))));
            let mut http = http1::Builder::new();
            http.timer(TokioTimer::new()).header_read_timeout(HEADER_LIMIT).keep_alive(false);
            let connection = http.serve_connection(TokioIo::new(stream), service);
            tokio::spawn(async move {
                let _place = place;
                // Who asks and goes away has no answer.
                let _ = connection.await;
            });
        }
    }

    fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let (status, text) = match (request.method(), request.uri().path()) {
            (&Method::GET | &Method::HEAD, "/livez") => self.lives(),
            (&Method::GET | &Method::HEAD, "/readyz") => self.is_ready(),
            (&Method::GET | &Method::HEAD, "/metrics") => (StatusCode::OK, self.numbers()),
            _ => (StatusCode::NOT_FOUND, "there is `/livez`, `/readyz` and `/metrics`\n".to_owned()),
        };
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = status;
        let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        response
    }

    fn lives(&self) -> (StatusCode, String) {
        let silent = self.pulse.silent_for();
        if silent <= STUCK_AFTER {
            return (StatusCode::OK, "ok\n".to_owned());
        }
        let why = format!("nothing was tried for {} s: the loop is stuck\n", silent.as_secs());
        (StatusCode::SERVICE_UNAVAILABLE, why)
    }

    fn is_ready(&self) -> (StatusCode, String) {
        let not = |why: String| (StatusCode::SERVICE_UNAVAILABLE, why + "\n");
        match &*self.state.borrow() {
            State::Ready { since } => (StatusCode::OK, format!("ok: a tunnel is open since {since}\n")),
            State::Enrolling => not("not enrolled yet".to_owned()),
            State::Dialing { last: None } => not("no tunnel is open yet".to_owned()),
            State::Dialing { last: Some(why) } => not(format!("no tunnel is open: {why}")),
            State::Refused { why } => not(format!("the server does not let this gateway come: {why}")),
            State::Stopped => not("it stops".to_owned()),
        }
    }

    /// As Prometheus reads it.
    /// <https://prometheus.io/docs/instrumenting/exposition_formats/>
    fn numbers(&self) -> String {
        let is_ready = matches!(*self.state.borrow(), State::Ready { .. });
        let mut text = format!("# TYPE mayfly_gateway_ready gauge\nmayfly_gateway_ready {}\n", u8::from(is_ready));
        for (name, number) in self.tally.counters() {
            // Writing to a string cannot fail.
            let _ = write!(text, "# TYPE mayfly_gateway_{name} counter\nmayfly_gateway_{name} {number}\n");
        }
        text
    }
}
