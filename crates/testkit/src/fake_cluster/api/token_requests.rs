//! `POST serviceaccounts/{name}/token`.

use http::StatusCode;
use mayfly_domain::plan::ObjectKind;
use serde_json::{Value, json};

use super::{
    super::{
        object::Key,
        resources::Resource,
        rights::Needed,
        state::{ISSUER, NewToken, TokenCall, TokenWish},
        status::Status,
    },
    Answer, Asked,
};

/// Without `expirationSeconds`, an API server gives an hour.
const DEFAULT_SECONDS: i64 = 3600;
const SHORTEST_SECONDS: i64 = 600;

impl Asked<'_> {
    /// Checks in the order of the real one. `dryRun` changes nothing there, and nothing here.
    pub(super) fn create_token(&self, namespace: &str, name: &str) -> Answer {
        let resource = Resource::of(ObjectKind::ServiceAccount);
        self.require(&Needed::of(resource, "create", Some(namespace), Some(name)).with_subresource("token"))?;
        self.require_same_namespace(Some(namespace))?;
        self.require_open(namespace, resource, name)?;
        let account = (namespace.to_owned(), name.to_owned());
        let not_found = || Status::no_such_object(resource, name);
        let uid = self.uid_of(ObjectKind::ServiceAccount, &account).ok_or_else(not_found)?;
        self.require_same_account(name, &uid)?;
        let seconds = self.body.pointer("/spec/expirationSeconds").and_then(Value::as_i64).unwrap_or(DEFAULT_SECONDS);
        if seconds < SHORTEST_SECONDS {
            return Err(Status::too_short(seconds));
        }
        let secret = self.bound_secret(namespace)?;
        let secret = secret.as_ref().map(|(name, uid)| (name.as_str(), uid.as_str()));
        let audiences = self.audiences();
        let wish = TokenWish { account: &account, secret, audiences: &audiences, seconds };
        let issued = self.state.issue(&wish).ok_or_else(not_found)?;
        let call = TokenCall {
            user: self.user.clone(),
            namespace: account.0.clone(),
            account: account.1.clone(),
            jti: issued.jti.clone(),
        };
        self.state.note_token_call(call);
        Ok((StatusCode::CREATED, self.answer(&wish, &uid, &issued)))
    }

    fn uid_of(&self, kind: ObjectKind, key: &Key) -> Option<String> {
        self.state.objects().store.get(kind, key).map(|object| object.uid.clone())
    }

    /// A request may say which account of that name it means.
    fn require_same_account(&self, name: &str, uid: &str) -> Result<(), Status> {
        match self.body.pointer("/metadata/uid").and_then(Value::as_str).filter(|wanted| !wanted.is_empty()) {
            Some(wanted) if wanted != uid => {
                let why = format!(
                    "the UID in the token request ({wanted}) does not match the UID of the service account ({uid})"
                );
                Err(Status::conflict("TokenRequest", "authentication.k8s.io", name, &why))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Name and UID of the secret that the token is to be bound to. One that is being deleted will do, as for the real
    /// one.
    fn bound_secret(&self, namespace: &str) -> Result<Option<(String, String)>, Status> {
        let Some(reference) = self.body.pointer("/spec/boundObjectRef").filter(|reference| !reference.is_null()) else {
            return Ok(None);
        };
        let text = |field: &str| reference.get(field).and_then(Value::as_str).unwrap_or_default();
        if text("kind") != "Secret" {
            let message = format!("cannot bind token to object of type /{}, Kind={}", text("apiVersion"), text("kind"));
            return Err(Status::bad_request(message));
        }
        let (name, wanted) = (text("name"), text("uid"));
        if name.is_empty() {
            return Err(Status::bad_request("Name parameter required.".to_owned()));
        }
        let resource = Resource::of(ObjectKind::Secret);
        let found = self.uid_of(ObjectKind::Secret, &(namespace.to_owned(), name.to_owned()));
        let uid = found.ok_or_else(|| Status::no_such_object(resource, name))?;
        if !wanted.is_empty() && wanted != uid {
            let why = format!(
                "the UID in the bound object reference ({wanted}) does not match the UID in record. The object might \
                 have been deleted and then recreated"
            );
            return Err(Status::conflict(resource.name(), resource.group, name, &why));
        }
        Ok(Some((name.to_owned(), uid)))
    }

    fn audiences(&self) -> Vec<String> {
        let asked = self.body.pointer("/spec/audiences").and_then(Value::as_array).filter(|list| !list.is_empty());
        asked.map_or_else(
            || vec![ISSUER.to_owned()],
            |list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        )
    }

    fn answer(&self, wish: &TokenWish<'_>, uid: &str, issued: &NewToken) -> Value {
        let (namespace, name) = wish.account;
        let reference = self.body.pointer("/spec/boundObjectRef");
        json!({
            "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "metadata": {
                "name": name, "namespace": namespace, "uid": uid, "creationTimestamp": self.state.now_text(),
            },
            "spec": { "audiences": wish.audiences, "expirationSeconds": issued.seconds, "boundObjectRef": reference },
            "status": { "token": issued.token, "expirationTimestamp": issued.expires_at.to_string() },
        })
    }
}
