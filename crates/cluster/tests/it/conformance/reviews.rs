//! Whose is this token? Both clusters say the same.

use mayfly_cluster::{Place as _, Review, Reviewed};
use mayfly_domain::sensitive::Sensitive;
use reqwest::Method;
use serde_json::json;

use super::{
    on_both_sides,
    sides::{Side, rights::Rule},
};
use crate::ground::DEPLOYER;

const AUDIENCE: &str = "https://mayfly.example.com";
const REVIEWING: Rule = Rule::new("authentication.k8s.io", "tokenreviews", &["create"]);

/// A token of our account for `audiences`; for the cluster itself if there are none.
async fn token_for(side: &Side, audiences: &[&str]) -> String {
    let path = format!("/api/v1/namespaces/{}/serviceaccounts/{DEPLOYER}/token", side.namespace);
    let spec = json!({"spec": {"audiences": audiences, "expirationSeconds": 600}});
    let (status, answer) = side.raw(Method::POST, &path, Some(spec)).await;
    assert_eq!(status, 201, "{answer}");
    answer["status"]["token"].as_str().unwrap().to_owned()
}

fn review(side: &Side, token: &str) -> Review {
    Review { target: side.target.clone(), token: Sensitive::from(token), audience: AUDIENCE.to_owned() }
}

on_both_sides! {
    async fn a_token_is_its_accounts_for_its_own_audience_only(side: Side) {
        side.allow_everywhere(&[REVIEWING]).await;
        let ask = async |token: &str| side.executor.review(review(&side, token), side.deadline()).await.unwrap();
        let name = format!("system:serviceaccount:{}:{DEPLOYER}", side.namespace);
        for audiences in [&[AUDIENCE][..], &["https://other.example.com", AUDIENCE]] {
            let token = token_for(&side, audiences).await;
            assert_eq!(ask(&token).await, Reviewed::User { name: name.clone() }, "{audiences:?}");
        }
        for audiences in [&[][..], &["https://other.example.com"], &["https://mayfly.example.com/"]] {
            let token = token_for(&side, audiences).await;
            assert!(!matches!(ask(&token).await, Reviewed::User { .. }), "{audiences:?}");
        }
        let token = token_for(&side, &[AUDIENCE]).await;
        let (signed, _) = token.rsplit_once('.').unwrap();
        for broken in ["x", "a.b.c", &format!("{signed}.AAAA"), signed] {
            assert!(!matches!(ask(broken).await, Reviewed::User { .. }), "{broken}");
        }
    }

    async fn whoever_may_not_review_is_told_which_right_is_missing(side: Side) {
        let error = side.executor.review(review(&side, "a.b.c"), side.deadline()).await.unwrap_err();
        assert!(error.is_forbidden(), "{error}");
        assert!(error.to_string().contains("`create` on `tokenreviews.authentication.k8s.io`"), "{error}");
    }
}
