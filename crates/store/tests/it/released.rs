//! Writes the rows that a release keeps for the versions after it; see `tests/data/README.md`.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use mayfly_domain::{
    access::held::RoleName,
    audit::MachineEvent,
    dynamic_secret::DynamicSecret,
    identity::{AccessToken, Identity},
    ids::{GatewayTunnelId, ReplicaId, SealKeyId, SigningKeyId, StopId},
    lease::{EndReason, Outcome},
    membership::{AssignedRole, Membership, Principal},
    sensitive::Sensitive,
    stop::{Stop, StopScope},
};
use mayfly_store::{
    cluster_requests::{MadeRequest, RequestFacts},
    gateway_enrolments::{Enrolling, UsedProof},
    gateway_tunnels::HeldTunnel,
    groups::GroupMember,
    leases::{
        removing::{Attempt, Beginning, Claimed, Failure},
        reserving::{Conditions, IdempotencyKey},
    },
    seal_keys::SealKey,
    signing_keys::SigningKey,
};
use rusqlite::types::ValueRef;

use crate::nouns::shared_connections;
use crate::support::{Granted, World, later, raw::Raw};

/// Every table, each behind those it refers to.
const TABLES: [&str; 65] = [
    "installation",
    "master_keys",
    "data_keys",
    "gateway_authorities",
    "organizations",
    "gateways",
    "gateway_instances",
    "gateway_tokens",
    "gateway_proofs",
    "gateway_pools",
    "gateway_pool_members",
    "gateway_servers",
    "gateway_tunnels",
    "users",
    "sessions",
    "invitations",
    "password_links",
    "passkey_handles",
    "passkeys",
    "passkey_challenges",
    "second_factors",
    "recovery_codes",
    "sign_in_attempts",
    "identities",
    "identity_keepers",
    "user_keepers",
    "connection_keepers",
    "universal_auths",
    "client_secrets",
    "outside_auths",
    "seen_tokens",
    "login_failures",
    "lost_rights",
    "access_tokens",
    "signing_keys",
    "seal_keys",
    "projects",
    "custom_roles",
    "member_groups",
    "group_members",
    "sso_providers",
    "sso_links",
    "sso_requests",
    "sso_attempts",
    "project_members",
    "environments",
    "environment_policies",
    "folders",
    "connections",
    "connection_versions",
    "dynamic_secrets",
    "leases",
    "lease_states",
    "stops",
    "idempotency_keys",
    "approval_requests",
    "audit_events",
    "key_rotations",
    "audit_keys",
    "audit_positions",
    "audit_seals",
    "audit_tasks",
    "audit_intakes",
    "audit_streams",
    "cluster_requests",
];

/// A row or more in every table, and a lease in every state this version can bring about.
async fn fill(world: &World) {
    let (identity, auth) = world.stored_universal_auth("robot").await;
    let secret = world.stored_client_secret(&auth, b"digest").await;
    let token = AccessToken { client_secret: Some(secret.id), ..world.access_token(&identity) };
    let login = world.event_of(MachineEvent::LoginIdentityUniversalAuth {
        identity_id: identity.id,
        identity_universal_auth_id: auth.id,
        client_secret_id: secret.id,
        identity_access_token_id: token.id,
    });
    world.store().client_secrets().sign_in(secret.id, &token, &login).await.expect("a login");
    let key = SigningKey {
        id: SigningKeyId::generate(world.ambient()),
        secret: Sensitive::new(vec![7; 32]),
        created_at: world.tick(),
    };
    world.store().signing_keys().create_first(&key).await.expect("a signing key");
    let key = SealKey {
        id: SealKeyId::generate(world.ambient()),
        public: vec![8; 32],
        private: Sensitive::new(vec![9; 83]),
        created_at: world.tick(),
    };
    world.store().seal_keys().create_first(&key).await.expect("a seal key");

    fill_members(world, &identity).await;
    let folder = world.stored_folder(&world.stored_folder(&world.root, "a").await, "b").await;
    let deep = world.secret_of(&world.project, &folder, "deep");
    world.store_secret(&deep).await;
    let expiring = world.active(&deep).await;
    world.after(World::LIFE);
    let id = world.event("only for its id").id;
    world.store().leases().expire_due(world.now(), 10, id).await.expect("a lease ends");
    assert_eq!(world.read_lease(expiring.lease.id).await.state.name(), "ended");
    let refused = world.reserved(&deep).await;
    let outcome = Outcome::NeverIssued { why: "the cluster's answer".to_owned() };
    world.store().leases().abandon(refused.id, &outcome, &world.event("fail")).await.expect("a lease is abandoned");
    world.reserved(&deep).await;
    world.active(&deep).await;
    world.close(&world.active(&deep).await).await;
    fill_removals(world, &deep).await;
    let chain = world.store().audit_chain();
    chain.claim("seal", world.now(), world.now()).await.expect("a task is claimed");
    chain.seal_new(world.now()).await.expect("the log is sealed");
    fill_outside(world, &expiring).await;
    fill_conditions(world, &deep).await;
    world.fill_approvals(&deep).await;
    world.fill_people().await;
    world.fill_sso().await;
    fill_gateways(world).await;
    world.rotate_data_keys().await;
    world.fill_outside_auths().await;
    shared_connections::stored(world, "kept").await;
}

