//! Whether a token stands in a copy of the database.

use std::collections::BTreeSet;

use mayfly_domain::ids::LeaseId;
use mayfly_testkit::scan::{Scan, files};

use crate::world::{CONTROL, Database};

/// Tokens of which a part was found. A text that must be there is looked for first: a scan that finds nothing at all
/// proves nothing.
pub(super) fn scan(database: &Database, tokens: &[(LeaseId, String)]) -> Vec<String> {
    let Database::Folder(folder) = database else { return vec!["only files can be read".to_owned()] };
    let files = files(folder.path()).expect("the folder is there");
    let mut scan = Scan::new();
    scan.look_for(CONTROL);
    for (_, token) in tokens {
        scan.look_for_token(token);
    }
    let found: BTreeSet<&str> = files.iter().flat_map(|(_, bytes)| scan.found_in(bytes)).collect();
    if !tokens.is_empty() && !found.contains(CONTROL) {
        return vec!["the scan does not even find what is there".to_owned()];
    }
    let leaked = tokens.iter().filter(|(_, token)| token.split('.').any(|part| found.contains(part)));
    leaked.map(|(lease, _)| format!("I14: the token of lease {lease} is in the database")).collect()
}
