//! What lies in a folder or environment that is renamed: what was judged of it before must still be so when it moves.

use mayfly_domain::{
    dynamic_secret::{DynamicSecret, SecretPlace},
    ids::{DynamicSecretId, EnvironmentId, FolderId},
    project::{Folder, FolderPath},
    slug::EnvironmentSlug,
};

use crate::{UNCHANGED, folders, sql::statements, transaction::Step, value::values};

statements! {
    // Guards. What they find stays as it is until the transaction ends.
    LIES_AT = "SELECT folders.id FROM folders JOIN environments ON environments.id = folders.environment_id
        WHERE folders.id = ?1 AND folders.path = ?2 AND environments.slug = ?3",
        postgres "SELECT folders.id FROM folders JOIN environments ON environments.id = folders.environment_id
        WHERE folders.id = ?1 AND folders.path = ?2 AND environments.slug = ?3 FOR SHARE";

    IS_CALLED = "SELECT id FROM environments WHERE id = ?1 AND slug = ?2",
        postgres "SELECT id FROM environments WHERE id = ?1 AND slug = ?2 FOR SHARE";

    IS_AS_JUDGED = "SELECT id FROM dynamic_secrets WHERE id = ?1 AND version = ?2",
        postgres "SELECT id FROM dynamic_secrets WHERE id = ?1 AND version = ?2 FOR SHARE";

    // Guards too: how many there are, so that nothing came in meanwhile that nobody judged.
    SECRETS_WITHIN = "SELECT dynamic_secrets.id FROM dynamic_secrets
        JOIN folders ON folders.id = dynamic_secrets.folder_id
        WHERE folders.environment_id = ?1 AND (folders.path = ?2 OR substr(folders.path, 1, CAST(?4 AS INTEGER)) = ?3)";

    FOLDERS_BELOW = "SELECT id FROM folders
        WHERE environment_id = ?1 AND substr(path, 1, CAST(?3 AS INTEGER)) = ?2 AND path <> '/'";
}

/// What was judged where it lay, before it moves.
#[derive(Clone, Debug)]
pub struct Judged {
    /// What the environment was called.
    slug: EnvironmentSlug,
    /// What lay within, if it moves: its folders, and its dynamic secrets in their versions.
    within: Option<Within>,
}

#[derive(Clone, Debug)]
struct Within {
    folders: Vec<(FolderId, FolderPath)>,
    secrets: Vec<(DynamicSecretId, i64)>,
}

impl Judged {
    /// In an environment with this slug, where nothing moves.
    pub const fn at(slug: EnvironmentSlug) -> Self {
        Self { slug, within: None }
    }

    /// In an environment with this slug: everything below what moves.
    pub fn within(slug: EnvironmentSlug, folders: &[Folder], secrets: &[DynamicSecret]) -> Self {
        let within = Within {
            folders: folders.iter().map(|folder| (folder.id, folder.path.clone())).collect(),
            secrets: secrets.iter().map(|secret| (secret.id, secret.version)).collect(),
        };
        Self { slug, within: Some(within) }
    }

    /// The steps that undo everything unless all within `path` of an environment still is as it was judged.
    pub(crate) fn holds(&self, environment: EnvironmentId, path: &FolderPath) -> Vec<Step> {
        let mut steps = vec![Step::new(&IS_CALLED, values![environment, self.slug.as_str()]).expecting_one(UNCHANGED)];
        let Some(Within { folders, secrets }) = &self.within else { return steps };
        let (below, length) = folders::prefix(path);
        // Folders before what lies in them, as whoever changes a dynamic secret takes hold of them.
        steps.extend(folders.iter().map(|(id, path)| folders::is_at(*id, path)));
        let there = values![environment, below.as_str(), length];
        steps.push(Step::new(&FOLDERS_BELOW, there).expecting(count(folders), UNCHANGED));
        let as_judged =
            |(id, version): &(_, i64)| Step::new(&IS_AS_JUDGED, values![*id, *version]).expecting_one(UNCHANGED);
        steps.extend(secrets.iter().map(as_judged));
        let there = values![environment, path.as_str(), below, length];
        steps.push(Step::new(&SECRETS_WITHIN, there).expecting(count(secrets), UNCHANGED));
        steps
    }
}

fn count<T>(all: &[T]) -> u64 {
    u64::try_from(all.len()).unwrap_or(u64::MAX)
}

/// The step that undoes everything unless a folder still is where somebody was allowed to do something in it.
pub(crate) fn lies_at(folder: FolderId, path: &FolderPath, environment: &EnvironmentSlug) -> Step {
    Step::new(&LIES_AT, values![folder, path.as_str(), environment.as_str()]).expecting_one(UNCHANGED)
}

/// The same of the folder of a dynamic secret.
pub(crate) fn still_at(place: &SecretPlace) -> Step {
    lies_at(place.folder, &place.path, &place.environment_slug)
}
