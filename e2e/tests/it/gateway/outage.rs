//! A server that dies and comes back to very many gateways: all are soon there again, and no more of them shake hands at once than it
//! has places for.

mod agents;
mod way;

use std::time::Duration;

use jiff::Timestamp;
use mayfly_api::gateways::ListedGateway;
use mayfly_e2e::{
    Installation, Mayfly, Scene,
    waiting::{until, within},
};
use mayfly_testkit::{ambient::ambient, counts, open_files};

use self::{
    agents::{Agents, Enrolled},
    way::Way,
};
use super::PATIENCE;

/// From a server that serves again to the last gateway.
const BACK: Duration = Duration::from_mins(1);

/// `MOST_HANDSHAKES` in `crates/server/src/gateways.rs`.
const MOST_HANDSHAKES: usize = 64;

/// For attempts in vain, the last of which come half a minute after one another.
const LONGEST_OUTAGE: Duration = Duration::from_mins(5);

/// Promised of a server that starts at once (3 s), and as much again for an unoptimised one on a busy machine.
const SOON: Duration = Duration::from_secs(6);

/// Gateways that outlive restarts.
const FEW: usize = 8;

/// A home for one server at a time, always at the same address, and gateways that know their way to it.
struct World {
    home: Installation,
    scene: Scene,
    way: Way,
    enrolled: Enrolled,
}

/// What became of an outage.
struct Outage {
    /// How long the server was away.
    away: Duration,
    /// How long each gateway took to come back from then on, in order.
    took: Vec<Duration>,
}

impl World {
    async fn with(gateways: usize) -> (Self, Mayfly) {
        // A connection of each gateway, and both of its way's.
        open_files::allow(3 * gateways + 1_024);
        let home = Installation::sqlite().await;
        let mayfly = home.start().await.unwrap();
        let scene = Scene::bootstrap(&mayfly).await.unwrap();
        let way = Way::lead(address(&mayfly).parse().unwrap());
        let enrolled = Enrolled::at(&mayfly, &scene.client, gateways).await;
        (Self { home, scene, way, enrolled }, mayfly)
    }

    /// All gateways, there.
    async fn come(&self) -> Agents {
        let agents = self.enrolled.start(self.way.url());
        within(BACK, "every gateway has come", agents.ready(Timestamp::MIN)).await.unwrap();
        agents
    }

    /// Kills the server, and starts it again once each gateway has tried so often to come.
    async fn outage(&self, mayfly: Mayfly, agents: &Agents, attempts: u64) -> (Mayfly, Outage) {
        let (address, before) = (address(&mayfly).to_owned(), agents.attempts());
        mayfly.kill().await.unwrap();
        let killed = ambient().now();
        let all_tried = async || {
            let mut tried = agents.attempts().into_iter().zip(&before);
            Ok(tried.all(|(now, before)| now >= before + attempts).then_some(()))
        };
        until(LONGEST_OUTAGE, "every gateway has tried to come", all_tried).await.unwrap();
        let mayfly = self.home.start_with(&[("MAYFLY_LISTEN", &address)]).await.unwrap();
        let serves = ambient().now();
        let ready = within(BACK, "every gateway is back", agents.ready(killed)).await.unwrap();
        // Who comes before the server says that it is ready took no time.
        let took = ready.into_iter().map(|ready| ready.duration_since(serves).try_into().unwrap_or_default());
        (mayfly, Outage { away: serves.duration_since(killed).unsigned_abs(), took: took.collect() })
    }

    /// Waits until the server says of each gateway that it is there.
    async fn all_are_shown(&self, gateways: usize) {
        until(PATIENCE, "the server shows every gateway", async || {
            let listed: Vec<ListedGateway> = self.scene.client.get("/api/v2/gateways").await?;
            let is_there = |gateway: &&ListedGateway| gateway.last_health_check_status.as_deref() == Some("healthy");
            Ok((listed.iter().filter(is_there).count() == gateways).then_some(()))
        })
        .await
        .unwrap();
    }
}

fn address(mayfly: &Mayfly) -> &str {
    mayfly.url().trim_start_matches("http://")
}

/// What `percent` of the values in order do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    sorted[(sorted.len() * percent).div_ceil(100) - 1]
}

#[tokio::test]
async fn very_many_gateways_are_back_within_a_minute_and_shake_hands_in_turn() {
    let gateways = counts::of(counts::GATEWAYS_AT_ONCE);
    let (world, mayfly) = World::with(gateways).await;
    let agents = world.come().await;
    world.all_are_shown(gateways).await;
    let in_vain = counts::of(counts::ATTEMPTS_IN_VAIN);
    let (mayfly, Outage { away, took }) = world.outage(mayfly, &agents, u64::try_from(in_vain).unwrap()).await;
    world.all_are_shown(gateways).await;
    let (seen, attempts) = (world.way.seen(), agents.attempts());
    let (p50, p95, last) = (percentile(&took, 50), percentile(&took, 95), took[took.len() - 1]);
    println!("{gateways} gateways, server away for {away:?}: back after p50 {p50:?}, p95 {p95:?}, all {last:?}");
    println!(
        "{} handshakes, {} at once at most, {} turned away; {} attempts",
        seen.begun(),
        seen.most(),
        seen.turned_away(),
        attempts.iter().sum::<u64>()
    );
    assert!(seen.begun() >= 2 * gateways, "each has shaken hands before and after");
    assert!(seen.turned_away() > 0, "there were more than there is place for");
    assert!(seen.most() <= MOST_HANDSHAKES, "{} at once", seen.most());
    agents.stop().await;
    mayfly.stop().await.unwrap();
}

#[tokio::test]
async fn gateways_are_back_soon_after_their_server_was_restarted() {
    let (world, mut mayfly) = World::with(FEW).await;
    let (restarts, mut took) = (counts::of(counts::RESTARTS_BEFORE_GATEWAYS), Vec::new());
    let mut longest = Duration::ZERO;
    for _ in 0..restarts {
        // One whose tunnels do not hold for a minute waits longer and longer: each time they begin anew.
        let agents = world.come().await;
        let (next, outage) = world.outage(mayfly, &agents, 0).await;
        mayfly = next;
        longest = longest.max(outage.away);
        took.extend(outage.took);
        agents.stop().await;
    }
    took.sort_unstable();
    let p95 = percentile(&took, 95);
    let p50 = percentile(&took, 50);
    println!("{restarts} restarts, {FEW} gateways: away for {longest:?} at most, ready after p50 {p50:?}, p95 {p95:?}");
    // The pauses of who has tried in vain are as long as it was away, and then as long again.
    assert!(p95 <= SOON + 2 * longest, "{p95:?}");
    mayfly.stop().await.unwrap();
}
