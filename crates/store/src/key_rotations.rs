//! Rotations of keys: begun by a person, worked on in batches by whichever server claims them, finished when nothing needs
//! the old keys.
//!
//! What is left is always counted in the rows themselves, so a rotation that breaks off anywhere goes on where it was. Each
//! value is replaced only where it is still the one that was read; the claim saves servers from doing the same twice, and
//! nothing depends on it.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    clock::Ambient,
    error::{ErrorClass, chain},
    ids::{KeyRotationId, ReplicaId},
    key_rotation::{KeyRotation, RotationKind},
};

use crate::{
    Store, StoreError, audit_events,
    installation::INSERT_MASTER_KEY,
    row::Row,
    seal_keys::SealKey,
    sealed::{
        Scope,
        columns::{COLUMNS, COUNT_SUPERSEDED, LOCK_SUPERSEDED, RETIRE, SealedColumn},
    },
    signing_keys::SigningKey,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT = "INSERT INTO key_rotations (id, organization_id, kind, total, started_by, started_at, finished_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

    GET = "SELECT * FROM key_rotations WHERE id = ?1";

    // The newest of each kind.
    NEWEST = "SELECT * FROM key_rotations
        WHERE NOT EXISTS (SELECT 1 FROM key_rotations AS newer
                          WHERE newer.kind = key_rotations.kind AND newer.id > key_rotations.id)
        ORDER BY kind";

    RUNNING = "SELECT * FROM key_rotations WHERE finished_at IS NULL ORDER BY kind";

    MEASURE = "UPDATE key_rotations SET total = ?2 WHERE id = ?1 AND total = 0";

    // Taken by nobody, or by us.
    CLAIM = "UPDATE key_rotations SET claimed_by = ?2, claimed_until = ?4
        WHERE id = ?1 AND finished_at IS NULL AND (claimed_by = ?2 OR claimed_until IS NULL OR claimed_until < ?3)";

    HOLD = "UPDATE key_rotations SET claimed_until = ?3 WHERE id = ?1 AND claimed_by = ?2 AND finished_at IS NULL";

    // Somebody looks at it again then.
    DELAY = "UPDATE key_rotations SET problem = ?3, claimed_until = ?4 WHERE id = ?1 AND claimed_by = ?2";

    FINISH = "UPDATE key_rotations SET finished_at = ?2, problem = NULL, claimed_by = NULL, claimed_until = NULL
        WHERE id = ?1 AND finished_at IS NULL";

    // Those of projects that are gone need no newer one: nothing is sealed for them any more.
    SCOPES = "SELECT scope, MAX(version) AS version FROM data_keys
        WHERE scope = 'organization' OR substr(scope, 9) IN (SELECT id FROM projects) GROUP BY scope ORDER BY scope";

    COUNT_DATA_KEYS = "SELECT COUNT(*) AS number FROM data_keys";
    COUNT_OLD_WRAPS = "SELECT COUNT(*) AS number FROM data_keys
        WHERE master_key_version < (SELECT MAX(version) FROM master_keys)";
    // Those that wrap a key are kept by a reference.
    RETIRE_MASTERS = "DELETE FROM master_keys WHERE version < (SELECT MAX(version) FROM master_keys)
        AND NOT EXISTS (SELECT 1 FROM data_keys WHERE data_keys.master_key_version = master_keys.version)";
    COUNT_MASTERS = "SELECT COUNT(*) AS number FROM master_keys";
}

/// The index that a second rotation of a kind hits while one runs.
pub const RUNNING_INDEX: &str = "key_rotations_running";
/// The guard's text when another server has taken a rotation over.
pub const IS_OURS: &str = "the rotation is claimed by this server";

/// Who works on a rotation, and until when.
#[derive(Clone, Copy, Debug)]
pub struct RotationClaim {
    /// The rotation.
    pub rotation: KeyRotationId,
    /// The server.
    pub replica: ReplicaId,
    /// Nobody else works on it before.
    pub until: Timestamp,
}

/// What one pass over everything did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pass {
    /// Values that were sealed, or keys that were wrapped, anew.
    pub replaced: u64,
    /// Values that do not open and stay as they are.
    pub unreadable: u64,
}

/// The rotations of a store.
#[derive(Clone, Copy)]
pub struct KeyRotations<'store>(&'store Store);

impl Store {
    /// Rotations of keys.
    pub fn key_rotations(&self) -> KeyRotations<'_> {
        KeyRotations(self)
    }
}