/// A role of the project's own, held through a group.
async fn fill_members(world: &World, identity: &Identity) {
    let role = world.custom_role("deployer");
    world.store().custom_roles().create(&role, &world.event("role")).await.expect("a role is made");
    let group = world.stored_group("on-call").await;
    let member = GroupMember { principal: Principal::Identity(identity.id), since: world.tick(), through: None };
    world.store().groups().add(group.id, &member, &world.event("join")).await.expect("somebody joins");
    let membership = Membership {
        principal: Principal::Group(group.id),
        roles: vec![AssignedRole { role: RoleName::Custom(role.id), temporary: None }],
        ..world.membership(identity, &world.project)
    };
    world.store().memberships().create(&membership, &world.event("give")).await.expect("the group is given a role");
}

/// A gateway with a token, and a process that was proven by its cluster.
async fn fill_gateways(world: &World) {
    world.store().gateway_authorities().create_first(&world.gateway_authority(1)).await.expect("an authority");
    let gateway = world.stored_gateway("gw-lab").await;
    world.store_gateway_token(&gateway, 1, b"digest").await;
    let instance = world.gateway_instance(&gateway, "pod-1", b"key-1");
    let proof = UsedProof::ServiceAccount { jti: "jti-1", expires_at: later(world.now(), World::LIFE) };
    let enrolling = Enrolling { gateway: &gateway, proof, was: None, instance: &instance, now: world.now() };
    world.store().gateway_enrolments().enrol(enrolling, &world.event("enrol")).await.expect("a process is enrolled");
    let (replica, now) = (ReplicaId::generate(world.ambient()), world.now());
    let tunnels = world.store().gateway_tunnels();
    tunnels.here(replica, "10.0.0.1:8421", now).await.expect("a server is there");
    let (id, instance) = (GatewayTunnelId::generate(world.ambient()), instance.name.clone());
    let held = HeldTunnel { id, gateway: gateway.id, instance, version: "1".to_owned(), replica };
    tunnels.opened(&held, now).await.expect("it holds a tunnel");
    let pool = world.stored_gateway_pool("lab").await;
    world.store().gateway_pools().add(pool.id, gateway.id, &world.event("add")).await.expect("it is in a pool");
}

/// A stream of the log to a place outside, and what a cluster's own log says of a lease.
async fn fill_outside(world: &World, granted: &Granted) {
    let stream = world.stored_audit_stream("siem").await;
    assert_eq!(world.store().audit_streams().secret(&stream).await.unwrap().unwrap().expose(), "secret of siem");
    let (kept, connection) = (world.store().cluster_requests(), granted.lease.source.connection);
    kept.put_intake(connection, b"digest", &world.event("make an intake")).await.expect("an intake");
    let request = MadeRequest {
        audit_id: "a-1".to_owned(),
        jti: granted.grant.jti.clone().expect("a token with an id"),
        at: world.now(),
        facts: RequestFacts {
            verb: "get".to_owned(),
            uri: "/api/v1/pods".to_owned(),
            api_group: None,
            resource: Some("pods".to_owned()),
            subresource: None,
            namespace: None,
            name: None,
            status: Some(200),
            source_ip: None,
            user_agent: None,
        },
    };
    for expected in [1, 0] {
        let joining = kept.joining(connection, vec![request.clone()], 10).await.unwrap();
        assert_eq!(joining.count(), expected);
        assert_eq!(kept.join(joining, None).await.unwrap(), expected);
    }
    let full = MadeRequest { audit_id: "a-2".to_owned(), ..request };
    assert_eq!(kept.joining(connection, vec![full], 1).await.unwrap().count(), 0, "a lease keeps so many");
}

