//! The gateway's own record: one JSON line for each operation, each holding the hash of the line before.
//!
//! What the server says of a lease can be held against it, and against the API server's audit log, which has the operation's id
//! as `auditID`. Lines name objects and a token's `jti` and end, never a token. Who changes, removes or moves a line in the middle
//! is found out by [`verify`]; that lines are missing at the end shows only to whoever kept the last hash elsewhere.

mod verify;

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use mayfly_cluster::Revoked;
use mayfly_domain::{
    clock::Ambient,
    hex::hex,
    ids::{GatewayOperationId, LeaseId},
};
use serde::{Deserialize, Serialize};

pub use verify::{Broken, Proven, verify};

/// What the first line of a chain has for the line before.
fn nothing() -> String {
    "0".repeat(64)
}

/// SHA-256 of a line without its end, in hexadecimal digits.
fn hash(line: &[u8]) -> String {
    hex(digest(&SHA256, line).as_ref())
}

/// What one line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Line {
    /// When it was written.
    pub time: Timestamp,
    /// `begin` where the process began, the operation's name otherwise.
    pub operation: String,
    /// The operation's id, the same at each try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<GatewayOperationId>,
    /// Which try, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The lease that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<LeaseId>,
    /// For whom, as the server says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// What it is about: accounts and objects as `kind namespace/name`, or where a byte stream leads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objects: Vec<String>,
    /// Whether the policy lets it be done.
    pub decision: Decision,
    /// The rule of the policy that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What came of it.
    pub result: Outcome,
    /// Why it was not done, or not wholly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The token's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// When the token ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expires_at: Option<Timestamp>,
    /// Hash of the line before; zeros in the first one.
    pub previous: String,
}

/// Whether something may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// The policy allows it.
    Allowed,
    /// It does not, or there is no room.
    Refused,
    /// It was asked before, and is answered as it was then.
    Repeated,
}

/// What came of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was tried, and is not done or not wholly.
    Failed,
    /// Nothing was tried.
    Refused,
    /// Nobody waited for its end.
    Abandoned,
}

impl Line {
    /// That `operation` is allowed, and nobody knows yet what comes of it.
    pub(crate) fn of(operation: &str, now: Timestamp) -> Self {
        Self {
            time: now,
            operation: operation.to_owned(),
            id: None,
            attempt: None,
            lease: None,
            actor: None,
            objects: Vec::new(),
            decision: Decision::Allowed,
            rule: None,
            result: Outcome::Abandoned,
            why: None,
            jti: None,
            token_expires_at: None,
            previous: String::new(),
        }
    }

    /// It was done, unless something else is known already.
    pub(crate) fn is_over(&mut self) {
        if self.result == Outcome::Abandoned {
            self.result = Outcome::Done;
        }
    }

    /// It was tried in vain.
    pub(crate) fn failed(&mut self, why: String) {
        self.result = Outcome::Failed;
        self.why.get_or_insert(why);
    }

    /// Nothing was tried.
    pub(crate) fn refused(&mut self, why: String) {
        self.decision = Decision::Refused;
        self.result = Outcome::Refused;
        self.why = Some(why);
    }

    /// What a removal left.
    pub(crate) fn tell_of(&mut self, revoked: &Revoked) {
        let left: Vec<String> = revoked.left.iter().map(|left| format!("{}: {}", left.object, left.why)).collect();
        if !left.is_empty() {
            self.failed(left.join("; "));
        }
    }
}

/// A line that is on its way. It is written whatever becomes of the work: where nobody waits for the end, it says so.
pub(crate) struct Entry {
    audit: Audit,
    line: Option<Line>,
}

impl Entry {
    pub(crate) fn new(audit: &Audit, line: Line) -> Self {
        Self { audit: audit.clone(), line: Some(line) }
    }

    /// What it says so far.
    pub(crate) fn line(&mut self) -> &mut Line {
        self.line.get_or_insert_with(|| Line::of("", Timestamp::UNIX_EPOCH))
    }

    /// Writes it.
    pub(crate) fn write(mut self) -> io::Result<()> {
        self.line.take().map_or(Ok(()), |line| self.audit.write(line))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(line) = self.line.take()
            && let Err(error) = self.audit.write(line)
        {
            tracing::error!(%error, "the audit line could not be written");
        }
    }
}

/// Writes lines. Clones write into the same.
#[derive(Clone)]
pub struct Audit {
    ambient: Ambient,
    log: Arc<Mutex<Log>>,
}

struct Log {
    sink: Box<dyn Write + Send>,
    /// Hash of the last line.
    last: String,
}

impl Audit {
    /// Writes nothing.
    pub fn none(ambient: &Ambient) -> Self {
        Self::with(ambient, Box::new(io::sink()), nothing())
    }

    /// Writes to stdout, where nothing was written before.
    pub fn stdout(ambient: &Ambient) -> io::Result<Self> {
        Self::with(ambient, Box::new(io::stdout()), nothing()).begin()
    }

    /// Goes on in the file at `path`, which is made where it is not there.
    pub fn file(ambient: &Ambient, path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let last = last_hash(&mut file)?;
        Self::with(ambient, Box::new(file), last).begin()
    }

    fn with(ambient: &Ambient, sink: Box<dyn Write + Send>, last: String) -> Self {
        Self { ambient: ambient.clone(), log: Arc::new(Mutex::new(Log { sink, last })) }
    }

    fn begin(self) -> io::Result<Self> {
        let mut line = Line::of(verify::BEGIN, self.ambient.now());
        line.is_over();
        self.write(line)?;
        Ok(self)
    }

    /// Writes a line. When it returns, the death of this process does not take it away; that of the machine may.
    pub(crate) fn write(&self, line: Line) -> io::Result<()> {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // The time is taken where the order is.
        let line = Line { previous: log.last.clone(), time: self.ambient.now(), ..line };
        let mut bytes = serde_json::to_vec(&line)?;
        let hash = hash(&bytes);
        bytes.push(b'\n');
        // In one piece, so that lines of other writers to the same stdout do not fall into it.
        log.sink.write_all(&bytes)?;
        log.sink.flush()?;
        log.last = hash;
        Ok(())
    }
}

/// The hash of the file's last line. One that a crash cut off is ended and counts as it is.
fn last_hash(file: &mut File) -> io::Result<String> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    if text.last().is_some_and(|last| *last != b'\n') {
        file.write_all(b"\n")?;
        text.push(b'\n');
    }
    let lines = text.strip_suffix(b"\n").map(|lines| lines.rsplit(|byte| *byte == b'\n'));
    Ok(lines.and_then(|mut lines| lines.next().map(hash)).unwrap_or_else(nothing))
}
