//! What is in the fake cluster: objects, users and their rights, and the tokens it gave out.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{clock::Ambient, plan::ObjectKind};

use super::{
    object::{Birth, Key, Object, text_of},
    rights::FakeRight,
    store::Store,
    tokens::{Claims, Signer, uuid},
};

/// The API server's own audience and issuer.
pub(super) const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// How much longer than `exp` a real API server accepts a token, and how long after its account or secret was told to
/// go, if something holds that (both measured on Kubernetes 1.36).
const LEEWAY: SignedDuration = SignedDuration::from_secs(60);

/// Everything, behind one lock.
pub(super) struct State {
    pub(super) ambient: Ambient,
    /// The longest life a token gets, in seconds; longer ones are shortened, as with the real flag for it.
    pub(super) longest_token: Option<i64>,
    /// How long a token that was accepted is accepted without another look.
    pub(super) token_cache: SignedDuration,
    signer: Signer,
    objects: Mutex<Objects>,
}

#[derive(Default)]
pub(super) struct Objects {
    pub(super) store: Store,
    /// User names by bearer token.
    users: HashMap<String, String>,
    issued: HashMap<String, IssuedToken>,
    /// Tokens that are meant for somebody else, who asks whose they are.
    for_others: HashMap<String, ForOthers>,
    rights: HashMap<String, Vec<FakeRight>>,
    token_calls: Vec<TokenCall>,
}

struct IssuedToken {
    account: (Key, String),
    /// The secret it is bound to, with its UID.
    secret: Option<(Key, String)>,
    expires_at: Timestamp,
    jti: String,
    /// When it was last looked at and found good.
    accepted_at: Option<Timestamp>,
}

struct ForOthers {
    user: String,
    audiences: Vec<String>,
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

/// A token that is accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LiveToken {
    /// Its `jti`.
    pub jti: String,
    /// The account's namespace.
    pub namespace: String,
    /// The account.
    pub account: String,
    /// The secret that it is bound to, if it is bound to one.
    pub secret: Option<String>,
}

/// What a token is asked to be.
pub(super) struct TokenWish<'a> {
    pub(super) account: &'a Key,
    /// Name and UID of the secret, in the account's namespace, that it is to be bound to.
    pub(super) secret: Option<(&'a str, &'a str)>,
    pub(super) audiences: &'a [String],
    pub(super) seconds: i64,
}

/// A token that was just made.
pub(super) struct NewToken {
    pub(super) token: String,
    pub(super) jti: String,
    pub(super) expires_at: Timestamp,
    pub(super) seconds: i64,
}

impl State {
    pub(super) fn new(ambient: Ambient, longest_token: Option<i64>, token_cache: SignedDuration) -> Self {
        Self { ambient, longest_token, token_cache, signer: Signer::new(), objects: Mutex::default() }
    }

