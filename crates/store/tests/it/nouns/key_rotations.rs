//! Rotating keys: every sealed column there is takes part, and what does not open is told and stays.

use mayfly_domain::{
    audit::{AuditEvent, Event},
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
const NOT_SEALED: [(&str, &str); 24] = [
    ("audit_events", "mac"),
    ("audit_events", "previous"),
    ("audit_intakes", "digest"),
    ("audit_seals", "mac"),
    ("audit_seals", "previous"),
    ("client_secrets", "digest"),
    ("data_keys", "wrapped"),
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
const SINGLE: [&str; 1] = ["audit_keys"];

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
        self.event_of(Event::RotateDataKeys { rotation_id: rotation.id })
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
        let event = self.event_of(Event::FinishKeyRotation { rotation_id: rotation.id, kind: rotation.kind });
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
        let signing = |byte| SigningKey {
            id: SigningKeyId::generate(self.ambient()),
            secret: Sensitive::new(vec![byte; 32]),
            created_at: self.tick(),
        };
        let seal = |byte| SealKey {
            id: SealKeyId::generate(self.ambient()),
            public: vec![byte; 32],
            private: Sensitive::new(vec![byte; 32]),
            created_at: self.tick(),
        };
        for byte in [1, 2] {
            let rotation = KeyRotation { finished_at: Some(self.tick()), ..self.rotation(RotationKind::Signing) };
            let event = self.rotation_event(&rotation);
            let (rotations, keys) = (self.store().key_rotations(), (signing(byte), seal(byte)));
            rotations.begin_signing(&rotation, (&keys.0, &keys.1), &event).await.expect("keys are made");
        }
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
        let event = world.event_of(Event::FinishKeyRotation { rotation_id: rotation.id, kind: rotation.kind });
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
