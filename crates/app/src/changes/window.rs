//! What happened in the last minutes, read once for all who watch at this server.
//!
//! It is the audit log that tells it, so every server of an installation hears of what happened at the others. An event may
//! become visible a little after a later one; so each look goes back a few seconds, and what is new gets the next number here.
//! A watcher remembers a number. What is older than the oldest that is kept was missed by whoever had not come so far.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    approval::ApprovalRequest,
    identity::MetadataEntry,
    ids::{AuditEventId, DynamicSecretId, ProjectId},
    lease::Lease,
};
use mayfly_store::{
    audit_events::StoredEvent,
    audit_reading::{EventFilter, Reading},
};
use tokio::sync::{Mutex, OnceCell};

use super::ChangeKind;
use crate::{App, AppError, audit::LATE};

/// How long what happened is kept: a connection that broke is back before.
const KEPT: SignedDuration = SignedDuration::from_secs(120);

/// For how long a look is as good as a new one.
const FRESH: SignedDuration = SignedDuration::from_millis(400);

/// Events that are read in one look, and kept at most. Where more happened at once, everybody is told to read all anew, which
/// is less work by then.
const MOST: i64 = 2_000;

/// The last minutes.
#[derive(Default)]
pub(crate) struct Window(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    looked_at: Option<Timestamp>,
    /// Nothing is missing since.
    since: Timestamp,
    /// When more had happened than is read at once: until a while after it, what became visible late is not known.
    overrun_at: Option<Timestamp>,
    /// The number of the next.
    next: u64,
    /// Shared with those who look through them just now.
    events: Arc<VecDeque<Arc<Heard>>>,
}

/// An event, and what has to be known to say who may see it: read when it is first asked for.
pub(super) struct Heard {
    pub(super) kind: ChangeKind,
    pub(super) event: StoredEvent,
    number: u64,
    lease: OnceCell<Option<Lease>>,
    request: OnceCell<Option<ApprovalRequest>>,
    labels: OnceCell<Option<Vec<MetadataEntry>>>,
}

/// Whether what was read a moment ago will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It will.
    Shared,
    /// It is read anew: whoever begins must not miss what just happened.
    Anew,
}

/// What there is after a look.
pub(super) struct View {
    /// Nothing is missing since.
    pub(super) since: Timestamp,
    /// The number of the next that will happen.
    pub(super) next: u64,
    events: Arc<VecDeque<Arc<Heard>>>,
}

impl View {
    /// Those from a number on, oldest first; nothing where some of them are not kept any more.
    pub(super) fn from(&self, number: u64) -> Option<Vec<Arc<Heard>>> {
        let oldest = self.events.front().map_or(self.next, |heard| heard.number);
        (number >= oldest).then(|| self.events.iter().filter(|heard| heard.number >= number).cloned().collect())
    }

    /// Those that were made at a time or later; nothing where some of them are not kept any more.
    pub(super) fn made_since(&self, time: Timestamp) -> Option<Vec<Arc<Heard>>> {
        let is_new = |heard: &&Arc<Heard>| heard.event.created_at >= time;
        (time >= self.since).then(|| self.events.iter().filter(is_new).cloned().collect())
    }
}

impl Window {
    pub(super) async fn look(&self, app: &App, look: Look) -> Result<View, AppError> {
        let mut kept = self.0.lock().await;
        let now = app.ambient.now();
        let age = kept.looked_at.map(|at| now.duration_since(at));
        if look == Look::Anew || age.is_none_or(|age| age.is_negative() || age >= FRESH) {
            kept.read(app, now).await?;
        }
        Ok(View { since: kept.since, next: kept.next, events: Arc::clone(&kept.events) })
    }
}

