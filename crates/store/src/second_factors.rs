//! Second factors of people: the sealed secret of an authenticator, and the digests of recovery codes.

use jiff::Timestamp;
use mayfly_domain::{audit::AuditEvent, ids::UserId, sensitive::Sensitive};

use crate::{
    Store, StoreError, audit_events,
    passkeys::{self, PasskeyUse},
    sealed::{
        Place, Scope,
        columns::{SealedColumn, key_digits, sealed_count, sealed_page, sealed_replace, superseded},
    },
    sessions::{self, NewSession},
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    DELETE_UNCONFIRMED = "DELETE FROM second_factors WHERE user_id = ?1 AND is_confirmed = FALSE";

    SEALED_PAGE = sealed_page!("user_id AS id, sealed_secret", "second_factors", "user_id", "sealed_secret"),
        postgres sealed_page!(postgres "user_id AS id, sealed_secret", "second_factors", "user_id", "sealed_secret");

    SEALED_COUNT = sealed_count!("second_factors", "sealed_secret"), postgres sealed_count!(postgres "second_factors", "sealed_secret");

    SEALED_REPLACE = sealed_replace!("second_factors", "user_id", "sealed_secret");

    INSERT = "INSERT INTO second_factors (user_id, sealed_secret, is_confirmed, last_step, created_at)
        VALUES (?1, ?2, FALSE, 0, ?3)";

    CONFIRM = "UPDATE second_factors SET is_confirmed = TRUE, last_step = ?2
        WHERE user_id = ?1 AND is_confirmed = FALSE AND created_at = ?3";

    IS_CONFIRMED = "SELECT user_id FROM second_factors WHERE user_id = ?1 AND is_confirmed = TRUE";

    // One statement decides, so that of two that show one code at once only one gets in.
    SPEND_STEP = "UPDATE second_factors SET last_step = ?2 WHERE user_id = ?1 AND is_confirmed = TRUE AND last_step < ?2";

    SPEND_CODE = "DELETE FROM recovery_codes WHERE user_id = ?1 AND digest = ?2";

    INSERT_CODE = "INSERT INTO recovery_codes (user_id, digest) VALUES (?1, ?2)";

    DELETE_CODES = "DELETE FROM recovery_codes WHERE user_id = ?1";

    DELETE = "DELETE FROM second_factors WHERE user_id = ?1";

    COUNT_CODES = "SELECT CAST(COUNT(*) AS BIGINT) AS number FROM recovery_codes WHERE user_id = ?1";

    GET = "SELECT * FROM second_factors WHERE user_id = ?1";
}

/// The guard's text when a code was used before, or is none.
pub const NOT_USED: &str = "the code is one, and was not used";
/// The guard's text when there is no second factor that waits to be confirmed.
pub const WAITS: &str = "a second factor waits to be confirmed";
/// The guard's text when there is no second factor.
pub const IS_THERE: &str = "there is a second factor";

/// What somebody showed beside their password.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// A code of this step of time, in units of 30 s since 1970.
    Step(i64),
    /// A recovery code with this digest.
    RecoveryCode(&'a [u8]),
    /// A passkey.
    Passkey(PasskeyUse),
}

/// A person's second factor.
pub struct SecondFactor {
    /// What the authenticator was given.
    pub secret: Sensitive<Vec<u8>>,
    /// Whether it is asked for.
    pub is_confirmed: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The step that uses up what was shown.
pub(crate) fn spend(user: UserId, shown: Shown<'_>) -> Step {
    match shown {
        Shown::Step(step) => Step::new(&SPEND_STEP, values![user, step]),
        Shown::RecoveryCode(digest) => Step::new(&SPEND_CODE, values![user, digest]),
        Shown::Passkey(signed) => passkeys::count_use(signed),
    }
    .expecting_one(NOT_USED)
}

/// The steps that take a second factor off, where there is one.
pub(crate) fn remove(user: UserId) -> Vec<Step> {
    vec![Step::new(&DELETE_CODES, values![user]), Step::new(&DELETE, values![user])]
}

fn renew_codes(user: UserId, digests: &[Vec<u8>]) -> impl Iterator<Item = Step> {
    let inserted = digests.iter().map(move |digest| Step::new(&INSERT_CODE, values![user, digest.as_slice()]));
    std::iter::once(Step::new(&DELETE_CODES, values![user])).chain(inserted)
}

/// The second factors of a store.
#[derive(Clone, Copy)]
pub struct SecondFactors<'store>(&'store Store);

