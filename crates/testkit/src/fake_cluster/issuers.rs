//! Users with the rights that Mayfly's connections have.

use super::{
    FakeCluster, FakeRight,
    state::{ISSUER, TokenWish},
};

/// The account that issues, by name.
const ISSUER_ACCOUNT: &str = "issuer";
/// How long its token lives.
const DAY_SECONDS: i64 = 86_400;

/// What an issuer of temporary accounts and anchors may do in a namespace.
const IN_NAMESPACE: [(&str, &[&str]); 7] = [
    ("serviceaccounts", &["create", "get", "list", "delete"]),
    ("serviceaccounts/token", &["create"]),
    ("rolebindings", &["create", "get", "list", "delete"]),
    ("roles", &["create", "get", "list", "delete", "bind"]),
    ("secrets", &["create", "delete"]),
    ("clusterroles", &["bind"]),
    ("namespaces", &["get"]),
];

/// What it may do beside that if it makes bindings for the whole cluster and roles of its own.
const IN_CLUSTER: [(&str, &[&str]); 3] = [
    ("clusterrolebindings", &["create", "get", "list", "delete"]),
    ("clusterroles", &["create", "get", "list", "delete", "bind", "escalate"]),
    ("roles", &["escalate"]),
];

impl FakeCluster {
    /// The user that [`add_dynamic_issuer`](Self::add_dynamic_issuer) makes.
    pub const DYNAMIC_ISSUER: &str = "system:serviceaccount:mayfly:issuer";
    /// The namespace of that user.
    pub const DYNAMIC_ISSUER_NAMESPACE: &str = "mayfly";

    /// A bearer token for any user name, without end.
    pub fn add_user(&self, user: &str) -> String {
        self.api.state.add_user(user)
    }

    /// Gives a user a right. Everybody may read the version and ask for reviews.
    pub fn grant(&self, user: &str, right: FakeRight) {
        self.api.state.grant(user, right);
    }

    /// A bearer token of a service account that exists, as its own TokenRequest would have given.
    ///
    /// # Panics
    /// When there is no such account.
    pub fn token_of(&self, namespace: &str, name: &str, seconds: i64) -> String {
        let account = (namespace.to_owned(), name.to_owned());
        let wish = TokenWish { account: &account, secret: None, audiences: &[ISSUER.to_owned()], seconds };
        self.api.state.issue(&wish).expect("the account exists").token
    }

    /// A token of a service account that exists, meant for `audience`, as its own TokenRequest would have given.
    ///
    /// # Panics
    /// When there is no such account.
    pub fn token_for(&self, namespace: &str, name: &str, audience: &str) -> String {
        const SECONDS: i64 = 3_600;
        let account = (namespace.to_owned(), name.to_owned());
        let wish = TokenWish { account: &account, secret: None, audiences: &[audience.to_owned()], seconds: SECONDS };
        self.api.state.issue(&wish).expect("the account exists").token
    }

    /// A bearer token that may ask whose tokens are, and nothing else.
    pub fn add_reviewer(&self) -> String {
        const REVIEWER: &str = "system:serviceaccount:mayfly:reviewer";
        self.grant(REVIEWER, FakeRight::everywhere("create", "tokenreviews"));
        self.add_user(REVIEWER)
    }

    /// Makes an account and the smallest issuer for it, `issuer` in the same namespace: it may create tokens of that
    /// account and nothing else. Returns the issuer's bearer token, which lives a day.
    pub fn add_issuer_for(&self, namespace: &str, account: &str) -> String {
        self.add_account(namespace, ISSUER_ACCOUNT);
        self.add_account(namespace, account);
        let right = FakeRight::within(namespace, "create", "serviceaccounts/token").on(account);
        self.grant(&format!("system:serviceaccount:{namespace}:{ISSUER_ACCOUNT}"), right);
        self.token_of(namespace, ISSUER_ACCOUNT, DAY_SECONDS)
    }

    /// Makes these namespaces, where they are not there, and an issuer with all rights that temporary accounts and
    /// anchors need in them. It may bind every role but not escalate, so a role it makes may hold only what it holds
    /// itself. Returns its bearer token, which lives a day.
    pub fn add_dynamic_issuer(&self, namespaces: &[&str]) -> String {
        for namespace in namespaces {
            if self.api.state.objects().store.namespace(namespace).is_none() {
                self.add_namespace(namespace);
            }
            self.grant_all(&IN_NAMESPACE, Some(namespace));
        }
        // ClusterRoles are in no namespace, so neither is the right to read them.
        self.grant(Self::DYNAMIC_ISSUER, FakeRight::everywhere("get", "clusterroles"));
        self.add_account(Self::DYNAMIC_ISSUER_NAMESPACE, ISSUER_ACCOUNT);
        self.token_of(Self::DYNAMIC_ISSUER_NAMESPACE, ISSUER_ACCOUNT, DAY_SECONDS)
    }

    /// The same with these rights in the whole cluster, and in addition the right to make bindings and roles that hold
    /// everywhere, with any rules.
    pub fn add_dynamic_issuer_everywhere(&self) -> String {
        self.grant_all(&IN_NAMESPACE, None);
        self.grant_all(&IN_CLUSTER, None);
        self.add_dynamic_issuer(&[])
    }

    fn grant_all(&self, rights: &[(&str, &[&str])], namespace: Option<&str>) {
        for (resource, verbs) in rights {
            for verb in *verbs {
                let everywhere = FakeRight::everywhere(verb, resource);
                let right = FakeRight { namespace: namespace.map(str::to_owned), ..everywhere };
                self.grant(Self::DYNAMIC_ISSUER, right);
            }
        }
    }
}
