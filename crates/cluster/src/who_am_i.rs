//! Who a bearer token belongs to, in the cluster's own view.

use k8s_openapi::api::authentication::v1::SelfSubjectReview;

use crate::{
    ask::Session,
    error::{Call, Certainty, ClusterError, Kind, Step},
    questions,
};

/// The user name the cluster sees in the bearer token of `session`.
pub(crate) async fn ask_who(session: &Session<'_>) -> Result<String, ClusterError> {
    let review: SelfSubjectReview = session.ask(&questions::review_self()).await?;
    let username = review.status.and_then(|status| status.user_info).and_then(|user| user.username);
    username.ok_or_else(|| {
        let kind = Kind::Unreadable { why: "it names no user".to_owned() };
        session.error(Call::ReviewSelf, Step::Answer, kind, Certainty::Refused)
    })
}
