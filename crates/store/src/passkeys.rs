//! Passkeys of people, and the handles by which passkeys name them.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    ids::{PasskeyId, UserId},
    passkey::Passkey,
};

use crate::{
    Store, StoreError, UNCHANGED, audit_events, passkey_challenges,
    row::Row,
    sessions,
    sql::statements,
    transaction::{Step, Transaction},
    value::values,
};

statements! {
    // Of two that are added at once, the second counts the first.
    ROOM = "SELECT id FROM users WHERE id = ?1
            AND (SELECT COUNT(*) FROM passkeys WHERE passkeys.user_id = users.id) < CAST(?2 AS BIGINT)";

    // On PostgreSQL the person's row is taken first, in a statement of its own: what the count after it sees is then new.
    HOLD = "SELECT id FROM users WHERE id = ?1",
        postgres "SELECT id FROM users WHERE id = ?1 FOR UPDATE";

    INSERT = "INSERT INTO passkeys (id, user_id, credential_id, public_key, algorithm, sign_count, is_backup_eligible,
            is_backed_up, transports, aaguid, name, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

    LIST = "SELECT * FROM passkeys WHERE user_id = ?1 ORDER BY id";

    GET = "SELECT * FROM passkeys WHERE user_id = ?1 AND id = ?2";

    FIND = "SELECT * FROM passkeys WHERE credential_id = ?1";

    RENAME = "UPDATE passkeys SET name = ?3 WHERE user_id = ?1 AND id = ?2";

    DELETE = "DELETE FROM passkeys WHERE user_id = ?1 AND id = ?2";

    DELETE_ALL = "DELETE FROM passkeys WHERE user_id = ?1";

    DELETE_HANDLE = "DELETE FROM passkey_handles WHERE user_id = ?1";

    // One statement decides, so that of two that show one count at once only one gets in.
    USE = "UPDATE passkeys SET sign_count = ?2, is_backed_up = ?3, last_used_at = ?4
        WHERE id = ?1 AND suspected_at IS NULL AND (sign_count < ?2 OR (sign_count = 0 AND ?2 = 0))";

    SUSPECT = "UPDATE passkeys SET suspected_at = ?2 WHERE id = ?1 AND suspected_at IS NULL";

    KEEP_HANDLE = "INSERT INTO passkey_handles (user_id, handle) VALUES (?1, ?2) ON CONFLICT (user_id) DO NOTHING";

    HANDLE = "SELECT * FROM passkey_handles WHERE user_id = ?1";
}

/// The index that a passkey hits which somebody has registered already.
pub const CREDENTIALS: &str = "passkeys_credential";
/// The guard's text when somebody has as many as they may.
pub const HAS_ROOM: &str = "the person has fewer passkeys than they may";
/// The guard's text when the passkey is not there.
const IS_THERE: &str = "the passkey is there";
/// The guard's text when the person is not there.
const PERSON: &str = "the person is there";
/// The guard's text when the passkey is suspected already.
pub const NOT_SUSPECTED: &str = "the passkey is not suspected yet";

/// A use of a passkey, found to be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasskeyUse {
    /// Which.
    pub passkey: PasskeyId,
    /// The count that it showed.
    pub sign_count: u32,
    /// Whether it is copied to other devices of its person by now.
    pub is_backed_up: bool,
    /// When.
    pub at: Timestamp,
}

/// The step that counts a use, without a guard.
pub(crate) fn count_use(used: PasskeyUse) -> Step {
    Step::new(&USE, values![used.passkey, i64::from(used.sign_count), used.is_backed_up, used.at])
}

/// The steps that remove all passkeys of a person, with what waits to be signed.
pub(crate) fn remove_all(user: UserId) -> [Step; 2] {
    [passkey_challenges::forget_of(user), Step::new(&DELETE_ALL, values![user])]
}

/// The steps that leave nothing of a person who is removed.
pub(crate) fn forget(user: UserId) -> impl Iterator<Item = Step> {
    remove_all(user).into_iter().chain([Step::new(&DELETE_HANDLE, values![user])])
}

/// The passkeys of a store.
#[derive(Clone, Copy)]
pub struct Passkeys<'store>(&'store Store);

impl Store {
    /// Passkeys of people.
    pub fn passkeys(&self) -> Passkeys<'_> {
        Passkeys(self)
    }
}

