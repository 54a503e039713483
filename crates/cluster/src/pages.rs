//! Lists that come in pages, read up to a bound.

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

/// Most objects read in one go. Nobody chooses from a longer list; whoever sweeps is told that there is more.
const MOST_OBJECTS: usize = 5_000;

/// A list, as far as it was read.
pub(crate) enum Pages<T> {
    Read { items: Vec<T>, is_complete: bool },
    NotAllowed(Right),
}

/// Reads a list page by page; `question` makes the call for one page.
pub(crate) async fn read<T>(
    session: &Session<'_>,
    selector: &ListParams,
    question: impl Fn(&ListParams) -> Question,
) -> Result<Pages<T>, ClusterError>
where
    T: ListableResource + DeserializeOwned,
{
    let mut page = selector.clone().limit(PAGE);
    let mut items: Vec<T> = Vec::new();
    loop {
        let answer: List<T> = match session.ask(&question(&page)).await {
            Ok(answer) => answer,
            Err(error) => return refused(error, items),
        };
        items.extend(answer.items);
        match answer.metadata.continue_.filter(|token| !token.is_empty()) {
            None => return Ok(Pages::Read { items, is_complete: true }),
            Some(_) if items.len() >= MOST_OBJECTS => return Ok(Pages::Read { items, is_complete: false }),
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
