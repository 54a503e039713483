//! A tunnel that is open: it is answered over it until it ends.

use std::{pin::pin, time::Duration};

use jiff::Timestamp;
use mayfly_domain::clock::Ambient;
use mayfly_tunnel::{answering::Session, record::ServerRecord};
use tokio_util::sync::CancellationToken;

use super::{Keeper, Keeping, lines::Line, status::Told};

/// How long running operations may take after the tunnel was asked to end.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);

/// How often it is looked at the certificate's age, and at what the server was told.
const LOOK: Duration = Duration::from_mins(1);

/// A tunnel that is open, and since when.
pub(super) struct Open {
    pub(super) session: Session,
    pub(super) since: Timestamp,
}

/// How a tunnel came to be no more.
pub(super) enum Answered {
    /// Either end had a reason.
    Over,
    /// Nobody said why.
    Cut,
    /// It is old.
    Old(Open),
}

impl Keeping {
    /// Until the tunnel is gone, old, or not wanted any more: renews the certificate when it is time, and tells the cluster's keys.
    pub(super) async fn answer(
        &self,
        line: Line,
        (Open { mut session, since }, limit): (Open, Duration),
        stopping: &CancellationToken,
    ) -> Answered {
        let Keeper { ambient, outpost, pulse, .. } = &self.keeper;
        let (mut old, mut server_goes, mut told) = (pin!(ambient.sleep(limit)), false, Told::default());
        self.tell_status(&session, &mut told).await;
        let mut news = self.keys.news_for(&session.hello);
        loop {
            pulse.beat();
            tokio::select! {
                () = stopping.cancelled() => {
                    finish(ambient, &session, "the gateway stops").await;
                    return Answered::Over;
                }
                () = &mut old, if !server_goes => return Answered::Old(Open { session, since }),
                record = session.records.recv() => {
                    let Some(record) = record else {
                        let why = session.gone().await;
                        tracing::info!(why, "the tunnel ended");
                        return if server_goes { Answered::Over } else { Answered::Cut };
                    };
                    server_goes |= matches!(record, ServerRecord::Drain { .. });
                    news.heed(&record);
                    self.hear(&session, record);
                }
                jwks = news.found() => self.tell_keys(line, &session, jwks).await,
                () = ambient.sleep(LOOK) => {
                    outpost.tidy();
                    self.tell_status(&session, &mut told).await;
                    self.keys.look(&mut news);
                    if self.lines.looks_after_certificate(line) {
                        self.ask_for_next(&session).await;
                    }
                }
            }
        }
    }

    fn hear(&self, session: &Session, record: ServerRecord) {
        match record {
            ServerRecord::CertificateIssued { certificate, authorities } => self.take(&certificate, &authorities),
            ServerRecord::CertificateRefused { reason } => {
                tracing::error!(reason, "the server does not renew the certificate");
            }
            ServerRecord::JwksRefused { reason, passes: true } => {
                tracing::warn!(
                    reason,
                    "the server cannot take the keys of the cluster's tokens now: they are told again"
                );
            }
            ServerRecord::JwksRefused { reason, passes: false } => {
                tracing::error!(reason, "the server does not take the keys of the cluster's tokens");
            }
            ServerRecord::SealKeys { keys } => self.keeper.seals.learn_keys(session.hello.installation, keys),
            ServerRecord::Servers { replicas } => self.lines.servers_are(replicas),
            // It closes the tunnel itself, once nobody needs it; the next one is dialled then.
            ServerRecord::Drain { reason } => tracing::info!(reason, "the server goes away"),
            // Nothing else comes after the first.
            ServerRecord::Hello(_) | ServerRecord::Refused { .. } => session.close(),
        }
    }
}

/// Takes nothing new, and ends it when everything was answered.
pub(super) async fn finish(ambient: &Ambient, session: &Session, reason: &str) {
    session.drain(reason).await;
    ambient.within(DRAIN_LIMIT, session.gone()).await;
    session.close();
}
