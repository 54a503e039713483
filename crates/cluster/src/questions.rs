//! The calls we make, each with its path, its body and what its refusal would mean.
//!
//! Names come in as checked types, so that nothing in a path can be anything but a name.

use http::{Request, header};
use k8s_openapi::{
    api::{
        authentication::v1::{
            BoundObjectReference, SelfSubjectReview, TokenRequest, TokenRequestSpec, TokenReview, TokenReviewSpec,
        },
        authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
        core::v1::{Namespace, ServiceAccount},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::{
    Resource,
    api::{GetParams, ListParams, PostParams},
    core::{Request as Builder, request::Error as BuildError},
};
use mayfly_domain::plan::{Account, LeasePlan};
use serde::Serialize;

use crate::{
    ask::{Question, Repeat},
    error::Call,
    right::Right,
};

/// What the token of a plan is bound to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bound {
    /// UID of the temporary account.
    pub(crate) account_uid: Option<String>,
    /// Name and UID of the anchor.
    pub(crate) anchor: Option<(String, String)>,
}

/// The media type of a set of keys (RFC 7517 section 8.5.2).
pub(crate) const JWKS: &str = "application/jwk-set+json";
pub(crate) const TOKEN_RESOURCE: &str = "serviceaccounts/token";
pub(crate) const CANNOT_FAIL: &str = "the path is made of constants and checked names, and the body of plain data";

pub(crate) fn read_version() -> Question {
    let request = Request::get("/version").body(Vec::new()).expect(CANNOT_FAIL);
    reading(Call::ReadVersion, Ok(request), Right::core("get", "/version"), "`/version`".to_owned(), None)
}

/// The API server answers in no other type.
pub(crate) fn read_keys() -> Question {
    const PATH: &str = "/openid/v1/jwks";
    let request = Request::get(PATH).header(header::ACCEPT, JWKS).body(Vec::new()).expect(CANNOT_FAIL);
    reading(Call::ReadKeys, Ok(request), Right::core("get", PATH), format!("`{PATH}`"), None)
}

pub(crate) fn read_namespace(name: &str) -> Question {
    let request = Builder::new(Namespace::url_path(&(), None)).get(name, &GetParams::default());
    let right = Right::core("get", "namespaces").on(name);
    reading(Call::ReadNamespace, request, right, format!("namespace `{name}`"), Some("Namespace"))
}

pub(crate) fn read_account(account: &Account) -> Question {
    let path = ServiceAccount::url_path(&(), Some(account.namespace().as_str()));
    let request = Builder::new(path).get(account.name().as_str(), &GetParams::default());
    reading(Call::ReadAccount, request, read_account_right(account), describe(account), Some("ServiceAccount"))
}

pub(crate) fn list_namespaces(page: &ListParams) -> Question {
    let request = Builder::new(Namespace::url_path(&(), None)).list(page);
    let right = Right::core("list", "namespaces");
    reading(Call::ListNamespaces, request, right, "the list of namespaces".to_owned(), Some("NamespaceList"))
}

/// Lists the service accounts of a namespace, or of all.
pub(crate) fn list_accounts(namespace: Option<&str>, page: &ListParams) -> Question {
    let request = Builder::new(ServiceAccount::url_path(&(), namespace)).list(page);
    let right = Right { namespace: namespace.map(str::to_owned), ..Right::core("list", "serviceaccounts") };
    let object = "the list of service accounts".to_owned();
    reading(Call::ListAccounts, request, right, object, Some("ServiceAccountList"))
}

/// Asks for the token of a plan, bound to what was made for it. The UID keeps an account that was made anew under the same
/// name from getting it; API servers before 1.34 do not look at it.
pub(crate) fn create_token(plan: &LeasePlan, bound: &Bound) -> Question {
    let account = &plan.account;
    let anchor = bound.anchor.as_ref().map(|(name, uid)| BoundObjectReference {
        api_version: Some("v1".to_owned()),
        kind: Some("Secret".to_owned()),
        name: Some(name.clone()),
        uid: Some(uid.clone()),
    });
    let spec = TokenRequestSpec {
        audiences: (!plan.audiences.is_empty()).then(|| plan.audiences.clone()),
        expiration_seconds: i64::try_from(plan.token_seconds).ok(),
        bound_object_ref: anchor,
        ..TokenRequestSpec::default()
    };
    let metadata = ObjectMeta { uid: bound.account_uid.clone(), ..ObjectMeta::default() };
    let body = TokenRequest { metadata, spec: Some(spec), ..TokenRequest::default() };
    let path = ServiceAccount::url_path(&(), Some(account.namespace().as_str()));
    let request =
        Builder::new(path).create_subresource("token", account.name().as_str(), &PostParams::default(), json(&body));
    Question {
        call: Call::CreateToken,
        request: request.expect(CANNOT_FAIL),
        right: create_token_right(account),
        object: describe(account),
        kind: Some("TokenRequest"),
        repeat: Repeat::IfNeverSent,
    }
}

pub(crate) fn review_access(right: &Right) -> Question {
    let (resource, subresource) = match right.resource.split_once('/') {
        Some((resource, subresource)) => (resource, Some(subresource.to_owned())),
        None => (right.resource.as_str(), None),
    };
    let attributes = ResourceAttributes {
        verb: Some(right.verb.clone()),
        group: Some(right.group.clone()),
        resource: Some(resource.to_owned()),
        subresource,
        namespace: right.namespace.clone(),
        name: right.name.clone(),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), non_resource_attributes: None };
    let body = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    let path = SelfSubjectAccessReview::url_path(&(), None);
    let needed =
        Right { group: "authorization.k8s.io".to_owned(), ..Right::core("create", "selfsubjectaccessreviews") };
    review(Call::ReviewAccess, &path, json(&body), needed, "SelfSubjectAccessReview")
}

