//! Going on with a database that is a copy or was restored.
//!
//! Such a database is held: with the other one still in use, both would end each other's leases. It issues nothing and
//! ends nothing until an administrator says that it is the one to go on with. Whoever was signed in by it has to sign in
//! again, because in an old copy what was ended since is as if it had not been. Leases need nothing more: the loops that
//! stood still end those whose time has passed, and the sweep finds what was made after the copy.

use mayfly_domain::{access::operation::Operation, audit::Event, caller::Caller};
use mayfly_store::Shown;

use crate::{App, AppError};

/// What adopting did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adopted {
    /// Whether the database was held until now.
    pub was_held: bool,
}

/// Makes this database the one to go on with.
pub async fn adopt(app: &App, caller: &Caller) -> Result<Adopted, AppError> {
    app.authorize(caller, Operation::AdoptDatabase).await?;
    if !app.store.look_whether_held().await? {
        return Ok(Adopted { was_held: false });
    }
    let shown = Shown { access_token: caller.access_token, session: caller.session };
    app.store.adopt(shown, &app.event(caller, None, Event::AdoptDatabase {})).await?;
    Ok(Adopted { was_held: true })
}

impl App {
    /// Refuses to issue and to end on a held database.
    pub(crate) fn check_not_held(&self) -> Result<(), AppError> {
        if self.store.is_held() { Err(AppError::Held) } else { Ok(()) }
    }

    /// Whether the loops have to wait. Another server on the same database may have been told to go on.
    pub(crate) async fn is_held(&self) -> Result<bool, AppError> {
        Ok(self.store.is_held() && self.store.look_whether_held().await?)
    }
}