/// A request with a key, and a stop.
async fn fill_conditions(world: &World, secret: &DynamicSecret) {
    let key = IdempotencyKey { route: "issueLease", value: "deploy-7".to_owned(), body_digest: "00ff".to_owned() };
    let conditions = Conditions { key: Some(key), ..Conditions::default() };
    let lease = world.lease(secret);
    let deadline = later(lease.created_at, World::LIFE);
    world.store().leases().reserve(&lease, deadline, &conditions).await.expect("a lease is reserved");
    let stop = Stop {
        id: StopId::generate(world.ambient()),
        organization: world.organization.id,
        scope: StopScope::DynamicSecret(secret.id),
        reason: "a laptop was stolen".to_owned(),
        made_by: world.actor(),
        created_at: world.tick(),
    };
    world.store().stops().create(&stop, &world.event("stop")).await.expect("issuing is stopped");
}

/// The states of leases that end by removing something: first those that are left as they are, then those that end.
async fn fill_removals(world: &World, secret: &DynamicSecret) {
    let leases = world.store().leases();
    world.reserved_removable(secret).await;
    world.removable(secret).await;
    world.ending(secret).await;
    let failed = world.ending(secret).await;
    let failure = Failure { why: "no answer", next: later(world.now(), World::LIFE), attempt: Attempt::Made };
    leases.postpone(failed.lease.id, failed.fence, failure, None).await.expect("an attempt fails");
    let undone = world.reserved_removable(secret).await;
    let outcome = Outcome::PossiblyIssued { dead_by: later(world.now(), World::TOKEN_LIFE) };
    let beginning = Beginning { reason: EndReason::Undone, undone: Some(&outcome), until: world.now() };
    leases.begin_ending(undone.id, beginning, &world.event("undo")).await.expect("an issue is undone");
    world.finish(&world.ending(secret).await).await;
    let Claimed { lease, .. } = world.ending(secret).await;
    let left = lease.state.grant().map(|grant| grant.objects.clone()).unwrap_or_default();
    let outcome = Outcome::Forgotten { by: "Ada".to_owned(), left };
    leases.forget(lease.id, &outcome, &world.event("forget")).await.expect("somebody gives up");
    // Of those that are due, one is being worked on.
    assert_eq!(world.claim_on(world.store(), secret.connection.id, 1).await.len(), 1);
}

/// The rows as `INSERT` statements that both databases read, one in a line.
fn statements(path: &Path) -> String {
    let connection = rusqlite::Connection::open(path).expect("the database's file opens");
    let mut text = String::new();
    for table in TABLES {
        let order = if table == "folders" { "path" } else { "1" };
        let mut query = connection.prepare(&format!("SELECT * FROM {table} ORDER BY {order}")).expect("a table");
        let columns: Vec<(String, bool)> = {
            let mut kinds = connection.prepare(&format!("SELECT name, type = 'INT' FROM pragma_table_info('{table}')"));
            let kinds = kinds.as_mut().expect("a table");
            kinds.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("columns").map(Result::unwrap).collect()
        };
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut rows = query.query([]).expect("rows");
        let mut count = 0;
        while let Some(row) = rows.next().expect("a row") {
            let cell =
                |(place, (_, is_boolean)): (usize, &(String, bool))| literal(row.get_ref_unwrap(place), *is_boolean);
            let cells: Vec<String> = columns.iter().enumerate().map(cell).collect();
            let line = format!("INSERT INTO {table} ({}) VALUES ({});", names.join(", "), cells.join(", "));
            assert!(!line.contains('\n'), "one line each: {line}");
            writeln!(text, "{line}").expect("writing to a string cannot fail");
            count += 1;
        }
        assert!(count > 0, "no row in `{table}`");
    }
    text
}

fn literal(value: ValueRef<'_>, is_boolean: bool) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) if is_boolean => if number == 1 { "TRUE" } else { "FALSE" }.to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(_) => panic!("no table has fractions"),
        ValueRef::Text(text) => format!("'{}'", std::str::from_utf8(text).expect("text").replace('\'', "''")),
        ValueRef::Blob(bytes) => {
            let digits = bytes.iter().fold(String::new(), |mut digits, byte| {
                write!(digits, "{byte:02x}").expect("writing to a string cannot fail");
                digits
            });
            format!("X'{digits}'")
        }
    }
}

#[tokio::test]
async fn every_table_has_rows_that_a_release_can_keep() {
    let world = World::sqlite().await;
    Box::pin(fill(&world)).await;
    let raw = world.raw();
    let mut tables = raw.tables().await;
    tables.retain(|table| table != "schema_migrations");
    let mut known = TABLES.map(str::to_owned).to_vec();
    known.sort();
    assert_eq!(tables, known);
    let Raw::Sqlite(path) = raw else { unreachable!("the world is on SQLite") };
    let written = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rows.sql");
    fs::write(&written, statements(&path)).expect("the rows are written");
    let kept: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "tests/data", env!("CARGO_PKG_VERSION"), "rows.sql"].iter().collect();
    assert!(kept.exists(), "this version keeps no rows: copy {} to {}", written.display(), kept.display());
}
