//! What a passkey is asked to sign: 32 random bytes, good once and for five minutes.

use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use mayfly_domain::passkey::RelyingParty;
use mayfly_store::passkey_challenges::Purpose;

use super::PasskeyProblem;
use crate::{App, AppError};

/// How long a person has to find and touch their authenticator.
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// Rows removed at a time.
const BATCH: i64 = 1_000;

/// A challenge that was kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Challenge {
    pub(super) bytes: [u8; 32],
    pub(super) expires_at: Timestamp,
}

/// Makes one and keeps its digest.
pub(super) async fn begin(app: &App, purpose: Purpose) -> Result<Challenge, AppError> {
    let (bytes, now) = (app.ambient.random::<32>(), app.ambient.now());
    let expires_at = now.saturating_add(LIFETIME).unwrap_or(now);
    app.store.passkey_challenges().create(&digest_of(&bytes), purpose, expires_at).await?;
    Ok(Challenge { bytes, expires_at })
}

/// Uses one up; whether it was there for this purpose and is not too old.
pub(super) async fn take(app: &App, text: &str, purpose: Purpose) -> Result<bool, AppError> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else { return Ok(false) };
    Ok(app.store.passkey_challenges().take(&digest_of(&bytes), purpose, app.ambient.now()).await?)
}

fn digest_of(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}

/// The server as passkeys know it, or why it can have none.
pub(super) fn relying_party(app: &App) -> Result<RelyingParty, AppError> {
    RelyingParty::at(&app.settings.public_url).ok_or(PasskeyProblem::Unavailable.into())
}

/// Forgets challenges that count no more.
pub async fn forget_old_challenges(app: &App) -> Result<(), AppError> {
    loop {
        let removed = app.store.passkey_challenges().forget(app.ambient.now(), BATCH).await?;
        if i64::try_from(removed).is_ok_and(|removed| removed < BATCH) {
            return Ok(());
        }
    }
}