impl Kept {
    async fn read(&mut self, app: &App, now: Timestamp) -> Result<(), AppError> {
        let oldest = now - KEPT;
        // A clock that went back: what was read before is of a time that is still to come.
        if self.looked_at.is_some_and(|at| at > now) {
            (self.looked_at, self.overrun_at) = (None, None);
        }
        // Nobody watched for as long as this: what lies between is not known.
        if self.looked_at.is_none_or(|at| at - LATE < oldest) {
            self.forget(oldest);
        }
        if self.overrun_at.is_some_and(|at| at + LATE <= now) {
            self.overrun_at = None;
            self.forget(now - LATE);
        }
        // After an overrun only what is newer is read: the same events, read again with each look, would be as many each time.
        let from = self.looked_at.map_or(oldest, |at| at - LATE).max(oldest).max(self.since);
        let filter = EventFilter::of_kinds_since(ChangeKind::events(), from);
        let found = app.store.audit_reading().page(&filter, Reading::Back(None), MOST).await?;
        if i64::try_from(found.len()).is_ok_and(|found| found < MOST) {
            self.add(found);
        } else {
            self.overrun_at = Some(now);
            self.forget(now);
        }
        self.looked_at = Some(now);
        self.since = self.since.max(oldest);
        let most = usize::try_from(MOST).unwrap_or(usize::MAX);
        let events = Arc::make_mut(&mut self.events);
        while events.front().is_some_and(|heard| heard.event.created_at < oldest) || events.len() > most {
            let gone = events.pop_front();
            self.since = gone.map_or(self.since, |heard| self.since.max(heard.event.created_at));
        }
        Ok(())
    }

    /// Keeps nothing of what happened before `since`. A number is left out, so that nobody takes it for the whole.
    fn forget(&mut self, since: Timestamp) {
        self.events = Arc::default();
        self.next += 1;
        self.since = since;
    }

    /// Takes in events that come newest first; some of them are known.
    fn add(&mut self, found: Vec<StoredEvent>) {
        let events = Arc::make_mut(&mut self.events);
        let known: BTreeSet<AuditEventId> = events.iter().map(|heard| heard.event.id).collect();
        for event in found.into_iter().rev().filter(|event| !known.contains(&event.id)) {
            let Some(kind) = ChangeKind::of(&event.kind) else { continue };
            let (lease, request, labels) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
            events.push_back(Arc::new(Heard { kind, event, number: self.next, lease, request, labels }));
            self.next += 1;
        }
    }
}

impl Heard {
    /// A field of the event, if it is a text.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.event.metadata.get(name).and_then(|value| value.as_str())
    }

    /// The dynamic secret it is about, or that somebody wishes for.
    pub(super) fn dynamic_secret(&self) -> Option<&str> {
        let wished = || self.event.metadata.get("wish")?.get("dynamicSecret")?.as_str();
        self.field("dynamicSecretId").or_else(wished)
    }

    /// The lease it is about.
    pub(super) async fn lease(&self, app: &App, project: ProjectId) -> Result<Option<&Lease>, AppError> {
        let Some(id) = self.field("leaseId").and_then(|id| id.parse().ok()) else { return Ok(None) };
        let read = async || Ok::<_, AppError>(app.store.leases().get(project, id).await?);
        Ok(self.lease.get_or_try_init(read).await?.as_ref())
    }

    /// The request for approval it is about.
    pub(super) async fn request(&self, app: &App) -> Result<Option<&ApprovalRequest>, AppError> {
        let id = self.field("approvalRequestId").and_then(|id| id.parse().ok());
        let (Some(id), Some(organization)) = (id, self.event.organization) else { return Ok(None) };
        let read = async || Ok::<_, AppError>(app.store.approvals().get(organization, id).await?);
        Ok(self.request.get_or_try_init(read).await?.as_ref())
    }

    /// The labels that its dynamic secret has now.
    pub(super) async fn labels(&self, app: &App, project: ProjectId) -> Result<Option<&[MetadataEntry]>, AppError> {
        let id: Option<DynamicSecretId> = self.dynamic_secret().and_then(|id| id.parse().ok());
        let Some(id) = id else { return Ok(None) };
        let read = async || {
            let mut labels = app.store.dynamic_secrets().labels(project, &BTreeSet::from([id])).await?;
            Ok::<_, AppError>(labels.remove(&id))
        };
        Ok(self.labels.get_or_try_init(read).await?.as_deref())
    }
}
