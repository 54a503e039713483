//! Whose is this token? Asked by a TokenReview, with a reviewer's own token and never with the one in question.

use k8s_openapi::api::authentication::v1::TokenReview;
use mayfly_domain::{connection::Target, sensitive::Sensitive};
use serde::{Deserialize, Serialize};

use crate::{
    ask::Session,
    error::{Call, ClusterError},
    executor::Executor,
    place::Deadline,
    questions,
};

/// A token that somebody showed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Review<At = Target> {
    /// The cluster that should know, and the reviewer's token.
    pub target: At,
    /// The token in question.
    #[serde(serialize_with = "mayfly_domain::sensitive::expose_to_serializer")]
    pub token: Sensitive<String>,
    /// What it has to be made for.
    pub audience: String,
}

impl<At> Review<At> {
    /// The same at another place.
    pub fn at<Other>(self, target: Other) -> Review<Other> {
        let Self { target: _, token, audience } = self;
        Review { target, token, audience }
    }
}

/// What the cluster says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reviewed {
    /// It is nobody's here.
    Unknown,
    /// It is somebody's, and not for this audience: the answer did not name it. API servers that know no audiences name
    /// none, and count as this too.
    OtherAudience,
    /// It is this user's.
    User {
        /// The user name, as the cluster wrote it.
        name: String,
    },
}

pub(crate) async fn perform(
    executor: &Executor,
    operation: Review,
    deadline: Deadline,
) -> Result<Reviewed, ClusterError> {
    let Review { target, token, audience } = operation;
    let session = Session::open(executor, &target, deadline, Call::ReviewToken)?;
    let review: TokenReview = session.ask(&questions::review_token(token.expose(), &audience)).await?;
    let status = review.status.unwrap_or_default();
    let has_failed = status.error.is_some_and(|error| !error.is_empty());
    let name = status.user.and_then(|user| user.username).filter(|name| !name.is_empty());
    Ok(match (status.authenticated, name) {
        (Some(true), Some(_)) if !status.audiences.unwrap_or_default().contains(&audience) => Reviewed::OtherAudience,
        (Some(true), Some(name)) if !has_failed => Reviewed::User { name },
        _ => Reviewed::Unknown,
    })
}
