//! `cargo xtask pictures`: every page in every theme, compared with what is in `docs/images`.

use std::process::ExitCode;

use clap::Args;

use crate::{
    build::{self, Profile},
    test::{SharedCluster, pages},
    web,
};

/// Take pictures of every page in every theme, and compare them with those in `docs/images`
///
/// What looks otherwise is put into `web/pictures-changed`, and the exit code is 1. Letters are drawn by the fonts of the machine:
/// compare only what the same machine has drawn.
#[derive(Debug, Args)]
pub(crate) struct PicturesArguments {
    /// Keep them in the place of those in `docs/images`; the commit says why
    #[arg(long)]
    accept: bool,
}

/// Takes them.
pub(crate) async fn run(arguments: &PicturesArguments) -> anyhow::Result<ExitCode> {
    let mayfly = build::mayfly(Profile::Debug).await?;
    web::build().await?;
    let cluster = SharedCluster::start().await?;
    let script = pages("pictures", &mayfly, &cluster).await?;
    let script = if arguments.accept { script.env("MAYFLY_NEW_PICTURES", "1") } else { script };
    let outcome = script.run().await;
    cluster.stop().await?;
    outcome.map(|()| ExitCode::SUCCESS)
}
