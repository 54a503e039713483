//! Believing a token: its shape, its signature, and then its claims, in this order.

use std::time::Duration;

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;

use crate::{algorithm::Algorithm, claims::Claims, error::TokenRefused, key::KeySet};

/// Longest token that is looked at, in bytes. Tokens with many groups have a quarter of it.
pub const LONGEST_TOKEN: usize = 32 * 1024;

/// How far an issuer's clock may be ahead of ours. An `exp` that has passed has passed.
const CLOCK_AHEAD: Duration = Duration::from_secs(30);

/// What a token has to say to be believed.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// `iss`, exactly.
    pub issuer: &'a str,
    /// One of these has to be in `aud`, exactly. An empty list believes nothing.
    pub audiences: &'a [String],
    /// The time by which `exp`, `nbf` and `iat` are judged.
    pub now: Timestamp,
    /// Longest time since `iat`, in seconds; then `iat` is required.
    pub longest_age_seconds: Option<i64>,
}

/// A token that was taken apart, and not believed yet.
pub(crate) struct Parts<'token> {
    algorithm: Result<Algorithm, TokenRefused>,
    pub(crate) kid: Option<String>,
    signed: &'token str,
    payload: &'token str,
    signature: Vec<u8>,
}

/// Takes `token` apart, if its algorithm is one that is believed.
pub(crate) fn take_apart(token: &str) -> Result<Parts<'_>, TokenRefused> {
    let parts = split(token)?;
    parts.algorithm.map(|_| parts)
}

/// Its header is read, and nothing in it is followed: no `jku`, no `jwk`, no `x5c`.
pub(crate) fn split(token: &str) -> Result<Parts<'_>, TokenRefused> {
    if token.len() > LONGEST_TOKEN {
        return Err(TokenRefused::Malformed("it is too long"));
    }
    let mut parts = token.split('.');
    let (Some(header), Some(payload), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TokenRefused::Malformed("it does not have three parts"));
    };
    let header_claims = read(header)?;
    // Whoever marks a field as critical wants it understood, and we understand none (RFC 7515 section 4.1.11).
    if header_claims.get("crit").is_some() {
        return Err(TokenRefused::Malformed("its header has critical fields"));
    }
    let kid = match header_claims.get("kid") {
        None => None,
        Some(kid) => Some(kid.as_str().ok_or(TokenRefused::Malformed("its key id is no text"))?.to_owned()),
    };
    let algorithm = header_claims.get("alg").and_then(|name| name.as_str()).and_then(Algorithm::named);
    Ok(Parts {
        algorithm: algorithm.ok_or(TokenRefused::Algorithm),
        kid,
        signed: token.get(..header.len() + 1 + payload.len()).unwrap_or_default(),
        payload,
        signature: decode(signature)?,
    })
}

impl Parts<'_> {
    /// Whether it says what is expected, signed or not: what would not count anyway needs nobody to be asked for keys.
    pub(crate) fn check_unsigned(&self, expected: &Expected<'_>) -> Result<(), TokenRefused> {
        expected.check(&read(self.payload)?)
    }

    /// Its claims, if one of `keys` signed it and it says what is expected.
    pub(crate) fn believe(&self, keys: &KeySet, expected: &Expected<'_>) -> Result<Claims, TokenRefused> {
        self.check_signature(keys)?;
        let claims = read(self.payload)?;
        expected.check(&claims)?;
        Ok(claims)
    }

    fn check_signature(&self, keys: &KeySet) -> Result<(), TokenRefused> {
        keys.check(self.algorithm?, self.kid.as_deref(), self.signed.as_bytes(), &self.signature)
    }
}

