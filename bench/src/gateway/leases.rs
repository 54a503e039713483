//! Leases by each way, by turns.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::future::try_join_all;
use mayfly_api::leases::IssueLeaseRequest;
use mayfly_e2e::Scene;
use mayfly_testkit::ambient::ambient;

use super::{
    Figure, GatewayArguments,
    lab::{Kind, Lab, Way, name},
};
use crate::{
    figures::{median, percentile, range},
    load::{milliseconds, now},
    report,
};

/// There and back.
const DISTANCES: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(10), Duration::from_millis(40), Duration::from_millis(150)];

/// Callers where as many leases as possible are issued.
const CALLERS: usize = 16;

/// Leases before the first turn of each way: connections are made, and caches filled.
const WARM_UP: usize = 5;

const HEAD: &str =
    "| there and back | way | p50 | range of turns | p99 | p50 / direct |\n|---:|---|---:|---:|---:|---:|\n";

pub(crate) struct Leases<'a> {
    pub(crate) lab: &'a Lab,
    pub(crate) arguments: &'a GatewayArguments,
}

impl Leases<'_> {
    /// The tables of how long one lease takes, over each distance.
    pub(crate) async fn over_distances(&self) -> anyhow::Result<String> {
        let mut text = String::new();
        for kind in [Kind::Static, Kind::Dynamic] {
            text += &["## A ", kind.name(), " lease, ms\n\n", HEAD].concat();
            for distance in DISTANCES {
                text += &self.over(kind, distance).await?;
            }
            text += "\n";
        }
        self.lab.distance(Duration::ZERO);
        Ok(text)
    }

    async fn over(&self, kind: Kind, distance: Duration) -> anyhow::Result<String> {
        self.lab.distance(distance);
        report::say(&format!("{} leases over {} ms", kind.name(), distance.as_millis()));
        let taken = self.turns(&Way::ALL.map(|way| (&self.lab.scene, kind, way))).await?;
        let p50 = |turns: &[Vec<f64>]| median(turns.iter().map(|turn| percentile(turn.clone(), 50)));
        let direct = p50(taken.first().map_or(&[], Vec::as_slice));
        let lines = Way::ALL.iter().zip(&taken).map(|(way, turns)| {
            let (least, most) = range(turns.iter().map(|turn| percentile(turn.clone(), 50)));
            let (p50, p99) = (p50(turns), percentile(turns.concat(), 99));
            format!(
                "| {} | {} | {p50:.2} | {least:.2} to {most:.2} | {p99:.2} | {:.2} |\n",
                distance.as_millis(),
                way.name(),
                p50 / direct
            )
        });
        Ok(lines.collect())
    }

    /// How long each lease took, by whom it was asked of and how, and by turns.
    async fn turns(&self, askings: &[(&Scene, Kind, Way)]) -> anyhow::Result<Vec<Vec<Vec<f64>>>> {
        let mut taken = vec![Vec::new(); askings.len()];
        for (scene, kind, way) in askings {
            for _ in 0..WARM_UP {
                issue(scene, *kind, *way).await?;
            }
        }
        for _ in 0..self.arguments.turns {
            for ((scene, kind, way), taken) in askings.iter().zip(&mut taken) {
                let mut turn = Vec::new();
                for _ in 0..self.arguments.leases {
                    turn.push(issue(scene, *kind, *way).await?);
                }
                taken.push(turn);
            }
        }
        Ok(taken)
    }

    /// How many a second, with many callers.
    pub(crate) async fn rates(&self) -> anyhow::Result<Vec<Figure>> {
        let mut rates = [Way::Direct, Way::Identity].map(|way| (way, Vec::new()));
        for turn in 1..=self.arguments.turns {
            for (way, rates) in &mut rates {
                let rate = self.rate(*way).await?;
                report::say(&format!("{CALLERS} callers, turn {turn}, {}: {rate:.0}/s", way.name()));
                rates.push(rate);
            }
        }
        let [(_, direct), (_, identity)] = rates;
        let (direct, identity) = (median(direct), median(identity));
        let what = format!("leases a second with {CALLERS} callers, through the gateway / directly");
        Ok(vec![Figure::new(what, format!("{identity:.0} / {direct:.0} = {:.2}", identity / direct), "0.95")])
    }

    async fn rate(&self, way: Way) -> anyhow::Result<f64> {
        let is_over = AtomicBool::new(false);
        let began = now();
        let callers = try_join_all((0..CALLERS).map(async |_| {
            let mut count = 0_u32;
            while !is_over.load(Ordering::Relaxed) {
                issue(&self.lab.scene, Kind::Static, way).await?;
                count += 1;
            }
            anyhow::Ok(count)
        }));
        let bell = async {
            ambient().sleep(Duration::from_secs(self.arguments.seconds)).await;
            is_over.store(true, Ordering::Relaxed);
            anyhow::Ok(())
        };
        let (counts, ()) = tokio::try_join!(callers, bell)?;
        Ok(f64::from(counts.iter().sum::<u32>()) / began.elapsed().as_secs_f64())
    }

    /// What it costs to ask the server that does not have the tunnel.
    pub(crate) async fn hop(&self) -> anyhow::Result<Vec<Figure>> {
        let there = self.lab.scene.at(&self.lab.other);
        let ways = [(&self.lab.scene, Kind::Static, Way::Identity), (&there, Kind::Static, Way::Identity)];
        let taken = self.turns(&ways).await?;
        let [here, there] = [0, 1].map(|index: usize| {
            median(taken.get(index).into_iter().flatten().map(|turn| percentile(turn.clone(), 50)))
        });
        let value = format!("{there:.2} − {here:.2} = {:.2} ms", there - here);
        Ok(vec![Figure::new("p50 of a lease asked of another server", value, "+ 1 ms")])
    }
}

/// Milliseconds that it took.
async fn issue(scene: &Scene, kind: Kind, way: Way) -> anyhow::Result<f64> {
    let request = IssueLeaseRequest { dynamic_secret_name: name(kind, way), ..scene.lease_request() };
    let began = now();
    scene.issue_as(&request).await?;
    Ok(milliseconds(began.elapsed()))
}
