//! Many leases that are due at once end within two seconds. The everyday count is small; the long one is the promise.

use std::time::Duration;

use mayfly_domain::{clock::Ambient, ids::AuditEventId};
use mayfly_testkit::{ambient::ambient, both_databases, counts};

use crate::support::World;

/// As the loop does it.
const BATCH: i64 = 10_000;

/// The promise of the loop: at `expireAt`, a lease passes to its end within this.
const PROMISE: Duration = Duration::from_secs(2);

/// All of a lease but its id, and all of its state.
const LEASE: &str = "organization_id, project_id, environment_id, environment_slug, folder_id, folder_path,
    dynamic_secret_name, dynamic_secret_version, connection_id, connection_version, plan, config, holder, holder_id,
    origin, reason, expire_at, granted, facts, created_at";
const STATE: &str = "dynamic_secret_id, ends_when, state, due_at, token_expires_at, attempts, fence, updated_at";

/// Makes `count` copies of the one lease there is, each with an id of its own.
async fn copy_the_lease(world: &World, count: usize) {
    copy_rows(world, ("leases", "id", LEASE), count).await;
    copy_rows(world, ("lease_states", "lease_id", STATE), count).await;
}

async fn copy_rows(world: &World, (table, id, columns): (&str, &str, &str), count: usize) {
    let lease = world.raw().rows(&format!("SELECT {id} FROM {table}")).await.remove(0);
    // The second half of an id tells leases apart: its last twelve characters are a number here.
    let number = "substr('000000000000' || CAST(n AS TEXT), length('000000000000' || CAST(n AS TEXT)) - 11)";
    let statement = format!(
        "INSERT INTO {table} ({id}, {columns})
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
         SELECT substr({id}, 1, 24) || {number}, {columns} FROM {table}, numbers WHERE {id} = '{lease}'"
    );
    world.raw().execute(&statement).await;
}

/// Ends all that is due in batches. Says how many, and how long it took on the machine's clock.
async fn end_all(world: &World, machine: &Ambient) -> (u64, Duration) {
    let (now, began) = (world.now(), machine.now());
    let mut ended = 0;
    loop {
        let id = AuditEventId::generate(world.ambient());
        let batch = world.store().leases().expire_due(now, BATCH, id).await.expect("due leases end");
        ended += batch;
        if batch == 0 {
            let took = machine.now().duration_since(began);
            return (ended, Duration::try_from(took).unwrap_or_default());
        }
    }
}

both_databases! {
    async fn leases_that_are_due_at_once_end_in_time(world: World) {
        let count = counts::of(counts::LEASES_DUE);
        let secret = world.stored_secret("ci").await;
        world.active(&secret).await;
        copy_the_lease(&world, count - 1).await;
        world.after(World::LIFE);
        let (ended, took) = end_all(&world, &ambient()).await;
        println!("{count} leases that were due at once ended in {took:?}");
        assert_eq!(ended, u64::try_from(count).unwrap());
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'expire-dynamic-secret-lease'";
        assert_eq!(world.raw().rows(told).await, [count.to_string()]);
        assert!(took < PROMISE, "{took:?}");
    }
}
