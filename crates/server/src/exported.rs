//! Lines that were exported, written to a file or sent to a collector, beside the log that they are of.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use mayfly_api::audit_events::{AuditFinding, AuditVerification};
use mayfly_app::audit::StoredEvent;
use mayfly_domain::ids::AuditEventId;
use serde_json::Value;

use crate::http::event_line;

/// Findings that are listed.
const LISTED: usize = 100;

/// What the log has.
pub(crate) trait Log {
    /// Why it could not be read.
    type Error;

    /// The event of an id.
    async fn event(&self, id: AuditEventId) -> Result<Option<StoredEvent>, Self::Error>;

    /// How many events there are from one id to another, and the oldest of all.
    async fn between(
        &self,
        first: AuditEventId,
        last: AuditEventId,
    ) -> Result<(i64, Option<AuditEventId>), Self::Error>;
}

/// What is wrong with the lines.
#[derive(Default)]
pub(crate) struct Compared {
    findings: Vec<AuditFinding>,
    further: u64,
    alike: u64,
    /// Ids of lines that the log has not.
    unknown: Vec<(u64, AuditEventId)>,
    span: Option<(AuditEventId, AuditEventId)>,
    unproven: Vec<String>,
}

impl Compared {
    fn find(&mut self, fault: &str, line: u64, what: &str, event: Option<AuditEventId>) {
        if self.findings.len() == LISTED {
            self.further += 1;
            return;
        }
        self.findings.push(AuditFinding {
            fault: fault.to_owned(),
            what: format!("line {line} {what}"),
            event_id: event.map(|id| id.to_string()),
            seal: None,
            chain: None,
            first_number: None,
            last_number: None,
        });
    }

    /// Adds to what verifying the log itself found.
    pub(crate) fn add_to(self, verification: &mut AuditVerification) {
        verification.is_intact &= self.findings.is_empty();
        verification.findings.extend(self.findings);
        verification.further_findings += self.further;
        verification.unproven.extend(self.unproven);
    }
}

/// Compares each line of `path` with the log. The outer error is the file's.
pub(crate) async fn compare<L: Log>(path: &Path, log: &L) -> std::io::Result<Result<Compared, L::Error>> {
    let mut compared = Compared::default();
    for (position, line) in BufReader::new(File::open(path)?).lines().enumerate() {
        let (line, number) = (line?, position as u64 + 1);
        if line.trim().is_empty() {
            continue;
        }
        let said = serde_json::from_str::<Value>(&line).ok();
        let id = said.as_ref().and_then(|said| said.get("id")?.as_str()?.parse::<AuditEventId>().ok());
        let (Some(said), Some(id)) = (said, id) else {
            compared.find("export-changed", number, "is no event", None);
            continue;
        };
        let (first, last) = compared.span.unwrap_or((id, id));
        compared.span = Some((first.min(id), last.max(id)));
        match log.event(id).await {
            Err(error) => return Ok(Err(error)),
            Ok(None) => compared.unknown.push((number, id)),
            Ok(Some(event)) if bare(said) == bare(serde_json::from_str(&event_line(&event)).unwrap_or_default()) => {
                compared.alike += 1;
            }
            Ok(Some(_)) => compared.find("export-changed", number, "is not what the log has", Some(id)),
        }
    }
    let Some((first, last)) = compared.span else { return Ok(Ok(compared)) };
    let (count, oldest) = match log.between(first, last).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(error)),
    };
    Ok(Ok(concluded(compared, count, oldest)))
}

/// What is older than the log may have been in it.
fn concluded(mut compared: Compared, count: i64, oldest: Option<AuditEventId>) -> Compared {
    let unknown = std::mem::take(&mut compared.unknown);
    let (newer, older): (Vec<_>, Vec<_>) =
        unknown.into_iter().partition(|(_, id)| oldest.is_some_and(|oldest| *id >= oldest));
    for (number, id) in newer {
        compared.find("export-added", number, "is in no log", Some(id));
    }
    if !older.is_empty() {
        compared.unproven.push(format!("{} lines of the export are older than the log", older.len()));
    }
    // A line may come twice in what was sent on.
    let missing = u64::try_from(count).unwrap_or(0).saturating_sub(compared.alike + compared.findings.len() as u64);
    if missing > 0 {
        let what = "events of the export's span are not in it: it was narrowed, or lines were removed";
        compared.unproven.push(format!("{missing} {what}"));
    }
    compared
}

/// Without the project's name, which is as it was when the line was written.
fn bare(mut event: Value) -> Value {
    if let Some(fields) = event.as_object_mut() {
        fields.remove("projectName");
    }
    event
}
