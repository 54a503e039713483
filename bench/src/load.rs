//! So many requests in flight for so long, and what that took.

use std::{
    fs, process,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::ensure;
use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use mayfly_e2e::Scene;
use mayfly_testkit::ambient::ambient;

use crate::{
    figures::percentile,
    stage::{Stage, Way},
};

/// One turn of one way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) per_second: f64,
    /// Milliseconds.
    pub(crate) median: f64,
    /// Milliseconds that 99 of 100 stay below.
    pub(crate) p99: f64,
    pub(crate) processor: Processor,
}

/// Processor time for each token, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Processor {
    pub(crate) cluster: f64,
    pub(crate) mayfly: f64,
    pub(crate) client: f64,
}

/// Runs one turn.
pub(crate) async fn run(stage: &Stage, way: Way, in_flight: usize, length: Duration) -> anyhow::Result<Sample> {
    let processes = [stage.cluster_process()?, stage.mayfly.process_id(), i32::try_from(process::id())?];
    let is_over = AtomicBool::new(false);
    let before = processor_times(processes)?;
    let began = now();
    let callers = try_join_all((0..in_flight).map(|_| caller(stage, way, &is_over)));
    let bell = async {
        ambient().sleep(length).await;
        is_over.store(true, Ordering::Relaxed);
        anyhow::Ok(())
    };
    let (waits, ()) = tokio::try_join!(callers, bell)?;
    let seconds = began.elapsed().as_secs_f64();
    let after = processor_times(processes)?;
    let waits: Vec<Duration> = waits.into_iter().flatten().collect();
    sample(waits, seconds, before, after)
}

/// Which part of a processor the API server and Mayfly use while nobody asks for anything: it is in the time per token.
pub(crate) async fn at_rest(stage: &Stage) -> anyhow::Result<[f64; 2]> {
    const LONG_ENOUGH: Duration = Duration::from_secs(10);
    let processes = [stage.cluster_process()?, stage.mayfly.process_id(), i32::try_from(process::id())?];
    let [cluster, mayfly, _] = processor_times(processes)?;
    ambient().sleep(LONG_ENOUGH).await;
    let [cluster_after, mayfly_after, _] = processor_times(processes)?;
    let seconds = LONG_ENOUGH.as_secs_f64();
    Ok([(cluster_after - cluster) / seconds, (mayfly_after - mayfly) / seconds])
}

async fn caller(stage: &Stage, way: Way, is_over: &AtomicBool) -> anyhow::Result<Vec<Duration>> {
    let mut waits = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let began = now();
        stage.token(way).await?;
        waits.push(began.elapsed());
    }
    Ok(waits)
}

#[expect(clippy::cast_precision_loss, reason = "fewer tokens than a float counts exactly")]
fn sample(waits: Vec<Duration>, seconds: f64, before: [f64; 3], after: [f64; 3]) -> anyhow::Result<Sample> {
    ensure!(!waits.is_empty(), "no token was issued");
    let waits: Vec<f64> = waits.into_iter().map(milliseconds).collect();
    let tokens = waits.len() as f64;
    let [cluster, mayfly, client] = [0, 1, 2].map(|index: usize| {
        let of = |times: &[f64; 3]| times.get(index).copied().unwrap_or_default();
        (of(&after) - of(&before)) * 1_000.0 / tokens
    });
    let processor = Processor { cluster, mayfly, client };
    let (median, p99) = (percentile(waits.clone(), 50), percentile(waits, 99));
    Ok(Sample { per_second: tokens / seconds, median, p99, processor })
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Leases for an hour that nobody ends.
pub(crate) struct Issuing;

impl Issuing {
    /// Issues so many, and gives their ids.
    pub(crate) async fn count(scene: &Scene, count: usize) -> anyhow::Result<Vec<String>> {
        const AT_ONCE: usize = 16;
        let issuing = (0..count).map(|_| async { anyhow::Ok(scene.issue(None).await?.lease.id) });
        stream::iter(issuing).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Lets callers issue one after the other until `something` is over. Gives how long each had to wait, in milliseconds.
    pub(crate) async fn during(
        scene: &Scene,
        callers: usize,
        something: impl Future<Output = ()>,
    ) -> anyhow::Result<Vec<f64>> {
        let is_over = AtomicBool::new(false);
        let callers = try_join_all((0..callers).map(|_| async {
            let mut waits = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let began = now();
                scene.issue(None).await?;
                waits.push(milliseconds(began.elapsed()));
            }
            anyhow::Ok(waits)
        }));
        let bell = async {
            something.await;
            is_over.store(true, Ordering::Relaxed);
        };
        let (waits, ()) = tokio::join!(callers, bell);
        Ok(waits?.concat())
    }
}

fn processor_times(processes: [i32; 3]) -> anyhow::Result<[f64; 3]> {
    let [cluster, mayfly, client] = processes.map(processor_time);
    Ok([cluster?, mayfly?, client?])
}

/// Seconds that a process has used so far: proc(5), fields 14 and 15 of `stat`.
#[expect(clippy::cast_precision_loss, reason = "a process would have to run for a million years")]
fn processor_time(process: i32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"));
    let stat = anyhow::Context::context(stat, "a measured process has ended")?;
    // The second field, the program's name, may hold anything, and ends at the last bracket.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

#[expect(clippy::disallowed_methods, reason = "the benchmark measures real time, finer than the stored millisecond")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
