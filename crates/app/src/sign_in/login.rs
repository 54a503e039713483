//! Signing in.

use mayfly_domain::{
    audit::{PersonEvent, SecondFactorUse},
    caller::{Caller, Origin},
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError,
    second_factors::{NONE_IS_ASKED_FOR, NOT_USED, Shown},
    sessions::{STILL_MAY, SignIn as StoredSignIn},
    sign_in_attempts::IS_UNMARKED,
    users::UserFacts,
};

use super::throttle::{self, Attempt};
use crate::{
    App, AppError,
    second_factor::{Beside, Proof, prove},
    sessions::{Begun, GrantedSession},
    sso::refuses_password,
    users::person,
    webauthn::Assertion,
};

/// What a person shows.
#[derive(Debug)]
pub struct SignIn {
    /// Their address, in lower case.
    pub email: String,
    /// Their password.
    pub password: Sensitive<String>,
    /// A code of their second factor, or a recovery code.
    pub code: Option<Sensitive<String>>,
    /// What one of their passkeys answered, in place of a code.
    pub passkey: Option<Assertion>,
}

/// Begins a session for the right password and, where there is a second factor, its code or a passkey.
pub async fn login(app: &App, origin: Origin, request: SignIn) -> Result<GrantedSession, AppError> {
    let (attempt, facts) = with_right_password(app, &origin, &request.email, &request.password).await?;
    let beside = Beside { code: request.code.as_ref(), passkey: request.passkey.as_ref() };
    let granted = match prove(app, &facts.user, beside, &origin).await {
        Err(AppError::WrongProof { .. }) => return Err(AppError::CredentialsRefused),
        Ok(proof) => begin(app, facts, proof.as_ref(), &origin).await,
        Err(error) => Err(error),
    };
    match granted {
        // The password was right, and nothing was guessed.
        Ok(_) | Err(AppError::SecondFactorNeeded) => attempt.take_back(app).await?,
        Err(_) => {}
    }
    granted
}

/// The person whose password this is, and the attempt that it was: to be taken back where nothing else is wrong.
pub(crate) async fn with_right_password(
    app: &App,
    origin: &Origin,
    email: &str,
    password: &Sensitive<String>,
) -> Result<(Attempt, UserFacts), AppError> {
    let attempt = throttle::admit(app, origin, email).await?;
    let found = app.store.users().for_login(email).await?;
    let hash = found.as_ref().map(|facts| facts.password_hash.as_str()).filter(|hash| !hash.is_empty());
    let is_right = app.passwords.verify(password, hash).await?;
    let facts = match found {
        Some(facts) if is_right && !facts.user.is_disabled && attempt.is_heard => facts,
        known => {
            tell_guarded(app, known.as_ref(), &attempt, origin).await?;
            return Err(AppError::CredentialsRefused);
        }
    };
    // Only whoever has the right password learns that it does not count.
    if refuses_password(app, &facts).await? {
        attempt.take_back(app).await?;
        return Err(AppError::SsoRequired);
    }
    Ok((attempt, facts))
}

async fn begin(
    app: &App,
    facts: UserFacts,
    proof: Option<&Proof>,
    origin: &Origin,
) -> Result<GrantedSession, AppError> {
    let UserFacts { user, password_hash, .. } = facts;
    let begun = Begun::new(app, &user, origin);
    let (second_factor, passkey_id) = match proof.map(Proof::shown) {
        None => (SecondFactorUse::None, None),
        Some(Shown::Step(_)) => (SecondFactorUse::Totp, None),
        Some(Shown::RecoveryCode(_)) => (SecondFactorUse::RecoveryCode, None),
        Some(Shown::Passkey(shown)) => (SecondFactorUse::Passkey, Some(shown.passkey)),
    };
    let event = PersonEvent::UserLogin { user_id: user.id, session_id: begun.session.id, second_factor, passkey_id };
    let event = app.event(&person(&user, origin.clone()), None, event);
    let sign_in = StoredSignIn {
        session: begun.kept(),
        password_hash: Some(&password_hash),
        second_factor: proof.map(Proof::shown),
    };
    match app.store.sessions().create(&sign_in, &event).await {
        Err(StoreError::GuardFailed { guard: STILL_MAY | NOT_USED }) => Err(AppError::CredentialsRefused),
        // It was switched on since it was looked for.
        Err(StoreError::GuardFailed { guard: NONE_IS_ASKED_FOR }) => Err(AppError::SecondFactorNeeded),
        stored => {
            stored?;
            if let Some(proof) = proof {
                proof.take_back(app).await?;
            }
            Ok(begun.granted(user))
        }
    }
}

/// Whoever looks after the organization has to hear of an attack; the attacker does not. An address that nobody has is
/// marked like any other, so that the time of it tells nothing either; but for one attempt of an hour, which writes the event
/// where there is somebody to tell of.
async fn tell_guarded(
    app: &App,
    known: Option<&UserFacts>,
    attempt: &Attempt,
    origin: &Origin,
) -> Result<(), AppError> {
    let Some(mark) = &attempt.guarded else { return Ok(()) };
    let event = known.map(|facts| {
        let mut caller = Caller::anonymous(origin.clone());
        caller.organization = Some(facts.user.organization);
        app.event(&caller, None, PersonEvent::GuardUserSignIn { user_id: facts.user.id })
    });
    match app.store.sign_in_attempts().mark(mark, app.ambient.now(), event.as_ref()).await {
        Err(StoreError::GuardFailed { guard: IS_UNMARKED }) => Ok(()),
        stored => Ok(stored?),
    }
}
