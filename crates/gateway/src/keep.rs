//! Keeping a tunnel: dial, prove, answer; and again, whatever ends it.
//!
//! The process never ends because the server is away. How far it is, is told by [`State`], for probes and people.

use std::{path::PathBuf, sync::Arc, time::Duration};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{clock::Ambient, error::chain, gateway_policy::GatewayPolicy, hex::hex};
use mayfly_tunnel::{
    answering::{ServeFailed, Session},
    protocol::{TUNNEL_PATH, TUNNEL_SUBPROTOCOL},
    record::{Epoch, GatewayRecord, ServerRecord, Welcome},
    tls::connect_tunnel,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{answering::Answering, dial::Server, health::Pulse, identity::Identity, outpost::Outpost, seals::SealBook};

/// The whole of one attempt.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(30);

/// The first pause is drawn from so much.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The pause after a refusal, which only a person can change.
const SLOW_PAUSE: Duration = Duration::from_mins(1);

/// A tunnel that held for so long makes the next pause short again.
const HELD: SignedDuration = SignedDuration::from_secs(60);

/// How long running operations may take after the tunnel was asked to end.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);

/// How often it is looked at the certificate's age.
const RENEWAL_LOOK: Duration = Duration::from_mins(1);

/// How far a gateway is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not enrolled yet.
    Enrolling,
    /// On its way, and what failed last.
    Dialing {
        /// The leg and the reason of the last failure.
        last: Option<String>,
    },
    /// Asked and answering.
    Ready {
        /// Since when.
        since: Timestamp,
    },
    /// The server does not let it come.
    Refused {
        /// Why.
        why: String,
    },
    /// It was told to stop.
    Stopped,
}

/// What keeps a tunnel.
pub struct Keeper {
    /// Time and chance.
    pub ambient: Ambient,
    /// Where to.
    pub server: Server,
    /// Where the identity is kept, where it is.
    pub folder: Option<PathBuf>,
    /// What does the work.
    pub outpost: Arc<Outpost>,
    /// What it shows of its policy.
    pub policy: Arc<GatewayPolicy>,
    /// Told of each change.
    pub state: watch::Sender<State>,
    /// Learns the keys of seals.
    pub seals: Arc<SealBook>,
    /// Beats as long as it goes round.
    pub pulse: Pulse,
}

enum Ended {
    Failed(String, Option<Duration>),
    Refused(String),
    Gone { held: bool },
}

impl Keeper {
    /// Keeps it until `stopping`.
    pub async fn run(self, mut identity: Identity, stopping: CancellationToken) {
        let started = self.ambient.now();
        let (mut connection, mut failures) = (0, 0);
        self.state.send_replace(State::Dialing { last: None });
        while !stopping.is_cancelled() {
            connection += 1;
            self.pulse.beat();
            self.outpost.tally().dials.one();
            let epoch = Epoch { started, connection };
            let (next, ended) = self.one(identity, epoch, &stopping).await;
            identity = next;
            let pause = match ended {
                Ended::Gone { held } => {
                    failures = if held { 0 } else { failures + 1 };
                    self.state.send_replace(State::Dialing { last: None });
                    self.pause(failures)
                }
                Ended::Failed(why, retry_after) => {
                    failures += 1;
                    tracing::warn!(why, "the server was not reached");
                    self.state.send_replace(State::Dialing { last: Some(why) });
                    retry_after.map_or_else(|| self.pause(failures), |wait| wait.min(Duration::from_mins(5)))
                }
                Ended::Refused(why) => {
                    tracing::error!(why, "the server does not let this gateway come");
                    self.state.send_replace(State::Refused { why });
                    SLOW_PAUSE
                }
            };
            self.pulse.beat();
            stopping.run_until_cancelled(self.ambient.sleep(pause)).await;
        }
        self.state.send_replace(State::Stopped);
    }

