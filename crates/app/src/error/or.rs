//! What a failed guard of the store is to whoever asked.

use mayfly_store::StoreError;

use super::AppError;

/// Turns one refusal of the store into a refusal of ours.
pub(crate) trait OrWhen<T> {
    /// `taken` when the unique index `index` was hit.
    fn or_when_taken(self, index: &str, taken: impl FnOnce() -> AppError) -> Result<T, AppError>;

    /// `refused` when the guard `guard` was not met.
    fn or_when_guarded(self, guard: &str, refused: impl FnOnce() -> AppError) -> Result<T, AppError>;

    /// `gone` when any guard was not met: somebody was faster.
    fn or_when_gone(self, gone: impl FnOnce() -> AppError) -> Result<T, AppError>;
}

impl<T> OrWhen<T> for Result<T, StoreError> {
    fn or_when_taken(self, index: &str, taken: impl FnOnce() -> AppError) -> Result<T, AppError> {
        self.map_err(|error| match error {
            StoreError::Unique { index: hit } if hit == index => taken(),
            other => AppError::Store(other),
        })
    }

    fn or_when_guarded(self, guard: &str, refused: impl FnOnce() -> AppError) -> Result<T, AppError> {
        self.map_err(|error| match error {
            StoreError::GuardFailed { guard: failed } if failed == guard => refused(),
            other => AppError::Store(other),
        })
    }

    fn or_when_gone(self, gone: impl FnOnce() -> AppError) -> Result<T, AppError> {
        self.map_err(|error| match error {
            StoreError::GuardFailed { .. } => gone(),
            other => AppError::Store(other),
        })
    }
}

/// Turns the refusal of a change that came too late into ours.
pub(crate) trait OrChanged<T> {
    /// [`AppError::ChangedMeanwhile`] when somebody else changed `what` since it was read.
    fn or_changed(self, what: &'static str) -> Result<T, AppError>;
}

impl<T> OrChanged<T> for Result<T, AppError> {
    fn or_changed(self, what: &'static str) -> Result<T, AppError> {
        self.map_err(|error| match error {
            AppError::Store(StoreError::GuardFailed { .. } | StoreError::ForeignKey { .. }) => {
                AppError::ChangedMeanwhile { what }
            }
            other => other,
        })
    }
}

impl<T> OrChanged<T> for Result<T, StoreError> {
    fn or_changed(self, what: &'static str) -> Result<T, AppError> {
        self.map_err(AppError::Store).or_changed(what)
    }
}
