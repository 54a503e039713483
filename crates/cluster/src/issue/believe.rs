//! Whether what a gateway says it issued is what was planned: a gateway that lies must not be believed more than an API server is.

use jiff::Timestamp;
use k8s_openapi::{
    api::authentication::v1::{TokenRequest, TokenRequestStatus},
    apimachinery::pkg::apis::meta::v1::Time,
};
use mayfly_domain::plan::{LeasePlan, ObjectKind, OwnedObject};

use super::{
    Issued,
    check::{CheckedToken, check},
};
use crate::{error::WrongToken, identity, questions::Bound, roles};

impl Issued {
    /// The same, held against `plan` as if the cluster had answered here, `now`: its token by all that can be read in it, what is said of
    /// it by the token, and the rest by the plan. What only the cluster could say is believed: the rules of a
    /// role, as long as the plan does not refuse those that are told. Who signed the token, `app` looks at, which knows the cluster's keys
    /// where anybody does.
    ///
    /// # Errors
    /// What is not as it was planned, or not as the token says.
    pub fn believed(self, plan: &LeasePlan, now: Timestamp) -> Result<Self, WrongToken> {
        let bound = bound(plan, &self.grant.objects)?;
        let checked = check(self.as_answer(), plan, &bound, now)?;
        self.agrees_with(&checked)?;
        let expected = plan.cluster.as_ref();
        if expected.is_some_and(|expected| identity::contradict(expected, &self.grant.cluster)) {
            return Err(WrongToken::Disagrees { what: "cluster".to_owned() });
        }
        if roles::refuses_rules(plan, self.grant.rules_sha256.as_ref()) {
            return Err(WrongToken::Disagrees { what: "rules_sha256".to_owned() });
        }
        Ok(self)
    }

    fn as_answer(&self) -> TokenRequest {
        let status = TokenRequestStatus {
            token: Some(self.token.expose().clone()),
            expiration_timestamp: Some(Time(self.grant.token_expires_at)),
        };
        TokenRequest { status: Some(status), ..TokenRequest::default() }
    }

    fn agrees_with(&self, checked: &CheckedToken) -> Result<(), WrongToken> {
        let grant = &self.grant;
        let said = [
            ("jti", grant.jti == checked.jti),
            ("account_uid", grant.account_uid == checked.account_uid),
            ("token_expires_at", grant.token_expires_at == checked.expires_at),
            ("granted_seconds", self.granted_seconds == checked.granted_seconds),
        ];
        let other = said.into_iter().find(|(_, is_same)| !is_same);
        other.map_or(Ok(()), |(what, _)| Err(WrongToken::Disagrees { what: what.to_owned() }))
    }
}

/// What the token has to be bound to: each planned object was made, and has a UID.
fn bound(plan: &LeasePlan, made: &[OwnedObject]) -> Result<Bound, WrongToken> {
    let missing = || WrongToken::Disagrees { what: "objects".to_owned() };
    if made.len() != plan.objects().len() {
        return Err(missing());
    }
    let mut bound = Bound::default();
    for object in plan.objects() {
        let is_it = |made: &&OwnedObject| object.owned(made.uid.clone()) == **made;
        let uid = made.iter().find(is_it).and_then(|made| made.uid.clone()).filter(|uid| !uid.is_empty());
        let uid = uid.ok_or_else(missing)?;
        match object.kind {
            ObjectKind::ServiceAccount => bound.account_uid = Some(uid),
            ObjectKind::Secret => bound.anchor = Some((object.name.to_string(), uid)),
            ObjectKind::Role | ObjectKind::ClusterRole | ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding => {}
        }
    }
    Ok(bound)
}
