//! A cluster is away for a week in which very many leases are due: all end once it is back, and none is given up.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use mayfly_testkit::{
    both_databases, counts,
    fake_cluster::{Calls, Fault, When},
};
use serde_json::json;
use tokio::task::JoinSet;

use crate::support::{TestServer, merged};

/// Of the week, as long as each moment is seen at which something is due: the next days are no other.
const SEEN: SignedDuration = SignedDuration::from_hours(24);
/// The rest of the week, in which the loop looks once in an hour only.
const REST: SignedDuration = SignedDuration::from_hours(6 * 24);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// Nobody waits longer for the next attempt.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_mins(15);
/// Callers at the same time.
const CALLERS: usize = 16;
/// Leases that find out that the cluster is away: as many as are cleaned up at the same time, and two that take the places
/// of the first that fail, before the third failure shuts the lane.
const FINDING_OUT: usize = 32 + 2;
/// Attempts until the pauses have grown to their longest.
const GROWING: usize = 16;
/// A call that breaks off is made once more at once.
const CALLS: usize = 2;

both_databases! {
    async fn leases_of_a_cluster_that_was_away_for_a_week_all_end_once_it_is_back(server: TestServer) {
        server.new_dynamic_secret("ci").await;
        let many = counts::of(counts::LEASES_WAITING);
        issue(&server, many).await;
        assert_eq!(server.owned().len(), 2 * many);
        server.advance(3600);
        server.cluster.faults().inject(Calls::All, When::Always, Fault::Reset);
        let (began, calls_before) = (server.ambient.now(), server.cluster.requests().count(Calls::All));
        server.reap().await;
        all_wait(&server, many, began).await;
        let calls = || server.cluster.requests().count(Calls::All) - calls_before;
        assert!(calls() <= CALLS * FINDING_OUT, "{} calls until it was known that the cluster is away", calls());
        let wakings = pass_time(&server, SEEN, SignedDuration::ZERO).await;
        // A pause lasts at least half of what it may last.
        let trials = usize::try_from(SEEN.as_secs() * 2 / LONGEST_PAUSE.as_secs()).unwrap();
        let (told, most) = (calls(), CALLS * (FINDING_OUT + GROWING + trials));
        assert!(told <= most, "{told} calls in a day to a cluster that is away, and not at most {most}");
        println!("{many} leases wait: {wakings} wakings and {told} calls on the first day");
        let (before, wakings) = (calls(), pass_time(&server, REST, HOUR).await);
        assert!(calls() - before <= CALLS * wakings, "one lease tries for all: {} calls", calls() - before);
        all_wait(&server, many, began).await;
        assert_eq!(server.owned().len(), 2 * many);

        server.cluster.faults().clear();
        renew_credential(&server).await;
        pass_time(&server, LONGEST_PAUSE, SignedDuration::ZERO).await;
        all_ended(&server, many).await;
    }
}

/// Makes `many` leases that are due at the same moment.
async fn issue(server: &TestServer, many: usize) {
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        let (caller, request) = (server.as_admin(), server.lease_request("ci", &json!({"ttl": "1h"})));
        let share = (number..many).step_by(CALLERS).len();
        callers.spawn(async move {
            for _ in 0..share {
                caller.post("/api/v1/dynamic-secrets/leases", &request).await.ok();
            }
        });
    }
    callers.join_all().await;
}

/// Lets the time pass from one moment at which something is due to the next, or for so long if that is longer, as the loop
/// would see it. Says how many moments there were.
async fn pass_time(server: &TestServer, time: SignedDuration, at_least: SignedDuration) -> usize {
    let (end, mut wakings) = (server.ambient.now() + time, 0);
    loop {
        let now = server.ambient.now();
        let due = "SELECT COALESCE(MIN(due_at), 0) FROM lease_states WHERE ended_at IS NULL";
        let due = Timestamp::from_millisecond(server.home.number(due).await).unwrap();
        let next = due.max(now + at_least);
        let is_over = due == Timestamp::UNIX_EPOCH || next > end;
        let wait = if is_over { end } else { next }.duration_since(now);
        server.clock.advance(Duration::try_from(wait).unwrap_or_default());
        if is_over {
            return wakings;
        }
        server.reap().await;
        wakings += 1;
    }
}

/// Each lease says that it waits, why, and since when; nobody gave anything up.
async fn all_wait(server: &TestServer, many: usize, since: Timestamp) {
    let waiting = format!(
        "SELECT COUNT(*) FROM lease_states WHERE state = 'ending' AND last_error LIKE '%could not be reached%'
         AND ending_since = {}",
        since.as_millisecond()
    );
    assert_eq!(usize::try_from(server.home.number(&waiting).await).unwrap(), many);
    let path = format!("/api/v1/leases?projectSlug={}&state=ending&limit=100", server.project.slug);
    let shown = server.as_admin().get(&path).await.ok()["leases"].as_array().unwrap().clone();
    assert!(!shown.is_empty());
    for lease in shown {
        assert_eq!((&lease["state"], &lease["status"]), (&json!("ending"), &json!("Failed to delete")));
        assert!(lease["statusDetails"].as_str().unwrap().contains("could not be reached"), "{lease}");
        assert_eq!(lease["updatedAt"].as_str().unwrap().parse::<Timestamp>().unwrap(), since, "{lease}");
    }
}

/// The credential did not outlive the week.
async fn renew_credential(server: &TestServer) {
    let token = server.cluster.add_dynamic_issuer_everywhere();
    let change = json!({"data": {"inputs": {"clusterToken": token}}});
    server.as_admin().patch("/api/v1/dynamic-secrets/ci", &merged(&server.place(), &change)).await.ok();
}

/// Everything is gone, each lease has ended by itself, and each end is told once.
async fn all_ended(server: &TestServer, many: usize) {
    assert_eq!(server.owned(), []);
    let number = async |query: &str| usize::try_from(server.home.number(query).await).unwrap();
    let ended = "SELECT COUNT(*) FROM lease_states WHERE state = 'ended' AND outcome LIKE '%expired%'";
    assert_eq!(number(ended).await, many);
    for kind in ["expire-dynamic-secret-lease", "clean-up-dynamic-secret-lease"] {
        // What an event says names its lease.
        for what in ["*", "DISTINCT metadata"] {
            let told = format!("SELECT COUNT({what}) FROM audit_events WHERE kind = '{kind}'");
            assert_eq!(number(&told).await, many, "{kind}, {what}");
        }
    }
    let given_up = "SELECT COUNT(*) FROM audit_events WHERE kind LIKE 'forget%'";
    assert_eq!(number(given_up).await, 0);
}