    /// Full jitter: from nothing to a limit that doubles.
    fn pause(&self, failures: u32) -> Duration {
        let limit = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(6)).min(LONGEST_PAUSE);
        let lot = u32::from_be_bytes(self.ambient.random::<4>());
        limit.mul_f64(f64::from(lot) / f64::from(u32::MAX))
    }

    /// One tunnel, from the first packet to its end.
    async fn one(&self, identity: Identity, epoch: Epoch, stopping: &CancellationToken) -> (Identity, Ended) {
        let attempt = self.ambient.within(ATTEMPT_LIMIT, self.open(&identity, epoch));
        let session = match stopping.run_until_cancelled(attempt).await {
            None => return (identity, Ended::Gone { held: true }),
            Some(None) => return (identity, Ended::Failed("the attempt took too long".to_owned(), None)),
            Some(Some(Err(ended))) => return (identity, ended),
            Some(Some(Ok(session))) => session,
        };
        let since = self.ambient.now();
        self.outpost.tally().tunnels.one();
        self.seals.learn(&session.hello, since);
        tracing::info!(replica = %session.hello.replica, version = session.hello.version, "the tunnel is open");
        self.state.send_replace(State::Ready { since });
        let identity = self.answer(identity, session, stopping).await;
        (identity, Ended::Gone { held: self.ambient.now().duration_since(since) >= HELD })
    }

    async fn open(&self, identity: &Identity, epoch: Epoch) -> Result<Session, Ended> {
        let carrier = self.server.dial(&self.ambient, TUNNEL_PATH, TUNNEL_SUBPROTOCOL).await;
        let carrier = carrier.map_err(|error| Ended::Failed(error.to_string(), error.retry_after))?;
        let secured = connect_tunnel(&self.ambient, &identity.trust, identity.shown(), carrier).await;
        let stream = secured.map_err(|error| Ended::Failed(format!("InnerTls: {}", chain(&error)), None))?;
        let answers = Arc::new(Answering(Arc::clone(&self.outpost)));
        match Session::serve(&self.ambient, stream, self.welcome(identity, epoch), answers).await {
            Ok(session) => Ok(session),
            // Only this one takes a person; everything else passes by itself.
            Err(ServeFailed::Refused { code, message }) if code == "not_open" => Err(Ended::Refused(message)),
            Err(error) => Err(Ended::Failed(format!("Hello: {}", chain(&error)), None)),
        }
    }

    fn welcome(&self, identity: &Identity, epoch: Epoch) -> Welcome {
        Welcome {
            gateway: identity.name.gateway,
            instance: identity.name.instance.clone(),
            epoch,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            features: Vec::new(),
            policy: (*self.policy).clone(),
            policy_digest: policy_digest(&self.policy),
            api_server: Some(self.outpost.api_server()),
            clock: self.ambient.now(),
        }
    }

    /// Until the tunnel is gone: renews the certificate when it is time, and drains when it is told to.
    async fn answer(&self, mut identity: Identity, mut session: Session, stopping: &CancellationToken) -> Identity {
        loop {
            self.pulse.beat();
            tokio::select! {
                () = stopping.cancelled() => {
                    session.drain("the gateway stops").await;
                    self.ambient.within(DRAIN_LIMIT, session.gone()).await;
                    session.close();
                    return identity;
                }
                record = session.records.recv() => match record {
                    Some(ServerRecord::CertificateIssued { certificate, authorities }) => {
                        self.take(&mut identity, &certificate, &authorities);
                    }
                    Some(ServerRecord::CertificateRefused { reason }) => {
                        tracing::error!(reason, "the server does not renew the certificate");
                    }
                    Some(ServerRecord::SealKeys { keys }) => {
                        self.seals.learn_keys(session.hello.installation, keys);
                    }
                    // It closes the tunnel itself, once nobody needs it; the next one is dialled then.
                    Some(ServerRecord::Drain { reason }) => tracing::info!(reason, "the server goes away"),
                    // Nothing else comes after the first.
                    Some(ServerRecord::Hello(_) | ServerRecord::Refused { .. }) => session.close(),
                    None => {
                        let why = session.gone().await;
                        tracing::info!(why, "the tunnel ended");
                        return identity;
                    }
                },
                () = self.ambient.sleep(RENEWAL_LOOK) => {
                    self.outpost.tidy();
                    if self.ambient.now() >= identity.renews_at() {
                        self.ask_for_next(&mut identity, &session).await;
                    }
                }
            }
        }
    }

    async fn ask_for_next(&self, identity: &mut Identity, session: &Session) {
        match identity.request() {
            // It is kept before it is asked for: another key would look like a thief's.
            Ok(request) if self.keep(identity) => session.tell(GatewayRecord::CertificateRequest { request }).await,
            Ok(_) => {}
            Err(error) => tracing::error!(error = chain(&error), "no key could be made"),
        }
    }

    fn take(&self, identity: &mut Identity, certificate: &str, authorities: &[String]) {
        match identity.renew(certificate, authorities) {
            Ok(()) => {
                tracing::info!(until = %identity.expires_at, "the certificate was renewed");
                self.outpost.tally().renewals.one();
                self.keep(identity);
            }
            Err(why) => tracing::error!(why, "the server's certificate cannot be used"),
        }
    }

    /// Whether it could be kept, where it is.
    fn keep(&self, identity: &Identity) -> bool {
        let Some(folder) = &self.folder else { return true };
        let kept = identity.save(folder);
        if let Err(error) = &kept {
            tracing::error!(error = chain(error), "the identity could not be kept");
        }
        kept.is_ok()
    }
}

/// SHA-256 of a policy as it is shown, in hexadecimal digits.
fn policy_digest(policy: &GatewayPolicy) -> String {
    hex(digest(&SHA256, &serde_json::to_vec(policy).unwrap_or_default()).as_ref())
}
