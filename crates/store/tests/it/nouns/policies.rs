//! What environments ask of leases.

use mayfly_domain::policy::{EnvironmentPolicy, PolicyRules};
use mayfly_store::{StoreError, UNCHANGED};
use mayfly_testkit::both_databases;

use crate::support::World;

both_databases! {
    async fn a_policy_asks_for_nothing_until_somebody_sets_one_and_reads_back(world: World) {
        let (policies, environment) = (world.store().policies(), world.dev());
        assert_eq!(policies.get(environment).await.unwrap(), EnvironmentPolicy::none(environment));
        for version in 1..=2 {
            let rules = PolicyRules { requires_revocable: version == 2, ..world.policy(version).rules };
            let policy = EnvironmentPolicy { rules, ..world.policy(version) };
            let event = world.event("set");
            world.leaves(&event, policies.put(&policy, &event)).await;
            assert_eq!(policies.get(environment).await.unwrap(), policy);
        }
    }

    async fn an_environment_whose_policy_asks_for_others_is_not_removed(world: World) {
        let (policies, environments) = (world.store().policies(), world.store().environments());
        policies.put(&world.policy(1), &world.event("strict")).await.unwrap();
        let refused = world.refuses(environments.delete(world.dev(), &[], &world.event("remove"))).await;
        assert!(matches!(refused, StoreError::ForeignKey { .. }), "{refused}");
        let rules = PolicyRules { approval: None, ..world.policy(2).rules };
        let loose = EnvironmentPolicy { rules, ..world.policy(2) };
        policies.put(&loose, &world.event("loose")).await.unwrap();
        environments.delete(world.dev(), &[], &world.event("remove")).await.unwrap();
    }

    async fn of_two_changes_of_one_version_one_is_made(world: World) {
        let policies = world.store().policies();
        world.guards(UNCHANGED, policies.put(&world.policy(3), &world.event("skips"))).await;
        policies.put(&world.policy(1), &world.event("first")).await.unwrap();
        world.guards(UNCHANGED, policies.put(&world.policy(1), &world.event("late"))).await;
        world.guards(UNCHANGED, policies.put(&world.policy(3), &world.event("early"))).await;
    }
}
