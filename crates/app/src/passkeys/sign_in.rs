//! Signing in with a passkey: alone, where it stands for both factors, or beside a password.
//!
//! Whoever fails learns nothing but that they failed. Alone, nobody says who they are before a signature does: there is no
//! account to guess at, and none that strangers could get guarded. A source that fails too often is not heard.

use jiff::Timestamp;
use mayfly_domain::{
    audit::{Event, SecondFactorUse},
    caller::Origin,
    identity::User,
    passkey::{Passkey, RelyingParty},
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError,
    passkey_challenges::Purpose,
    passkeys::{NOT_SUSPECTED, PasskeyUse},
    second_factors::{NOT_USED, Shown},
    sessions::{STILL_MAY, SignIn as StoredSignIn},
    users::UserFacts,
};

use super::{
    PasskeyProblem,
    challenge::{self, LIFETIME},
};
use crate::{
    App, AppError,
    sessions::{Begun, GrantedSession},
    sign_in::{HardLimit, admit_hard, admit_source, with_right_password},
    sso::refuses_password,
    users::person,
    webauthn::{Asserted, Assertion, Ceremony, ClientData, Known, Refused, UserVerification, verify_assertion},
};

/// What an authenticator is asked to sign.
#[derive(Clone, Debug)]
pub struct RequestOptions {
    /// The server.
    pub party: RelyingParty,
    /// What to sign.
    pub challenge: [u8; 32],
    /// Milliseconds until it is too old.
    pub timeout: i64,
    /// When that is.
    pub expires_at: Timestamp,
    /// Which passkeys may; any that is known by itself, where there are none.
    pub allowed: Vec<Passkey>,
    /// Whether the authenticator has to check who touches it.
    pub verification: UserVerification,
}

/// Asks for a passkey of nobody in particular. The answer is the same whoever asks.
pub async fn begin_login(app: &App, origin: &Origin) -> Result<RequestOptions, AppError> {
    let party = challenge::relying_party(app)?;
    admit_hard(app, HardLimit::Challenge(origin.ip_address)).await?;
    options(app, party, Purpose::SignIn, Vec::new()).await
}

/// Asks for a passkey of the person whose password was right.
pub async fn begin_second_factor(
    app: &App,
    origin: &Origin,
    email: &str,
    password: &Sensitive<String>,
) -> Result<RequestOptions, AppError> {
    let party = challenge::relying_party(app)?;
    let (attempt, facts) = with_right_password(app, origin, email, password).await?;
    attempt.take_back(app).await?;
    let known = app.store.passkeys().list(facts.user.id).await?;
    let allowed: Vec<Passkey> = known.into_iter().filter(|passkey| passkey.suspected_at.is_none()).collect();
    if allowed.is_empty() {
        return Err(PasskeyProblem::None("to ask for: send a code, or sign in with the password alone").into());
    }
    options(app, party, Purpose::SecondFactor(facts.user.id), allowed).await
}

async fn options(
    app: &App,
    party: RelyingParty,
    purpose: Purpose,
    allowed: Vec<Passkey>,
) -> Result<RequestOptions, AppError> {
    let challenge = challenge::begin(app, purpose).await?;
    Ok(RequestOptions {
        party,
        challenge: challenge.bytes,
        timeout: i64::try_from(LIFETIME.as_millis()).unwrap_or(i64::MAX),
        expires_at: challenge.expires_at,
        allowed,
        verification: verification(purpose),
    })
}

/// A passkey alone stands for both factors.
const fn verification(purpose: Purpose) -> UserVerification {
    match purpose {
        Purpose::Registration(_) | Purpose::SignIn => UserVerification::Required,
        Purpose::SecondFactor(_) => UserVerification::Preferred,
    }
}

/// Begins a session for a passkey alone.
pub async fn login(app: &App, origin: Origin, assertion: &Assertion) -> Result<GrantedSession, AppError> {
    let attempt = admit_source(app, &origin).await?;
    let (passkey, facts) = owner(app, assertion).await?;
    let shown = judge(app, &facts.user, (&passkey, assertion), Purpose::SignIn, &origin).await?;
    // A passkey is as much our own way in as a password is. Only whoever has it learns that it does not count.
    if refuses_password(app, &facts).await? {
        attempt.take_back(app).await?;
        return Err(AppError::SsoRequired);
    }
    let granted = begin(app, facts.user, shown, &origin).await?;
    attempt.take_back(app).await?;
    HardLimit::Challenge(origin.ip_address).take_back(app).await?;
    Ok(granted)
}

