//! `mayfly audit tail`: events as they happen, until it is interrupted.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use clap::Args;
use mayfly_api::audit_events::LoggedEvent;

use super::narrow::{Narrow, row};
use crate::{client::ApiClient, console::Format, context::Context, error::CliError, plain, time};

/// Watch events as they happen
///
/// When the connection breaks off, or the server is started anew, it goes on where it stopped: each event is shown once.
#[derive(Debug, Args)]
pub(crate) struct TailArguments {
    #[command(flatten)]
    narrow: Narrow,
}

/// How soon it tries again, and how late at most.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Events that are remembered as shown: more than come twice when it goes on, which are those of some seconds.
const REMEMBERED: usize = 50_000;

/// What was shown.
#[derive(Default)]
struct Shown {
    /// What it began after; what is older is nothing new.
    begun: Option<String>,
    /// What the server is asked to go on after.
    last: Option<String>,
    ids: HashSet<String>,
    order: VecDeque<String>,
}

/// Watches. It ends with the process, or when the server refuses.
pub(super) async fn run(arguments: &TailArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let (mut shown, mut pause) = (Shown::default(), PAUSE);
    loop {
        let before = shown.last.clone();
        let broken = match watch(&client, arguments, &mut shown, context).await {
            Ok(()) => None,
            // A server that was never reached may be the wrong one.
            Err(error) if error.is_passing() && shown.last.is_some() => Some(error),
            Err(error) => return Err(error),
        };
        if shown.last != before {
            pause = PAUSE;
        }
        if let Some(error) = broken {
            context.console.say(&format!("{}; trying again", error.lines().join(" ")));
        }
        time::pause(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Watches until the connection ends.
async fn watch(
    client: &ApiClient,
    arguments: &TailArguments,
    shown: &mut Shown,
    context: &Context,
) -> Result<(), CliError> {
    const PATH: [&str; 4] = ["api", "v1", "audit-events", "live"];
    let query = arguments.narrow.query(None);
    let last = shown.last.clone();
    let mut id = String::new();
    let each = &mut |line: &str| {
        if let Some(new) = line.strip_prefix("id: ") {
            new.clone_into(&mut id);
        } else if let Some(data) = line.strip_prefix("data: ") {
            if shown.is_new(&id) {
                show(context, data)?;
            }
        } else if line.is_empty() && !id.is_empty() {
            // Only now all of it was shown.
            shown.done(std::mem::take(&mut id));
        }
        Ok(())
    };
    client.lines(&PATH, &query, last.as_deref(), each).await
}

impl Shown {
    /// Ids are in the order of time.
    fn is_new(&self, id: &str) -> bool {
        self.begun.as_deref().is_none_or(|begun| begun < id) && !self.ids.contains(id)
    }

    fn done(&mut self, id: String) {
        self.begun.get_or_insert_with(|| id.clone());
        if self.last.as_ref().is_none_or(|last| *last < id) {
            self.last = Some(id.clone());
        }
        if self.ids.insert(id.clone()) {
            self.order.push_back(id);
        }
        if self.order.len() > REMEMBERED {
            self.order.pop_front().iter().for_each(|oldest| {
                self.ids.remove(oldest);
            });
        }
    }
}

fn show(context: &Context, data: &str) -> Result<(), CliError> {
    match (context.console.format, serde_json::from_str::<LoggedEvent>(data)) {
        (Format::Text | Format::Token | Format::Env, Ok(event)) => {
            let cells: Vec<String> = row(&event).iter().map(|cell| plain::cell(cell).into_owned()).collect();
            context.console.data(&cells.join("  "))
        }
        (Format::Json, _) | (_, Err(_)) => context.console.data(data),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_or_is_older_than_the_beginning_is_nothing_new() {
        let mut shown = Shown::default();
        shown.done("b".to_owned());
        assert!(!shown.is_new("a") && !shown.is_new("b") && shown.is_new("c"));
        shown.done("d".to_owned());
        assert!(shown.is_new("c"), "it became visible late");
        shown.done("c".to_owned());
        assert!(!shown.is_new("c") && !shown.is_new("d"));
        assert_eq!(shown.last.as_deref(), Some("d"));
        for number in 0..=REMEMBERED {
            shown.done(format!("e{number:06}"));
        }
        assert_eq!((shown.order.len(), shown.ids.len()), (REMEMBERED, REMEMBERED));
    }
}
