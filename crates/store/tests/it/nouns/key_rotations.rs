//! Rotating keys: every sealed column there is takes part, and what does not open is told and stays.

use jiff::SignedDuration;
use mayfly_domain::{
    audit::{AuditEvent, InstallationEvent},
    identity::{AccessToken, AccessTokenLimits},
    ids::{KeyRotationId, ReplicaId, SealKeyId, SigningKeyId},
    key_rotation::{KeyRotation, RotationKind},
    sensitive::Sensitive,
};
use mayfly_store::{
    Store, StoreError,
    key_rotations::{IS_OURS, RUNNING_INDEX, RotationClaim, RotationClaims},
    seal_keys::SealKey,
    signing_keys::SigningKey,
};
use mayfly_testkit::both_databases;

use crate::support::{World, later, raw::Raw};

/// Columns of bytes that hold nothing sealed by a data key: digests, public keys, and what the master key makes.
const NOT_SEALED: [(&str, &str); 29] = [
    ("audit_events", "mac"),
    ("audit_events", "previous"),
    ("audit_intakes", "digest"),
    ("audit_seals", "mac"),
    ("audit_seals", "previous"),
    ("client_secrets", "digest"),
    ("data_keys", "wrapped"),
    ("gateway_authorities", "certificate"),
    ("gateway_instances", "key_digest"),
    ("gateway_proofs", "key_digest"),
    ("gateway_tokens", "digest"),
    ("gateway_tokens", "key_digest"),
    ("invitations", "digest"),
    ("master_keys", "check_value"),
    ("passkey_challenges", "digest"),
    ("passkey_handles", "handle"),
    ("passkeys", "aaguid"),
    ("passkeys", "credential_id"),
    ("passkeys", "public_key"),
    ("password_links", "digest"),
    ("recovery_codes", "digest"),
    ("seal_keys", "public_key"),
    ("seen_tokens", "digest"),
    ("sessions", "digest"),
    ("sso_attempts", "browser_digest"),
    ("sso_attempts", "state_digest"),
    ("sso_requests", "browser_digest"),
    ("sso_requests", "code_digest"),
    ("sso_requests", "token_digest"),
];

/// Tables with one row in an installation.
const SINGLE: [&str; 2] = ["audit_keys", "gateway_authorities"];

impl World {
    fn rotation(&self, kind: RotationKind) -> KeyRotation {
        KeyRotation {
            id: KeyRotationId::generate(self.ambient()),
            organization: self.organization.id,
            kind,
            total: 0,
            started_by: self.actor(),
            started_at: self.tick(),
            finished_at: None,
            problem: None,
        }
    }

    fn rotation_event(&self, rotation: &KeyRotation) -> AuditEvent {
        self.event_of(InstallationEvent::RotateDataKeys { rotation_id: rotation.id })
    }

    async fn begin(&self) -> KeyRotation {
        let rotation = self.rotation(RotationKind::Data);
        let event = self.rotation_event(&rotation);
        let rotations = self.store().key_rotations();
        self.leaves(&event, rotations.begin_data(&rotation, self.ambient(), &event)).await;
        rotation
    }

    /// A whole rotation of the data keys.
    pub(crate) async fn rotate_data_keys(&self) {
        let rotation = self.begin().await;
        let rotations = self.store().key_rotations();
        let claims = self.claimed(&rotation).await;
        assert_eq!(rotations.reseal(&claims, 2).await.expect("values are sealed anew").unreadable, 0);
        let event =
            self.event_of(InstallationEvent::FinishKeyRotation { rotation_id: rotation.id, kind: rotation.kind });
        assert!(rotations.finish(&rotation, self.tick(), &event).await.expect("it is finished"));
    }

    async fn claimed(&self, rotation: &KeyRotation) -> Claim {
        let until = later(self.now(), World::LIFE);
        let claim = RotationClaim { rotation: rotation.id, replica: ReplicaId::generate(self.ambient()), until };
        assert!(self.store().key_rotations().claim(claim, self.now()).await.expect("it can be asked for"));
        Claim(claim)
    }

    /// Two rows or more in each sealed column, where there can be two.
    async fn fill_sealed_columns(&self) {
        for name in ["one", "other"] {
            self.stored_secret(name).await;
            self.stored_second_factor(&self.stored_person(&format!("{name}@example.com")).await).await;
            self.stored_outside_auth(name).await;
            self.stored_audit_stream(name).await;
            self.stored_sso_provider(name).await;
        }
        for byte in [1, 2] {
            self.new_signing_key(byte).await;
        }
        self.store().gateway_authorities().create_first(&self.gateway_authority(1)).await.unwrap();
    }

