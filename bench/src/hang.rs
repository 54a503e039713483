//! Twenty clusters, of which one never answers in every other turn: what those notice whose clusters are well.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use clap::Args;
use futures::future::{join_all, try_join_all};
use jiff::{SignedDuration, Timestamp};
use mayfly_api::leases::{IssueLeaseRequest, IssuedLease};
use mayfly_e2e::{ClusterSide, Installation, Scene, inputs::dynamic};
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{Calls, FakeCluster, FakeClusterOptions, Fault, When},
};
use tokio::time::{MissedTickBehavior, interval};

use crate::{
    facts,
    figures::{median, percentile, range},
    load::{milliseconds, now},
    report,
};

/// What nineteen clusters notice of a twentieth that never answers
#[derive(Clone, Debug, Args)]
pub(crate) struct HangArguments {
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Turns of each kind, in which all are well or one hangs
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    turns: u32,
    /// Length of one turn in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    seconds: i64,
}

const CLUSTERS: usize = 20;
/// Callers of those that are well. Each issues a lease and ends it, five times a second.
const CALLERS: usize = 10;
const PACE: Duration = Duration::from_millis(200);
/// Callers of the one that hangs, who ask again as soon as they are refused.
const STUBBORN: usize = 4;
/// Leases of each cluster that become due in each turn.
const DUE: i64 = 5;
/// The shortest lease, and time to issue those that become due.
const BEFORE: i64 = 60 + 25;

/// A cluster with its dynamic secret.
struct Place {
    cluster: FakeCluster,
    name: String,
}

/// One turn; times in milliseconds.
#[derive(Default)]
struct Turn {
    issue: Vec<f64>,
    revoke: Vec<f64>,
    /// From when each lease was due until it had ended.
    due: Vec<f64>,
}

/// Runs the benchmark.
pub(crate) async fn run(arguments: &HangArguments) -> anyhow::Result<()> {
    let busy = facts::busy()?;
    let mayfly = Installation::sqlite().await.start().await?;
    let scene = Scene::bootstrap(&mayfly).await?;
    let places = places(&scene).await?;
    let (hanging, others) = places.split_first().context("there are clusters")?;
    let begin = ambient().now() + SignedDuration::from_secs(BEFORE);
    let calendar = Calendar { begin, seconds: arguments.seconds, turns: i64::from(2 * arguments.turns) };
    report::say("issuing what becomes due in the turns");
    let due = calendar.fill(&scene, others).await?;
    calendar.fill(&scene, std::slice::from_ref(hanging)).await?;
    ensure!(ambient().now() < begin, "the machine is too slow: the first turn has begun before all was issued");
    let mut turns: Vec<Turn> = Vec::new();
    for number in 0..calendar.turns {
        wait_for(calendar.begin_of(number)).await;
        hanging.cluster.faults().clear();
        let hangs = number % 2 == 1;
        if hangs {
            hanging.cluster.faults().inject(Calls::All, When::Always, Fault::Hang);
        }
        let turn = turn(&scene, others, hanging, calendar.begin_of(number + 1)).await?;
        let p99 = percentile(turn.issue.clone(), 99);
        report::say(&format!(
            "turn {number}, {}: p99 of issuing {p99:.1} ms",
            if hangs { "one hangs" } else { "all well" }
        ));
        turns.push(turn);
    }
    for (expired, ended) in ends(&scene, &due).await? {
        let index = calendar.turn_of(expired)?;
        let turn = turns.get_mut(index).context("it was due in a turn")?;
        turn.due.push(ended.duration_since(expired).as_secs_f64() * 1_000.0);
    }
    let text = text(&turns, arguments, &facts::of_machine(&busy)?);
    report::deliver(&text, arguments.report.as_deref())?;
    mayfly.stop().await
}

async fn places(scene: &Scene) -> anyhow::Result<Vec<Place>> {
    let mut places = Vec::new();
    for number in 0..CLUSTERS {
        let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await?;
        let name = format!("cluster-{number}");
        scene.create_secret_named(&name, &dynamic(), &ClusterSide::fake_dynamic(&cluster)).await?;
        places.push(Place { cluster, name });
    }
    Ok(places)
}

/// When which turn is.
struct Calendar {
    begin: Timestamp,
    seconds: i64,
    turns: i64,
}

impl Calendar {
    fn begin_of(&self, turn: i64) -> Timestamp {
        self.begin + SignedDuration::from_secs(turn * self.seconds)
    }

    fn turn_of(&self, time: Timestamp) -> anyhow::Result<usize> {
        Ok(usize::try_from(time.duration_since(self.begin).as_secs() / self.seconds)?)
    }

