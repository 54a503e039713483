//! What a gateway costs: the same leases directly and through it, over the same distances, and what the tunnel itself carries.
//!
//! Between the servers and the cluster is a cable with a delay, in rooms of the machine's own. The direct way leads over it to the API
//! server; the gateway is beside that, and its tunnel comes over it. The ways take turns.

mod lab;
mod leases;
mod process;
mod wire;

use std::path::PathBuf;

use clap::Args;

use self::{lab::Lab, leases::Leases};
use crate::{facts, report};

/// What a gateway costs beside the direct way
#[derive(Clone, Debug, Args)]
pub(crate) struct GatewayArguments {
    /// Write the report to this file too
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Turns of each way; medians are taken over them
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    turns: usize,
    /// Leases of each way in a turn, one after the other
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    leases: usize,
    /// Length of a turn in which as many as possible are issued, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 4)]
    seconds: u64,
}

/// A line of a table: what, the figure, and what was promised of it.
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) value: String,
    pub(crate) promised: &'static str,
}

impl Figure {
    fn new(what: impl Into<String>, value: impl Into<String>, promised: &'static str) -> Self {
        Self { what: what.into(), value: value.into(), promised }
    }
}

/// Runs the benchmark.
pub(crate) async fn run(arguments: &GatewayArguments) -> anyhow::Result<()> {
    let busy = facts::busy()?;
    report::say("starting the rooms, the cluster, two servers and a gateway");
    let lab = Lab::set().await?;
    let leases = Leases { lab: &lab, arguments };
    let mut text = String::from(
        "# What a gateway costs\n\nMade by `cargo xtask bench gateway`. Leases on the real API server, through the API of a server, directly \
         and through a gateway that does the work (*identity*) or passes bytes on (*forward*). Medians over the turns of each way, alternating.\n\n",
    );
    text += &leases.over_distances().await?;
    let mut figures = leases.rates().await?;
    figures.extend(leases.hop().await?);
    figures.extend(process::figures(&lab)?);
    lab.strike().await?;
    report::say("the tunnel itself, in memory and over loopback");
    figures.extend(wire::figures(arguments.turns).await?);
    text += "| what | measured | promised |\n|---|---:|---:|\n";
    for Figure { what, value, promised } in figures {
        text += &["| ", &what, " | ", &value, " | ", promised, " |\n"].concat();
    }
    text += "\n";
    let mut facts = facts::of_machine(&busy)?;
    facts.retain(|(name, _)| *name != "Mayfly");
    facts.push(("Mayfly", "two servers on PostgreSQL, every commit flushed to disk; one gateway".to_owned()));
    text += &report::list(&facts);
    report::deliver(&text, arguments.report.as_deref())?;
    Ok(())
}
