//! Why a machine was not let in, and which one it was where that is known.

use mayfly_domain::ids::IdentityId;
use mayfly_store::StoreError;

use crate::AppError;

/// Somebody showed something that lets nobody in. They are told why, as far as they may know; the audit log is told whose it
/// was.
#[derive(Debug)]
pub struct NotLetIn {
    /// What they are told.
    pub error: AppError,
    /// Whose token or secret it was, or whom they said they were, if there is such an identity.
    pub identity: Option<IdentityId>,
}

impl NotLetIn {
    /// An error about what belongs to `identity`.
    pub(crate) fn of(identity: IdentityId) -> impl FnOnce(AppError) -> Self {
        move |error| Self { error, identity: Some(identity) }
    }
}

impl From<AppError> for NotLetIn {
    fn from(error: AppError) -> Self {
        Self { error, identity: None }
    }
}

impl From<StoreError> for NotLetIn {
    fn from(error: StoreError) -> Self {
        AppError::from(error).into()
    }
}
