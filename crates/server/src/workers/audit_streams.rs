//! Sending the audit log to places outside, and to the file of the settings.

use std::{path::PathBuf, sync::Arc};

use mayfly_app::{
    App, AppError,
    audit::streams::{PAUSE, UnreadEvent, deliver_due, unread_for_file, written_to_file},
};
use mayfly_domain::error::chain;
use tokio_util::sync::CancellationToken;

use super::{pause, report, whole_lines::append};
use crate::{http::event_line, wiring::Outbound};

/// Sends what is due, again and again.
pub async fn stream(app: Arc<App>, outbound: Arc<Outbound>, stopping: CancellationToken) {
    while pause(&app, PAUSE, &stopping).await {
        tokio::select! {
            sent = deliver_due(&app, &outbound, event_line) => report("sending the audit log", sent),
            // What was on its way is sent again by whoever comes next.
            () = stopping.cancelled() => return,
        }
    }
}

/// Appends what is new to `file`, opened anew each time: whoever rotates it renames it.
pub async fn write_file(app: Arc<App>, file: PathBuf, stopping: CancellationToken) {
    loop {
        match write_some(&app, &file).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => {
                tracing::error!(error = %chain(&error), file = %file.display(), "the audit file failed; it is tried again");
            }
        }
        if !pause(&app, PAUSE, &stopping).await {
            return;
        }
    }
}

/// Says whether there may be more.
async fn write_some(app: &App, file: &std::path::Path) -> Result<bool, AppError> {
    let events = unread_for_file(app).await?;
    if events.is_empty() {
        return Ok(false);
    }
    let (path, lines) = (file.to_owned(), lines(&events));
    let written = tokio::task::spawn_blocking(move || append(&path, &lines)).await;
    match written {
        Ok(Ok(())) => written_to_file(app, &events).await.map(|()| true),
        Ok(Err(error)) => {
            tracing::error!(%error, file = %file.display(), "the audit file cannot be written; it is tried again");
            Ok(false)
        }
        Err(error) => {
            tracing::error!(%error, "writing the audit file broke off; it is tried again");
            Ok(false)
        }
    }
}

fn lines(events: &[UnreadEvent]) -> String {
    events.iter().map(|unread| event_line(&unread.event) + "\n").collect()
}
