//! Keeping the audit log: sealed each minute, its head exported where a writer of the database cannot reach.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use mayfly_app::{
    App,
    audit::chain::{self, Head},
};
use mayfly_domain::error::chain as whole;
use tokio_util::sync::CancellationToken;

use super::{pause, whole_lines::append};
use crate::{http::wire_head, wiring::Wired};

/// How often the log is sealed and its head exported.
const PAUSE: Duration = Duration::from_mins(1);

/// Seals, removes what is old, and exports each new head, whichever server made it.
pub(super) async fn keep(app: Arc<App>, file: Option<PathBuf>, stopping: CancellationToken) {
    let mut exported = 0;
    loop {
        match chain::keep(&app).await {
            Ok(Some(head)) if head.number != exported => {
                if export(&head, file.as_deref()) {
                    exported = head.number;
                }
            }
            Ok(_) => {}
            Err(error) => tracing::error!(error = %whole(&error), "sealing the audit log failed; it is tried again"),
        }
        if !pause(&app, PAUSE, &stopping).await {
            return;
        }
    }
}

/// Seals what came last, when the server stops.
pub(crate) async fn finish(wired: &Wired) {
    match chain::seal(&wired.app).await {
        Ok(Some(head)) => {
            export(&head, wired.heads_file.as_deref());
        }
        Ok(None) => {}
        Err(error) => tracing::error!(error = %whole(&error), "the end of the audit log could not be sealed"),
    }
}

/// Says whether it is where it belongs; otherwise it is exported again in a minute.
fn export(head: &Head, file: Option<&Path>) -> bool {
    let line = serde_json::to_string(&wire_head(head)).unwrap_or_default();
    tracing::info!(target: "mayfly::audit_head", %line, "head of the audit log");
    let Some(file) = file else { return true };
    let written = append(file, &format!("{line}\n"));
    if let Err(error) = &written {
        tracing::error!(%error, file = %file.display(), "the head of the audit log could not be written; it is tried again");
    }
    written.is_ok()
}
