//! Whether the token in an answer is the one that was asked for.
//!
//! Its signature cannot be checked here, because the cluster's keys are not known; everything else can. What passes is
//! handed out, so whatever is odd is refused. Where a gateway answered whose cluster's keys are known, `app` checks it.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestStatus};
use mayfly_domain::{plan::LeasePlan, sensitive::Sensitive};

use crate::{credential::LONGEST_TOKEN, error::WrongToken, jwt::Claims, questions::Bound};

/// How much longer than asked a token may live, and how much shorter than the shortest there is: clocks differ, and the
/// API server counts from its own.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_secs(LeasePlan::CLOCKS_DIFFER_SECONDS);

/// How far `exp` and `expirationTimestamp` may be apart. The API server computes the two one after the other.
const LARGEST_DISAGREEMENT: SignedDuration = SignedDuration::from_secs(5);

/// A token that passed, and what it says about itself.
pub(super) struct CheckedToken {
    pub(super) token: Sensitive<String>,
    pub(super) expires_at: Timestamp,
    pub(super) granted_seconds: u64,
    pub(super) jti: Option<String>,
    pub(super) account_uid: String,
    pub(super) issuer: String,
}

/// Checks `answer` against `plan`, at the time `now` of its arrival.
pub(super) fn check(
    answer: TokenRequest,
    plan: &LeasePlan,
    bound: &Bound,
    now: Timestamp,
) -> Result<CheckedToken, WrongToken> {
    let answered_uid = answer.metadata.uid;
    let TokenRequestStatus { expiration_timestamp, token } = answer.status.unwrap_or_default();
    let token = Sensitive::new(token.unwrap_or_default());
    check_shape(token.expose())?;
    let claims = Claims::read(token.expose()).ok_or(WrongToken::NotJwt)?;
    check_subject(&claims, plan)?;
    check_audiences(&claims, plan)?;
    let account_uid = text_of(claims.kubernetes(&["serviceaccount", "uid"]), "kubernetes.io/serviceaccount/uid")?;
    if answered_uid.is_some_and(|answered| answered != account_uid) {
        return Err(wrong_claim("kubernetes.io/serviceaccount/uid"));
    }
    check_bound(&claims, bound, &account_uid)?;
    let Life { expires_at, granted_seconds } = check_life(&claims, plan, now)?;
    let answered = expiration_timestamp.ok_or(WrongToken::ExpiryDisagrees)?.0;
    if answered.duration_since(expires_at).abs() > LARGEST_DISAGREEMENT {
        return Err(WrongToken::ExpiryDisagrees);
    }
    let issuer = text_of(claims.text("iss"), "iss")?;
    let jti = claims.text("jti").map(str::to_owned);
    Ok(CheckedToken { token, expires_at, granted_seconds, jti, account_uid, issuer })
}

fn check_shape(token: &str) -> Result<(), WrongToken> {
    if token.is_empty() {
        return Err(WrongToken::Absent);
    }
    if token.len() > LONGEST_TOKEN || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(WrongToken::Shape { longest: LONGEST_TOKEN });
    }
    Ok(())
}

fn check_subject(claims: &Claims, plan: &LeasePlan) -> Result<(), WrongToken> {
    let account = &plan.account;
    let user_name = account.user_name();
    let expected = [
        ("sub", claims.text("sub"), user_name.as_str()),
        ("kubernetes.io/namespace", claims.kubernetes(&["namespace"]), account.namespace().as_str()),
        ("kubernetes.io/serviceaccount/name", claims.kubernetes(&["serviceaccount", "name"]), account.name().as_str()),
    ];
    let wrong = expected.into_iter().find(|(_, found, wanted)| *found != Some(*wanted));
    wrong.map_or(Ok(()), |(claim, _, _)| Err(wrong_claim(claim)))
}

/// The token must be bound to what was made for it, or nothing would end it.
fn check_bound(claims: &Claims, bound: &Bound, account_uid: &str) -> Result<(), WrongToken> {
    if bound.account_uid.as_deref().is_some_and(|uid| uid != account_uid) {
        return Err(wrong_claim("kubernetes.io/serviceaccount/uid"));
    }
    // Whoever else's end it hangs on, it would end with that and not when we say.
    if claims.has_kubernetes("pod") {
        return Err(wrong_claim("kubernetes.io/pod"));
    }
    let Some((name, uid)) = &bound.anchor else {
        return if claims.has_kubernetes("secret") { Err(wrong_claim("kubernetes.io/secret")) } else { Ok(()) };
    };
    for (claim, path, wanted) in [("kubernetes.io/secret/name", "name", name), ("kubernetes.io/secret/uid", "uid", uid)]
    {
        if claims.kubernetes(&["secret", path]) != Some(wanted.as_str()) {
            return Err(wrong_claim(claim));
        }
    }
    Ok(())
}

/// Audiences that were asked for have to be there, and no other. Without, the API server puts in its own.
fn check_audiences(claims: &Claims, plan: &LeasePlan) -> Result<(), WrongToken> {
    let mut found = claims.audiences();
    if found.is_empty() {
        return Err(wrong_claim("aud"));
    }
    if plan.audiences.is_empty() {
        return Ok(());
    }
    let mut wanted: Vec<&str> = plan.audiences.iter().map(String::as_str).collect();
    for list in [&mut found, &mut wanted] {
        list.sort_unstable();
        list.dedup();
    }
    if found == wanted { Ok(()) } else { Err(wrong_claim("aud")) }
}

struct Life {
    expires_at: Timestamp,
    granted_seconds: u64,
}

/// A cluster may shorten what was asked for (`docs/decisions/0011-shortened-lifetimes.md`), but never to less than the
/// shortest lifetime that Kubernetes has.
fn check_life(claims: &Claims, plan: &LeasePlan, now: Timestamp) -> Result<Life, WrongToken> {
    let expires_at = claims.expires_at().map_err(|_| WrongToken::Expiry)?;
    if expires_at <= now {
        return Err(WrongToken::Expired { expires_at });
    }
    let asked_seconds = plan.token_seconds;
    let longest = seconds(asked_seconds).saturating_add(CLOCKS_DIFFER);
    if expires_at > now.saturating_add(longest).unwrap_or(Timestamp::MAX) {
        return Err(WrongToken::LivesTooLong { expires_at, asked_seconds });
    }
    let granted_seconds = granted_seconds(claims, expires_at, now);
    if seconds(granted_seconds).saturating_add(CLOCKS_DIFFER) < seconds(LeasePlan::SHORTEST_TOKEN_SECONDS) {
        return Err(WrongToken::LivesTooShort { expires_at, granted_seconds, asked_seconds });
    }
    Ok(Life { expires_at, granted_seconds })
}

/// From `iat` to `exp`: both are of the cluster's clock, so it does not matter what ours says. Kubernetes writes both;
/// without an `iat` that makes sense it is what is left by our own clock.
fn granted_seconds(claims: &Claims, expires_at: Timestamp, now: Timestamp) -> u64 {
    let issued_at = claims.issued_at().filter(|issued_at| *issued_at < expires_at).unwrap_or(now);
    u64::try_from(expires_at.duration_since(issued_at).as_secs()).unwrap_or_default()
}

fn seconds(count: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(count).unwrap_or(i64::MAX))
}

fn text_of(found: Option<&str>, claim: &str) -> Result<String, WrongToken> {
    found.map(str::to_owned).ok_or_else(|| wrong_claim(claim))
}

fn wrong_claim(claim: &str) -> WrongToken {
    WrongToken::Claim { claim: claim.to_owned() }
}

#[cfg(test)]
mod tests;
