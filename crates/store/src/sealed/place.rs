//! Where a sealed value belongs.

use std::{fmt, str::FromStr};

use mayfly_domain::ids::{InstallationId, InvalidId, ProjectId};

/// Whose data key seals a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// What belongs to the organization as a whole, such as cluster credentials.
    Organization,
    /// What belongs to one project.
    Project(ProjectId),
}

impl fmt::Display for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization => formatter.write_str("organization"),
            Self::Project(id) => write!(formatter, "project:{id}"),
        }
    }
}

impl FromStr for Scope {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.strip_prefix("project:") {
            Some(id) => id.parse().map(Self::Project),
            None if text == "organization" => Ok(Self::Organization),
            None => Err(InvalidId),
        }
    }
}

/// Where a sealed value belongs: it opens nowhere else.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    pub(super) row: String,
    pub(super) scope: Scope,
    bound_to: Option<String>,
}

impl Place {
    /// `column` of the row with id `row` in `table`, sealed by the key of `scope`.
    pub(crate) fn new(table: &'static str, column: &'static str, row: impl fmt::Display, scope: Scope) -> Self {
        Self { table, column, row: row.to_string(), scope, bound_to: None }
    }

    /// Makes the value useless beside any other `text`: a cluster credential is bound to where it may be sent.
    #[must_use]
    pub(crate) fn bound_to(mut self, text: impl Into<String>) -> Self {
        self.bound_to = Some(text.into());
        self
    }

    /// The authenticated bytes. No two places give the same ones: each part is preceded by its length.
    pub(super) fn authenticated(&self, installation: InstallationId) -> Vec<u8> {
        authenticated(&[
            "value",
            &installation.to_string(),
            self.table,
            &self.row,
            self.column,
            &self.scope.to_string(),
            if self.bound_to.is_some() { "bound" } else { "free" },
            self.bound_to.as_deref().unwrap_or_default(),
        ])
    }
}

/// `parts`, each preceded by its length, so that no two lists give the same bytes.
pub(super) fn authenticated(parts: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| size_of::<u64>() + part.len()).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_from_its_text() {
        let project = Scope::Project("01893b9e-7c1a-7def-8abc-0123456789ab".parse().unwrap());
        for scope in [Scope::Organization, project] {
            assert_eq!(scope.to_string().parse::<Scope>().unwrap(), scope);
        }
        for text in ["", "project:", "project:1", "organisation"] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn parts_cannot_flow_into_each_other() {
        assert_ne!(authenticated(&["ab", "c"]), authenticated(&["a", "bc"]));
        assert_ne!(authenticated(&["ab", ""]), authenticated(&["ab"]));
    }
}
