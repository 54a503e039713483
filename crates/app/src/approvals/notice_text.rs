//! What a mail about a request says. What others wrote stands in lines of its own, marked, and is never a link's text.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{
    approval::{ApprovalRequest, ApprovalState, ApprovalWish, LeaseWish},
    caller::Actor,
    project::Project,
};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NoticeText {
    /// One line, of our words alone.
    pub(crate) subject: &'static str,
    /// The text.
    pub(crate) body: String,
}

/// What there is to be said of `request` at `now`.
pub(super) fn of(request: &ApprovalRequest, project: Option<&Project>, now: Timestamp) -> NoticeText {
    let (wish, place) = (wish(&request.wish), place(project));
    let scope = project.map_or_else(|| "--organization".to_owned(), |project| format!("--project {}", project.slug));
    let (id, asker) = (request.id, asker(&request.requester));
    let (subject, news) = match request.state_at(now) {
        ApprovalState::Pending => (
            "A request waits for your word",
            format!(
                "{asker} asks for {wish}{place}.\n\n{}It waits until {}. To look at it, and to agree or refuse:\n\n  \
                 mayfly approval show {id} {scope}\n  mayfly approval approve {id} {scope}\n  \
                 mayfly approval deny {id} {scope} --reason \"...\"\n\nIf you do nothing, nothing happens.\n",
                request.reason.as_deref().map_or_else(String::new, |reason| format!("Why:\n\n{}\n", quoted(reason))),
                moment(request.expires_at),
            ),
        ),
        ApprovalState::Approved { until } => (
            "Your request was agreed to",
            format!(
                "You may have {wish}{place}, once, until {}: ask for it again, or\n\n  mayfly approval fetch {id} {scope}\n",
                moment(until)
            ),
        ),
        ApprovalState::Denied { by, why, .. } => (
            "Your request was refused",
            format!("{by} refused {wish}{place}, for which you asked. Why:\n\n{}", quoted(&why)),
        ),
        ApprovalState::Used { .. } => {
            ("Your request was carried out", format!("What you asked for was done: {wish}{place}.\n"))
        }
        ApprovalState::Expired | ApprovalState::Cancelled => {
            ("Your request ran out", format!("{} {wish}{place}. You may ask again.\n", ran_out(request)))
        }
    };
    NoticeText { subject, body: news }
}

/// What did not happen in time, as far as the votes tell.
fn ran_out(request: &ApprovalRequest) -> &'static str {
    match request.votes.len() {
        0 => "Nobody decided in time on",
        votes if votes < usize::from(request.approvals) => "Not enough people agreed in time to",
        _ => "It was agreed to, but you did not use it in time:",
    }
}

fn place(project: Option<&Project>) -> String {
    project.map_or_else(String::new, |project| format!(" in the project `{}`", project.slug))
}

fn asker(requester: &Actor) -> String {
    match requester {
        Actor::User { email, .. } => email.clone(),
        Actor::Identity { name, .. } => format!("the machine `{}`", plain(name)),
        Actor::Anonymous | Actor::Platform => "somebody".to_owned(),
    }
}

fn wish(wish: &ApprovalWish) -> String {
    match wish {
        ApprovalWish::IssueLease(wish) => {
            let LeaseWish { name, place, ttl_seconds, namespace, .. } = wish.as_ref();
            let within =
                namespace.as_ref().map_or_else(String::new, |namespace| format!(" for the namespace `{namespace}`"));
            let life = SignedDuration::from_secs(i64::try_from(*ttl_seconds).unwrap_or(i64::MAX));
            format!("a lease of `{name}` at `{}:{}`{within}, for {life:#}", place.environment_slug, plain(&place.path))
        }
        ApprovalWish::LoosenPolicy { environment_slug, .. } => {
            format!("a policy of `{environment_slug}` that asks for less")
        }
        ApprovalWish::LoosenConnection { name, .. } => {
            format!("fewer approvals for leases of the cluster connection `{}`", plain(name))
        }
    }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Each line marked as somebody else's.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  > {}", plain(line))).collect();
    lines.join("\n") + "\n"
}

/// Nothing that a terminal or a mail reader would act upon.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_is_marked_and_moves_no_cursor() {
        assert_eq!(quoted("freeze\u{1b}[2J\r\nuntil\u{7} Monday"), "  > freeze[2J\n  > until Monday\n");
    }
}
