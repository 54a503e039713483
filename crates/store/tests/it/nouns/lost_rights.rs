//! Rights to lease that were lost lately.

use mayfly_domain::{
    ids::{LostRightId, ProjectId},
    membership::Principal,
};
use mayfly_store::lost_rights::LostRight;
use mayfly_testkit::both_databases;

use crate::support::{World, later};

both_databases! {
    async fn what_was_lost_is_listed_oldest_first_until_it_is_forgotten(world: World) {
        let rights = world.store().lost_rights();
        let lost = |project| LostRight {
            id: LostRightId::generate(world.ambient()),
            organization: world.organization.id,
            holder: Principal::Identity(world.identity("robot").id),
            project,
            lost_at: world.tick(),
        };
        let (first, second) = (lost(None), lost(Some(ProjectId::generate(world.ambient()))));
        for right in [&first, &second] {
            rights.add(right).await.unwrap();
        }
        assert_eq!(rights.list(world.now(), None, 10).await.unwrap(), [first.clone(), second.clone()]);
        let to_come = LostRight { lost_at: later(world.now(), World::LIFE), ..lost(None) };
        rights.add(&to_come).await.unwrap();
        assert_eq!(rights.list(world.now(), None, 10).await.unwrap(), [first.clone(), second.clone()], "one is not lost yet");
        assert_eq!(rights.list(to_come.lost_at, None, 10).await.unwrap().last(), Some(&to_come));
        rights.delete(to_come.id).await.unwrap();
        let after = |right: &LostRight| Some((right.lost_at, right.id));
        assert_eq!(rights.list(world.now(), after(&first), 10).await.unwrap(), std::slice::from_ref(&second));
        assert_eq!(rights.list(world.now(), after(&second), 10).await.unwrap(), []);
        let twin = LostRight { lost_at: first.lost_at, ..lost(None) };
        rights.add(&twin).await.unwrap();
        assert_eq!(rights.list(world.now(), after(&first), 10).await.unwrap(), [twin.clone(), second.clone()]);
        rights.delete(twin.id).await.unwrap();
        assert_eq!(rights.list(world.now(), None, 1).await.unwrap(), std::slice::from_ref(&first));
        rights.delete(first.id).await.unwrap();
        rights.delete(first.id).await.unwrap();
        assert_eq!(rights.list(world.now(), None, 10).await.unwrap(), [second]);
    }
}