impl Passkeys<'_> {
    /// Adds one, or fails with [`HAS_ROOM`].
    pub async fn create(&self, passkey: &Passkey, event: &AuditEvent) -> Result<(), StoreError> {
        let user = passkey.user;
        let transaction = Transaction::new()
            .step(&HOLD, values![user])
            .expecting_one(PERSON)
            .step(&ROOM, values![user, Passkey::MOST])
            .expecting_one(HAS_ROOM)
            .with(insert(passkey))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Those of a person, oldest first; they are few.
    pub async fn list(&self, user: UserId) -> Result<Vec<Passkey>, StoreError> {
        self.0.database().read(&LIST, values![user]).await?.iter().map(passkey).collect()
    }

    /// One of a person's.
    pub async fn get(&self, user: UserId, id: PasskeyId) -> Result<Option<Passkey>, StoreError> {
        self.0.database().read_one(&GET, values![user, id]).await?.as_ref().map(passkey).transpose()
    }

    /// The one that its authenticator knows by this id.
    pub async fn find(&self, credential_id: &[u8]) -> Result<Option<Passkey>, StoreError> {
        self.0.database().read_one(&FIND, values![credential_id]).await?.as_ref().map(passkey).transpose()
    }

    /// Calls one of a person's otherwise.
    pub async fn rename(
        &self,
        (user, id): (UserId, PasskeyId),
        name: &str,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&RENAME, values![user, id, name])
            .expecting_one(IS_THERE)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes one of a person's.
    pub async fn delete(&self, user: UserId, id: PasskeyId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE, values![user, id])
            .expecting_one(IS_THERE)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Removes all of a person's, of which there are `number`, and ends their sessions.
    pub async fn delete_all(&self, user: UserId, number: u64, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&DELETE_ALL, values![user])
            .expecting(number, UNCHANGED)
            .with(passkey_challenges::forget_of(user))
            .with_all(sessions::replace(user, None))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Keeps one from letting anybody in, or fails with [`NOT_SUSPECTED`].
    pub async fn suspect(&self, id: PasskeyId, event: &AuditEvent) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&SUSPECT, values![id, event.created_at])
            .expecting_one(NOT_SUSPECTED)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// The handle of a person, which is `fresh` if they have none.
    pub async fn keep_handle(&self, user: UserId, fresh: &[u8]) -> Result<Vec<u8>, StoreError> {
        if let Some(known) = self.handle(user).await? {
            return Ok(known);
        }
        self.0.database().write(Transaction::new().step(&KEEP_HANDLE, values![user, fresh])).await?;
        Ok(self.handle(user).await?.unwrap_or_default())
    }

    /// The handle of a person.
    pub async fn handle(&self, user: UserId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.0.database().read_one(&HANDLE, values![user]).await?;
        row.map(|row| row.bytes("handle").map(<[u8]>::to_vec)).transpose()
    }
}

fn insert(passkey: &Passkey) -> Step {
    Step::new(
        &INSERT,
        values![
            passkey.id,
            passkey.user,
            passkey.credential_id.as_slice(),
            passkey.public_key.as_slice(),
            passkey.algorithm.as_str(),
            i64::from(passkey.sign_count),
            passkey.is_backup_eligible,
            passkey.is_backed_up,
            passkey.transports.join(" "),
            passkey.aaguid.as_slice(),
            passkey.name.as_str(),
            passkey.created_at,
        ],
    )
}

fn passkey(row: &Row) -> Result<Passkey, StoreError> {
    let aaguid = row.bytes("aaguid")?.try_into().map_err(|_| row.corrupt("aaguid", "is not 16 bytes"))?;
    let count = row.integer("sign_count")?;
    Ok(Passkey {
        id: row.parsed("id")?,
        user: row.parsed("user_id")?,
        credential_id: row.bytes("credential_id")?.to_vec(),
        public_key: row.bytes("public_key")?.to_vec(),
        algorithm: row.parsed("algorithm")?,
        sign_count: count.try_into().map_err(|_| row.corrupt("sign_count", "is not 32 bits"))?,
        is_backup_eligible: row.boolean("is_backup_eligible")?,
        is_backed_up: row.boolean("is_backed_up")?,
        transports: row.text("transports")?.split_whitespace().map(str::to_owned).collect(),
        aaguid,
        name: row.parsed("name")?,
        created_at: row.timestamp("created_at")?,
        last_used_at: row.optional_timestamp("last_used_at")?,
        suspected_at: row.optional_timestamp("suspected_at")?,
    })
}
