//! Issue: carries out a lease's plan and returns its token.
//!
//! For a plain token of an existing account that is one POST to `serviceaccounts/{name}/token`. A revocable one has an
//! anchor made before it; a temporary account comes with its binding side by side, and a role of our own before them. No
//! POST is repeated once it may have reached the API server: a second one could leave what nobody knows of.

mod believe;
mod carry_out;
mod check;
mod make;

use mayfly_domain::{
    connection::Target,
    ids::GatewayId,
    plan::{Grant, LeasePlan, OwnedObject},
    sensitive::Sensitive,
};
use serde::{Deserialize, Serialize};

use crate::{
    error::{Call, Certainty, ClusterError, Kind, Step},
    jwt,
};

pub(crate) use carry_out::perform;

/// What to issue, and where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Issue<At = Target> {
    /// The connection to use.
    pub target: At,
    /// The plan, as it is stored with the lease.
    pub plan: LeasePlan,
    /// Whether to ask the cluster who the fresh token belongs to.
    pub verify: Verify,
}

impl<At> Issue<At> {
    /// The same at another place.
    pub fn at<Other>(self, target: Other) -> Issue<Other> {
        let Self { target: _, plan, verify } = self;
        Issue { target, plan, verify }
    }
}

/// What kept a plan from being carried out, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{error}")]
pub struct IssueFailed {
    /// What failed. Its certainty is about the token: whether one may have been made.
    #[source]
    pub error: ClusterError,
    /// The objects that are there or may be there, in the order of removal. One without a UID may be somebody else's.
    pub touched: Vec<OwnedObject>,
}

impl IssueFailed {
    /// A token came from `server` that is not handed out: nothing of it is known, and all that was planned may be there.
    pub fn of_answer(server: String, kind: Kind, plan: &LeasePlan) -> Self {
        let (call, step, certainty) = (Call::CreateToken, Step::Answer, Certainty::Unknown);
        let touched = plan.objects().iter().map(|object| object.owned(None)).collect();
        Self { error: ClusterError { server, call, step, kind, certainty }, touched }
    }

    /// A failure before anything was asked of the cluster.
    pub fn before_all(error: ClusterError) -> Self {
        Self { error, touched: Vec::new() }
    }
}

/// Whether the fresh token is tried before it is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// Ask the cluster "who am I" with it; costs one call.
    Ask,
    /// Trust the answer.
    Skip,
}

/// The token and the facts about it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Issued {
    /// The token: returned once, never stored.
    #[serde(serialize_with = "mayfly_domain::sensitive::expose_to_serializer")]
    pub token: Sensitive<String>,
    /// What the cluster granted. It may end earlier than asked; it never ends later than a minute after that.
    pub grant: Grant,
    /// The token's whole lifetime in seconds, by the cluster's clock; fewer than the plan's `token_seconds` where the
    /// cluster shortened it, and not much below [`LeasePlan::SHORTEST_TOKEN_SECONDS`].
    pub granted_seconds: u64,
    /// The user name the cluster saw in the token, with [`Verify::Ask`].
    pub verified: Option<String>,
    /// Whether there may be another token of the same plan. Whoever carries it out once does not know of any.
    #[serde(skip)]
    pub undelivered: Undelivered,
    /// The gateway that carried the plan out, where one did: what it says of the token is held against what is known of its cluster.
    #[serde(skip)]
    pub carried_out_by: Option<GatewayId>,
}

impl Issued {
    /// The id of the key that signed the token, as it says itself.
    pub fn key_id(&self) -> Option<String> {
        jwt::key_id(self.token.expose())
    }
}

/// Tokens of a plan that nobody received: what was asked, and not answered, before it was carried out once more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Undelivered {
    /// There is none.
    #[default]
    None,
    /// There may be one. It ends with the temporary account that it is for.
    Possible,
}
