//! What is in the fake cluster: namespaces, service accounts, users and their rights, and the tokens it gave out.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::clock::Ambient;
use serde_json::{Value, json};

use super::{
    rights::FakeRight,
    tokens::{Claims, Signer, uuid},
};

/// The API server's own audience and issuer.
pub(super) const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// How much longer than `exp` a real API server accepts a token.
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Everything, behind one lock.
pub(super) struct State {
    pub(super) ambient: Ambient,
    /// The longest life a token gets, in seconds; longer ones are shortened, as with the real flag for it.
    pub(super) longest_token: Option<i64>,
    signer: Signer,
    objects: Mutex<Objects>,
}

#[derive(Default)]
pub(super) struct Objects {
    pub(super) namespaces: BTreeMap<String, Object>,
    /// By namespace and name.
    pub(super) accounts: BTreeMap<(String, String), Object>,
    /// User names by bearer token.
    users: HashMap<String, String>,
    issued: HashMap<String, IssuedToken>,
    rights: HashMap<String, Vec<FakeRight>>,
    token_calls: Vec<TokenCall>,
}

/// What every object has.
pub(super) struct Object {
    pub(super) uid: String,
    pub(super) labels: BTreeMap<String, String>,
    created_at: Timestamp,
}

struct IssuedToken {
    account: (String, String),
    uid: String,
    expires_at: Timestamp,
}

/// A TokenRequest that was carried out, as the audit log of a real API server tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenCall {
    /// Who asked.
    pub user: String,
    /// The account's namespace.
    pub namespace: String,
    /// The account.
    pub account: String,
    /// `jti` of the token.
    pub jti: String,
}

/// A token that was just made.
pub(super) struct NewToken {
    pub(super) token: String,
    pub(super) jti: String,
    pub(super) expires_at: Timestamp,
    pub(super) seconds: i64,
}

impl State {
    pub(super) fn new(ambient: Ambient, longest_token: Option<i64>) -> Self {
        Self { ambient, longest_token, signer: Signer::new(), objects: Mutex::default() }
    }

    pub(super) fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn new_object(&self, labels: &[(&str, &str)]) -> Object {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Object { uid: uuid(&self.ambient), labels, created_at: self.ambient.now() }
    }

    /// A random text that is accepted as the bearer token of `user`.
    pub(super) fn add_user(&self, user: &str) -> String {
        let token = format!("opaque-{}", uuid(&self.ambient));
        self.objects().users.insert(token.clone(), user.to_owned());
        token
    }

    pub(super) fn grant(&self, user: &str, right: FakeRight) {
        self.objects().rights.entry(user.to_owned()).or_default().push(right);
    }

    /// Who holds `token`, if anybody does at this moment.
    pub(super) fn user_of(&self, token: &str) -> Option<String> {
        let objects = self.objects();
        objects.users.get(token).cloned().or_else(|| {
            let issued = objects.issued.get(token)?;
            let is_current = self.ambient.now() <= issued.expires_at.saturating_add(LEEWAY).ok()?;
            let is_known = objects.accounts.get(&issued.account).is_some_and(|account| account.uid == issued.uid);
            let (namespace, name) = &issued.account;
            (is_current && is_known).then(|| format!("system:serviceaccount:{namespace}:{name}"))
        })
    }

    /// Makes a token for an account that exists.
    pub(super) fn issue(&self, account: &(String, String), audiences: &[String], seconds: i64) -> Option<NewToken> {
        let uid = self.objects().accounts.get(account)?.uid.clone();
        let seconds = self.longest_token.map_or(seconds, |longest| seconds.min(longest));
        let claims = Claims {
            issuer: ISSUER,
            namespace: &account.0,
            account: &account.1,
            account_uid: &uid,
            audiences,
            issued_at: self.ambient.now(),
            seconds,
        };
        let (token, jti) = self.signer.sign(&claims, &self.ambient);
        let now = Timestamp::from_second(self.ambient.now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
        let expires_at = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        // Only tokens for the API server itself are accepted by it.
        if audiences.iter().any(|audience| audience == ISSUER) {
            let issued = IssuedToken { account: account.clone(), uid, expires_at };
            self.objects().issued.insert(token.clone(), issued);
        }
        Some(NewToken { token, jti, expires_at, seconds })
    }

    /// Now, as Kubernetes writes times.
    pub(super) fn now_text(&self) -> String {
        text_of(self.ambient.now())
    }

    pub(super) fn note_token_call(&self, call: TokenCall) {
        self.objects().token_calls.push(call);
    }

    pub(super) fn token_calls(&self) -> Vec<TokenCall> {
        self.objects().token_calls.clone()
    }
}

impl Objects {
    pub(super) fn rights_of(&self, user: &str) -> &[FakeRight] {
        self.rights.get(user).map_or(&[], Vec::as_slice)
    }

    pub(super) fn account(&self, key: &(String, String)) -> Option<Value> {
        let object = self.accounts.get(key)?;
        let metadata = object.metadata(&key.1, Some(&key.0));
        Some(json!({ "kind": "ServiceAccount", "apiVersion": "v1", "metadata": metadata }))
    }

    pub(super) fn namespace(&self, name: &str) -> Option<Value> {
        let metadata = self.namespaces.get(name)?.metadata(name, None);
        let rest = json!({ "spec": { "finalizers": ["kubernetes"] }, "status": { "phase": "Active" } });
        let mut namespace = json!({ "kind": "Namespace", "apiVersion": "v1", "metadata": metadata });
        if let (Value::Object(namespace), Value::Object(rest)) = (&mut namespace, rest) {
            namespace.extend(rest);
        }
        Some(namespace)
    }
}

impl Object {
    pub(super) fn metadata(&self, name: &str, namespace: Option<&str>) -> Value {
        let created_at = text_of(self.created_at);
        let mut metadata =
            json!({ "name": name, "uid": self.uid, "resourceVersion": "1", "creationTimestamp": created_at });
        if let Value::Object(fields) = &mut metadata {
            fields.extend(namespace.map(|namespace| ("namespace".to_owned(), json!(namespace))));
            fields.extend((!self.labels.is_empty()).then(|| ("labels".to_owned(), json!(self.labels))));
        }
        metadata
    }
}

fn text_of(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
