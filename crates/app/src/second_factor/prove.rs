//! Checking what somebody shows beside their password.

use mayfly_domain::{caller::Origin, identity::User, sensitive::Sensitive};
use mayfly_store::{passkeys::PasskeyUse, second_factors::Shown};

use super::{recovery_code, totp};
use crate::{
    App, AppError,
    passkeys::prove_second_factor,
    sign_in::{HardLimit, admit_hard},
    webauthn::Assertion,
};

/// Something that is right, unless it was used before: spending it decides.
pub(crate) struct Proof {
    what: What,
    limit: HardLimit,
}

enum What {
    Step(i64),
    RecoveryCode(Vec<u8>),
    Passkey(PasskeyUse),
}

impl Proof {
    /// As the store takes it.
    pub(crate) fn shown(&self) -> Shown<'_> {
        match &self.what {
            What::Step(step) => Shown::Step(*step),
            What::RecoveryCode(digest) => Shown::RecoveryCode(digest),
            What::Passkey(shown) => Shown::Passkey(*shown),
        }
    }

    /// It was no failure.
    pub(crate) async fn take_back(&self, app: &App) -> Result<(), AppError> {
        self.limit.take_back(app).await
    }
}

/// What somebody sends beside their password.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'a> {
    /// A code of their authenticator, or a recovery code.
    pub(crate) code: Option<&'a Sensitive<String>>,
    /// What a passkey answered.
    pub(crate) passkey: Option<&'a Assertion>,
}

/// Whether what is sent beside the password is right; nothing where there is no second factor. A passkey that is sent is
/// looked at all the same. Attempts are limited for the person, wherever they come from: only somebody who knows the
/// password gets here, and a million codes are few.
pub(crate) async fn prove(
    app: &App,
    user: &User,
    beside: Beside<'_>,
    origin: &Origin,
) -> Result<Option<Proof>, AppError> {
    let limit = HardLimit::Code(user.id);
    if let Some(assertion) = beside.passkey {
        admit_hard(app, limit).await?;
        let what = What::Passkey(prove_second_factor(app, user, assertion, origin).await?);
        return Ok(Some(Proof { what, limit }));
    }
    let factor = app.store.second_factors().get(user.id).await?.filter(|factor| factor.is_confirmed);
    let Some(factor) = factor else { return Ok(None) };
    let Some(code) = beside.code else { return Err(AppError::SecondFactorNeeded) };
    admit_hard(app, limit).await?;
    let what = match totp::parse(code.expose()) {
        Some(code) => totp::step_with(factor.secret.expose(), code, app.ambient.now()).map(What::Step),
        None => Some(What::RecoveryCode(recovery_code::digest(code))),
    };
    what.map(|what| Some(Proof { what, limit })).ok_or(AppError::WrongProof { what: "code" })
}
