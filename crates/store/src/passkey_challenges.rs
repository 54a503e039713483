//! What passkeys were asked to sign: each good once, for one purpose, until it expires.

use jiff::Timestamp;
use mayfly_domain::ids::UserId;

use crate::{
    Store, StoreError,
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    // The newest of a person for a purpose is the only one that counts.
    REPLACE = "DELETE FROM passkey_challenges WHERE user_id = ?1 AND purpose = ?2";

    FORGET_OF = "DELETE FROM passkey_challenges WHERE user_id = ?1";

    INSERT = "INSERT INTO passkey_challenges (digest, purpose, user_id, expires_at) VALUES (?1, ?2, ?3, ?4)";

    // The one statement that decides: a challenge is good once.
    TAKE = "DELETE FROM passkey_challenges
        WHERE digest = ?1 AND purpose = ?2 AND user_id IS NOT DISTINCT FROM CAST(?3 AS TEXT) RETURNING expires_at";

    FORGET = "DELETE FROM passkey_challenges
        WHERE digest IN (SELECT digest FROM passkey_challenges WHERE expires_at <= ?1 LIMIT ?2)";
}

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Adding a passkey, by its person.
    Registration(UserId),
    /// Signing in with a passkey alone: nobody knows yet who it is.
    SignIn,
    /// Signing in with a password and a passkey.
    SecondFactor(UserId),
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Registration(_) => "registration",
            Self::SignIn => "sign-in",
            Self::SecondFactor(_) => "second-factor",
        }
    }

    const fn user(self) -> Option<UserId> {
        match self {
            Self::SignIn => None,
            Self::Registration(user) | Self::SecondFactor(user) => Some(user),
        }
    }
}

/// The step that forgets what a person's passkeys were asked to sign.
pub(crate) fn forget_of(user: UserId) -> Step {
    Step::new(&FORGET_OF, values![user])
}

/// The challenges of a store.
#[derive(Clone, Copy)]
pub struct PasskeyChallenges<'store>(&'store Store);

impl Store {
    /// What passkeys were asked to sign.
    pub fn passkey_challenges(&self) -> PasskeyChallenges<'_> {
        PasskeyChallenges(self)
    }
}

impl PasskeyChallenges<'_> {
    /// Keeps one, in place of any other that the person has for this purpose.
    pub async fn create(&self, digest: &[u8], purpose: Purpose, expires_at: Timestamp) -> Result<(), StoreError> {
        let user = purpose.user();
        let replaced = user.map(|user| Step::new(&REPLACE, values![user, purpose.as_str()]));
        let transaction =
            Transaction::new().with_all(replaced).step(&INSERT, values![digest, purpose.as_str(), user, expires_at]);
        self.0.database().write(transaction).await.map(drop)
    }

    /// Uses one up; whether it was there for this purpose and person, and counts at `now`.
    pub async fn take(&self, digest: &[u8], purpose: Purpose, now: Timestamp) -> Result<bool, StoreError> {
        let step = Step::new(&TAKE, values![digest, purpose.as_str(), purpose.user()]);
        let outcomes = self.0.database().write(Transaction::new().with(step)).await?;
        let row = outcomes.first().and_then(|outcome| outcome.rows.first());
        row.map_or(Ok(false), |row| Ok(row.timestamp("expires_at")? > now))
    }

    /// Removes at most `limit` that expired by `now`. Says how many.
    pub async fn forget(&self, now: Timestamp, limit: i64) -> Result<u64, StoreError> {
        let outcomes = self.0.database().write(Transaction::new().step(&FORGET, values![now, limit])).await?;
        Ok(outcomes.first().map_or(0, |outcome| outcome.changed))
    }
}
