//! What can be made to go wrong, for which call, and when.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::{HeaderName, Method, Response, StatusCode, header};
use serde_json::Value;

use super::{calls::Calls, gate::Gate, tokens::with_changed_claims};

/// One thing that goes wrong with one call. "Acts" means that the API server carries the call out.
#[derive(Clone)]
pub enum Fault {
    /// Closes the connection. Does not act.
    Close,
    /// Resets the connection. Does not act.
    Reset,
    /// Never answers. Does not act.
    Hang,
    /// Acts, and never answers.
    HangAfterAct,
    /// Acts, and closes the connection without a byte of the answer.
    LoseAnswer,
    /// Acts, and resets the connection in the middle of the answer's body.
    CutBody,
    /// Acts, and answers 500 all the same.
    FailAfterAct,
    /// Acts, and answers once the gate lets it through.
    Delay(Gate),
    /// Acts only once the gate lets it through, and does so even if the caller is gone by then. Answers after that.
    ActLate(Gate),
    /// Acts, and sends the body one byte at a time, each when the gate lets it through.
    SlowBody(Gate),
    /// Acts, and answers with about this many bytes, without saying so before.
    HugeBody(usize),
    /// Acts, and announces an answer of this many bytes.
    HugeAnnouncement(usize),
    /// Does not act, and answers this.
    Answer(Response<Bytes>),
    /// Acts, and changes the answer.
    Rewrite(Rewrite),
}

/// A change to an answer.
pub type Rewrite = Arc<dyn Fn(Response<Bytes>) -> Response<Bytes> + Send + Sync>;

impl fmt::Debug for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Close => "Close",
            Self::Reset => "Reset",
            Self::Hang => "Hang",
            Self::HangAfterAct => "HangAfterAct",
            Self::LoseAnswer => "LoseAnswer",
            Self::CutBody => "CutBody",
            Self::FailAfterAct => "FailAfterAct",
            Self::Delay(_) => "Delay",
            Self::ActLate(_) => "ActLate",
            Self::SlowBody(_) => "SlowBody",
            Self::HugeBody(_) => "HugeBody",
            Self::HugeAnnouncement(_) => "HugeAnnouncement",
            Self::Answer(_) => "Answer",
            Self::Rewrite(_) => "Rewrite",
        })
    }
}

impl Fault {
    /// An answer of some type and text.
    ///
    /// # Panics
    /// If HTTP knows no such status, or a header cannot hold the type.
    pub fn answer(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        Self::answer_with(status, &[(header::CONTENT_TYPE, content_type)], body.into())
    }

    /// A redirect to another place.
    ///
    /// # Panics
    /// If HTTP knows no such status, or a header cannot hold the place.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::answer_with(status, &[(header::LOCATION, location)], Bytes::new())
    }

    /// An answer with any headers.
    ///
    /// # Panics
    /// If HTTP knows no such status, or a header cannot hold a value.
    pub fn answer_with(status: u16, headers: &[(HeaderName, &str)], body: Bytes) -> Self {
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(status).expect("a status that HTTP knows");
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            response.headers_mut().insert(name, value.parse().expect("a value that a header may hold"));
        }
        Self::Answer(response)
    }

    /// Changes the JSON of the answer.
    pub fn rewrite_json(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Rewrite(Arc::new(move |response| {
            response.map(|bytes| {
                let mut json = serde_json::from_slice(&bytes).unwrap_or_default();
                change(&mut json);
                Bytes::from(json.to_string())
            })
        }))
    }

    /// Changes the claims of the token in a token call's answer.
    pub fn rewrite_claims(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::rewrite_json(move |answer| {
            if let Some(Value::String(token)) = answer.pointer_mut("/status/token") {
                *token = with_changed_claims(token, &change);
            }
        })
    }
}

/// Which of the matching calls is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Each one.
    Always,
    /// Only this one, counted from 1 and from the moment of injection.
    Nth(u32),
}

/// The faults in force. Clones are the same set.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Rule>>>);

#[derive(Debug)]
struct Rule {
    calls: Calls,
    when: When,
    fault: Fault,
    matched: u32,
}

impl Faults {
    /// Makes `calls` go wrong from now on. Of several that fit, the first injected wins.
    pub fn inject(&self, calls: Calls, when: When, fault: Fault) {
        self.rules().push(Rule { calls, when, fault, matched: 0 });
    }

    /// Everything works again. Calls that hang already go on hanging.
    pub fn clear(&self) {
        self.rules().clear();
    }

    pub(super) fn next(&self, method: &Method, path: &str) -> Option<Fault> {
        let mut rules = self.rules();
        let hits: Vec<Fault> = rules.iter_mut().filter_map(|rule| rule.hit(method, path)).collect();
        hits.into_iter().next()
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rule {
    fn hit(&mut self, method: &Method, path: &str) -> Option<Fault> {
        if !self.calls.contain(method, path) {
            return None;
        }
        self.matched += 1;
        let is_due = match self.when {
            When::Always => true,
            When::Nth(wanted) => self.matched == wanted,
        };
        is_due.then(|| self.fault.clone())
    }
}
