//! `cargo xtask generate`: files that are made from the code and committed, so that a change of them is seen in review.

use std::{fs, process::ExitCode};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{
    build::{self, Profile},
    chart, console, paths,
    program::Program,
    web,
};

/// The description of the API. A test of the server compares it.
const DESCRIPTION: &str = "api/openapi.json";

/// Writes them.
pub(crate) async fn run() -> anyhow::Result<ExitCode> {
    let mayfly = build::mayfly(Profile::Debug).await?;
    let description = Program::new(mayfly).args(["openapi"]).read().await?;
    let parsed: Value = serde_json::from_str(&description).context("read the description of the API")?;
    ensure!(parsed.get("openapi").is_some(), "what `mayfly openapi` printed is no description of an API");
    write(DESCRIPTION, &description)?;
    write(chart::ADMISSION, &chart::admission()?)?;
    web::packages().await?;
    web::script("generate").await?.run().await?;
    Ok(ExitCode::SUCCESS)
}

/// Leaves a file that is right as it is: its time tells others to build anew.
fn write(name: &str, text: &str) -> anyhow::Result<()> {
    let path = paths::root().join(name);
    if fs::read_to_string(&path).is_ok_and(|found| found == text) {
        console::say(&format!("`{name}` is as it should be"));
        return Ok(());
    }
    let folder = path.parent().context("a generated file lies in a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("make `{}`", folder.display()))?;
    fs::write(&path, text).with_context(|| format!("write `{name}`"))?;
    console::say(&format!("wrote `{name}`"));
    Ok(())
}
