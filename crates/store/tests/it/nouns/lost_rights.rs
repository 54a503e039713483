//! Rights to lease that were lost lately.

use mayfly_domain::ids::{LostRightId, ProjectId};
use mayfly_store::lost_rights::LostRight;
use mayfly_testkit::both_databases;

use crate::support::World;

both_databases! {
    async fn what_was_lost_is_listed_oldest_first_until_it_is_forgotten(world: World) {
        let rights = world.store().lost_rights();
        let lost = |project| LostRight {
            id: LostRightId::generate(world.ambient()),
            organization: world.organization.id,
            holder: world.identity("robot").id.to_string(),
            project,
            lost_at: world.tick(),
        };
        let (first, second) = (lost(None), lost(Some(ProjectId::generate(world.ambient()))));
        for right in [&first, &second] {
            rights.add(right).await.unwrap();
        }
        assert_eq!(rights.list(10).await.unwrap(), [first.clone(), second.clone()]);
        assert_eq!(rights.list(1).await.unwrap(), std::slice::from_ref(&first));
        rights.delete(first.id).await.unwrap();
        rights.delete(first.id).await.unwrap();
        assert_eq!(rights.list(10).await.unwrap(), [second]);
    }
}
