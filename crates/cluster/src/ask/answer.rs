//! An answer: collected within limits, and judged by its status and shape.

use http::{HeaderMap, HeaderName, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::client::Body;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Question, failure::explain};
use crate::{
    error::{Certainty, Kind, Step, clean},
    questions::JWKS,
};

/// Largest answer we read. A token answer has 2 KiB and a page of a list some hundred.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Status, headers and the whole body.
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// An answer, beside what is needed to judge it.
struct Reading<'a> {
    answer: Answer,
    question: &'a Question,
    /// What must not come back in any text.
    secrets: &'a [&'a str],
}

/// A verdict: what is wrong, and what it says about the request.
type Verdict = (Kind, Certainty);

/// The field that every Kubernetes object has.
#[derive(Deserialize)]
struct AnyObject {
    kind: Option<String>,
}

impl Answer {
    /// Reads a response to its end, or to the limit.
    pub(super) async fn collect(response: http::Response<Body>) -> Result<Self, (Step, Kind)> {
        let too_large = (Step::Answer, Kind::TooLarge { limit: LARGEST_ANSWER });
        let (head, mut incoming) = response.into_parts();
        if usize::try_from(incoming.size_hint().lower()).map_or(true, |size| size > LARGEST_ANSWER) {
            return Err(too_large);
        }
        let mut body = Vec::new();
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|error| explain(&error, Step::Answer))?;
            let Ok(data) = frame.into_data() else { continue };
            if body.len() + data.len() > LARGEST_ANSWER {
                return Err(too_large);
            }
            body.extend_from_slice(&data);
        }
        Ok(Self { status: head.status, headers: head.headers, body })
    }

    /// The object that `question` asked for, or why there is none. No text of the verdict repeats one of `secrets`.
    pub(super) fn read<T: DeserializeOwned>(self, question: &Question, secrets: &[&str]) -> Result<T, Verdict> {
        Reading { answer: self, question, secrets }.read()
    }

    fn is_json(&self) -> bool {
        let content_type = self.header(header::CONTENT_TYPE);
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        ["application/json", JWKS].iter().any(|json| media_type.eq_ignore_ascii_case(json))
    }

    fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Reading<'_> {
    fn read<T: DeserializeOwned>(&self) -> Result<T, Verdict> {
        let status = self.answer.status;
        if status.is_success() {
            return self.object().map_err(|kind| (kind, Certainty::Unknown));
        }
        // A request that timed out on the way, or in a server that then failed, may have been carried out before.
        let is_definite = (300..500).contains(&status.as_u16()) && status != StatusCode::REQUEST_TIMEOUT;
        let certainty = if is_definite { Certainty::Refused } else { Certainty::Unknown };
        Err((self.refusal(), certainty))
    }

    fn object<T: DeserializeOwned>(&self) -> Result<T, Kind> {
        let body = &self.answer.body;
        self.check_shape()?;
        if let Some(expected) = self.question.kind {
            let any: AnyObject =
                serde_json::from_slice(body).map_err(|_| unreadable("it is not a JSON object".to_owned()))?;
            if any.kind.as_deref() != Some(expected) {
                let got = any.kind.map_or_else(|| "nothing".to_owned(), |kind| self.shown(&kind));
                return Err(unreadable(format!("its `kind` is `{got}` instead of `{expected}`")));
            }
        }
        // The library's message may quote the answer, which may hold a token: only the place is kept.
        serde_json::from_slice(body)
            .map_err(|error| unreadable(format!("it does not fit at line {} column {}", error.line(), error.column())))
    }

    fn check_shape(&self) -> Result<(), Kind> {
        let encoding = self.answer.header(header::CONTENT_ENCODING);
        if !encoding.is_empty() && encoding != "identity" {
            return Err(unreadable("it is compressed, which was not asked for".to_owned()));
        }
        if !self.answer.is_json() {
            return Err(Kind::NotKubernetes { found: self.content_type() });
        }
        if self.answer.body.is_empty() {
            return Err(unreadable("it is empty".to_owned()));
        }
        Ok(())
    }

    fn refusal(&self) -> Kind {
        let status = self.answer.status.as_u16();
        let told = self.told();
        let words = |text: Option<&String>| self.shown(text.map_or("", String::as_str));
        let message = words(told.as_ref().and_then(|told| told.message.as_ref()));
        match status {
            300..=399 => Kind::Redirected { status },
            401 => Kind::CredentialRefused,
            403 => Kind::Forbidden { missing: Box::new(self.question.right.clone()), message },
            429 => Kind::Busy { retry_after_seconds: self.answer.header(header::RETRY_AFTER).parse().ok() },
            500.. => Kind::ServerFailed { status, message },
            _ if told.is_none() => Kind::NotKubernetes { found: format!("{status}, {}", self.content_type()) },
            404 => Kind::Missing { object: self.question.object.clone(), message },
            _ => {
                let reason = words(told.as_ref().and_then(|told| told.reason.as_ref()));
                Kind::Rejected { status, reason, message }
            }
        }
    }

    /// The Status object that API servers explain refusals with.
    fn told(&self) -> Option<Status> {
        self.answer.is_json().then(|| serde_json::from_slice(&self.answer.body).ok()).flatten()
    }

    fn content_type(&self) -> String {
        let text = self.shown(self.answer.header(header::CONTENT_TYPE));
        if text.is_empty() { "no content type".to_owned() } else { text }
    }

    /// Foreign words, fit to be shown.
    fn shown(&self, text: &str) -> String {
        let without = self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(*secret, "[hidden]"));
        clean(&without)
    }
}

fn unreadable(why: String) -> Kind {
    Kind::Unreadable { why }
}
