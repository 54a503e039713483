//! "May I?", "who am I?" and "whose is this?"

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{rights::Needed, state::groups_of, status::Status},
    Answer, Asked,
};

impl Asked<'_> {
    pub(super) fn review_access(&self) -> Answer {
        let Some(attributes) = self.body.pointer("/spec/resourceAttributes") else {
            return Err(Status::bad_request("the fake cluster reviews resource attributes only".to_owned()));
        };
        let text = |key: &str| attributes.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let needed = Needed {
            verb: text("verb").unwrap_or_default(),
            group: text("group").unwrap_or_default(),
            plural: text("resource").unwrap_or_default(),
            subresource: text("subresource"),
            namespace: text("namespace"),
            name: text("name"),
        };
        let allowed = self.holds(&needed);
        Ok((
            StatusCode::CREATED,
            json!({
                "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
                "metadata": {}, "spec": self.body.get("spec"), "status": { "allowed": allowed },
            }),
        ))
    }

    pub(super) fn review_token(&self) -> Answer {
        self.require(&Needed {
            group: "authentication.k8s.io".to_owned(),
            ..Needed::new("create", "tokenreviews", None, None)
        })?;
        let token = self.body.pointer("/spec/token").and_then(Value::as_str).unwrap_or_default();
        let asked = self.body.pointer("/spec/audiences").and_then(Value::as_array);
        let asked: Vec<String> =
            asked.into_iter().flatten().filter_map(|audience| audience.as_str().map(str::to_owned)).collect();
        let status = match self.state.review(token, &asked) {
            Some((user, audiences)) => {
                let groups = groups_of(&user);
                json!({ "authenticated": true, "user": { "username": user, "uid": "", "groups": groups },
                        "audiences": audiences })
            }
            None => json!({ "user": {}, "error": "[invalid bearer token, token audiences are not among those asked]" }),
        };
        Ok((
            StatusCode::CREATED,
            json!({
                "kind": "TokenReview", "apiVersion": "authentication.k8s.io/v1", "metadata": {},
                "spec": self.body.get("spec"), "status": status,
            }),
        ))
    }

    pub(super) fn review_self(&self) -> (StatusCode, Value) {
        let user = json!({ "username": self.user, "uid": "", "groups": groups_of(&self.user) });
        let review = json!({
            "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
            "metadata": { "creationTimestamp": self.state.now_text() }, "status": { "userInfo": user },
        });
        (StatusCode::CREATED, review)
    }
}
