//! `cargo xtask fuzz`: what parsers of outside data make of bytes that nobody thought of.
//!
//! Each target runs for a while from its kept corpus (`fuzz/corpus`), as many at once as there are processors. What a run
//! grows is thrown away, what breaks a promise is kept below `target/fuzz-artifacts` with the command that shows it again.

mod tool;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use futures::{StreamExt as _, stream};
use mayfly_testkit::counts::{self, Column};

use crate::{
    console, paths,
    program::{Program, processors},
};

pub(crate) use tool::{NO_COMPILER, has_compiler};

/// Hand the parsers of outside data bytes of a fuzzer's making, from the kept corpora
#[derive(Debug, Args)]
pub(crate) struct FuzzArguments {
    /// Only this one; all of them where absent
    target: Option<String>,
    /// How long each runs; 1800 is a long run
    #[arg(long, default_value_t = Column::Everyday.of(counts::FUZZ_SECONDS))]
    seconds: usize,
    /// How many run at once; as many as there are processors where absent
    #[arg(long)]
    jobs: Option<usize>,
    /// Keep what each grows in a folder of its name below this one, to measure what it reaches
    #[arg(long, value_name = "FOLDER")]
    grown: Option<PathBuf>,
}

/// How the targets run.
struct Run {
    seconds: usize,
    jobs: usize,
    /// Where what they grow stays; it is thrown away where there is none.
    grown: Option<PathBuf>,
}

/// Where the programs are, that `cargo fuzz` builds and that only a nightly compiler can.
const PROGRAMS: &str = "fuzz/libfuzzer";

/// Runs what was asked for.
pub(crate) async fn run(arguments: &FuzzArguments) -> anyhow::Result<ExitCode> {
    ensure!(has_compiler().await, NO_COMPILER);
    let jobs = arguments.jobs.unwrap_or_else(processors);
    fuzz(arguments.target.as_deref(), &Run { seconds: arguments.seconds, jobs, grown: arguments.grown.clone() })
        .await?;
    Ok(ExitCode::SUCCESS)
}

/// Runs every target for so many seconds.
pub(crate) async fn everything(seconds: usize) -> anyhow::Result<()> {
    fuzz(None, &Run { seconds, jobs: processors(), grown: None }).await
}

/// The targets there are are those that have a corpus; a test holds that to be all of them.
fn chosen(name: Option<&str>) -> anyhow::Result<BTreeSet<String>> {
    let folder = paths::root().join("fuzz/corpus");
    let entries = fs::read_dir(&folder).with_context(|| format!("read `{}`", folder.display()))?;
    let all: BTreeSet<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    match name {
        None => Ok(all),
        Some(name) if all.contains(name) => Ok(BTreeSet::from([name.to_owned()])),
        Some(name) => bail!("there is no target `{name}`: there are {}", Vec::from_iter(all).join(", ")),
    }
}

async fn fuzz(only: Option<&str>, run: &Run) -> anyhow::Result<()> {
    let targets = chosen(only)?;
    let built = tool::build(&paths::root().join(PROGRAMS), only).await?;
    console::say(&format!("{} targets for {} s each, {} at once", targets.len(), run.seconds, run.jobs));
    let runs = stream::iter(&targets).map(|target| one(&built, target, run));
    let outcomes: Vec<anyhow::Result<()>> = runs.buffer_unordered(run.jobs.max(1)).collect().await;
    let failures: Vec<String> =
        outcomes.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    ensure!(failures.is_empty(), "{}", failures.join("\n"));
    Ok(())
}

/// Runs one target; what it finds stays.
async fn one(built: &Path, target: &str, run: &Run) -> anyhow::Result<()> {
    let thrown_away = tempfile::tempdir().context("make a folder for what is grown")?;
    let grown = run.grown.as_ref().map_or_else(|| thrown_away.path().to_owned(), |kept| kept.join(target));
    fs::create_dir_all(&grown).with_context(|| format!("make `{}`", grown.display()))?;
    let findings = paths::target().join("fuzz-artifacts").join(target);
    fs::create_dir_all(&findings).with_context(|| format!("make `{}`", findings.display()))?;
    let program = Program::new(built.join(target)).args([&grown, &corpus(target)]).args([
        format!("-max_total_time={}", run.seconds),
        format!("-artifact_prefix={}/", findings.display()),
        "-max_len=4096".to_owned(),
        "-timeout=25".to_owned(),
        "-rss_limit_mb=2048".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]);
    let output = program.output().await?;
    let told = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        console::say(&summary(target, &told));
        return Ok(());
    }
    let last: Vec<&str> = told.lines().rev().take(40).collect();
    console::say(&last.into_iter().rev().collect::<Vec<_>>().join("\n"));
    bail!(
        "`{target}` broke a promise: put the file that is named above into `fuzz/corpus/{target}`, and see the test `corpus`"
    )
}

fn corpus(target: &str) -> PathBuf {
    paths::root().join("fuzz/corpus").join(target)
}

/// `durations: 123 executions, 456 counters, 789 features` of what libFuzzer tells.
fn summary(target: &str, told: &str) -> String {
    let after = |line: &str, word: &str| {
        let rest = line.split(word).nth(1).unwrap_or_default();
        rest.split_whitespace().next().unwrap_or("?").to_owned()
    };
    let last = told.lines().rev().find(|line| line.contains(" cov: ")).unwrap_or_default();
    let executions = told.lines().find(|line| line.contains("stat::number_of_executed_units:")).unwrap_or_default();
    let seed = told.lines().find(|line| line.starts_with("INFO: Seed:")).unwrap_or_default();
    format!(
        "{target}: {} executions, {} counters, {} features, seed {}",
        after(executions, "units:"),
        after(last, "cov: "),
        after(last, "ft: "),
        after(seed, "Seed:")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_tells_is_told_in_one_line() {
        let told = "INFO: Seed: 7\n#2\tINITED cov: 12 ft: 13 corp: 1/1b\n#9\tDONE   cov: 345 ft: 678 corp: 5/9b\n\
                    stat::number_of_executed_units: 4567\n";
        assert_eq!(summary("a", told), "a: 4567 executions, 345 counters, 678 features, seed 7");
    }

    #[test]
    fn a_target_that_is_none_is_refused_with_those_there_are() {
        assert!(chosen(None).unwrap().len() >= 13);
        let error = chosen(Some("nothing")).unwrap_err().to_string();
        assert!(error.contains("there is no target `nothing`") && error.contains("durations"), "{error}");
    }
}
