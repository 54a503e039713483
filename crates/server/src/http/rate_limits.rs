//! How often somebody may ask: a bucket for each class of operation and each identity, person or, where nobody is signed in,
//! address.
//!
//! A bucket holds as many requests as its class allows in a minute and fills evenly, so that a burst is fine and a flood is
//! not. Limits are each server's own.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, HeaderName, HeaderValue, header};
use jiff::Timestamp;
use mayfly_domain::{access::operation::Operation, caller::Actor, source::Source};

/// Requests in a minute, of each class; nothing where there is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Reading.
    pub read: Option<u32>,
    /// Changing what there is.
    pub write: Option<u32>,
    /// Issuing, renewing and ending leases, and what touches their secrets.
    pub secrets: Option<u32>,
    /// Signing in, and whatever somebody asks who is not signed in.
    pub auth: Option<u32>,
    /// Enrolling as a gateway.
    pub enrolment: Option<u32>,
}

impl RateLimits {
    /// No limits.
    pub const NONE: Self = Self { read: None, write: None, secrets: None, auth: None, enrolment: None };

    const fn of(&self, class: Class) -> Option<u32> {
        match class {
            Class::Read => self.read,
            Class::Write => self.write,
            Class::Secrets => self.secrets,
            Class::Auth => self.auth,
            Class::Enrolment => self.enrolment,
        }
    }
}

impl Default for RateLimits {
    /// A hundred jobs of a CI system that share an identity stay below, and the sixteen processes that a gateway's chart starts at
    /// most, if they begin anew within the minute.
    fn default() -> Self {
        Self { read: Some(6_000), write: Some(1_200), secrets: Some(3_000), auth: Some(1_200), enrolment: Some(32) }
    }
}

/// Operations that are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Read,
    Write,
    Secrets,
    Auth,
    Enrolment,
}

impl Class {
    /// The class of an operation; nothing for what is never limited, because programs ask it to know whether we live.
    pub(super) fn of(operation: Operation, is_reading: bool) -> Option<Self> {
        match operation {
            Operation::Status => None,
            Operation::IssueLease
            | Operation::RenewLease
            | Operation::RevokeLease
            | Operation::EndLeases
            | Operation::ForgetLease
            | Operation::FetchApprovedLease
            | Operation::RevealRootCredential => Some(Self::Secrets),
            Operation::LoginUniversalAuth
            | Operation::LoginOidcAuth
            | Operation::LoginKubernetesAuth
            | Operation::LoginUser
            | Operation::BeginPasskeyLogin
            | Operation::LoginPasskey
            | Operation::BeginPasskeySecondFactor
            | Operation::BeginSso
            | Operation::FinishSso
            | Operation::RequestSso
            | Operation::ConfirmSso
            | Operation::ForgetPassword
            | Operation::ResetPassword
            | Operation::AcceptInvitation
            | Operation::RenewAccessToken
            | Operation::RevokeAccessToken
            | Operation::ClaimSso
            | Operation::OpenGatewayTunnel
            | Operation::Bootstrap => Some(Self::Auth),
            Operation::EnrolGateway => Some(Self::Enrolment),
            _ if is_reading => Some(Self::Read),
            _ => Some(Self::Write),
        }
    }
}

/// Who is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    /// Somebody who is signed in.
    Known(String),
    /// Where a stranger comes from.
    Stranger(Source),
    /// All who have no place of their own any more.
    Others,
}

impl Subject {
    fn of(actor: &Actor, address: Option<IpAddr>) -> Self {
        match (actor, address) {
            (Actor::Identity { identity_id, .. }, _) => Self::Known(identity_id.to_string()),
            (Actor::User { user_id, .. }, _) => Self::Known(user_id.to_string()),
            (Actor::Anonymous | Actor::Platform, Some(address)) => Self::Stranger(Source::of(address)),
            (Actor::Anonymous | Actor::Platform, None) => Self::Others,
        }
    }
}