impl KeyRotations<'_> {
    /// Gives every scope a newer data key. One rotation of a kind runs at a time ([`RUNNING_INDEX`]).
    pub async fn begin_data(
        &self,
        rotation: &KeyRotation,
        ambient: &Ambient,
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let database = self.0.database();
        let mut transaction = Transaction::new().with(insert(rotation));
        for row in database.read(&SCOPES, values![]).await? {
            let (scope, version): (Scope, i64) = (row.parsed("scope")?, row.integer("version")?);
            transaction =
                transaction.with(self.0.keyring().data_key_of_version(database, scope, version + 1, ambient).await?);
        }
        database.write(transaction.with(audit_events::insert(event))).await.map(drop)
    }

    /// Writes down how much a rotation has to do, unless that is written down already.
    pub async fn measure(&self, rotation: &KeyRotation) -> Result<(), StoreError> {
        if rotation.total > 0 {
            return Ok(());
        }
        let left = i64::try_from(self.left(rotation.kind).await?).unwrap_or(i64::MAX);
        self.0.database().write(Transaction::new().step(&MEASURE, values![rotation.id, left])).await.map(drop)
    }

    /// How many data keys a rotation of the master key would wrap anew.
    pub async fn count_wrapped(&self) -> Result<u64, StoreError> {
        self.number(&COUNT_DATA_KEYS).await
    }

    /// Takes the next master key; says its number. It must be another one than the newest.
    pub async fn begin_master(
        &self,
        rotation: &KeyRotation,
        event: impl FnOnce(i64) -> AuditEvent + Send,
    ) -> Result<i64, StoreError> {
        let (database, keyring) = (self.0.database(), self.0.keyring());
        let (newest, _) = keyring.newest_master(database).await?;
        let next = keyring.sources().read_next().await?;
        if keyring.is_in_use(database, &next).await? {
            return Err(StoreError::Refused(
                "the next master key is the one that is in use: make another with `openssl rand -base64 32`".to_owned(),
            ));
        }
        let version = newest + 1;
        let check_value = next.check_value(keyring.installation(), version);
        let transaction = Transaction::new()
            .with(insert(rotation))
            .step(&INSERT_MASTER_KEY, values![version, check_value, rotation.started_at])
            .with(audit_events::insert(&event(version)));
        database.write(transaction).await.map(|_| version)
    }

    /// Adds newer keys that sign access tokens and seal objects. That is all of such a rotation.
    pub async fn begin_signing(
        &self,
        rotation: &KeyRotation,
        (signing, seal): (&SigningKey, &SealKey),
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .with(insert(rotation))
            .with(self.0.signing_keys().insert(signing).await?)
            .with(self.0.seal_keys().insert(seal).await?)
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// One rotation.
    pub async fn get(&self, id: KeyRotationId) -> Result<Option<KeyRotation>, StoreError> {
        self.0.database().read_one(&GET, values![id]).await?.as_ref().map(rotation).transpose()
    }

    /// The newest rotation of each kind.
    pub async fn newest(&self) -> Result<Vec<KeyRotation>, StoreError> {
        self.0.database().read(&NEWEST, values![]).await?.iter().map(rotation).collect()
    }

    /// Those that are not finished.
    pub async fn running(&self) -> Result<Vec<KeyRotation>, StoreError> {
        self.0.database().read(&RUNNING, values![]).await?.iter().map(rotation).collect()
    }

    /// How many values are left.
    pub async fn left(&self, kind: RotationKind) -> Result<u64, StoreError> {
        match kind {
            RotationKind::Data => {
                let mut left = 0;
                for column in COLUMNS {
                    left += self.number(column.count).await?;
                }
                Ok(left)
            }
            RotationKind::Master => self.number(&COUNT_OLD_WRAPS).await,
            RotationKind::Signing => Ok(0),
        }
    }

    /// Takes a rotation that nobody works on at `now`, or goes on with ours; says whether that succeeded.
    pub async fn claim(&self, claim: RotationClaim, now: Timestamp) -> Result<bool, StoreError> {
        let values = values![claim.rotation, claim.replica, now, claim.until];
        let outcomes = self.0.database().write(Transaction::new().step(&CLAIM, values)).await?;
        Ok(outcomes.first().is_some_and(|outcome| outcome.changed == 1))
    }

    /// Seals the next `limit` values of a column anew which older keys sealed; says after which to go on. One that does not
    /// open is told to the log and stays.
    async fn reseal_some(
        &self,
        column: &SealedColumn,
        (after, limit): (&str, i64),
        claim: RotationClaim,
        pass: &mut Pass,
    ) -> Result<Option<String>, StoreError> {
        let rows = self.0.database().read(column.page, values![after, limit]).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        let mut steps = Vec::with_capacity(rows.len());
        for row in &rows {
            match self.resealed(column, row).await {
                Ok(step) => steps.push(step),
                Err(error) if error.class() == ErrorClass::Bug => {
                    tracing::error!(error = %chain(&error), "a value does not open and keeps its old key");
                    pass.unreadable += 1;
                }
                Err(error) => return Err(error),
            }
        }
        pass.replaced += self.write_held(claim, steps).await?;
        last.text("id").map(str::to_owned).map(Some)
    }

    async fn resealed(&self, column: &SealedColumn, row: &Row) -> Result<Step, StoreError> {
        let (place, old) = ((column.place)(row)?, row.bytes(column.column)?);
        let text = self.0.unseal(&place, old).await?;
        let new = self.0.seal(&place, text.expose()).await?;
        Ok(Step::new(column.replace, values![row.text("id")?, old, new]))
    }

    /// Seals every value anew which an older key sealed, in batches of `limit`, while `claim` holds.
    pub async fn reseal(&self, claim: &dyn RotationClaims, limit: i64) -> Result<Pass, StoreError> {
        let mut pass = Pass::default();
        for column in COLUMNS {
            let mut after = String::new();
            while let Some(last) = self.reseal_some(column, (&after, limit), claim.renewed(), &mut pass).await? {
                after = last;
            }
        }
        Ok(pass)
    }

    /// Wraps every data key anew which an older master key wraps, in batches of `limit`, while `claim` holds.
    pub async fn rewrap(&self, claim: &dyn RotationClaims, limit: i64) -> Result<Pass, StoreError> {
        let mut pass = Pass::default();
        let mut after = String::new();
        loop {
            let (steps, last) = self.0.keyring().rewraps(self.0.database(), &after, limit).await?;
            let Some(last) = last else { return Ok(pass) };
            pass.replaced += self.write_held(claim.renewed(), steps).await?;
            after = last;
        }
    }

    /// Writes what a server has prepared, if the rotation is still its own; says how much that changed.
    async fn write_held(&self, claim: RotationClaim, steps: Vec<Step>) -> Result<u64, StoreError> {
        let hold = Step::new(&HOLD, values![claim.rotation, claim.replica, claim.until]).expecting_one(IS_OURS);
        let outcomes = self.0.database().write(Transaction::new().with(hold).with_all(steps)).await?;
        Ok(outcomes.iter().skip(1).map(|outcome| outcome.changed).sum())
    }

    /// Writes down what keeps a rotation from finishing; it is gone on with at `claim.until`.
    pub async fn delay(&self, claim: RotationClaim, problem: &str) -> Result<(), StoreError> {
        let values = values![claim.rotation, claim.replica, problem, claim.until];
        self.0.database().write(Transaction::new().step(&DELAY, values)).await.map(drop)
    }

    /// Removes the old keys that nothing needs any more, and finishes the rotation if there is none left; says whether that
    /// is so.
    pub async fn finish(&self, rotation: &KeyRotation, now: Timestamp, event: &AuditEvent) -> Result<bool, StoreError> {
        let transaction = match rotation.kind {
            RotationKind::Data => Transaction::new()
                .step(&LOCK_SUPERSEDED, values![])
                .step(&RETIRE, values![])
                .step(&COUNT_SUPERSEDED, values![]),
            RotationKind::Master => Transaction::new().step(&RETIRE_MASTERS, values![]).step(&COUNT_MASTERS, values![]),
            RotationKind::Signing => Transaction::new(),
        };
        let outcomes = self.0.database().write(transaction).await?;
        let left =
            outcomes.last().and_then(|outcome| outcome.rows.first()).map_or(Ok(0), |row| row.integer("number"))?;
        let most = i64::from(rotation.kind == RotationKind::Master);
        if left > most {
            return Ok(false);
        }
        let finish = Transaction::new()
            .step(&FINISH, values![rotation.id, now])
            .expecting_one("the rotation is not finished yet")
            .with(audit_events::insert(event));
        self.0.database().write(finish).await?;
        Ok(true)
    }

    /// Drops old keys from memory, and puts a master key that the embedded database made itself where it belongs.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let keyring = self.0.keyring();
        keyring.forget_all();
        keyring.sources().settle(self.0.database(), keyring.installation()).await
    }

    async fn number(&self, sql: &'static crate::sql::Sql) -> Result<u64, StoreError> {
        let row = self.0.database().read_one(sql, values![]).await?;
        let number = row.map_or(Ok(0), |row| row.integer("number"))?;
        Ok(u64::try_from(number).unwrap_or(0))
    }
}

/// Gives each batch its claim, which lasts from then on.
pub trait RotationClaims: Send + Sync {
    /// The claim, renewed.
    fn renewed(&self) -> RotationClaim;
}

fn insert(rotation: &KeyRotation) -> Step {
    let values = values![
        rotation.id,
        rotation.organization,
        rotation.kind.name(),
        i64::try_from(rotation.total).unwrap_or(i64::MAX),
        Value::json(&rotation.started_by),
        rotation.started_at,
        rotation.finished_at,
    ];
    Step::new(&INSERT, values)
}

fn rotation(row: &Row) -> Result<KeyRotation, StoreError> {
    Ok(KeyRotation {
        id: row.parsed("id")?,
        organization: row.parsed("organization_id")?,
        kind: row.parsed("kind")?,
        total: u64::try_from(row.integer("total")?).unwrap_or(0),
        started_by: row.json("started_by")?,
        started_at: row.timestamp("started_at")?,
        finished_at: row.optional_timestamp("finished_at")?,
        problem: row.optional_text("problem")?.map(str::to_owned),
    })
}
