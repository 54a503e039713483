//! The egress guard, seen from outside: what it forbids gets no connection.

use mayfly_cluster::{
    BlockReason, Certainty, ClusterError, EgressPolicy, Executor, ExecutorOptions, Issue, Kind, Place, Step,
    Unreachable, Verify,
};
use mayfly_domain::error::ErrorClass;

use crate::ground::{Ground, options};

async fn issue_under(ground: &Ground, egress: EgressPolicy, url: &str) -> Result<(), ClusterError> {
    let executor = Executor::new(ExecutorOptions { egress, ..options(&ground.ambient) });
    let mut target = ground.target.clone();
    target.url = url.parse().unwrap();
    let issue = Issue { target, plan: ground.plan(), verify: Verify::Skip };
    executor.issue(issue, ground.deadline()).await.map(drop).map_err(|failed| failed.error)
}

fn blocked_for(error: &ClusterError) -> BlockReason {
    let Kind::Unreachable(Unreachable::Blocked { reason, .. }) = error.kind else { panic!("{error:?}") };
    assert_eq!((error.step, error.certainty), (Step::Connect, Certainty::NeverSent));
    assert_eq!(error.class(), ErrorClass::Invalid);
    reason
}

#[tokio::test]
async fn loopback_gets_no_connection_unless_it_is_allowed() {
    let ground = Ground::new().await;
    let port = ground.cluster.port();
    for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
        let url = format!("https://{host}:{port}");
        let error = issue_under(&ground, EgressPolicy::default(), &url).await.unwrap_err();
        assert_eq!(blocked_for(&error), BlockReason::Loopback, "{host}");
        assert!(!error.public_text().contains("127.0.0.1 is blocked"), "{}", error.public_text());
    }
    assert_eq!(ground.requests().connections(), 0);
    issue_under(&ground, options(&ground.ambient).egress, &ground.cluster.url()).await.unwrap();
}

#[tokio::test]
async fn own_listeners_get_no_connection_even_where_loopback_is_allowed() {
    let ground = Ground::new().await;
    let port = ground.cluster.port();
    for own in [format!("127.0.0.1:{port}"), format!("0.0.0.0:{port}"), format!("[::]:{port}")] {
        let egress = EgressPolicy { own: vec![own.parse().unwrap()], ..options(&ground.ambient).egress };
        let error = issue_under(&ground, egress, &ground.cluster.url()).await.unwrap_err();
        assert_eq!(blocked_for(&error), BlockReason::Own, "{own}");
    }
    assert_eq!(ground.requests().connections(), 0);
}

#[tokio::test]
async fn metadata_services_are_refused_with_their_class_of_address() {
    let ground = Ground::new().await;
    for (url, reason) in [
        ("https://169.254.169.254", BlockReason::LinkLocal),
        ("https://[fd00:ec2::254]", BlockReason::Metadata),
        ("https://100.100.100.200", BlockReason::Metadata),
        ("https://[64:ff9b::a9fe:a9fe]", BlockReason::LinkLocal),
    ] {
        let error = issue_under(&ground, options(&ground.ambient).egress, url).await.unwrap_err();
        assert_eq!(blocked_for(&error), reason, "{url}");
    }
}