/// What stands in the answer's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    /// Requests in a minute.
    limit: u32,
    /// How many are left now.
    remaining: u32,
    /// Seconds until all are there again.
    reset: u64,
    /// Seconds until one is there; nothing where this request was let through.
    pub(super) retry_after: Option<u64>,
}

/// The buckets.
#[derive(Debug)]
pub(super) struct RateLimiter {
    limits: RateLimits,
    buckets: Mutex<HashMap<(Class, Subject), Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// Thousandths of requests that are left.
    tokens: u64,
    at: Timestamp,
}

/// Buckets at a time; some 100 bytes each. Beyond it strangers share one.
const MOST_BUCKETS: usize = 100_000;
const MINUTE_SECONDS: u64 = 60;
const WHOLE: u64 = 1_000;

impl RateLimiter {
    pub(super) fn new(limits: RateLimits) -> Self {
        Self { limits, buckets: Mutex::default() }
    }

    /// Counts a request of `actor`.
    pub(super) fn count(
        &self,
        class: Class,
        (actor, address): (&Actor, Option<IpAddr>),
        now: Timestamp,
    ) -> Option<Counted> {
        let limit = self.limits.of(class)?;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (class, Subject::of(actor, address));
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&key) {
            // A bucket that is full again is as good as none.
            buckets.retain(|(class, _), bucket| {
                self.limits.of(*class).is_some_and(|limit| bucket.filled(limit, now).tokens < u64::from(limit) * WHOLE)
            });
            // Who is signed in has an own one always: there are as many as identities and people.
            if buckets.len() >= MOST_BUCKETS && matches!(key.1, Subject::Stranger(_)) {
                key.1 = Subject::Others;
            }
        }
        let full = Bucket { tokens: u64::from(limit) * WHOLE, at: now };
        let bucket = buckets.entry(key).or_insert(full);
        *bucket = bucket.filled(limit, now);
        Some(bucket.take(limit))
    }
}

impl Bucket {
    /// As it is at `now`.
    fn filled(self, limit: u32, now: Timestamp) -> Self {
        let most = u64::from(limit) * WHOLE;
        let passed = u64::try_from(now.duration_since(self.at).as_millis()).unwrap_or(0);
        // A limit in a minute is so many thousandths in a millisecond.
        let gained = passed.saturating_mul(u64::from(limit)) / MINUTE_SECONDS;
        if gained == 0 {
            return self;
        }
        // What was less than a thousandth is not lost.
        let counted = gained.saturating_mul(MINUTE_SECONDS).div_ceil(u64::from(limit)).min(passed);
        let counted = jiff::SignedDuration::from_millis(i64::try_from(counted).unwrap_or(i64::MAX));
        Self {
            tokens: self.tokens.saturating_add(gained).min(most),
            at: self.at.saturating_add(counted).unwrap_or(now),
        }
    }

    fn take(&mut self, limit: u32) -> Counted {
        let is_let_through = self.tokens >= WHOLE;
        if is_let_through {
            self.tokens -= WHOLE;
        }
        let seconds = |missing: u64| (missing * MINUTE_SECONDS).div_ceil(u64::from(limit) * WHOLE);
        Counted {
            limit,
            remaining: u32::try_from(self.tokens / WHOLE).unwrap_or(u32::MAX),
            reset: seconds(u64::from(limit) * WHOLE - self.tokens),
            retry_after: (!is_let_through).then(|| seconds(WHOLE - self.tokens).max(1)),
        }
    }
}

