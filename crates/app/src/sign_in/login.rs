//! Signing in.

use mayfly_domain::{
    audit::{Event, SecondFactorUse},
    caller::{Caller, Origin},
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError,
    second_factors::{NOT_USED, Shown},
    sessions::{STILL_MAY, SignIn as StoredSignIn},
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
    let proof = match prove(app, &facts.user, beside, &origin).await {
        // The password was right, and nothing was guessed.
        Err(AppError::SecondFactorNeeded) => {
            attempt.take_back(app).await?;
            return Err(AppError::SecondFactorNeeded);
        }
        Err(AppError::WrongProof { .. }) => return Err(AppError::CredentialsRefused),
        proof => proof?,
    };
    let granted = begin(app, facts, proof.as_ref(), &origin).await?;
    attempt.take_back(app).await?;
    Ok(granted)
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
    let Some(facts) = found else { return Err(AppError::CredentialsRefused) };
    if !is_right || facts.user.is_disabled || !attempt.is_heard {
        tell_guarded(app, &facts, &attempt, origin).await?;
        return Err(AppError::CredentialsRefused);
    }
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
    let event = Event::UserLogin { user_id: user.id, session_id: begun.session.id, second_factor, passkey_id };
    let event = app.event(&person(&user, origin.clone()), None, event);
    let sign_in = StoredSignIn {
        session: begun.kept(),
        password_hash: Some(&password_hash),
        second_factor: proof.map(Proof::shown),
    };
    match app.store.sessions().create(&sign_in, &event).await {
        Err(StoreError::GuardFailed { guard: STILL_MAY | NOT_USED }) => Err(AppError::CredentialsRefused),
        stored => {
            stored?;
            if let Some(proof) = proof {
                proof.take_back(app).await?;
            }
            Ok(begun.granted(user))
        }
    }
}

/// Whoever looks after the organization has to hear of an attack; the attacker does not.
async fn tell_guarded(app: &App, facts: &UserFacts, attempt: &Attempt, origin: &Origin) -> Result<(), AppError> {
    if !attempt.is_first_guarded {
        return Ok(());
    }
    let mut caller = Caller::anonymous(origin.clone());
    caller.organization = Some(facts.user.organization);
    let event = app.event(&caller, None, Event::GuardUserSignIn { user_id: facts.user.id });
    Ok(app.store.audit_events().append(&event).await?)
}
