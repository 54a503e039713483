//! Adding a passkey: what is asked of an authenticator, and what is kept of its answer.

use jiff::Timestamp;
use mayfly_domain::{
    access::operation::Operation,
    audit::Event,
    caller::Caller,
    identity::User,
    ids::{PasskeyId, UserId},
    passkey::{Passkey, RelyingParty},
    sensitive::Sensitive,
    slug::DisplayName,
};
use mayfly_store::{
    StoreError,
    passkey_challenges::Purpose,
    passkeys::{CREDENTIALS, HAS_ROOM},
};

use super::{
    PasskeyProblem,
    challenge::{self, LIFETIME},
    proven,
};
use crate::{
    App, AppError,
    users::myself,
    webauthn::{Attestation, Attested, Ceremony, ClientData, Refused, verify_attestation},
};

/// What an authenticator is asked to make.
#[derive(Clone, Debug)]
pub struct RegistrationOptions {
    /// The server.
    pub party: RelyingParty,
    /// For whom.
    pub user: User,
    /// By which the passkey will name them.
    pub user_handle: Vec<u8>,
    /// What to sign.
    pub challenge: [u8; 32],
    /// Milliseconds until it is too old.
    pub timeout: i64,
    /// When that is.
    pub expires_at: Timestamp,
    /// What they have already: no second one is made where one of these is.
    pub known: Vec<Passkey>,
}

/// Asks for a new passkey.
pub async fn begin_registration(
    app: &App,
    caller: &Caller,
    password: Option<&Sensitive<String>>,
) -> Result<RegistrationOptions, AppError> {
    let user = proven(app, caller, Operation::BeginPasskeyRegistration, password).await?;
    let party = challenge::relying_party(app)?;
    let known = app.store.passkeys().list(user.id).await?;
    if i64::try_from(known.len()).is_ok_and(|number| number >= Passkey::MOST) {
        return Err(PasskeyProblem::TooMany.into());
    }
    let user_handle = app.store.passkeys().keep_handle(user.id, &app.ambient.random::<64>()).await?;
    let challenge = challenge::begin(app, Purpose::Registration(user.id)).await?;
    Ok(RegistrationOptions {
        party,
        user,
        user_handle,
        challenge: challenge.bytes,
        timeout: i64::try_from(LIFETIME.as_millis()).unwrap_or(i64::MAX),
        expires_at: challenge.expires_at,
        known,
    })
}

/// What a person brings to add a passkey.
#[derive(Debug)]
pub struct NewPasskey {
    /// What they call it.
    pub name: DisplayName,
    /// What their browser answered.
    pub attestation: Attestation,
    /// How a browser may reach what holds it.
    pub transports: Vec<String>,
}

/// Adds a passkey, if its browser and authenticator answered rightly.
pub async fn register(app: &App, caller: &Caller, new: NewPasskey) -> Result<Passkey, AppError> {
    let user = myself(app, caller, Operation::RegisterPasskey).await?;
    let attested = match judge(app, user, &new.attestation).await? {
        Ok(attested) => attested,
        Err(refused) => return Err(refuse(app, caller, PasskeyProblem::Refused(refused)).await),
    };
    let id = PasskeyId::generate(&app.ambient);
    let event = Event::AddPasskey {
        user_id: user,
        passkey_id: id,
        name: new.name.to_string(),
        algorithm: attested.algorithm.to_string(),
    };
    let event = app.event(caller, None, event);
    let passkey = Passkey {
        id,
        user,
        credential_id: attested.credential_id,
        public_key: attested.public_key,
        algorithm: attested.algorithm,
        sign_count: attested.sign_count,
        is_backup_eligible: attested.is_backup_eligible,
        is_backed_up: attested.is_backed_up,
        transports: new.transports,
        aaguid: attested.aaguid,
        name: new.name,
        created_at: event.created_at,
        last_used_at: None,
        suspected_at: None,
    };
    match app.store.passkeys().create(&passkey, &event).await {
        Ok(()) => Ok(passkey),
        // Section 7.1 step 26. Whose it is, nobody is told.
        Err(StoreError::Unique { index }) if index == CREDENTIALS => {
            Err(refuse(app, caller, PasskeyProblem::There).await)
        }
        Err(StoreError::GuardFailed { guard: HAS_ROOM }) => Err(refuse(app, caller, PasskeyProblem::TooMany).await),
        Err(error) => Err(AppError::Store(error)),
    }
}

/// Section 7.1, steps 5 to 25.
async fn judge(app: &App, user: UserId, attestation: &Attestation) -> Result<Result<Attested, Refused>, AppError> {
    let party = challenge::relying_party(app)?;
    let client_data = match ClientData::read(&attestation.client_data, Ceremony::Create) {
        Ok(client_data) => client_data,
        Err(refused) => return Ok(Err(refused)),
    };
    if !challenge::take(app, &client_data.challenge, Purpose::Registration(user)).await? {
        return Ok(Err(Refused::Challenge));
    }
    Ok(verify_attestation(attestation, &client_data, &party))
}

async fn refuse(app: &App, caller: &Caller, problem: PasskeyProblem) -> AppError {
    app.record_denial(caller, None, Operation::RegisterPasskey, &problem.to_string()).await;
    problem.into()
}