    /// A key that signs from now on, and one that seals, both of `byte`.
    async fn new_signing_key(&self, byte: u8) -> SigningKey {
        let signing = SigningKey {
            id: SigningKeyId::generate(self.ambient()),
            secret: Sensitive::new(vec![byte; 32]),
            created_at: self.tick(),
        };
        let seal = SealKey {
            id: SealKeyId::generate(self.ambient()),
            public: vec![byte; 32],
            private: Sensitive::new(vec![byte; 32]),
            created_at: self.tick(),
        };
        let rotation = KeyRotation { finished_at: Some(self.tick()), ..self.rotation(RotationKind::Signing) };
        let event = self.rotation_event(&rotation);
        let rotations = self.store().key_rotations();
        rotations.begin_signing(&rotation, (&signing, &seal), &event).await.expect("keys are made");
        signing
    }

    /// A token that lives for `period_seconds` after its making and after each renewal, and was renewed in a hundred days.
    async fn token_of_always(&self, period_seconds: i64) {
        let (identity, auth) = self.stored_universal_auth("robot").await;
        let secret = self.stored_client_secret(&auth, b"digest").await;
        let limits = AccessTokenLimits { period_seconds, ..AccessTokenLimits::default() };
        let token = AccessToken { limits, ..self.access_token(&identity) };
        self.store().client_secrets().sign_in(secret.id, &token, &self.event("login")).await.expect("a login");
        let expires_at = token.created_at + SignedDuration::from_hours(100 * 24);
        let renewed = AccessToken { expires_at, ..token };
        self.store().access_tokens().renew(&renewed, &self.event("renew")).await.expect("it is renewed");
    }
}

struct Claim(RotationClaim);

impl RotationClaims for Claim {
    fn renewed(&self) -> RotationClaim {
        self.0
    }
}

/// Every column of bytes: its table and its name.
async fn columns_of_bytes(raw: &Raw) -> Vec<(String, String)> {
    let query = match raw {
        Raw::Sqlite(_) => {
            "SELECT tables.name, columns.name FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
             WHERE tables.type = 'table' AND columns.type = 'BLOB' ORDER BY 1, 2"
        }
        Raw::Postgres(_) => {
            "SELECT table_name, column_name FROM information_schema.columns
             WHERE table_schema = current_schema() AND data_type = 'bytea' ORDER BY 1, 2"
        }
    };
    let rows = raw.rows(query).await;
    rows.iter().map(|row| row.split_once('|').expect("two cells")).map(|(a, b)| (a.into(), b.into())).collect()
}

/// What tells a row of `table` from the others.
fn key_of(table: &str) -> &str {
    match table {
        "connection_versions" => "connection_id",
        "second_factors" => "user_id",
        _ => "id",
    }
}

/// A cell of bytes that is there.
#[derive(Clone, Debug)]
struct Cell {
    table: &'static str,
    column: &'static str,
    row: String,
    value: String,
}

impl Cell {
    async fn write(&self, raw: &Raw, value: &str) {
        let Self { table, column, row, .. } = self;
        let (value, key) = (raw.bytes(value), key_of(table));
        raw.execute(&format!("UPDATE {table} SET {column} = {value} WHERE {key} = '{row}'")).await;
    }
}

async fn cells(raw: &Raw) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (table, column) in Store::sealed_columns() {
        let key = key_of(table);
        let query = format!("SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1");
        let (found, least) = (raw.rows(&query).await, if SINGLE.contains(&table) { 1 } else { 2 });
        assert!(found.len() >= least, "{least} rows of {table}: {found:?}");
        cells.extend(found.iter().take(2).map(|row| {
            let (row, value) = row.split_once('|').expect("two cells");
            Cell { table, column, row: row.to_owned(), value: value.to_owned() }
        }));
    }
    cells
}

