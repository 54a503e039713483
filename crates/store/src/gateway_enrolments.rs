//! How processes of a gateway come by their certificates: tokens, proofs that were used, and the number of each certificate.
//!
//! A certificate is counted before it is signed. If its answer is lost, the same key may ask once more and is given the same
//! number again; another key that comes with an old number holds a copy.

use jiff::Timestamp;
use mayfly_domain::{
    audit::AuditEvent,
    gateway::{Gateway, GatewayInstance, GatewayToken, InstanceName, Standing},
    ids::{GatewayId, GatewayTokenId},
};

use crate::{
    Store, StoreError, audit_events,
    gateways::GATEWAY_UNCHANGED,
    row::Row,
    sql::statements,
    transaction::{Step, Transaction},
    value::{Value, values},
};

statements! {
    INSERT_TOKEN = "INSERT INTO gateway_tokens (id, gateway_id, digest, uses_left, expires_at, created_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

    TOKENS = "SELECT * FROM gateway_tokens WHERE gateway_id = ?1 AND expires_at > ?2 AND uses_left > 0 ORDER BY id";

    FIND_TOKEN = "SELECT * FROM gateway_tokens WHERE digest = ?1 AND gateway_id = ?2";

    // A guard: whoever locks, revokes or changes the gateway waits until the transaction ends.
    STILL_OPEN = "SELECT id FROM gateways WHERE id = ?1 AND updated_at = ?2 AND standing = ?3",
        postgres "SELECT id FROM gateways WHERE id = ?1 AND updated_at = ?2 AND standing = ?3 FOR SHARE";

    // The limit and the counting are one statement: of many at once, exactly as many pass as may. The process that used it
    // last may come again with the same key.
    USE_TOKEN = "UPDATE gateway_tokens
        SET uses_left = uses_left - CASE WHEN key_digest = ?3 AND instance = ?5 THEN 0 ELSE 1 END, key_digest = ?3, instance = ?5
        WHERE digest = ?1 AND gateway_id = ?2 AND expires_at > ?4 AND (uses_left > 0 OR (key_digest = ?3 AND instance = ?5))",
        postgres "UPDATE gateway_tokens
        SET uses_left = uses_left - CASE WHEN key_digest = CAST(?3 AS BYTEA) AND instance = CAST(?5 AS TEXT) THEN 0 ELSE 1 END,
            key_digest = ?3, instance = ?5
        WHERE digest = ?1 AND gateway_id = ?2 AND expires_at > ?4 AND (uses_left > 0 OR (key_digest = ?3 AND instance = ?5))";

    FIND_OPEN_TOKEN = "SELECT * FROM gateway_tokens WHERE id = ?1 AND gateway_id = ?2 AND expires_at > ?3 AND uses_left > 0";

    DELETE_TOKEN = "DELETE FROM gateway_tokens WHERE id = ?1 AND uses_left = ?2";

    DELETE_TOKENS = "DELETE FROM gateway_tokens WHERE gateway_id = ?1";

    // A projected token proves one key of one process. The same may come again by it.
    USE_PROOF = "INSERT INTO gateway_proofs (gateway_id, jti, key_digest, instance, expires_at) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (gateway_id, jti) DO UPDATE SET expires_at = excluded.expires_at
        WHERE gateway_proofs.key_digest = excluded.key_digest AND gateway_proofs.instance = excluded.instance";

    FORGET_TOKENS = "DELETE FROM gateway_tokens WHERE expires_at <= ?1";

    FORGET_PROOFS = "DELETE FROM gateway_proofs WHERE expires_at <= ?1";

    INSTANCE = "SELECT * FROM gateway_instances WHERE gateway_id = ?1 AND name = ?2";

    INSTANCES = "SELECT * FROM gateway_instances WHERE gateway_id = ?1 ORDER BY enrolled_at, name";

    COUNT_INSTANCES = "SELECT COUNT(*) AS number FROM gateway_instances WHERE gateway_id = ?1 AND certificate_expires_at > ?2 AND name <> ?3";

    INSERT_INSTANCE = "INSERT INTO gateway_instances
        (gateway_id, name, generation, key_digest, certificate_expires_at, enrolled_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS BIGINT), ?4, CAST(?5 AS BIGINT), CAST(?6 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM gateway_instances WHERE gateway_id = ?1 AND name = ?2)",
        postgres "INSERT INTO gateway_instances
        (gateway_id, name, generation, key_digest, certificate_expires_at, enrolled_at)
        SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT), CAST(?3 AS BIGINT), CAST(?4 AS BYTEA), CAST(?5 AS BIGINT), CAST(?6 AS BIGINT)
        WHERE NOT EXISTS (SELECT 1 FROM gateway_instances WHERE gateway_id = ?1 AND name = ?2)";

    ADVANCE = "UPDATE gateway_instances
        SET generation = ?4, key_digest = ?5, certificate_expires_at = ?6
        WHERE gateway_id = ?1 AND name = ?2 AND generation = ?3";

    FORGET_INSTANCES = "DELETE FROM gateway_instances WHERE certificate_expires_at <= ?1";
}

