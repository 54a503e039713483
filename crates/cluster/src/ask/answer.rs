//! An answer: collected within limits, and judged by its status and shape.

use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::client::Body;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Question, failure::explain};
use crate::error::{Certainty, Kind, Step, clean};

/// Largest answer we read. A token answer has 2 KiB and a page of a list some hundred.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// Status, headers and the whole body.
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
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

    /// The object asked for, or why there is none.
    pub(super) fn read<T: DeserializeOwned>(&self, question: &Question, secrets: &[&str]) -> Result<T, Verdict> {
        if self.status.is_success() {
            return self.object(question).map_err(|kind| (kind, Certainty::Unknown));
        }
        // A request that timed out on the way, or in a server that then failed, may have been carried out before.
        let is_definite = (300..500).contains(&self.status.as_u16()) && self.status != StatusCode::REQUEST_TIMEOUT;
        let certainty = if is_definite { Certainty::Refused } else { Certainty::Unknown };
        Err((self.refusal(question, secrets), certainty))
    }

    fn object<T: DeserializeOwned>(&self, question: &Question) -> Result<T, Kind> {
        let unreadable = |why: String| Kind::Unreadable { why: clean(&why) };
        self.check_shape()?;
        if let Some(expected) = question.kind {
            let any: AnyObject =
                serde_json::from_slice(&self.body).map_err(|_| unreadable("it is not a JSON object".to_owned()))?;
            if any.kind.as_deref() != Some(expected) {
                let got = any.kind.unwrap_or_else(|| "nothing".to_owned());
                return Err(unreadable(format!("its `kind` is `{got}` instead of `{expected}`")));
            }
        }
        // The library's message may quote the answer, which may hold a token: only the place is kept.
        serde_json::from_slice(&self.body)
            .map_err(|error| unreadable(format!("it does not fit at line {} column {}", error.line(), error.column())))
    }

    fn check_shape(&self) -> Result<(), Kind> {
        let encoding = self.header(header::CONTENT_ENCODING);
        if !encoding.is_empty() && encoding != "identity" {
            return Err(Kind::Unreadable { why: "it is compressed, which was not asked for".to_owned() });
        }
        if !self.is_json() {
            return Err(Kind::NotKubernetes { found: self.content_type() });
        }
        if self.body.is_empty() {
            return Err(Kind::Unreadable { why: "it is empty".to_owned() });
        }
        Ok(())
    }

    fn refusal(&self, question: &Question, secrets: &[&str]) -> Kind {
        let status = self.status.as_u16();
        let told = self.told();
        let message = told.as_ref().and_then(|told| told.message.clone()).unwrap_or_default();
        let message = clean(&secrets.iter().fold(message, |text, secret| text.replace(*secret, "[hidden]")));
        match status {
            300..=399 => Kind::Redirected { status },
            401 => Kind::CredentialRefused,
            403 => Kind::Forbidden { missing: Box::new(question.right.clone()), message },
            429 => Kind::Busy { retry_after_seconds: self.header(header::RETRY_AFTER).parse().ok() },
            500.. => Kind::ServerFailed { status, message },
            _ if told.is_none() => Kind::NotKubernetes { found: format!("{status}, {}", self.content_type()) },
            404 => Kind::Missing { object: question.object.clone(), message },
            _ => {
                let reason = clean(&told.and_then(|told| told.reason).unwrap_or_default());
                Kind::Rejected { status, reason, message }
            }
        }
    }

    /// The Status object that API servers explain refusals with.
    fn told(&self) -> Option<Status> {
        self.is_json().then(|| serde_json::from_slice(&self.body).ok()).flatten()
    }

    fn is_json(&self) -> bool {
        let content_type = self.header(header::CONTENT_TYPE);
        content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
    }

    fn content_type(&self) -> String {
        let text = clean(self.header(header::CONTENT_TYPE));
        if text.is_empty() { "no content type".to_owned() } else { text }
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
