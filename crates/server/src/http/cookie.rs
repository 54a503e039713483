//! The cookie that holds a person's session.
//!
//! `__Host-mayfly` is bound to this very host and sent over TLS only (RFC 6265bis section 4.1.3.2); TLS ends at a proxy in
//! front of us. On the machine itself, where somebody tries the server over plain HTTP, browsers would not keep it: there,
//! and there only, the cookie is plain `mayfly`.

use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use mayfly_domain::{caller::Origin, sensitive::Sensitive};

use super::origin::is_direct;

const SECURE: &str = "__Host-mayfly";
const PLAIN: &str = "mayfly";
/// What a browser keeps while it signs in at an identity provider. It comes along when the provider sends the browser back,
/// which is another site: so `Lax`, where a session is `Strict`.
const SECURE_SSO: &str = "__Host-mayfly-sso";
const PLAIN_SSO: &str = "mayfly-sso";

/// A cookie of ours, or several: programs differ in which one they read.
pub(super) enum Cookie {
    None,
    One(Sensitive<String>),
    Several,
}

/// The cookie of a request. The plain one counts on the machine itself alone.
pub(super) fn of(headers: &HeaderMap, origin: &Origin) -> Cookie {
    match named(headers, SECURE) {
        Cookie::None if is_direct(origin, headers) => named(headers, PLAIN),
        found => found,
    }
}

/// The secret of a sign-in that is under way, where the browser keeps exactly one.
pub(super) fn of_sso(headers: &HeaderMap, origin: &Origin) -> Option<Sensitive<String>> {
    let found = match named(headers, SECURE_SSO) {
        Cookie::None if is_direct(origin, headers) => named(headers, PLAIN_SSO),
        found => found,
    };
    match found {
        Cookie::One(secret) => Some(secret),
        Cookie::None | Cookie::Several => None,
    }
}

/// The header that keeps such a secret for so many seconds.
pub(super) fn keep_sso(secret: &Sensitive<String>, seconds: i64, headers: &HeaderMap, origin: &Origin) -> HeaderValue {
    write((SECURE_SSO, PLAIN_SSO, "Lax"), (secret.expose(), seconds), headers, origin)
}

fn named(headers: &HeaderMap, name: &str) -> Cookie {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(found, value)| *found == name && !value.is_empty()).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (None, _) => Cookie::None,
        (Some(only), None) => Cookie::One(Sensitive::from(only)),
        (Some(_), Some(_)) => Cookie::Several,
    }
}

/// The header that keeps a session until it ends at the latest.
pub(super) fn keep(
    token: &Sensitive<String>,
    until: Timestamp,
    now: Timestamp,
    headers: &HeaderMap,
    origin: &Origin,
) -> HeaderValue {
    let seconds = until.duration_since(now).as_secs().max(0);
    line(token.expose(), seconds, headers, origin)
}

/// The header that forgets one.
pub(super) fn forget(headers: &HeaderMap, origin: &Origin) -> HeaderValue {
    line("", 0, headers, origin)
}

fn line(value: &str, seconds: i64, headers: &HeaderMap, origin: &Origin) -> HeaderValue {
    write((SECURE, PLAIN, "Strict"), (value, seconds), headers, origin)
}

fn write(
    (name, plain, same_site): (&str, &str, &str),
    (value, seconds): (&str, i64),
    headers: &HeaderMap,
    origin: &Origin,
) -> HeaderValue {
    let (name, secure) = if is_direct(origin, headers) { (plain, "") } else { (name, " Secure;") };
    let text = format!("{name}={value}; Path=/;{secure} HttpOnly; SameSite={same_site}; Max-Age={seconds}");
    // Our tokens are letters, digits and a few signs that any header may hold.
    let mut header = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    header.set_sensitive(true);
    header
}
