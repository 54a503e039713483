//! Beginning and stopping to use a second factor. Each change asks for the password again.

use mayfly_domain::{
    access::operation::Operation, audit::PersonEvent, caller::Caller, identity::User, ids::UserId, sensitive::Sensitive,
};
use mayfly_store::{
    StoreError,
    second_factors::{Confirmed, IS_THERE, WAITS},
};

use super::{base32, recovery_code, totp};
use crate::{
    App, AppError,
    error::OrWhen as _,
    identities::may_manage,
    sessions::{Begun, GrantedSession},
    sign_in::{HardLimit, admit_hard},
    users::{existing, myself, with_password},
};

/// Bytes of an authenticator's secret: RFC 4226 section 4 asks for 20.
const SECRET_BYTES: usize = 20;

/// What an authenticator is given, once.
#[derive(Debug)]
pub struct Enrolled {
    /// The secret, for typing.
    pub secret: Sensitive<String>,
    /// The same with everything around it, for a QR code.
    pub uri: Sensitive<String>,
}

/// Recovery codes, shown once.
pub type RecoveryCodes = Vec<Sensitive<String>>;

/// Makes a secret for an authenticator. It is asked for once it was shown to work.
pub async fn enrol(app: &App, caller: &Caller, password: &Sensitive<String>) -> Result<Enrolled, AppError> {
    let user = with_password(app, caller, Operation::EnrolSecondFactor, password).await?.user;
    let secret = Sensitive::new(app.ambient.random::<SECRET_BYTES>().to_vec());
    let event = app.event(caller, None, PersonEvent::EnrolSecondFactor { user_id: user.id });
    match app.store.second_factors().begin(user.id, &secret, &event).await {
        Err(StoreError::Unique { .. }) => Err(AppError::SecondFactorThere),
        stored => {
            stored?;
            let secret = Sensitive::new(base32::encode(secret.expose()));
            let uri = Sensitive::new(uri(&user, secret.expose()));
            Ok(Enrolled { secret, uri })
        }
    }
}

/// The form that authenticators read (Google's Key URI Format). What is the form's own in an address is encoded.
fn uri(user: &User, secret: &str) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~@".contains(byte);
    let encoded = |byte: u8| if is_plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let account: String = user.email.bytes().map(encoded).collect();
    let (digits, step) = (totp::DIGITS, totp::STEP);
    format!(
        "otpauth://totp/Mayfly:{account}?secret={secret}&issuer=Mayfly&algorithm=SHA1&digits={digits}&period={step}"
    )
}

/// Asks for the second factor from now on, once a code of it was shown. All other sessions end.
pub async fn confirm(
    app: &App,
    caller: &Caller,
    code: &Sensitive<String>,
) -> Result<(RecoveryCodes, GrantedSession), AppError> {
    let id = myself(app, caller, Operation::ConfirmSecondFactor).await?;
    let factor = app.store.second_factors().get(id).await?.filter(|factor| !factor.is_confirmed);
    let factor = factor.ok_or(AppError::NoSecondFactor("that waits to be confirmed"))?;
    let limit = HardLimit::Code(id);
    admit_hard(app, limit).await?;
    let code = totp::parse(code.expose()).ok_or(AppError::WrongProof { what: "code" })?;
    let step = totp::step_with(factor.secret.expose(), code, app.ambient.now());
    let step = step.ok_or(AppError::WrongProof { what: "code" })?;
    limit.take_back(app).await?;
    let user = existing(app, caller, id).await?.user;
    let (codes, begun) = (recovery_code::generate(&app.ambient), Begun::new(app, &user, &caller.origin));
    let digests: Vec<Vec<u8>> = codes.iter().map(recovery_code::digest).collect();
    let event = app.event(caller, None, PersonEvent::ConfirmSecondFactor { user_id: id });
    let confirmed = Confirmed { user: id, made_at: factor.created_at, step, codes: &digests, session: begun.kept() };
    let stored = app.store.second_factors().confirm(&confirmed, &event).await;
    stored.or_when_guarded(WAITS, || AppError::NoSecondFactor("that waits to be confirmed"))?;
    app.memory.forget_user(id);
    Ok((codes, begun.granted(User { has_second_factor: true, ..user })))
}

/// Makes new recovery codes; the old ones count no more.
pub async fn renew_codes(app: &App, caller: &Caller, password: &Sensitive<String>) -> Result<RecoveryCodes, AppError> {
    let user = with_password(app, caller, Operation::RenewRecoveryCodes, password).await?.user;
    let codes = recovery_code::generate(&app.ambient);
    let digests: Vec<Vec<u8>> = codes.iter().map(recovery_code::digest).collect();
    let event = app.event(caller, None, PersonEvent::RenewRecoveryCodes { user_id: user.id });
    let stored = app.store.second_factors().renew_codes(user.id, &digests, &event).await;
    stored.or_when_guarded(IS_THERE, || AppError::NoSecondFactor("to recover"))?;
    Ok(codes)
}

/// Takes one's own second factor off. All other sessions end.
pub async fn remove(app: &App, caller: &Caller, password: &Sensitive<String>) -> Result<GrantedSession, AppError> {
    let user = with_password(app, caller, Operation::RemoveSecondFactor, password).await?.user;
    let begun = Begun::new(app, &user, &caller.origin);
    let event = PersonEvent::RemoveSecondFactor { user_id: user.id, email: user.email.clone() };
    let event = app.event(caller, None, event);
    let stored = app.store.second_factors().delete(user.id, Some(begun.kept()), &event).await;
    stored.or_when_guarded(IS_THERE, || AppError::NoSecondFactor("to remove"))?;
    app.memory.forget_user(user.id);
    Ok(begun.granted(User { has_second_factor: false, ..user }))
}

/// Takes the second factor off somebody who has lost it. Their sessions end.
pub async fn reset(app: &App, caller: &Caller, id: UserId) -> Result<User, AppError> {
    app.authorize(caller, Operation::ResetUserSecondFactor).await?;
    let user = existing(app, caller, id).await?.user;
    may_manage(app, caller, Operation::ResetUserSecondFactor, user.role).await?;
    let event = PersonEvent::RemoveSecondFactor { user_id: user.id, email: user.email.clone() };
    let event = app.event(caller, None, event);
    let stored = app.store.second_factors().delete(id, None, &event).await;
    stored.or_when_guarded(IS_THERE, || AppError::NoSecondFactor("to remove"))?;
    app.memory.forget_user(id);
    Ok(User { has_second_factor: false, ..user })
}
