//! `POST serviceaccounts/{name}/token`.

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        rights::Needed,
        state::{ISSUER, NewToken, TokenCall},
        status::Status,
    },
    Answer, Asked,
};

/// Without `expirationSeconds`, an API server gives an hour.
const DEFAULT_SECONDS: i64 = 3600;
const SHORTEST_SECONDS: i64 = 600;

impl Asked<'_> {
    pub(super) fn create_token(&self, namespace: &str, name: &str) -> Answer {
        let needed = Needed::new("create", "serviceaccounts", Some(namespace), Some(name));
        self.require(&needed.with_subresource("token"))?;
        let account = (namespace.to_owned(), name.to_owned());
        let not_found = || Status::not_found("serviceaccounts", name);
        if self.state.objects().account(&account).is_none() {
            return Err(not_found());
        }
        let seconds = self.body.pointer("/spec/expirationSeconds").and_then(Value::as_i64).unwrap_or(DEFAULT_SECONDS);
        if seconds < SHORTEST_SECONDS {
            return Err(Status::too_short(seconds));
        }
        let audiences = self.audiences();
        let issued = self.state.issue(&account, &audiences, seconds).ok_or_else(not_found)?;
        let call = TokenCall {
            user: self.user.clone(),
            namespace: account.0.clone(),
            account: account.1.clone(),
            jti: issued.jti.clone(),
        };
        self.state.note_token_call(call);
        Ok((StatusCode::CREATED, self.answer(&account, &audiences, &issued)))
    }

    fn audiences(&self) -> Vec<String> {
        let asked = self.body.pointer("/spec/audiences").and_then(Value::as_array).filter(|list| !list.is_empty());
        asked.map_or_else(
            || vec![ISSUER.to_owned()],
            |list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        )
    }

    fn answer(&self, (namespace, name): &(String, String), audiences: &[String], issued: &NewToken) -> Value {
        json!({
            "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "metadata": { "name": name, "namespace": namespace, "creationTimestamp": self.state.now_text() },
            "spec": { "audiences": audiences, "expirationSeconds": issued.seconds, "boundObjectRef": null },
            "status": { "token": issued.token, "expirationTimestamp": issued.expires_at.to_string() },
        })
    }
}
