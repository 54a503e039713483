//! Many leases that are due at once end within two seconds. The everyday count is small; the long one is the promise.

use std::time::Duration;

use mayfly_domain::{clock::Ambient, ids::AuditEventId};
use mayfly_testkit::{ambient::ambient, both_databases, counts};

use crate::support::World;

/// As the loop does it.
const BATCH: i64 = 10_000;

/// The promise of the loop: at `expireAt`, a lease passes to its end within this.
const PROMISE: Duration = Duration::from_secs(2);

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
        let lease = world.active(&secret).await.lease;
        world.copy_lease(lease.id, count - 1).await;
        world.after(World::LIFE);
        let (ended, took) = end_all(&world, &ambient()).await;
        println!("{count} leases that were due at once ended in {took:?}");
        assert_eq!(ended, u64::try_from(count).unwrap());
        let told = "SELECT COUNT(*) FROM audit_events WHERE kind = 'expire-dynamic-secret-lease'";
        assert_eq!(world.raw().rows(told).await, [count.to_string()]);
        assert!(took < PROMISE, "{took:?}");
    }
}
