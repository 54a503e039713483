//! `cargo xtask test`: everything CI checks, in one command that also works at home.
//!
//! Each [`Step`] is named with the time it took. The first failure ends the run, unless it is to keep going. Whatever
//! a step starts ends with it, also on Ctrl-C. The last line, `N passed, N failed`, is for programs that count: the
//! tests of all test programs, and each step that failed without any of them failing.

mod arguments;
mod cargo_deny;
mod cargo_test;
mod dashboard;
mod go_programs;
mod programs;
mod servers;
mod step;
mod tally;

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

pub(crate) use arguments::TestArguments;
pub(crate) use dashboard::pages;
pub(crate) use servers::SharedCluster;

use arguments::Scope;
use step::Step;
use tally::Tally;

use crate::console;

/// One run of the checks.
#[derive(Debug)]
struct Session {
    scope: Scope,
    after_failure: AfterFailure,
    tally: Tally,
}

/// What a failure does to the steps after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AfterFailure {
    Stop,
    KeepGoing,
}

/// Runs them.
pub(crate) async fn run(arguments: &TestArguments) -> anyhow::Result<ExitCode> {
    let after_failure = if arguments.keep_going { AfterFailure::KeepGoing } else { AfterFailure::Stop };
    let mut session = Session { scope: arguments.scope(), after_failure, tally: Tally::default() };
    let mut failed_steps = Vec::new();
    let mut report = Vec::new();
    for step in Step::ALL {
        if !step.is_in(session.scope) {
            report.push(format!("left out  {}", step.title()));
            continue;
        }
        if !failed_steps.is_empty() && session.after_failure == AfterFailure::Stop {
            report.push(format!("not run   {}", step.title()));
            continue;
        }
        let (outcome, time) = perform(step, &mut session).await;
        let word = if outcome.is_ok() { "passed" } else { "failed" };
        report.push(format!("{word}    {} ({time})", step.title()));
        if let Err(error) = outcome {
            console::say(&format!("error: {}: {error:#}", step.title()));
            failed_steps.push(step);
        }
    }
    summarise(&session, &report, &failed_steps)
}

async fn perform(step: Step, session: &mut Session) -> (anyhow::Result<()>, String) {
    console::say(&format!("\n=== {}", step.title()));
    let (failed_before, started) = (session.tally.failed, now());
    let outcome = step.run(session).await;
    if outcome.is_err() && session.tally.failed == failed_before {
        session.tally.failed += 1;
    }
    (outcome, rounded(now().duration_since(started)))
}

fn summarise(session: &Session, report: &[String], failed_steps: &[Step]) -> anyhow::Result<ExitCode> {
    console::say(&format!("\n{}", report.join("\n")));
    let Tally { passed, failed, left_out, .. } = session.tally;
    if left_out > 0 {
        console::say(&format!("{left_out} tests that need the real cluster or programs of others were left out"));
    }
    console::data(&format!("{passed} passed, {failed} failed"))?;
    Ok(if failed_steps.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::disallowed_methods, reason = "a person waits by the machine's time")]
fn now() -> Instant {
    Instant::now()
}

fn rounded(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}