both_databases! {
    async fn every_column_of_bytes_is_rotated_or_holds_nothing_sealed(world: World) {
        let mut known: Vec<(&str, &str)> = Store::sealed_columns().chain(NOT_SEALED).collect();
        known.sort_unstable();
        let columns = columns_of_bytes(&world.raw()).await;
        let columns: Vec<(&str, &str)> = columns.iter().map(|(table, column)| (&**table, &**column)).collect();
        assert_eq!(columns, known, "a sealed column belongs into `sealed/columns.rs`, in COLUMNS and in retire_text");
    }

    async fn no_sealed_value_opens_in_the_place_of_another(world: World) {
        world.fill_sealed_columns().await;
        let rotation = world.begin().await;
        let (raw, claims) = (world.raw(), world.claimed(&rotation).await);
        let cells = cells(&raw).await;
        let mut tried = 0;
        for one in &cells {
            for other in &cells {
                // A version of a connection is a copy of it.
                if one.row == other.row || one.value == other.value {
                    continue;
                }
                one.write(&raw, &other.value).await;
                let pass = world.store().key_rotations().reseal(&claims, 10).await.unwrap();
                assert_eq!(pass.unreadable, 1, "{other:?} opens as {one:?}");
                // Everything else was sealed anew: back to the beginning.
                for cell in &cells {
                    cell.write(&raw, &cell.value).await;
                }
                tried += 1;
            }
        }
        assert!(tried >= 40, "{tried}");
        assert_eq!(world.store().key_rotations().reseal(&claims, 10).await.unwrap().unreadable, 0);
    }

    async fn a_rotation_is_not_finished_while_a_value_needs_its_old_key(world: World) {
        world.fill_sealed_columns().await;
        let rotation = world.begin().await;
        let rotations = world.store().key_rotations();
        let event = world.event_of(InstallationEvent::FinishKeyRotation { rotation_id: rotation.id, kind: rotation.kind });
        assert!(!rotations.finish(&rotation, world.tick(), &event).await.unwrap());
        assert_eq!(rotations.running().await.unwrap().len(), 1);
        let claims = world.claimed(&rotation).await;
        let left = rotations.left(RotationKind::Data).await.unwrap();
        let pass = rotations.reseal(&claims, 3).await.unwrap();
        assert_eq!((pass.replaced, pass.unreadable), (left, 0));
        assert_eq!(rotations.left(RotationKind::Data).await.unwrap(), 0);
        assert!(rotations.finish(&rotation, world.tick(), &event).await.unwrap());
        let keys = world.raw().rows("SELECT scope FROM data_keys ORDER BY scope").await;
        let mut scopes = keys.clone();
        scopes.dedup();
        assert_eq!(keys, scopes, "one key of each scope is left");
    }

    async fn a_token_that_is_renewed_for_ever_keeps_an_old_key_no_longer_than_once(world: World) {
        let first = world.new_signing_key(1).await;
        world.token_of_always(7_200).await;
        let newer = world.new_signing_key(2).await;
        let (keys, overlap) = (world.store().signing_keys(), SignedDuration::from_secs(10));
        // Its own JWT, of the last moment at which a server may have signed with the first key.
        let end = newer.created_at + overlap + SignedDuration::from_secs(7_200);
        let moment = SignedDuration::from_millis(1);
        assert_eq!(keys.retire(newer.created_at, end - moment, overlap).await.unwrap(), 0, "a JWT of the first key lives");
        assert_eq!(keys.retire(newer.created_at - moment, end, overlap).await.unwrap(), 0, "the newer does not sign yet");
        assert_eq!(keys.list().await.unwrap().last().map(|key| key.id), Some(first.id));
        assert_eq!(keys.retire(newer.created_at, end, overlap).await.unwrap(), 1);
        assert_eq!(keys.list().await.unwrap().iter().map(|key| key.id).collect::<Vec<_>>(), [newer.id]);
    }

    async fn whoever_lost_the_claim_changes_nothing(world: World) {
        world.fill_sealed_columns().await;
        let rotation = world.begin().await;
        let first = world.claimed(&rotation).await;
        world.after(World::LIFE + std::time::Duration::from_secs(1));
        world.claimed(&rotation).await;
        let left = world.store().key_rotations().left(RotationKind::Data).await.unwrap();
        let error = world.store().key_rotations().reseal(&first, 10).await.unwrap_err();
        assert!(matches!(error, StoreError::GuardFailed { guard } if guard == IS_OURS), "{error:?}");
        assert_eq!(world.store().key_rotations().left(RotationKind::Data).await.unwrap(), left);
    }

    async fn one_rotation_of_a_kind_runs(world: World) {
        world.begin().await;
        let second = world.rotation(RotationKind::Data);
        let event = world.rotation_event(&second);
        let rotations = world.store().key_rotations();
        world.is_taken(RUNNING_INDEX, rotations.begin_data(&second, world.ambient(), &event)).await;
    }
}
