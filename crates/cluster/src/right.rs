//! A right in a cluster, as RBAC knows it: what we ask access reviews about and what a refusal was about.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One verb on one resource, perhaps in one namespace, perhaps on one object only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Right {
    /// Such as `create`.
    pub verb: String,
    /// Plural resource, with its subresource: `serviceaccounts/token`.
    pub resource: String,
    /// API group; empty for the core group.
    pub group: String,
    /// The namespace it is needed in; `None` for the whole cluster.
    pub namespace: Option<String>,
    /// The object it is needed on; `None` for all.
    pub name: Option<String>,
}

impl Right {
    /// `verb` on a resource of the core group, everywhere.
    pub fn core(verb: &str, resource: &str) -> Self {
        Self { verb: verb.to_owned(), resource: resource.to_owned(), group: String::new(), namespace: None, name: None }
    }

    /// The same right, needed only in `namespace`.
    #[must_use]
    pub fn within(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// The same right, needed only on the object `name`.
    #[must_use]
    pub fn on(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }
}

/// Reads as "`create` on `serviceaccounts/token` named `deployer` in namespace `team-a`".
impl fmt::Display for Right {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` on `{}", self.verb, self.resource)?;
        if !self.group.is_empty() {
            write!(formatter, ".{}", self.group)?;
        }
        formatter.write_str("`")?;
        if let Some(name) = &self.name {
            write!(formatter, " named `{name}`")?;
        }
        match &self.namespace {
            Some(namespace) => write!(formatter, " in namespace `{namespace}`"),
            None => formatter.write_str(" in the whole cluster"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_reads_as_an_administrator_would_say_it() {
        let right = Right::core("create", "serviceaccounts/token").within("team-a").on("deployer");
        assert_eq!(right.to_string(), "`create` on `serviceaccounts/token` named `deployer` in namespace `team-a`");
        assert_eq!(Right::core("list", "namespaces").to_string(), "`list` on `namespaces` in the whole cluster");
    }
}