impl Counted {
    /// Writes what existing clients look for.
    pub(super) fn tell(&self, headers: &mut HeaderMap) {
        headers.insert(HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(self.limit));
        headers.insert(HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(self.remaining));
        headers.insert(HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(self.reset));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use mayfly_domain::access::operation::Requirement;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn limiter() -> RateLimiter {
        RateLimiter::new(RateLimits { auth: Some(60), ..RateLimits::NONE })
    }

    fn from(limiter: &RateLimiter, address: &str, now: Timestamp) -> Counted {
        limiter.count(Class::Auth, (&Actor::Anonymous, Some(address.parse().unwrap())), now).unwrap()
    }

    #[test]
    fn a_bucket_empties_and_fills_evenly() {
        let limiter = limiter();
        for left in (0..60).rev() {
            let counted = from(&limiter, "192.0.2.1", START);
            assert_eq!((counted.remaining, counted.retry_after), (left, None));
        }
        let refused = from(&limiter, "192.0.2.1", START);
        assert_eq!((refused.remaining, refused.reset, refused.retry_after), (0, 60, Some(1)));
        assert_eq!(from(&limiter, "192.0.2.2", START).retry_after, None, "another address has its own");
        let later = START + SignedDuration::from_millis(2_500);
        assert_eq!(from(&limiter, "192.0.2.1", later).remaining, 1);
        assert_eq!(from(&limiter, "192.0.2.1", later).remaining, 0);
        assert_eq!(from(&limiter, "192.0.2.1", later).retry_after, Some(1));
        assert_eq!(from(&limiter, "192.0.2.1", later + SignedDuration::from_hours(9)).remaining, 59);
    }

    #[test]
    fn slow_askers_are_filled_up_too() {
        let limiter = RateLimiter::new(RateLimits { auth: Some(1), ..RateLimits::NONE });
        assert_eq!(from(&limiter, "192.0.2.1", START).retry_after, None);
        for milliseconds in (10..60_000).step_by(10) {
            let now = START + SignedDuration::from_millis(milliseconds);
            assert!(from(&limiter, "192.0.2.1", now).retry_after.is_some(), "after {milliseconds} ms");
        }
        assert_eq!(from(&limiter, "192.0.2.1", START + SignedDuration::from_secs(61)).retry_after, None);
    }

    #[test]
    fn whatever_a_stranger_may_change_counts_as_signing_in_or_enrolling() {
        let strangers = Operation::ALL.iter().filter(|operation| operation.requirement() == Requirement::Nobody);
        let changing = strangers.filter(|operation| {
            // These read, or are the cluster's own and come in their own time.
            !matches!(
                operation,
                Operation::Status
                    | Operation::DescribeApi
                    | Operation::ListSignInProviders
                    | Operation::ReceiveClusterAudit
            )
        });
        let loose: Vec<_> = changing
            .filter(|operation| !matches!(Class::of(**operation, false), Some(Class::Auth | Class::Enrolment)))
            .map(|one| one.name())
            .collect();
        assert_eq!(loose, Vec::<&str>::new());
    }

    #[test]
    fn one_network_is_one_stranger() {
        let limiter = limiter();
        for host in 0..60 {
            from(&limiter, &format!("2001:db8::{host:x}"), START);
        }
        assert!(from(&limiter, "2001:db8::ffff:1", START).retry_after.is_some());
        assert!(from(&limiter, "2001:db8:0:1::1", START).retry_after.is_none());
    }

    #[test]
    fn memory_is_bounded_however_many_strangers_come() {
        let limiter = limiter();
        for number in 0..u32::try_from(MOST_BUCKETS + 500).unwrap() {
            let address = IpAddr::from(std::net::Ipv4Addr::from(number));
            limiter.count(Class::Auth, (&Actor::Anonymous, Some(address)), START);
        }
        assert!(limiter.buckets.lock().unwrap().len() <= MOST_BUCKETS + 1);
        assert!(from(&limiter, "240.0.0.1", START).retry_after.is_some(), "the rest share one bucket");
        let known = |number: u128| {
            let identity_id = mayfly_domain::ids::IdentityId::from_uuid(uuid::Uuid::from_u128(number));
            let actor = Actor::Identity { identity_id, name: String::new() };
            limiter.count(Class::Auth, (&actor, None), START).unwrap()
        };
        assert_eq!((known(1).remaining, known(2).remaining), (59, 59), "who is signed in shares with nobody");
        let later = START + SignedDuration::from_mins(2);
        assert!(from(&limiter, "240.0.0.1", later).retry_after.is_none());
        assert_eq!(limiter.buckets.lock().unwrap().len(), 1, "full ones are forgotten");
    }
}
