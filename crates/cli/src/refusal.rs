//! A refusal by the server: its words for people, its code for scripts.

use mayfly_api::problem::{FieldIssue, Message, Problem};

use crate::error::Exit;

/// The server's answer when it is not a success.
#[derive(Debug, thiserror::Error)]
#[error("{}", headline(.problem))]
pub(crate) struct Refusal {
    problem: Box<Problem>,
    /// What to do about it, line by line.
    hints: Vec<String>,
}

impl Refusal {
    /// Takes the server's own words.
    pub(crate) fn new(problem: Problem) -> Self {
        Self { problem: Box::new(problem), hints: Vec::new() }
    }

    /// The exit code. The problem's code decides where the status does not tell whose fault it is.
    pub(crate) fn exit(&self) -> Exit {
        match (self.problem.code.as_str(), self.problem.status_code) {
            ("cluster_unreachable", _) => Exit::Unreachable,
            ("cluster_refused" | "connection_test_failed", _) => Exit::ClusterRefused,
            ("access_token_expired", _) | (_, 401) => Exit::NotSignedIn,
            (_, 403) => Exit::NotAllowed,
            (_, 404) => Exit::NotFound,
            (_, 408 | 504) => Exit::TimedOut,
            (_, 400..=499) => Exit::Rejected,
            _ => Exit::Unexpected,
        }
    }

    /// Whether an access token was refused because nobody can use it any more.
    pub(crate) fn is_dead_token(&self) -> bool {
        matches!(
            self.problem.code.as_str(),
            "access_token_refused" | "access_token_expired" | "access_token_at_its_end" | "session_ended"
        )
    }

    /// Whether the server only asks to be asked later.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self.problem.status_code, 429 | 503)
    }

    /// Whether it was the server that could not, and not the caller who may not.
    pub(crate) const fn is_of_the_server(&self) -> bool {
        self.problem.status_code >= 500
    }

    /// Whether a second factor is asked for.
    pub(crate) fn wants_code(&self) -> bool {
        self.problem.code == "mfa_required"
    }

    /// The request that waits for another person's word, where that is why.
    pub(crate) fn waiting_request(&self) -> Option<&str> {
        let details = self.problem.details.as_ref().filter(|_| self.problem.code == "approval_required")?;
        details.get("approvalRequestId")?.as_str()
    }

    /// Says too what to do about it.
    pub(crate) fn with_hint(mut self, hint: String) -> Self {
        self.hints.push(hint);
        self
    }

    /// The faulty fields, what to do, and what leads to the server's log.
    pub(crate) fn more_lines(&self) -> Vec<String> {
        let mut lines = match &self.problem.message {
            Message::Text(_) => Vec::new(),
            Message::Fields(issues) => issues.iter().map(field_line).collect(),
        };
        lines.extend(self.hints.iter().map(|hint| format!("  {hint}")));
        if !self.problem.req_id.is_empty() {
            lines.push(format!("  request {}", self.problem.req_id));
        }
        lines
    }
}

fn headline(problem: &Problem) -> String {
    match &problem.message {
        Message::Text(text) => text.clone(),
        Message::Fields(issues) if issues.len() == 1 => "the server refused a value".to_owned(),
        Message::Fields(issues) => format!("the server refused {} values", issues.len()),
    }
}

/// The outermost name says `body` or `query`, which is nothing to somebody who typed flags.
fn field_line(issue: &FieldIssue) -> String {
    let path = issue.path.get(1..).unwrap_or_default().join(".");
    if path.is_empty() { format!("  {}", issue.message) } else { format!("  `{path}` {}", issue.message) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status_code: u16, code: &str, message: Message) -> Refusal {
        let (req_id, error) = ("req-1".to_owned(), "X".to_owned());
        Refusal::new(Problem { req_id, status_code, message, error, code: code.to_owned(), details: None })
    }

    #[test]
    fn each_refusal_has_its_exit_code() {
        let cases = [
            (400, "cluster_unreachable", Exit::Unreachable),
            (400, "cluster_refused", Exit::ClusterRefused),
            (400, "connection_test_failed", Exit::ClusterRefused),
            (400, "ttl_refused", Exit::Rejected),
            (401, "not_signed_in", Exit::NotSignedIn),
            (403, "access_token_expired", Exit::NotSignedIn),
            (403, "permission_denied", Exit::NotAllowed),
            (404, "not_found", Exit::NotFound),
            (409, "changed_meanwhile", Exit::Rejected),
            (422, "validation_failure", Exit::Rejected),
            (504, "cluster_timed_out", Exit::TimedOut),
            (500, "internal_error", Exit::Unexpected),
            (503, "store_unavailable", Exit::Unexpected),
        ];
        for (status, code, exit) in cases {
            assert_eq!(refusal(status, code, Message::Text(String::new())).exit(), exit, "{status} {code}");
        }
    }

    #[test]
    fn every_faulty_field_has_its_line() {
        let issue = |path: &[&str], message: &str| FieldIssue {
            code: String::new(),
            path: path.iter().map(|name| (*name).to_owned()).collect(),
            message: message.to_owned(),
        };
        let issues = vec![issue(&["body", "provider", "inputs", "url"], "must be https"), issue(&["body"], "is empty")];
        let refusal = refusal(422, "validation_failure", Message::Fields(issues));
        assert_eq!(refusal.to_string(), "the server refused 2 values");
        let lines = ["  `provider.inputs.url` must be https", "  is empty", "  request req-1"];
        assert_eq!(refusal.more_lines(), lines);
    }
}
