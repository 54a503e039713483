//! `docs/guides/access.md`, as the people in it type it: every `sh` block by whoever its first line names, each with a
//! session of their own.

use std::time::Duration;

use mayfly_e2e::{ClusterSide, waiting::until};
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};

use crate::{
    room::Room,
    tutorials::{blocks, documents},
};

/// For a person who waits for another one.
const PATIENCE: Duration = Duration::from_mins(1);
/// A token begins as every JWT does.
const JWT: &str = "eyJ";

/// The blocks of the page, to be taken in their order.
struct Page(std::vec::IntoIter<String>);

impl Page {
    /// The next block, which has these words in it.
    #[track_caller]
    fn next(&mut self, words: &str) -> String {
        let block = self.0.next().expect("a block more");
        assert!(block.contains(words), "`{words}` is not in\n{block}");
        block
    }
}

// The cluster answers while a person types.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guide_of_access_leads_where_it_says() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
    let room = Room::open().await;
    let mut page = Page(blocks(&documents().join("guides/access.md")).into_iter());
    room.done(&page.next("bootstrap"));
    room.done(&page.next("login --email ana"));
    assert!(room.done(&page.next("project create")).0.contains("\nprod "));
    room.make_secrets(&ClusterSide::fake(&cluster));
    for words in ["invite", "--name Ben", "login --email ben", "--name Cara", "login --email cara"] {
        room.done(&page.next(words));
    }
    let (role, _) = room.done(&page.next("role create"));
    assert!(role.contains("allow dynamic-secrets:read-root-credential+lease,env=dev|prod"), "{role}");
    let (members, _) = room.done(&page.next("group create"));
    for name in ["ana@example.com", "cara@example.com", "deployers"] {
        assert!(members.contains(name), "{members}");
    }
    assert!(room.done(&page.next("policy set")).0.contains("1 other person, whose word counts for 30m"));
    deploy(&room, &mut page).await;
    ask_why(&room, &mut page);
    end(&room, &mut page);
    assert_eq!(page.0.next(), None, "a block that nobody followed");
}

/// With approval, and waiting for it.
async fn deploy(room: &Room, page: &mut Page) {
    let (_, told) = room.done(&page.next("token-for-dev"));
    assert!(told.contains("mayfly approval fetch") && told.contains("--wait-approval"), "{told}");
    assert!(room.read("token-for-dev").starts_with(JWT));
    let approve = page.next("approval approve");
    let (shown, told) = room.done(&approve);
    assert!(shown.contains("lease of deployer in prod:/ for 10m") && shown.contains("release 1.4"), "{shown}");
    assert!(!shown.contains(JWT) && !told.contains(JWT), "an approver saw a token: {shown}");
    let fetch = page.next("approval fetch");
    room.done(&fetch);
    assert!(room.read("token-for-prod").starts_with(JWT));
    let again = room.types(&fetch);
    assert!(!again.status.success() && room.read("token-for-prod").is_empty(), "it was fetched twice: {again:?}");
    let (wait, ben) = (page.next("--wait-approval"), room.clone());
    let waiting = tokio::task::spawn_blocking(move || ben.done(&wait));
    let agreed = until(PATIENCE, "the request of the one who waits is approved", async || {
        Ok(room.types(&approve).status.success().then_some(()))
    });
    agreed.await.unwrap();
    let (_, told) = waiting.await.unwrap();
    assert!(told.contains("waiting for another person") && told.contains("1/1 agreed"), "{told}");
    assert!(room.read("token-for-prod").starts_with(JWT));
}

fn ask_why(room: &Room, page: &mut Page) {
    let (told, _) = room.done(&page.next("who-can"));
    assert!(told.contains("ben@example.com") && told.contains("cara@example.com"), "{told}");
    assert!(told.contains("allowed by line 4 of the role `deployer`, held through the group `deployers`"), "{told}");
    assert!(told.contains("no rule of their roles allows it"), "{told}");
    let (rights, _) = room.done(&page.next("access rights"));
    let decision = |right: &str| {
        let row = rights.lines().find(|line| line.starts_with(right)).unwrap_or_else(|| panic!("{right}: {rights}"));
        row.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert_eq!(decision("dynamic-secrets:lease "), "allow");
    assert_eq!(decision("dynamic-secrets:approve-leases"), "deny");
}

/// What was given ends, and what protects stays.
fn end(room: &Room, page: &mut Page) {
    let (cara, _) = room.done(&page.next("deployer=8h"));
    assert!(cara.contains("approver, deployer until"), "{cara}");
    room.done(&page.next("group remove"));
    room.done(&page.next("token deployer"));
    let (_, told) = room.done(&page.next("--no-approval"));
    assert!(told.contains("nothing has changed yet") && told.contains("mayfly approval approve"), "{told}");
    let (shown, _) = room.done(&page.next("approval deny"));
    assert!(shown.contains("policy of prod: no approval") && shown.ends_with("denied\n"), "{shown}");
}
