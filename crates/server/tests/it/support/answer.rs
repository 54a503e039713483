//! An answer of the server, and what every one of them must be.

use http::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// What was asked, for messages.
    pub(crate) asked: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body, which must be JSON and must say so: some clients silently decode nothing otherwise.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json", "{}: {}", self.asked, self.text);
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self.text))
    }

    /// The body of a success, which is always 200.
    #[track_caller]
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}: {}", self.asked, self.text);
        self.json()
    }

    /// The body of an error, whose envelope must be whole.
    #[track_caller]
    pub(crate) fn problem(&self) -> Value {
        let body = self.json();
        assert_eq!(body["statusCode"], self.status, "{}: {body}", self.asked);
        assert_eq!(body["reqId"], self.header("x-request-id"), "{}: {body}", self.asked);
        assert!(body["reqId"].as_str().is_some_and(|id| id.starts_with("req-")), "{}: {body}", self.asked);
        for field in ["error", "code"] {
            assert!(body[field].as_str().is_some_and(|word| !word.is_empty()), "{}: {body}", self.asked);
        }
        assert_eq!(body["message"].is_array(), self.status == 422, "{}: {body}", self.asked);
        body
    }

    /// The text of a refusal with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> String {
        let body = self.problem();
        assert_eq!((self.status, body["code"].as_str()), (status, Some(code)), "{}: {body}", self.asked);
        match &body["message"] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    /// The faulty fields of a 422, each as `path`, `code`, `message`.
    #[track_caller]
    pub(crate) fn faults(&self) -> Vec<(String, String, String)> {
        self.refused(422, "validation_failure");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let fault = |fault: &Value| {
            let path: Vec<String> = fault["path"].as_array().into_iter().flatten().map(text).collect();
            (path.join("."), text(&fault["code"]), text(&fault["message"]))
        };
        self.problem()["message"].as_array().into_iter().flatten().map(fault).collect()
    }

    /// The body without what differs between two answers to the same question.
    #[track_caller]
    pub(crate) fn without_request_id(&self) -> Value {
        let mut body = self.problem();
        body["reqId"] = Value::Null;
        body
    }
}

/// The paths and codes of faults, to be compared with an expected list.
pub(crate) fn paths_and_codes(faults: &[(String, String, String)]) -> Vec<(&str, &str)> {
    faults.iter().map(|(path, code, _)| (path.as_str(), code.as_str())).collect()
}