    pub(super) fn objects(&self) -> MutexGuard<'_, Objects> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn birth(&self) -> Birth {
        Birth { uid: uuid(&self.ambient), created_at: self.ambient.now() }
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
        let now = self.ambient.now();
        let mut objects = self.objects();
        let Objects { store, users, issued, .. } = &mut *objects;
        if let Some(user) = users.get(token) {
            return Some(user.clone());
        }
        let issued = issued.get_mut(token)?;
        if !self.remembers(issued, now) {
            issued.accepted_at = issued.is_good(store, now).then_some(now);
        }
        let (namespace, name) = &issued.account.0;
        issued.accepted_at.map(|_| format!("system:serviceaccount:{namespace}:{name}"))
    }

    /// Whether it was accepted so lately that it is accepted without another look.
    fn remembers(&self, issued: &IssuedToken, now: Timestamp) -> bool {
        issued.accepted_at.is_some_and(|then| now.duration_since(then) < self.token_cache)
    }

    /// Every token that would be accepted now.
    pub(super) fn live_tokens(&self) -> Vec<LiveToken> {
        let now = self.ambient.now();
        let objects = self.objects();
        let live =
            objects.issued.values().filter(|token| self.remembers(token, now) || token.is_good(&objects.store, now));
        let told = |token: &IssuedToken| {
            let ((namespace, account), _) = token.account.clone();
            let secret = token.secret.as_ref().map(|((_, name), _)| name.clone());
            LiveToken { jti: token.jti.clone(), namespace, account, secret }
        };
        let mut live: Vec<LiveToken> = live.map(told).collect();
        live.sort();
        live
    }

    /// Makes a token for an account that exists.
    pub(super) fn issue(&self, wish: &TokenWish<'_>) -> Option<NewToken> {
        let TokenWish { account, secret, audiences, .. } = *wish;
        let account_uid = self.objects().store.get(ObjectKind::ServiceAccount, account)?.uid.clone();
        let seconds = self.longest_token.map_or(wish.seconds, |longest| wish.seconds.min(longest));
        let claims = Claims {
            issuer: ISSUER,
            namespace: &account.0,
            account: &account.1,
            account_uid: &account_uid,
            secret,
            audiences,
            issued_at: self.ambient.now(),
            seconds,
        };
        let (token, jti) = self.signer.sign(&claims, &self.ambient);
        let now = Timestamp::from_second(self.ambient.now().as_second()).unwrap_or(Timestamp::UNIX_EPOCH);
        let expires_at = now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        // Only tokens for the API server itself are accepted by it.
        if audiences.iter().any(|audience| audience == ISSUER) {
            let secret = secret.map(|(name, uid)| ((account.0.clone(), name.to_owned()), uid.to_owned()));
            let account = (account.clone(), account_uid);
            let jti = jti.clone();
            let issued = IssuedToken { account, secret, expires_at, jti, accepted_at: None };
            self.objects().issued.insert(token.clone(), issued);
        } else {
            let user = format!("system:serviceaccount:{}:{}", account.0, account.1);
            let made = ForOthers { user, audiences: audiences.to_vec(), expires_at };
            self.objects().for_others.insert(token.clone(), made);
        }
        Some(NewToken { token, jti, expires_at, seconds })
    }

    /// Whose a token is, and which of the audiences that were asked for it is meant for. As with the real one, a token that
    /// is meant for none of them is nobody's.
    pub(super) fn review(&self, token: &str, asked: &[String]) -> Option<(String, Vec<String>)> {
        let own = [ISSUER.to_owned()];
        let asked = if asked.is_empty() { &own[..] } else { asked };
        let among = |meant: &[String]| {
            let fitting: Vec<String> = asked.iter().filter(|audience| meant.contains(audience)).cloned().collect();
            (!fitting.is_empty()).then_some(fitting)
        };
        if let Some(user) = self.user_of(token) {
            return among(&own).map(|fitting| (user, fitting));
        }
        let now = self.ambient.now();
        let objects = self.objects();
        let made = objects.for_others.get(token).filter(|made| made.expires_at > now)?;
        among(&made.audiences).map(|fitting| (made.user.clone(), fitting))
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

impl IssuedToken {
    /// Whether its time has not passed and all that it is bound to is still there.
    fn is_good(&self, store: &Store, now: Timestamp) -> bool {
        let before = |time: Timestamp| time.saturating_add(LEEWAY).is_ok_and(|end| now <= end);
        let lives = |kind, (key, uid): &(Key, String)| {
            let is_same = |object: &Object| object.uid == *uid && object.deleted_at.is_none_or(before);
            store.get(kind, key).is_some_and(is_same)
        };
        before(self.expires_at)
            && lives(ObjectKind::ServiceAccount, &self.account)
            && self.secret.as_ref().is_none_or(|secret| lives(ObjectKind::Secret, secret))
    }
}

impl Objects {
    pub(super) fn tokens(&self) -> Vec<String> {
        self.issued.keys().cloned().collect()
    }

    pub(super) fn rights_of(&self, user: &str) -> &[FakeRight] {
        self.rights.get(user).map_or(&[], Vec::as_slice)
    }
}

/// The groups that the API server puts a user into.
pub(super) fn groups_of(user: &str) -> Vec<String> {
    let namespace = user.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split(':').next());
    let accounts =
        namespace.map(|namespace| ["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]);
    accounts.into_iter().flatten().chain(["system:authenticated".to_owned()]).collect()
}
