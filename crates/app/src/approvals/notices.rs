//! Mail about requests: to those who may decide that one waits, and to whoever asked what became of it.
//!
//! A request says itself, in the transaction of its change, that somebody is to be told. While the mail server is away it is
//! tried again, for a day. A mail never holds a token, and nothing can be decided by a link in it.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    approval::{ApprovalRequest, ApprovalState},
    caller::Actor,
    error::chain,
    identity::User,
    membership::Principal,
};
use mayfly_store::approval_notices::ApprovalNotice;

use super::{
    notice_text,
    voters::{may_speak, person},
};
use crate::{
    App, AppError,
    access::everybody,
    mail::Mailer,
    sign_in::{HardLimit, admit_hard},
};

/// Requests told of in one round.
const BATCH: i64 = 20;
/// Mails about one request: a project in which more people decide does not need all of them.
const MOST_MAILS: usize = 50;
/// After how long one is tried again that nobody was told of.
const RETRY: SignedDuration = SignedDuration::from_mins(1);
/// After this nobody is told any more.
const WORTH_TELLING: SignedDuration = SignedDuration::from_hours(24);
const PEOPLE_PAGE: i64 = 200;

/// Tells of requests that changed since the last time. Without a mail server nobody is told.
pub async fn send_notices(app: &App) -> Result<(), AppError> {
    let Some(mailer) = &app.mailer else { return Ok(()) };
    let now = app.ambient.now();
    for notice in app.store.approval_notices().due(now, BATCH).await? {
        let until = now.saturating_add(RETRY).unwrap_or(Timestamp::MAX);
        let Some(notice) = app.store.approval_notices().claim(&notice, until).await? else { continue };
        match tell(app, mailer, &notice).await {
            Ok(()) => app.store.approval_notices().told(&notice).await?,
            Err(error) => {
                let id = notice.request.id;
                tracing::error!(request = %id, error = %chain(&error), "nobody could be told of a request; it is tried again");
            }
        }
    }
    Ok(())
}

/// Sends what there is to be told; fails where not one mail could be sent.
async fn tell(app: &App, mailer: &Mailer, notice: &ApprovalNotice) -> Result<(), AppError> {
    let request = &notice.request;
    let now = app.ambient.now();
    if now.duration_since(request.updated_at) > WORTH_TELLING {
        return Ok(());
    }
    let people = match request.state_at(now) {
        ApprovalState::Pending => deciders(app, request).await?,
        ApprovalState::Cancelled => Vec::new(),
        _ => requester(app, request).await?.into_iter().collect(),
    };
    let project = match request.project {
        Some(project) => app.store.projects().get(request.organization, project).await?,
        None => None,
    };
    let text = notice_text::of(request, project.as_ref(), now);
    let (mut sent, mut failure) = (0_usize, None);
    for person in people.into_iter().take(MOST_MAILS) {
        match admit_hard(app, HardLimit::Notice(person.id)).await {
            // They have much mail of ours already, and a list that shows this too.
            Err(AppError::TooManyAttempts { .. }) => continue,
            admitted => admitted?,
        }
        match mailer.send_notice(&person.email, &text).await {
            Ok(()) => sent += 1,
            Err(error) => failure = Some(error),
        }
    }
    match failure {
        Some(error) if sent == 0 => Err(error),
        Some(error) => {
            tracing::error!(request = %request.id, error = %chain(&error), "some people could not be told of a request");
            Ok(())
        }
        None => Ok(()),
    }
}

/// Whoever asked, if it is a person who can still sign in.
async fn requester(app: &App, request: &ApprovalRequest) -> Result<Option<User>, AppError> {
    let Actor::User { user_id, .. } = &request.requester else { return Ok(None) };
    person(app, request, *user_id).await
}

/// The people whose word would count, in the order of their ids, but for those who gave it.
async fn deciders(app: &App, request: &ApprovalRequest) -> Result<Vec<User>, AppError> {
    let mut found = Vec::new();
    for user in candidates(app, request).await? {
        let has_spoken = request.votes.iter().any(|vote| vote.user_id == user.id);
        if !has_spoken && may_speak(app, request, &user).await? {
            found.push(user);
        }
    }
    Ok(found)
}

/// Those who might decide, if they can still sign in: everybody in the project, or in the organization where it is the
/// organization's.
async fn candidates(app: &App, request: &ApprovalRequest) -> Result<Vec<User>, AppError> {
    let mut found = Vec::new();
    if let Some(project) = request.project {
        for principal in everybody(app, project).await? {
            let Principal::User(id) = principal else { continue };
            found.extend(person(app, request, id).await?);
        }
        return Ok(found);
    }
    let mut after = None;
    loop {
        let page = app.store.users().page(request.organization, after, PEOPLE_PAGE).await?;
        after = page.last().map(|user| user.id);
        let is_last = i64::try_from(page.len()).is_ok_and(|length| length < PEOPLE_PAGE);
        found.extend(page.into_iter().filter(|user| !user.is_disabled));
        if is_last {
            return Ok(found);
        }
    }
}
