//! Two servers that cannot end the same lease.

use std::{sync::Arc, time::Duration};

use futures::future::{BoxFuture, ready};
use mayfly_app::leases::{IsForced, reap, revoke};
use mayfly_domain::lease::LeaseState;
use mayfly_store::watch::{Spoil, Watcher, watched};
use mayfly_testkit::fake_cluster::{Calls, Fault, When};

use crate::{
    stops::Stops,
    world::{Database, Server, World, shape::Shape},
};

/// Longer than a claim.
const AFTER_ANY_CLAIM: Duration = Duration::from_secs(61);

/// Lets another server try in between: after the lease was read, before it is claimed.
struct InBetween(Arc<Server>);

impl Watcher for InBetween {
    fn before(&self, transaction: &'static str) -> BoxFuture<'_, Spoil> {
        Box::pin(async move {
            if transaction == "CLAIM_ONE" {
                reap(&self.0.app).await.expect("the loop runs");
            }
            Spoil::Nothing
        })
    }

    fn after(&self, _: &'static str) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

#[tokio::test]
async fn a_revocation_counts_the_attempts_that_others_made_since_it_looked() {
    let world = World::new(1, Database::folder(), &[Shape::Anchor], Duration::ZERO).await;
    let store = world.store().await;
    let one = world.server_over(store.clone(), world.direct()).await;
    let other = Arc::new(world.server_over(store, world.direct()).await);
    let id = world.issue(&one, Shape::Anchor).await.expect("a token is issued").lease.id.to_string();
    let place = world.place();
    let revoking = || revoke(&one.app, &world.caller, &place, &id, IsForced::No);
    // The first one died when it had just begun.
    assert_eq!(Stops::at(1, None).stop(revoking()).await.as_deref(), Some("after BEGIN"));
    world.clock.advance(AFTER_ANY_CLAIM);
    let broken = Fault::answer(500, "application/json", "{}");
    world.cluster.faults().inject(Calls::DeleteSecret, When::Always, broken);
    let ending = watched(Arc::new(InBetween(other)), Box::pin(revoking())).await.expect("it waits");
    let LeaseState::Ending { attempts, .. } = ending.state else { panic!("{ending:?}") };
    assert_eq!(attempts, 2);
    let told = one.events().await.into_values().flatten().filter(|kind| kind.starts_with("delay")).count();
    assert_eq!(told, 1, "a delay is told once");
}