    /// Issues leases that become due in the turns, spread over the middle of each, and gives their ids.
    async fn fill(&self, scene: &Scene, places: &[Place]) -> anyhow::Result<Vec<String>> {
        let issuing = places.iter().map(|place| async {
            let mut ids = Vec::new();
            for turn in 0..self.turns {
                for number in 1..=DUE {
                    let due = self.begin_of(turn) + SignedDuration::from_secs(number * self.seconds / (DUE + 2));
                    let seconds = due.duration_since(ambient().now()).as_secs();
                    ids.push(issue(scene, place, Some(format!("{seconds}s"))).await?);
                }
            }
            anyhow::Ok(ids)
        });
        Ok(try_join_all(issuing).await?.concat())
    }
}

async fn issue(scene: &Scene, place: &Place, ttl: Option<String>) -> anyhow::Result<String> {
    let request = IssueLeaseRequest { dynamic_secret_name: place.name.clone(), ttl, ..scene.lease_request() };
    let issued: IssuedLease = scene.client.post("/api/v1/dynamic-secrets/leases", &request).await?;
    Ok(issued.lease.id)
}

/// Callers of all clusters, until the turn is over.
async fn turn(scene: &Scene, others: &[Place], hanging: &Place, end: Timestamp) -> anyhow::Result<Turn> {
    let is_over = AtomicBool::new(false);
    let stubborn = join_all((0..STUBBORN).map(|_| async {
        while !is_over.load(Ordering::Relaxed) {
            tokio::select! {
                // What becomes of it is no matter here.
                _ = issue(scene, hanging, None) => {}
                () = wait_for(end) => {}
            }
        }
    }));
    let callers = try_join_all((0..CALLERS).map(|first| caller(scene, others, first, &is_over)));
    let bell = async {
        wait_for(end - SignedDuration::from_secs(1)).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let (turns, (), _) = tokio::join!(callers, bell, stubborn);
    let mut all = Turn::default();
    for turn in turns? {
        all.issue.extend(turn.issue);
        all.revoke.extend(turn.revoke);
    }
    Ok(all)
}

async fn caller(scene: &Scene, places: &[Place], first: usize, is_over: &AtomicBool) -> anyhow::Result<Turn> {
    let (mut turn, mut ticks) = (Turn::default(), interval(PACE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for place in places.iter().cycle().skip(first) {
        ticks.tick().await;
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let began = now();
        let id = issue(scene, place, None).await?;
        turn.issue.push(milliseconds(began.elapsed()));
        let began = now();
        let ended = scene.end(&id).await?;
        turn.revoke.push(milliseconds(began.elapsed()));
        ensure!(ended.lease.state == "ended", "a lease of a cluster that is well waits");
    }
    Ok(turn)
}

async fn wait_for(moment: Timestamp) {
    ambient().sleep(Duration::try_from(moment.duration_since(ambient().now())).unwrap_or_default()).await;
}

/// When each of the leases was due and when it ended. All must have.
async fn ends(scene: &Scene, ids: &[String]) -> anyhow::Result<Vec<(Timestamp, Timestamp)>> {
    let ended = scene.client.leases(&scene.project_slug, Some("ended"), None).await?;
    let ours = ended.into_iter().filter(|lease| ids.contains(&lease.id));
    let time = |text: &str| text.parse::<Timestamp>();
    let times = ours.map(|lease| Ok((time(&lease.expire_at)?, time(&lease.ended_at.context("it has ended")?)?)));
    let times: Vec<_> = times.collect::<anyhow::Result<_>>()?;
    ensure!(times.len() == ids.len(), "{} of {} leases have ended", times.len(), ids.len());
    Ok(times)
}

fn text(turns: &[Turn], arguments: &HangArguments, facts: &[(&str, String)]) -> String {
    let head = format!(
        "## One of twenty clusters hangs\n\n{} turns of {} s of each kind, alternating; {CALLERS} callers of the nineteen, \
         {STUBBORN} of the twentieth.\n\n| of the nineteen, ms | all well | range | one hangs | range | ratio |\n\
         |---|---:|---:|---:|---:|---:|\n",
        arguments.turns, arguments.seconds
    );
    let line = |name: &str, part: fn(&Turn) -> &Vec<f64>, percent: usize| {
        let of = |hangs: usize| {
            let turns = turns.iter().skip(hangs).step_by(2);
            turns.map(|turn| percentile(part(turn).clone(), percent)).collect::<Vec<_>>()
        };
        let (well, hangs) = (of(0), of(1));
        let ratio = median(hangs.iter().copied()) / median(well.iter().copied());
        let cell = |values: &[f64]| {
            let (least, most) = range(values.iter().copied());
            format!("{:.1} | {least:.1} to {most:.1}", median(values.iter().copied()))
        };
        format!("| {name}, p{percent} | {} | {} | {ratio:.2} |\n", cell(&well), cell(&hangs))
    };
    let lines = [50, 99].map(|percent| {
        [
            line("issuing", |turn| &turn.issue, percent),
            line("revoking, from the request to its end", |turn| &turn.revoke, percent),
            line("due leases, from their time to their end", |turn| &turn.due, percent),
        ]
        .concat()
    });
    head + &lines.concat() + "\n" + &report::list(facts)
}
