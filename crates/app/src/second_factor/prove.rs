//! Checking what somebody shows beside their password.

use mayfly_domain::{identity::User, sensitive::Sensitive};
use mayfly_store::second_factors::Shown;

use super::{recovery_code, totp};
use crate::{
    App, AppError,
    sign_in::{HardLimit, admit_hard},
};

/// Something that is right, unless it was used before: spending it decides.
pub(crate) struct Proof {
    what: What,
    limit: HardLimit,
}

enum What {
    Step(i64),
    RecoveryCode(Vec<u8>),
}

impl Proof {
    /// As the store takes it.
    pub(crate) fn shown(&self) -> Shown<'_> {
        match &self.what {
            What::Step(step) => Shown::Step(*step),
            What::RecoveryCode(digest) => Shown::RecoveryCode(digest),
        }
    }

    /// It was no failure.
    pub(crate) async fn take_back(&self, app: &App) -> Result<(), AppError> {
        self.limit.take_back(app).await
    }
}

/// Whether `code` is right for a person; nothing where they have no second factor. Attempts are limited for the person,
/// wherever they come from: only somebody who knows the password gets here, and a million codes are few.
pub(crate) async fn prove(app: &App, user: &User, code: Option<&Sensitive<String>>) -> Result<Option<Proof>, AppError> {
    let factor = app.store.second_factors().get(user.id).await?.filter(|factor| factor.is_confirmed);
    let Some(factor) = factor else { return Ok(None) };
    let Some(code) = code else { return Err(AppError::SecondFactorNeeded) };
    let limit = HardLimit::Code(user.id);
    admit_hard(app, limit).await?;
    let what = match totp::parse(code.expose()) {
        Some(code) => totp::step_with(factor.secret.expose(), code, app.ambient.now()).map(What::Step),
        None => Some(What::RecoveryCode(recovery_code::digest(code))),
    };
    what.map(|what| Some(Proof { what, limit })).ok_or(AppError::WrongProof { what: "code" })
}
