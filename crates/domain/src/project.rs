//! Where things are kept: organization, project, environment, folder.

use jiff::Timestamp;

use crate::{
    ids::{EnvironmentId, FolderId, OrganizationId, ProjectId},
    slug::{DisplayName, EnvironmentSlug, FolderName, InvalidSlug, ProjectSlug},
};

/// The one organization of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Id.
    pub id: OrganizationId,
    /// Name for people.
    pub name: DisplayName,
    /// Short name, made from the name.
    pub slug: ProjectSlug,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A project: the boundary of access, of encryption keys and of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Id.
    pub id: ProjectId,
    /// The organization it belongs to.
    pub organization: OrganizationId,
    /// Name for people.
    pub name: DisplayName,
    /// Unique in the organization; existing clients address projects by it.
    pub slug: ProjectSlug,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// Whether deleting is refused until this is taken off.
    pub has_delete_protection: bool,
    /// In the order of [`Environment::position`].
    pub environments: Vec<Environment>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// An environment of a project, such as production.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    /// Id.
    pub id: EnvironmentId,
    /// The project it belongs to.
    pub project: ProjectId,
    /// Name for people.
    pub name: DisplayName,
    /// Unique in the project.
    pub slug: EnvironmentSlug,
    /// Place in the list, from 1.
    pub position: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A folder of an environment. Each environment has one root folder, whose path is `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Id.
    pub id: FolderId,
    /// The environment it belongs to.
    pub environment: EnvironmentId,
    /// The folder it lies in; the root has none.
    pub parent: Option<FolderId>,
    /// Where it is.
    pub path: FolderPath,
    /// At most 1024 characters.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Folder {
    /// The root of an environment that was just made.
    pub fn root(id: FolderId, environment: &Environment) -> Self {
        Self {
            id,
            environment: environment.id,
            parent: None,
            path: FolderPath::root(),
            description: None,
            created_at: environment.created_at,
            updated_at: environment.created_at,
        }
    }
}

/// The path of a folder: `/`, or names each with a slash in front.
///
/// As existing clients write it, the leading slash may be missing, one at the end is dropped, and nothing at all means
/// the root. Everything else that is not a plain path is refused, never cleaned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FolderPath(String);

/// Why a text is not a folder path. Reads after the field's name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPath {
    /// Longer than [`FolderPath::LONGEST`].
    #[error("must be at most 1024 characters long, got {0}")]
    TooLong(usize),
    /// Two slashes in a row.
    #[error("must not contain an empty segment (`//`)")]
    EmptySegment,
    /// `.` or `..`.
    #[error("must not contain `.` or `..` segments")]
    DotSegment,
    /// A segment that is not a folder's name.
    #[error("has a segment that {0}")]
    Segment(InvalidSlug),
}

impl FolderPath {
    /// Longest path in characters: deep enough for any tree people keep, short enough for an index.
    pub const LONGEST: usize = 1024;

    /// The root of an environment.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Reads a path as clients write it.
    pub fn parse(text: &str) -> Result<Self, InvalidPath> {
        // The slash that may be missing counts: what is stored must be a path too.
        let length = text.len() + usize::from(!text.starts_with('/'));
        if length > Self::LONGEST {
            return Err(InvalidPath::TooLong(length));
        }
        if text.is_empty() || text == "/" {
            return Ok(Self::root());
        }
        let inner = text.strip_prefix('/').unwrap_or(text);
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        inner.split('/').try_for_each(check_segment)?;
        Ok(Self(format!("/{inner}")))
    }

    /// The path as text, always with a leading slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder `name` inside this one.
    pub fn join(&self, name: &FolderName) -> Result<Self, InvalidPath> {
        if self.is_root() { Self::parse(&format!("/{name}")) } else { Self::parse(&format!("{self}/{name}")) }
    }

    /// The folder around this one; the root has none.
    pub fn parent(&self) -> Option<Self> {
        let (before, _) = self.0.rsplit_once('/').filter(|_| !self.is_root())?;
        Some(if before.is_empty() { Self::root() } else { Self(before.to_owned()) })
    }

    /// Last segment; the root's name is `root`, as existing clients expect.
    pub fn name(&self) -> &str {
        if self.is_root() { "root" } else { self.0.rsplit('/').next().unwrap_or("root") }
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0 == "/"
    }
}

fn check_segment(segment: &str) -> Result<(), InvalidPath> {
    match segment {
        "" => Err(InvalidPath::EmptySegment),
        "." | ".." => Err(InvalidPath::DotSegment),
        _ => segment.parse::<FolderName>().map(|_| ()).map_err(InvalidPath::Segment),
    }
}

impl std::fmt::Display for FolderPath {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> String {
        FolderPath::parse(text).unwrap().to_string()
    }

    #[test]
    fn a_path_gets_its_leading_slash() {
        assert_eq!((path(""), path("/")), ("/".into(), "/".into()));
        assert_eq!((path("a"), path("/a/"), path("/a/b")), ("/a".into(), "/a".into(), "/a/b".into()));
    }

    #[test]
    fn an_unclear_path_is_refused_and_not_cleaned() {
        for bad in ["//", "/a//b", "//x", "/a/../b", "/./a", "/a b", "/a%2fb", "/a\\b", "/ä", &"/x".repeat(1000)] {
            assert!(FolderPath::parse(bad).is_err(), "{bad} was accepted");
        }
    }

    #[test]
    fn the_slash_that_may_be_missing_counts_as_one_character() {
        let longest = format!("/{}", vec!["a".repeat(63); 16].join("/"));
        assert_eq!((longest.len(), path(&longest) == longest), (FolderPath::LONGEST, true));
        assert!(FolderPath::parse(longest.trim_start_matches('/')).is_ok());
        let filled = format!("{}/{}", vec!["a".repeat(63); 15].join("/"), "a".repeat(64));
        assert_eq!(FolderPath::parse(&filled), Err(InvalidPath::TooLong(FolderPath::LONGEST + 1)));
    }

    #[test]
    fn a_path_knows_its_parent_and_name() {
        let deep = FolderPath::parse("/a/b").unwrap();
        assert_eq!((deep.parent().unwrap().as_str(), deep.name()), ("/a", "b"));
        assert_eq!(deep.parent().unwrap().parent(), Some(FolderPath::root()));
        assert_eq!(FolderPath::root().parent(), None);
    }
}