pub(crate) fn review_self() -> Question {
    let body = SelfSubjectReview { metadata: ObjectMeta::default(), status: None };
    let path = SelfSubjectReview::url_path(&(), None);
    let needed = Right { group: "authentication.k8s.io".to_owned(), ..Right::core("create", "selfsubjectreviews") };
    review(Call::ReviewSelf, &path, json(&body), needed, "SelfSubjectReview")
}

/// Asks whose a token is, and whether it was made for `audience`.
pub(crate) fn review_token(token: &str, audience: &str) -> Question {
    let spec = TokenReviewSpec { token: token.to_owned(), audiences: Some(vec![audience.to_owned()]) };
    let body = TokenReview { spec, ..TokenReview::default() };
    let path = TokenReview::url_path(&(), None);
    let needed = Right { group: "authentication.k8s.io".to_owned(), ..Right::core("create", "tokenreviews") };
    review(Call::ReviewToken, &path, json(&body), needed, "TokenReview")
}

pub(crate) fn create_token_right(account: &Account) -> Right {
    Right::core("create", TOKEN_RESOURCE).within(account.namespace().as_str()).on(account.name().as_str())
}

pub(crate) fn read_account_right(account: &Account) -> Right {
    Right::core("get", "serviceaccounts").within(account.namespace().as_str()).on(account.name().as_str())
}

fn describe(account: &Account) -> String {
    format!("service account `{}` in namespace `{}`", account.name(), account.namespace())
}

/// A review is a POST that makes nothing.
fn review(call: Call, path: &str, body: Vec<u8>, right: Right, kind: &'static str) -> Question {
    let request = Builder::new(path).create(&PostParams::default(), body);
    reading(call, request, right, format!("`{path}`"), Some(kind))
}

pub(crate) fn reading(
    call: Call,
    request: Result<Request<Vec<u8>>, BuildError>,
    right: Right,
    object: String,
    kind: Option<&'static str>,
) -> Question {
    Question { call, request: request.expect(CANNOT_FAIL), right, object, kind, repeat: Repeat::Always }
}

pub(crate) fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect(CANNOT_FAIL)
}
