//! Lists that come in pages, read up to a bound or to their end.

use k8s_openapi::{List, ListableResource};
use kube::api::ListParams;
use serde::de::DeserializeOwned;

use crate::{
    ask::{Question, Session},
    error::{ClusterError, Kind},
    right::Right,
};

/// Objects per page: with 4 KiB each, generous for namespaces and service accounts, a page fills less than the 1 MiB
/// that an answer may have.
const PAGE: u32 = 200;

/// Most objects of a list that somebody chooses from. Nobody does from a longer one.
const MOST_OBJECTS: usize = 5_000;

/// A list, as far as it was read.
pub(crate) enum Pages<T> {
    Read { items: Vec<T>, is_complete: bool },
    NotAllowed(Right),
}

/// Reads a list page by page, up to a bound; `question` makes the call for one page.
pub(crate) async fn read<T>(
    session: &Session<'_>,
    selector: &ListParams,
    question: impl Fn(&ListParams) -> Question,
) -> Result<Pages<T>, ClusterError>
where
    T: ListableResource + DeserializeOwned,
{
    read_as(session, selector, question, (MOST_OBJECTS, Some)).await
}

/// Reads a list to its end, and keeps of each object what `keep` makes of it.
pub(crate) async fn read_all<T, U>(
    session: &Session<'_>,
    selector: &ListParams,
    question: impl Fn(&ListParams) -> Question,
    keep: impl Fn(T) -> Option<U>,
) -> Result<Pages<U>, ClusterError>
where
    T: ListableResource + DeserializeOwned,
{
    read_as(session, selector, question, (usize::MAX, keep)).await
}

async fn read_as<T, U>(
    session: &Session<'_>,
    selector: &ListParams,
    question: impl Fn(&ListParams) -> Question,
    (most, keep): (usize, impl Fn(T) -> Option<U>),
) -> Result<Pages<U>, ClusterError>
where
    T: ListableResource + DeserializeOwned,
{
    let mut size = PAGE;
    let mut page = selector.clone();
    let mut items: Vec<U> = Vec::new();
    loop {
        page = page.limit(size);
        let answer: List<T> = match session.ask(&question(&page)).await {
            Ok(answer) => answer,
            // Objects may be larger than those we make: fewer of them fit.
            Err(error) if matches!(error.kind, Kind::TooLarge { .. }) && size > 1 => {
                size /= 2;
                continue;
            }
            Err(error) => return refused(error, items),
        };
        items.extend(answer.items.into_iter().filter_map(&keep));
        match answer.metadata.continue_.filter(|token| !token.is_empty()) {
            None => return Ok(Pages::Read { items, is_complete: true }),
            Some(_) if items.len() >= most => return Ok(Pages::Read { items, is_complete: false }),
            Some(token) => page = page.continue_token(&token),
        }
    }
}

/// 403 is an answer of its own; so is 410 in the middle, when the cluster no longer remembers the list we were reading.
fn refused<T>(error: ClusterError, items: Vec<T>) -> Result<Pages<T>, ClusterError> {
    const GONE: u16 = 410;
    if let Kind::Forbidden { missing, .. } = error.kind {
        return Ok(Pages::NotAllowed(*missing));
    }
    let is_forgotten = matches!(error.kind, Kind::Rejected { status: GONE, .. }) && !items.is_empty();
    if is_forgotten { Ok(Pages::Read { items, is_complete: false }) } else { Err(error) }
}