/// The guard's text when a token has no use left, is over or is none.
pub const TOKEN_MAY_BE_USED: &str = "the enrolment's token is known, not over and has a use left";

/// The guard's text when a token is no more, or was used meanwhile.
pub const TOKEN_UNCHANGED: &str = "the enrolment's token is as it was";

/// The guard's text when a projected token proved another key already.
pub const PROOF_IS_NEW: &str = "the service account's token proved no other key";

/// The guard's text when an instance has another certificate than the one it was read with.
pub const GENERATION_STANDS: &str = "the instance has no newer certificate";

/// By which right a process enrols.
#[derive(Clone, Debug)]
pub enum UsedProof<'a> {
    /// A token of ours, by its digest.
    Token {
        /// SHA-256 of the token.
        digest: &'a [u8],
    },
    /// A projected token of its cluster.
    ServiceAccount {
        /// Its id.
        jti: &'a str,
        /// When it ends.
        expires_at: Timestamp,
    },
}

/// A process that enrols.
#[derive(Clone, Debug)]
pub struct Enrolling<'a> {
    /// Its gateway, as it was when it was judged by it.
    pub gateway: &'a Gateway,
    /// By which right.
    pub proof: UsedProof<'a>,
    /// What was known of it.
    pub was: Option<&'a GatewayInstance>,
    /// What it is now.
    pub instance: &'a GatewayInstance,
    /// When.
    pub now: Timestamp,
}

/// The enrolments of a store.
#[derive(Clone, Copy)]
pub struct GatewayEnrolments<'store>(&'store Store);

impl Store {
    /// Tokens and processes of gateways.
    pub fn gateway_enrolments(&self) -> GatewayEnrolments<'_> {
        GatewayEnrolments(self)
    }
}

