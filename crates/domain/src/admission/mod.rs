//! Admission policies: what an API server itself can refuse to the account that Mayfly issues with, whoever holds its token.
//!
//! RBAC says which kinds an issuer may make and remove; it cannot say which objects. A [`Confinement`] is written down once
//! and becomes `ValidatingAdmissionPolicies` with their bindings, which hold that account to objects with the labels, names
//! and shapes of [`plan`](crate::plan). They judge only requests of that one user, and nothing that others do.
//! <https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/>
//!
//! One policy for each kind is in [`objects`], [`accounts`], [`tokens`], [`bindings`] and [`roles`]; [`cel`] writes
//! expressions, [`policy`] manifests.

mod accounts;
mod bindings;
mod cel;
mod objects;
mod policy;
mod roles;
mod tokens;

use std::{fmt, str::FromStr};

pub use policy::{AdmissionPolicy, Expression, Matches, Operation, Validation};

use crate::{
    ids::InstallationId,
    kubernetes_name::{InvalidName, Namespace, ObjectName, RoleName, ServiceAccountName},
    label_selector::{InvalidSelector, LabelSelector},
    name_template::NameTemplate,
    plan::LeasePlan,
};

/// What the issuer's account may still do. Whatever is not said here is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// What the names of the policies begin with; `mayfly-<installation>` when absent.
    pub name: Option<ObjectName>,
    /// Whose objects they are.
    pub installation: InstallationId,
    /// The user that the API server takes the issuer's token for, such as `system:serviceaccount:mayfly:issuer`.
    pub issuer: String,
    /// Namespaces of temporary accounts.
    pub namespaces: Vec<Namespace>,
    /// What the labels of those namespaces must be, besides.
    pub namespace_selector: Option<LabelSelector>,
    /// Templates of the names of temporary accounts; when empty, the name without a template.
    pub name_templates: Vec<NameTemplate>,
    /// Roles of a namespace that may be bound in it.
    pub roles: Vec<RoleName>,
    /// `ClusterRoles` that may be bound in a namespace.
    pub cluster_roles: Vec<RoleName>,
    /// `ClusterRoles` that may be bound in the whole cluster.
    pub cluster_roles_everywhere: Vec<RoleName>,
    /// How far roles with rules of our own may reach.
    pub own_rules: OwnRules,
    /// Existing accounts whose tokens may be issued.
    pub accounts: Vec<ExistingAccount>,
    /// Whether those tokens must be bound to an anchor.
    pub plain_tokens: PlainTokens,
    /// Whether the issuer may exchange its own token for a fresh one.
    pub own_tokens: OwnTokens,
    /// Audiences that tokens may have; when empty, any.
    pub audiences: Vec<String>,
    /// The longest life of a token, in seconds.
    pub longest_token_seconds: u64,
    /// Keys of the labels that objects may carry besides ours.
    pub labels: Vec<String>,
    /// Keys of the annotations that objects may carry besides ours.
    pub annotations: Vec<String>,
}

/// How far rules of our own may reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnRules {
    /// None are made.
    #[default]
    Closed,
    /// In their namespace.
    InNamespace,
    /// In their namespace, or in the whole cluster.
    Everywhere,
}

/// Whether tokens of existing accounts may be issued that nothing can take back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainTokens {
    /// Each is bound to an anchor.
    #[default]
    Closed,
    /// They may be.
    Open,
}

/// Whether the issuer may get tokens of its own account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OwnTokens {
    /// None.
    #[default]
    Closed,
    /// Those that Mayfly exchanges its own for, at most [`RENEWED_SECONDS`](crate::renewal::RENEWED_SECONDS) long. Whoever
    /// has stolen one can do the same.
    Renewed,
}

/// An existing account, as `namespace/name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingAccount {
    /// Its namespace.
    pub namespace: Namespace,
    /// Its name.
    pub name: ServiceAccountName,
}

