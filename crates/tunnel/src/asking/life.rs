//! The life of a tunnel: good, suspect, spared or let go, done, gone.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::sync::watch;

use super::{Inner, Tunnel};
use crate::{liveness::Health, protocol::MOST_FORWARDS};

/// How often it is looked whether a tunnel that is spared has answered everything.
const IDLE_LOOK: Duration = Duration::from_millis(100);

/// How long the next tunnel of a process may be here before the process says that it lets the one before go. What it says over one may
/// come after what it says over the other; a lost packet is sent again within a second.
pub const LET_GO_LIMIT: Duration = Duration::from_secs(2);

impl Tunnel {
    /// How it is. The last value is [`Health::Gone`].
    pub fn health(&self) -> watch::Receiver<Health> {
        self.0.health.clone()
    }

    /// Waits until it is gone, and says why.
    pub async fn gone(&self) -> String {
        let mut health = self.health();
        match health.wait_for(|health| matches!(health, Health::Gone { .. })).await.as_deref() {
            Ok(Health::Gone { why }) => why.clone(),
            Ok(Health::Good { .. } | Health::Suspect) | Err(_) => "it was closed".to_owned(),
        }
    }

    /// Waits until it is suspect. One that is gone was.
    pub async fn suspected(&self) {
        // It fails only where the tunnel is gone.
        let _ = self.health().wait_for(|health| !health.is_good()).await;
    }

    /// Whether something new may be asked.
    pub fn is_good(&self) -> bool {
        !self.is_spared() && self.0.health.borrow().is_good()
    }

    /// Waits until nothing new may be asked, for now or for good.
    pub async fn not_good(&self) {
        tokio::select! {
            () = self.spared() => {}
            () = self.suspected() => {}
        }
    }

    /// Waits until something new may be asked again, or never where that cannot be.
    pub async fn good_again(&self) {
        let is_good = self.health().wait_for(Health::is_good).await.is_ok();
        if !is_good || self.is_spared() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether it is no more.
    pub fn is_gone(&self) -> bool {
        matches!(*self.0.health.borrow(), Health::Gone { .. })
    }

    /// Its process says that it lets it go: nothing new is asked over it, and what was asked is answered.
    pub fn let_go(&self) {
        self.0.let_go.cancel();
        self.spare();
    }

    /// Whether its process has [let it go](Self::let_go).
    pub fn is_let_go(&self) -> bool {
        self.0.let_go.is_cancelled()
    }

    /// Asks nothing new over it: its process has another. It is closed where the process does not [let it go](Self::let_go) within
    /// [`LET_GO_LIMIT`]: after a silent cut, it leads nowhere.
    pub fn give_way(&self) {
        self.spare();
        let waiting = self.0.ambient.within(LET_GO_LIMIT, self.0.let_go.clone().cancelled_owned());
        let tunnel = self.clone();
        tokio::spawn(async move {
            if waiting.await.is_none() {
                tunnel.close();
            }
        });
    }

    /// Asks nothing new over it: its gateway goes away.
    pub fn spare(&self) {
        self.0.spared.cancel();
    }

    /// Whether nothing new is asked over it, for good.
    pub fn is_spared(&self) -> bool {
        self.0.spared.is_cancelled()
    }

    /// Waits until it is [spared](Self::spare).
    pub async fn spared(&self) {
        self.0.spared.cancelled().await;
    }

    /// Waits until it is [spared](Self::spare) and everything that was asked over it has its answer.
    pub async fn done(&self) {
        self.spared().await;
        while !self.is_idle() {
            self.0.ambient.sleep(IDLE_LOOK).await;
        }
    }

    /// Whether nothing is asked over it at this moment.
    pub fn is_idle(&self) -> bool {
        let Inner { running, waiting, forwards, .. } = self.0.as_ref();
        running.load(Ordering::Relaxed) == 0
            && waiting.load(Ordering::Relaxed) == 0
            && forwards.available_permits() == MOST_FORWARDS
    }
}