/// Section 7.2 step 6: the passkey, and its person, whom it names itself.
async fn owner(app: &App, assertion: &Assertion) -> Result<(Passkey, UserFacts), AppError> {
    let passkey = app.store.passkeys().find(&assertion.credential_id).await?.ok_or(refused("unknown passkey"))?;
    let handle = assertion.user_handle.as_ref().ok_or(refused("the passkey does not say whose it is"))?;
    check_handle(app, &passkey, handle).await?;
    let organization = app.store.organizations().get().await?.ok_or(refused("unknown passkey"))?;
    let facts = app.store.users().get(organization.id, passkey.user).await?;
    let facts = facts.filter(|facts| !facts.user.is_disabled);
    Ok((passkey, facts.ok_or(refused("the person is disabled"))?))
}

async fn check_handle(app: &App, passkey: &Passkey, shown: &[u8]) -> Result<(), AppError> {
    let known = app.store.passkeys().handle(passkey.user).await?;
    let is_theirs = known.is_some_and(|known| known == shown);
    if is_theirs { Ok(()) } else { Err(refused("the passkey is somebody else's")) }
}

/// A passkey beside a password: one of the person's own. Attempts are counted as those with codes are.
pub(crate) async fn prove_second_factor(
    app: &App,
    user: &User,
    assertion: &Assertion,
    origin: &Origin,
) -> Result<PasskeyUse, AppError> {
    let passkey = app.store.passkeys().find(&assertion.credential_id).await?;
    let passkey = passkey.filter(|passkey| passkey.user == user.id).ok_or(refused("unknown passkey"))?;
    if let Some(handle) = &assertion.user_handle {
        check_handle(app, &passkey, handle).await?;
    }
    judge(app, user, (&passkey, assertion), Purpose::SecondFactor(user.id), origin).await
}

/// Section 7.2, steps 9 to 24.
async fn judge(
    app: &App,
    user: &User,
    (passkey, assertion): (&Passkey, &Assertion),
    purpose: Purpose,
    origin: &Origin,
) -> Result<PasskeyUse, AppError> {
    if passkey.suspected_at.is_some() {
        return Err(refused("the passkey may have been copied"));
    }
    let party = challenge::relying_party(app)?;
    let client_data = ClientData::read(&assertion.client_data, Ceremony::Get).map_err(told)?;
    if !challenge::take(app, &client_data.challenge, purpose).await? {
        return Err(told(Refused::Challenge));
    }
    let known = Known {
        public_key: &passkey.public_key,
        is_backup_eligible: passkey.is_backup_eligible,
        verification: verification(purpose),
    };
    let asserted = verify_assertion(assertion, &client_data, known, &party).map_err(told)?;
    check_count(app, user, (passkey, asserted), origin).await?;
    let Asserted { sign_count, is_backed_up } = asserted;
    Ok(PasskeyUse { passkey: passkey.id, sign_count, is_backed_up, at: app.ambient.now() })
}

/// Section 7.2 step 24: a count that does not go up is that of a copy, or of what was copied. Only somebody who has the key
/// gets here, so nobody else can have a passkey suspected.
async fn check_count(
    app: &App,
    user: &User,
    (passkey, asserted): (&Passkey, Asserted),
    origin: &Origin,
) -> Result<(), AppError> {
    let (counted, shown) = (passkey.sign_count, asserted.sign_count);
    if shown > counted || (shown == 0 && counted == 0) {
        return Ok(());
    }
    let event = Event::SuspectPasskey {
        user_id: user.id,
        passkey_id: passkey.id,
        name: passkey.name.to_string(),
        counted,
        shown,
    };
    let event = app.event(&person(user, origin.clone()), None, event);
    match app.store.passkeys().suspect(passkey.id, &event).await {
        Ok(()) | Err(StoreError::GuardFailed { guard: NOT_SUSPECTED }) => Err(refused("the passkey counted back")),
        Err(error) => Err(AppError::Store(error)),
    }
}

async fn begin(app: &App, user: User, shown: PasskeyUse, origin: &Origin) -> Result<GrantedSession, AppError> {
    let begun = Begun::new(app, &user, origin);
    let event = Event::UserLogin {
        user_id: user.id,
        session_id: begun.session.id,
        second_factor: SecondFactorUse::PasskeyAlone,
        passkey_id: Some(shown.passkey),
    };
    let event = app.event(&person(&user, origin.clone()), None, event);
    let sign_in =
        StoredSignIn { session: begun.kept(), password_hash: None, second_factor: Some(Shown::Passkey(shown)) };
    match app.store.sessions().create(&sign_in, &event).await {
        Err(StoreError::GuardFailed { guard: STILL_MAY | NOT_USED }) => {
            Err(refused("changed while the passkey was looked at"))
        }
        stored => stored.map(|()| begun.granted(user)).map_err(AppError::Store),
    }
}

/// The reason is for the audit log alone.
const fn refused(reason: &'static str) -> AppError {
    AppError::LoginRefused { reason }
}

fn told(refused: Refused) -> AppError {
    AppError::LoginRefused { reason: refused.reason() }
}
