//! WORKSHOP: how many tokens a second Mayfly hands out, beside the same cluster without it.
//!
//! One API server that signs with P-256, which is the quickest and so shows most of our own cost; one Mayfly on SQLite,
//! as it is shipped. Both ways take turns within one run, so that a busy moment of the machine hurts both. Run it by
//! `cargo xtask bench`, which builds everything optimised. `due` and `hang` measure the ends of leases, `gateway` what a
//! gateway on the way costs.

mod bare;
mod due;
mod facts;
mod figures;
mod gateway;
mod hang;
mod load;
mod report;
mod stage;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};

use due::DueArguments;
use facts::Circumstances;
use gateway::GatewayArguments;
use hang::HangArguments;
use load::Sample;
use report::Row;
use stage::{Stage, Way};

/// Tokens per second through Mayfly and without it
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    other: Option<Other>,
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Turns of each way; medians are taken over them
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    turns: usize,
    /// Length of one turn in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    seconds: u64,
}

/// What else can be measured.
#[derive(Debug, Subcommand)]
enum Other {
    Due(DueArguments),
    Gateway(GatewayArguments),
    Hang(HangArguments),
}

/// Requests in flight: nobody else there, a few, many.
const IN_FLIGHT: [usize; 3] = [1, 16, 64];
/// Connections are made, caches filled, statements prepared.
const WARM_UP: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match &arguments.other {
        None => run(&arguments).await,
        Some(Other::Due(arguments)) => due::run(arguments).await,
        Some(Other::Gateway(arguments)) => gateway::run(arguments).await,
        Some(Other::Hang(arguments)) => hang::run(arguments).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let busy = facts::busy()?;
    report::say("starting the cluster and Mayfly");
    let stage = Stage::set().await?;
    let circumstances =
        Circumstances { busy, at_rest: load::at_rest(&stage).await?, turns: (arguments.turns, arguments.seconds) };
    let mut rows = Vec::new();
    for in_flight in IN_FLIGHT {
        rows.extend(measure(&stage, in_flight, arguments).await?);
    }
    let text = report::text(&rows, &facts::gather(&stage, &circumstances)?);
    report::deliver(&text, arguments.report.as_deref())?;
    stage.strike().await
}

/// Both ways with so many in flight, by turns.
async fn measure(stage: &Stage, in_flight: usize, arguments: &Arguments) -> anyhow::Result<[Row; 2]> {
    let mut samples: [Vec<Sample>; 2] = Default::default();
    for way in Way::BOTH {
        load::run(stage, way, in_flight, WARM_UP).await?;
    }
    for turn in 1..=arguments.turns {
        for (way, samples) in Way::BOTH.into_iter().zip(&mut samples) {
            let sample = load::run(stage, way, in_flight, Duration::from_secs(arguments.seconds)).await?;
            report::say(&format!("{in_flight} in flight, turn {turn}, {}: {:.0}/s", way.name(), sample.per_second));
            samples.push(sample);
        }
    }
    Ok([Row::new(Way::Bare, in_flight, &samples[0]), Row::new(Way::Mayfly, in_flight, &samples[1])])
}
