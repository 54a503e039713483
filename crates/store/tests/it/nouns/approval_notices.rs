//! Whom requests have still to be told of: what a change leaves to be told is told by one, and not before it is due.

use std::time::Duration;

use mayfly_domain::approval::{ApprovalRequest, ApprovalState};
use mayfly_store::{approval_notices::ApprovalNotice, approvals::Effect};
use mayfly_testkit::both_databases;

use crate::support::{World, approvals::MOST_WAITING, later};

const MOST: i64 = 10;

impl World {
    async fn notices(&self) -> Vec<ApprovalNotice> {
        self.store().approval_notices().due(self.now(), MOST).await.unwrap()
    }

    async fn turns_into(&self, old: &ApprovalRequest, state: ApprovalState) -> ApprovalRequest {
        let new = ApprovalRequest { state, updated_at: self.tick(), ..old.clone() };
        let event = self.event("decide");
        self.store().approvals().decide(&new, old.updated_at, &Effect::None, &[event]).await.unwrap();
        new
    }
}

both_databases! {
    async fn a_new_request_is_told_by_one_and_then_by_nobody(world: World) {
        let secret = world.stored_secret("ci").await;
        let request = world.stored_request(&secret, "one").await;
        let [notice] = <[_; 1]>::try_from(world.notices().await).unwrap();
        assert_eq!(notice.request, request);
        let until = later(world.now(), Duration::from_mins(1));
        let claimed = world.store().approval_notices().claim(&notice, until).await.unwrap().unwrap();
        assert_eq!(world.store().approval_notices().claim(&notice, until).await.unwrap(), None, "another was faster");
        assert_eq!(world.notices().await, [], "it is the claimer's for a minute");
        world.after(Duration::from_secs(61));
        assert_eq!(world.notices().await.len(), 1, "whoever claimed it may be gone");
        world.store().approval_notices().told(&claimed).await.unwrap();
        assert_eq!(world.notices().await, []);
    }

    async fn what_changes_while_it_is_told_has_news_again(world: World) {
        let secret = world.stored_secret("ci").await;
        let request = world.stored_request(&secret, "one").await;
        let [notice] = <[_; 1]>::try_from(world.notices().await).unwrap();
        let until = later(world.now(), Duration::from_mins(1));
        let claimed = world.store().approval_notices().claim(&notice, until).await.unwrap().unwrap();
        let approved = world.turns_into(&request, ApprovalState::Approved { until: later(world.now(), Duration::from_hours(1)) }).await;
        world.store().approval_notices().told(&claimed).await.unwrap();
        let news: Vec<_> = world.notices().await.into_iter().map(|notice| notice.request).collect();
        assert_eq!(news, [approved]);
    }

    async fn who_takes_it_back_is_told_nothing_and_one_word_of_two_is_no_news(world: World) {
        let secret = world.stored_secret("ci").await;
        let first = world.stored_request(&secret, "one").await;
        world.turns_into(&first, ApprovalState::Cancelled).await;
        assert_eq!(world.notices().await, []);
        let second = world.approval_request(&secret, "two");
        world.store().approvals().create(&second, MOST_WAITING, &world.event("ask")).await.unwrap();
        let [notice] = <[_; 1]>::try_from(world.notices().await).unwrap();
        let until = later(world.now(), Duration::from_mins(1));
        let claimed = world.store().approval_notices().claim(&notice, until).await.unwrap().unwrap();
        world.store().approval_notices().told(&claimed).await.unwrap();
        let voted = world.turns_into(&second, ApprovalState::Pending).await;
        assert_eq!(world.notices().await, []);
        world.after(World::LIFE);
        let event = world.event("expire");
        world.store().approvals().expire(&voted, &event).await.unwrap();
        assert_eq!(world.notices().await.len(), 1, "that nobody decided is");
    }
}
