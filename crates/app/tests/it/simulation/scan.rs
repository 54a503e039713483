//! Whether a token stands in a copy of the database.

use std::{fs, path::Path};

use mayfly_domain::ids::LeaseId;

use crate::world::{CONTROL, Database};

/// Tokens of which a part was found. A text that must be there is looked for first: a scan that finds nothing at all
/// proves nothing.
pub(super) fn scan(database: &Database, tokens: &[(LeaseId, String)]) -> Vec<String> {
    let Database::Folder(folder) = database else { return vec!["only files can be read".to_owned()] };
    let mut bytes = Vec::new();
    collect(folder.path(), &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    if !tokens.is_empty() && !text.contains(CONTROL) {
        return vec!["the scan does not even find what is there".to_owned()];
    }
    let leaked = tokens.iter().filter(|(_, token)| token.split('.').skip(1).any(|part| text.contains(part)));
    leaked.map(|(lease, _)| format!("I14: the token of lease {lease} is in the database")).collect()
}

fn collect(folder: &Path, bytes: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, bytes);
        } else {
            bytes.extend(fs::read(&path).unwrap_or_default());
        }
    }
}