impl GatewayEnrolments<'_> {
    /// Adds a token. `digest` is the SHA-256 of it.
    pub async fn create_token(
        &self,
        token: &GatewayToken,
        digest: &[u8],
        event: &AuditEvent,
    ) -> Result<(), StoreError> {
        let values = values![token.id, token.gateway, digest, token.uses_left, token.expires_at, token.created_at];
        let transaction = Transaction::new().step(&INSERT_TOKEN, values).with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Tokens of a gateway that can still be used, oldest first.
    pub async fn tokens(&self, gateway: GatewayId, now: Timestamp) -> Result<Vec<GatewayToken>, StoreError> {
        self.0.database().read(&TOKENS, values![gateway, now]).await?.iter().map(token).collect()
    }

    /// A gateway's token with this digest, used up and over or not.
    pub async fn token(&self, gateway: GatewayId, digest: &[u8]) -> Result<Option<GatewayToken>, StoreError> {
        self.0.database().read_one(&FIND_TOKEN, values![digest, gateway]).await?.as_ref().map(token).transpose()
    }

    /// One process of a gateway.
    pub async fn instance(
        &self,
        gateway: GatewayId,
        name: &InstanceName,
    ) -> Result<Option<GatewayInstance>, StoreError> {
        let found = self.0.database().read_one(&INSTANCE, values![gateway, name.as_str()]).await?;
        found.as_ref().map(instance).transpose()
    }

    /// All of them, oldest first.
    pub async fn instances(&self, gateway: GatewayId) -> Result<Vec<GatewayInstance>, StoreError> {
        self.0.database().read(&INSTANCES, values![gateway]).await?.iter().map(instance).collect()
    }

    /// How many processes beside `name` have a certificate that counts at `now`.
    pub async fn others(&self, gateway: GatewayId, name: &InstanceName, now: Timestamp) -> Result<i64, StoreError> {
        let row = self.0.database().read_one(&COUNT_INSTANCES, values![gateway, now, name.as_str()]).await?;
        row.map_or(Ok(0), |row| row.integer("number"))
    }

    /// Uses the proof, and gives the process the number of its next certificate. Fails with [`GATEWAY_UNCHANGED`],
    /// [`TOKEN_MAY_BE_USED`], [`PROOF_IS_NEW`] or [`GENERATION_STANDS`].
    pub async fn enrol(&self, enrolling: Enrolling<'_>, event: &AuditEvent) -> Result<(), StoreError> {
        let Enrolling { gateway, proof, was, instance, now } = enrolling;
        let still_open = values![gateway.id, gateway.updated_at, Value::json(&Standing::Open)];
        let (gateway, key, name) = (instance.gateway, instance.key_digest.as_slice(), instance.name.as_str());
        let (used, guard) = match proof {
            UsedProof::Token { digest } => {
                (Step::new(&USE_TOKEN, values![digest, gateway, key, now, name]), TOKEN_MAY_BE_USED)
            }
            UsedProof::ServiceAccount { jti, expires_at } => {
                (Step::new(&USE_PROOF, values![gateway, jti, key, name, expires_at]), PROOF_IS_NEW)
            }
        };
        let transaction = Transaction::new()
            .step(&STILL_OPEN, still_open)
            .expecting_one(GATEWAY_UNCHANGED)
            .with(used.expecting_one(guard))
            .with(counted(was, instance).expecting_one(GENERATION_STANDS))
            .with(audit_events::insert(event));
        self.0.database().write(transaction).await.map(drop)
    }

    /// Gives `instance` its certificate's number in place of that of `was`, or fails with [`GENERATION_STANDS`].
    pub async fn renew(&self, was: &GatewayInstance, instance: &GatewayInstance) -> Result<(), StoreError> {
        let step = counted(Some(was), instance).expecting_one(GENERATION_STANDS);
        self.0.database().write(Transaction::new().with(step)).await.map(drop)
    }

    /// A gateway's token that can still be used, by its id.
    pub async fn find_open_token(
        &self,
        gateway: GatewayId,
        id: GatewayTokenId,
        now: Timestamp,
    ) -> Result<Option<GatewayToken>, StoreError> {
        self.0.database().read_one(&FIND_OPEN_TOKEN, values![id, gateway, now]).await?.as_ref().map(token).transpose()
    }

    /// Takes a token back, or fails with [`TOKEN_UNCHANGED`].
    pub async fn delete_token(&self, token: &GatewayToken, event: &AuditEvent) -> Result<(), StoreError> {
        let step = Step::new(&DELETE_TOKEN, values![token.id, token.uses_left]).expecting_one(TOKEN_UNCHANGED);
        self.0.database().write(Transaction::new().with(step).with(audit_events::insert(event))).await.map(drop)
    }

    /// Takes all tokens of a gateway back.
    pub async fn delete_tokens(&self, gateway: GatewayId) -> Result<(), StoreError> {
        self.0.database().write(Transaction::new().step(&DELETE_TOKENS, values![gateway])).await.map(drop)
    }

    /// Forgets what was over at `now`, and processes whose last certificate ended at `since` or before.
    pub async fn forget(&self, now: Timestamp, since: Timestamp) -> Result<(), StoreError> {
        let transaction = Transaction::new()
            .step(&FORGET_TOKENS, values![now])
            .step(&FORGET_PROOFS, values![now])
            .step(&FORGET_INSTANCES, values![since]);
        self.0.database().write(transaction).await.map(drop)
    }
}

fn counted(was: Option<&GatewayInstance>, instance: &GatewayInstance) -> Step {
    let GatewayInstance { gateway, name, generation, key_digest, certificate_expires_at, enrolled_at } = instance;
    let (name, key) = (name.as_str(), key_digest.as_slice());
    let Some(was) = was else {
        let values = values![*gateway, name, number(*generation), key, *certificate_expires_at, *enrolled_at];
        return Step::new(&INSERT_INSTANCE, values);
    };
    Step::new(
        &ADVANCE,
        values![*gateway, name, number(was.generation), number(*generation), key, *certificate_expires_at],
    )
}

/// An instance that renews each hour needs a thousand million million years for the last one.
fn number(generation: u64) -> i64 {
    i64::try_from(generation).unwrap_or(i64::MAX)
}

fn token(row: &Row) -> Result<GatewayToken, StoreError> {
    Ok(GatewayToken {
        id: row.parsed::<GatewayTokenId>("id")?,
        gateway: row.parsed("gateway_id")?,
        uses_left: row.integer("uses_left")?,
        expires_at: row.timestamp("expires_at")?,
        created_at: row.timestamp("created_at")?,
    })
}

fn instance(row: &Row) -> Result<GatewayInstance, StoreError> {
    Ok(GatewayInstance {
        gateway: row.parsed("gateway_id")?,
        name: row.parsed("name")?,
        generation: u64::try_from(row.integer("generation")?).map_err(|_| row.corrupt("generation", "is negative"))?,
        key_digest: row.bytes("key_digest")?.to_vec(),
        certificate_expires_at: row.timestamp("certificate_expires_at")?,
        enrolled_at: row.timestamp("enrolled_at")?,
    })
}