impl Store {
    /// Second factors of people.
    pub fn second_factors(&self) -> SecondFactors<'_> {
        SecondFactors(self)
    }
}

impl SecondFactors<'_> {
    /// Keeps a secret that waits to be confirmed, in place of any other that does. Fails when one is confirmed.
    pub async fn begin(&self, user: UserId, secret: &Sensitive<Vec<u8>>, event: &AuditEvent) -> Result<(), StoreError> {
        let sealed = self.0.seal(&place(user), secret.expose()).await?;
        let transaction = Transaction::new()
            .step(&DELETE_UNCONFIRMED, values![user])
            .step(&INSERT, values![user, sealed, event.created_at])
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Asks for it from now on, or fails with [`WAITS`]. `made_at` tells which one was shown to work.
    pub async fn confirm(&self, confirmed: &Confirmed<'_>, event: &AuditEvent) -> Result<(), StoreError> {
        let Confirmed { user, made_at, step, codes, session } = *confirmed;
        let transaction = Transaction::new()
            .step(&CONFIRM, values![user, step, made_at])
            .expecting_one(WAITS)
            .with_all(renew_codes(user, codes))
            .with_all(sessions::replace(user, Some(session)))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Gives new recovery codes, or fails with [`IS_THERE`].
    pub async fn renew_codes(&self, user: UserId, codes: &[Vec<u8>], event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&IS_CONFIRMED, values![user])
            .expecting_one(IS_THERE)
            .with_all(renew_codes(user, codes))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Takes it off, and ends all sessions but a new one; or fails with [`IS_THERE`].
    pub async fn delete(
        &self,
        user: UserId,
        session: Option<NewSession<'_>>,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![user])
            .expecting_one(IS_THERE)
            .step(&DELETE_CODES, values![user])
            .with_all(sessions::replace(user, session))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// A person's, confirmed or not.
    pub async fn get(&self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let Some(row) = self.0.database().read_one(&GET, values![user]).await? else { return Ok(None) };
        let secret = self.0.unseal(&place(user), row.bytes("sealed_secret")?).await?;
        let (is_confirmed, created_at) = (row.boolean("is_confirmed")?, row.timestamp("created_at")?);
        Ok(Some(SecondFactor { secret, is_confirmed, created_at }))
    }

    /// How many recovery codes a person has left.
    pub async fn count_codes(&self, user: UserId) -> Result<i64, StoreError> {
        let row = self.0.database().read_one(&COUNT_CODES, values![user]).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }
}

/// A second factor that was shown to work.
#[derive(Clone, Copy)]
pub struct Confirmed<'a> {
    /// Whose.
    pub user: UserId,
    /// When it was made.
    pub made_at: Timestamp,
    /// The step of the code that was shown.
    pub step: i64,
    /// Digests of the recovery codes.
    pub codes: &'a [Vec<u8>],
    /// The session that goes on in place of all others.
    pub session: NewSession<'a>,
}

/// Its sealed column.
pub(crate) static SEALED: SealedColumn = SealedColumn {
    table: "second_factors",
    column: "sealed_secret",
    page: &SEALED_PAGE,
    count: &SEALED_COUNT,
    replace: &SEALED_REPLACE,
    place: |row| Ok(place(row.parsed("id")?)),
};

fn place(user: UserId) -> Place {
    Place::new("second_factors", "sealed_secret", user, Scope::Organization)
}
