//! Very many leases with objects due in one second: how long until they have ended, beside a bare client that deletes as
//! many objects, and what those who issue meanwhile notice.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use clap::Args;
use jiff::Timestamp;
use mayfly_api::leases::LeaseBody;
use mayfly_e2e::{ClusterSide, Crowd, Installation, RealGround, Scene, inputs::dynamic, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{FakeCluster, FakeClusterOptions},
    real_cluster::{ClusterOptions, RealCluster, SigningKey},
};
use tempfile::TempDir;

use crate::{
    bare::Bare,
    facts,
    figures::{median, percentile, range},
    load::{self, Issuing},
    report,
};

/// Time to end very many leases with objects that are due in one second, beside a bare client
#[derive(Clone, Debug, Args)]
pub(crate) struct DueArguments {
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Before a real API server instead of a fake one
    #[arg(long)]
    real: bool,
    /// Leases that are due in one second
    #[arg(long, value_name = "COUNT", default_value_t = 2_000)]
    leases: usize,
    /// Rounds; in each of them Mayfly ends its leases and the bare client deletes as many objects
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    rounds: usize,
}

/// Those who issue, one lease after the other.
const ISSUERS: usize = 4;
/// How long they issue with nothing else to do, for comparison.
const IDLE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_mins(8);

/// Where the objects are.
enum Ground {
    Fake { _cluster: Box<FakeCluster>, side: ClusterSide },
    Real { ground: Box<RealGround>, _folder: TempDir },
}

impl Ground {
    async fn prepare(is_real: bool) -> anyhow::Result<Self> {
        if is_real {
            let folder = tempfile::tempdir()?;
            let state_dir = folder.path().join("cluster");
            let signing_key = Some(SigningKey::P256);
            let options = ClusterOptions { name: "bench".to_owned(), state_dir, port: 0, signing_key };
            let ground = RealGround::prepare(Arc::new(RealCluster::start(&options).await?), "bench").await?;
            ground.allow_dynamic().await?;
            return Ok(Self::Real { ground: Box::new(ground), _folder: folder });
        }
        let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await?;
        let side = ClusterSide::fake_dynamic(&cluster);
        Ok(Self::Fake { _cluster: Box::new(cluster), side })
    }

    fn side(&self) -> &ClusterSide {
        match self {
            Self::Fake { side, .. } => side,
            Self::Real { ground, .. } => &ground.side,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Fake { .. } => "fake, in the process of the load".to_owned(),
            Self::Real { ground, .. } => format!("Kubernetes {}, etcd inside", ground.cluster.summary().version),
        }
    }
}

/// What came of a round; times in milliseconds.
struct Round {
    mayfly: f64,
    bare: f64,
    idle: Vec<f64>,
    meanwhile: Vec<f64>,
    lost: usize,
    early: usize,
}

/// Runs the benchmark.
pub(crate) async fn run(arguments: &DueArguments) -> anyhow::Result<()> {
    let busy = facts::busy()?;
    let ground = Ground::prepare(arguments.real).await?;
    let mayfly = Installation::sqlite().await.start().await?;
    let scene = Scene::bootstrap(&mayfly).await?;
    scene.create_secret_with(&dynamic(), ground.side()).await?;
    let mut rounds = Vec::new();
    for number in 1..=arguments.rounds {
        let round = round(&ground, &scene, arguments.leases).await?;
        let Round { mayfly, bare, lost, early, .. } = &round;
        let p99 = |waits: &[f64]| percentile(waits.to_vec(), 99);
        report::say(&format!(
            "round {number}: Mayfly {mayfly:.0} ms, bare {bare:.0} ms; p99 of issuing {:.1} ms, idle {:.1} ms; {lost} lost, \
             {early} early",
            p99(&round.meanwhile),
            p99(&round.idle)
        ));
        rounds.push(round);
    }
    let facts = facts::of_machine(&busy)?;
    let text = text(arguments, &ground, &rounds, &facts);
    report::deliver(&text, arguments.report.as_deref())?;
    mayfly.stop().await
}

