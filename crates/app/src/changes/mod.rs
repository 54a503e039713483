//! What happens in the projects that somebody may see, for whoever looks on: that something changed and what it is about, never
//! what it is now, which is read where it lies and by the rights for that.

mod kind;
mod visible;
mod window;

use mayfly_domain::{
    access::operation::Operation,
    caller::Caller,
    ids::{AuditEventId, ProjectId},
};

pub use self::kind::ChangeKind;
pub(crate) use self::window::Window;
use self::{
    visible::is_visible,
    window::{Heard, Look},
};
use crate::{App, AppError, audit::LATE};

/// Something that the caller may see changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The id of the event in the audit log, to go on after.
    pub id: AuditEventId,
    /// What changed.
    pub kind: ChangeKind,
    /// In which project, where it is in one.
    pub project: Option<ProjectId>,
    /// Which lease it is about, where it is about one.
    pub lease: Option<String>,
    /// Which dynamic secret.
    pub dynamic_secret: Option<String>,
    /// Which request for approval.
    pub approval_request: Option<String>,
    /// Which cluster connection.
    pub connection: Option<String>,
    /// When.
    pub created_at: jiff::Timestamp,
}

/// What a watcher is told.
#[derive(Clone, Debug)]
pub enum News {
    /// What changed, oldest first.
    Changes(Vec<Change>),
    /// More than is known here: whatever they show has to be read anew.
    Missed,
}

/// How far a watcher has come.
#[derive(Clone, Copy, Debug)]
pub struct Position(u64);

/// From where on somebody watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// From now on, or a few seconds before.
    Now,
    /// After what they saw last: what happened shortly before it may come again.
    After(AuditEventId),
    /// After something that is not known here.
    Unknown,
}

/// Begins to watch.
pub async fn begin(app: &App, caller: &Caller, from: Beginning) -> Result<(News, Position), AppError> {
    app.authorize(caller, Operation::WatchChanges).await?;
    let view = app.changes.look(app, Look::Anew).await?;
    let heard = match from {
        // What they read before was read a moment ago, and something may have happened since.
        Beginning::Now => Some(view.made_since(app.ambient.now() - LATE).unwrap_or_default()),
        Beginning::After(id) => id.made_at().and_then(|made| view.made_since(made - LATE)),
        Beginning::Unknown => None,
    };
    Ok((told(app, caller, heard).await?, Position(view.next)))
}

/// What happened since.
pub async fn go_on(app: &App, caller: &Caller, position: Position) -> Result<(News, Position), AppError> {
    let view = app.changes.look(app, Look::Shared).await?;
    Ok((told(app, caller, view.from(position.0)).await?, Position(view.next)))
}

async fn told(app: &App, caller: &Caller, heard: Option<Vec<std::sync::Arc<Heard>>>) -> Result<News, AppError> {
    let Some(heard) = heard else { return Ok(News::Missed) };
    let mut changes = Vec::new();
    for heard in heard {
        if is_visible(app, caller, &heard).await? {
            changes.push(Change::from(heard.as_ref()));
        }
    }
    Ok(News::Changes(changes))
}

impl From<&Heard> for Change {
    fn from(heard: &Heard) -> Self {
        let field = |name| heard.field(name).map(str::to_owned);
        Self {
            id: heard.event.id,
            kind: heard.kind,
            project: heard.event.project,
            lease: field("leaseId"),
            dynamic_secret: heard.dynamic_secret().map(str::to_owned),
            approval_request: field("approvalRequestId"),
            connection: field("connectionId"),
            created_at: heard.event.created_at,
        }
    }
}