/// The text names no account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAccount {
    /// It has no slash.
    #[error("must be `namespace/name`")]
    Slash,
    /// A part of it is no name.
    #[error("must be `namespace/name`, and each of them {0}")]
    Name(#[from] InvalidName),
}

/// Why a confinement says nothing that holds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidConfinement {
    /// Everything is closed.
    #[error("allows nothing: name a namespace, a namespace selector or an account")]
    Nothing,
    /// Nobody is confined.
    #[error("must name the issuer's user")]
    Issuer,
    /// The selector is none.
    #[error("namespace selector {0}")]
    Selector(#[from] InvalidSelector),
    /// Names made by the template could be anybody's.
    #[error(
        "name template `{0}` must begin with at least {least} letters of its own: the API server tells our accounts from \
         others by their names",
        least = NameTemplate::LEAST_OWN_LETTERS
    )]
    Template(String),
    /// A binding in the whole cluster does not tell its account's labels.
    #[error(
        "whole-cluster bindings need the namespaces by name: the API server cannot look at the labels of the account's \
         namespace there"
    )]
    Everywhere,
    /// With such a label a role's rules become those of `admin` or `view`.
    #[error("label `{0}` must not be allowed: the cluster adds the rules of a role with it to other roles")]
    Gathering(String),
    /// Tokens that no API server would make.
    #[error("the longest token must live at least {least} s", least = LeasePlan::SHORTEST_TOKEN_SECONDS)]
    TooShort,
}

/// Labels by which aggregated roles find theirs begin like this.
/// <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles>
const GATHERING_PREFIX: &str = "rbac.authorization.k8s.io/";

impl Confinement {
    /// The policies.
    pub fn policies(&self) -> Result<Vec<AdmissionPolicy>, InvalidConfinement> {
        self.check()?;
        Ok(vec![
            objects::made(self),
            objects::changed_or_removed(self),
            accounts::temporary(self),
            accounts::anchors(self),
            tokens::tokens(self),
            bindings::in_namespace(self),
            bindings::everywhere(self),
            roles::in_namespace(self),
            roles::everywhere(self),
            objects::elsewhere(self),
        ])
    }

    fn check(&self) -> Result<(), InvalidConfinement> {
        if self.issuer.trim().is_empty() {
            return Err(InvalidConfinement::Issuer);
        }
        if !self.has_temporary() && self.accounts.is_empty() {
            return Err(InvalidConfinement::Nothing);
        }
        self.namespace_selector.as_ref().map_or(Ok(()), LabelSelector::check)?;
        if let Some(weak) = self.name_templates.iter().find(|template| !template.is_telling()) {
            return Err(InvalidConfinement::Template(weak.as_str().to_owned()));
        }
        if self.is_open_everywhere() && self.namespaces.is_empty() {
            return Err(InvalidConfinement::Everywhere);
        }
        if let Some(label) = self.labels.iter().find(|label| label.starts_with(GATHERING_PREFIX)) {
            return Err(InvalidConfinement::Gathering(label.clone()));
        }
        if self.longest_token_seconds < LeasePlan::SHORTEST_TOKEN_SECONDS {
            return Err(InvalidConfinement::TooShort);
        }
        Ok(())
    }

    fn has_temporary(&self) -> bool {
        !self.namespaces.is_empty() || self.namespace_selector.is_some()
    }

    fn is_open_everywhere(&self) -> bool {
        !self.cluster_roles_everywhere.is_empty() || self.own_rules == OwnRules::Everywhere
    }
}

impl fmt::Display for ExistingAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.namespace, self.name)
    }
}

impl FromStr for ExistingAccount {
    type Err = InvalidAccount;

    fn from_str(text: &str) -> Result<Self, InvalidAccount> {
        let (namespace, name) = text.split_once('/').ok_or(InvalidAccount::Slash)?;
        Ok(Self { namespace: namespace.parse()?, name: name.parse()? })
    }
}

#[cfg(test)]
mod tests;