async fn round(ground: &Ground, scene: &Scene, leases: usize) -> anyhow::Result<Round> {
    let doomed: BTreeSet<String> = Issuing::count(scene, leases).await?.into_iter().collect();
    let bare = Bare::new(ground.side())?.delete(&doomed).await?;
    let crowd = Crowd::issue(scene, leases).await?;
    let idle = Issuing::during(scene, ISSUERS, ambient().sleep(IDLE)).await?;
    anyhow::ensure!(ambient().now() < crowd.due, "the leases were due before the comparison was over");
    crowd.wait().await;
    let meanwhile = Issuing::during(scene, ISSUERS, last_ended(scene, &crowd)).await?;
    let ended = until(PATIENCE, "all leases have ended", async || {
        let ended = ends(scene, &crowd).await?;
        Ok((ended.len() == crowd.leases.len()).then_some(ended))
    });
    let ended = ended.await.unwrap_or(ends(scene, &crowd).await?);
    let over = ended.iter().map(|(_, ended)| *ended).max().context("no lease has ended")?;
    let mayfly = over.duration_since(crowd.due).as_secs_f64() * 1_000.0;
    let early = ended.iter().filter(|(due, ended)| ended < due).count();
    let lost = crowd.leases.len() - ended.len();
    Ok(Round { mayfly, bare: load::milliseconds(bare), idle, meanwhile, lost, early })
}

async fn last_ended(scene: &Scene, crowd: &Crowd) {
    let looking = async {
        let path = format!("/api/v1/leases/{}?projectSlug={}", crowd.last()?, scene.project_slug);
        until(PATIENCE, "the last lease ends", async || {
            let LeaseBody { lease } = scene.client.get(&path).await?;
            Ok((lease.state == "ended").then_some(()))
        })
        .await
    };
    if let Err(error) = looking.await {
        report::say(&format!("{error:#}"));
    }
}

/// When each lease of the crowd that has ended was due, and when it ended.
async fn ends(scene: &Scene, crowd: &Crowd) -> anyhow::Result<Vec<(Timestamp, Timestamp)>> {
    let ours: BTreeSet<&str> = crowd.leases.iter().map(|(_, id)| id.as_str()).collect();
    let ended = scene.client.leases(&scene.project_slug, Some("ended"), None).await?;
    let ours = ended.into_iter().filter(|lease| ours.contains(lease.id.as_str()));
    let times = ours.map(|lease| Ok((lease.expire_at.parse()?, lease.ended_at.context("it has ended")?.parse()?)));
    times.collect()
}

fn text(arguments: &DueArguments, ground: &Ground, rounds: &[Round], facts: &[(&str, String)]) -> String {
    let all = |part: fn(&Round) -> f64| rounds.iter().map(part);
    let line = |name: &str, part: fn(&Round) -> f64| {
        let (least, most) = range(all(part));
        format!("| {name} | {:.2} | {least:.2} to {most:.2} |\n", median(all(part)))
    };
    let count = |part: fn(&Round) -> usize| rounds.iter().map(part).sum::<usize>();
    let mut text = format!(
        "## {} leases due in one second\n\nCluster: {}. {} rounds.\n\n| what | median | range |\n|---|---:|---:|\n",
        arguments.leases,
        ground.name(),
        rounds.len()
    );
    text +=
        &line("Mayfly: from the beginning of their second to the end of the last lease, s", |round| round.mayfly / 1e3);
    text += &line("bare client, s", |round| round.bare / 1e3);
    text += &line("Mayfly / bare", |round| round.mayfly / round.bare);
    text += &line("p99 of issuing, idle, ms", |round| percentile(round.idle.clone(), 99));
    text += &line("p99 of issuing, meanwhile, ms", |round| percentile(round.meanwhile.clone(), 99));
    text += &line("p50 of issuing, idle, ms", |round| percentile(round.idle.clone(), 50));
    text += &line("p50 of issuing, meanwhile, ms", |round| percentile(round.meanwhile.clone(), 50));
    text +=
        &line("leases issued meanwhile", |round| f64::from(u32::try_from(round.meanwhile.len()).unwrap_or(u32::MAX)));
    let verdict = format!("\nLost: {}. Early: {}.\n\n", count(|round| round.lost), count(|round| round.early));
    text + &verdict + &report::list(facts)
}