/// The claims of `token`, if one of `keys` signed it and it says what is `expected`.
pub fn verify(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<Claims, TokenRefused> {
    take_apart(token)?.believe(keys, expected)
}

/// Whether one of `keys` signed `token`, and it is of `issuer`. What else it says is for somebody else to look at. A token whose key
/// id no key has is of an unknown key, also where keys without ids do not fit, or its algorithm is not one that is believed: its
/// issuer may sign by another from now on.
pub fn check_signer(token: &str, keys: &KeySet, issuer: &str) -> Result<(), TokenRefused> {
    let parts = split(token)?;
    let is_named = parts.kid.as_deref().is_none_or(|kid| keys.ids().contains(&kid));
    match parts.check_signature(keys) {
        Err(TokenRefused::Signature | TokenRefused::Algorithm) if !is_named => Err(TokenRefused::UnknownKey),
        Err(refused) => Err(refused),
        Ok(()) if read(parts.payload)?.text("iss") == Some(issuer) => Ok(()),
        Ok(()) => Err(TokenRefused::Issuer),
    }
}

/// The claims of a token that somebody else has believed already, such as the cluster that made it.
pub fn claims_of(believed: &str) -> Result<Claims, TokenRefused> {
    let payload = believed.split('.').nth(1).ok_or(TokenRefused::Malformed("it does not have three parts"))?;
    read(payload)
}

/// The part of a token that is signed: what makes it the same token, however its signature is written.
pub fn signed_part(token: &str) -> &str {
    token.rsplit_once('.').map_or(token, |(signed, _)| signed)
}

/// Whether a believed token of a person answers to what we sent along: `nonce`, `azp` ([OpenID Connect Core 1.0] section
/// 3.1.3.7) and, where it is there, `at_hash`.
///
/// [OpenID Connect Core 1.0]: https://openid.net/specs/openid-connect-core-1_0.html
pub fn check_answer(
    (token, claims): (&str, &Claims),
    (nonce, client_id): (&str, &str),
    access_token: Option<&str>,
) -> Result<(), TokenRefused> {
    if nonce.is_empty() || claims.text("nonce") != Some(nonce) {
        return Err(TokenRefused::Nonce);
    }
    let is_ours = match claims.get("azp") {
        None => claims.audiences()?.len() == 1,
        Some(party) => party.as_str() == Some(client_id),
    };
    if !is_ours {
        return Err(TokenRefused::Party);
    }
    match (claims.get("at_hash"), access_token) {
        (None, _) => Ok(()),
        (Some(hash), Some(access_token)) if hash.as_str() == Some(&half_hash(token, access_token)?) => Ok(()),
        (Some(_), _) => Err(TokenRefused::AccessToken),
    }
}

/// The left half of the hash of an access token, by the hash that the token's algorithm uses (section 3.1.3.6).
fn half_hash(token: &str, access_token: &str) -> Result<String, TokenRefused> {
    let hash = digest::digest(split(token)?.algorithm?.hash(), access_token.as_bytes());
    let bytes = hash.as_ref();
    Ok(URL_SAFE_NO_PAD.encode(bytes.get(..bytes.len() / 2).unwrap_or_default()))
}

/// Whether a token of this age counts, for one that somebody else has believed.
pub fn check_age(claims: &Claims, now: Timestamp, longest_age_seconds: Option<i64>) -> Result<(), TokenRefused> {
    let Some(longest) = longest_age_seconds else { return Ok(()) };
    let age = now.duration_since(claims.time("iat")?.ok_or(TokenRefused::Claim("iat"))?);
    if age.as_secs() > longest { Err(TokenRefused::TooOld) } else { Ok(()) }
}

impl Expected<'_> {
    fn check(&self, claims: &Claims) -> Result<(), TokenRefused> {
        if self.issuer.is_empty() || claims.text("iss") != Some(self.issuer) {
            return Err(TokenRefused::Issuer);
        }
        let audiences = claims.audiences()?;
        let is_ours = |wanted: &String| !wanted.is_empty() && audiences.contains(&wanted.as_str());
        if !self.audiences.iter().any(is_ours) {
            return Err(TokenRefused::Audience);
        }
        self.check_times(claims)
    }

    fn check_times(&self, claims: &Claims) -> Result<(), TokenRefused> {
        let (issued_at, not_before) = (claims.time("iat")?, claims.time("nbf")?);
        let expires_at = claims.time("exp")?.ok_or(TokenRefused::Claim("exp"))?;
        if expires_at <= self.now {
            return Err(TokenRefused::Expired);
        }
        let soon = self.now.saturating_add(CLOCK_AHEAD).unwrap_or(Timestamp::MAX);
        if issued_at.into_iter().chain(not_before).any(|begin| begin > soon) {
            return Err(TokenRefused::NotYetValid);
        }
        check_age(claims, self.now, self.longest_age_seconds)
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenRefused> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefused::Malformed("a part is no base64url"))
}

fn read(part: &str) -> Result<Claims, TokenRefused> {
    serde_json::from_slice(&decode(part)?).map_err(|_| TokenRefused::Malformed("a part is no JSON object"))
}
