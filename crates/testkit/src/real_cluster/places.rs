//! Where the sources are, and where built and running things go.

use std::env;
use std::path::{Path, PathBuf};

/// State directories, one per cluster, unless the caller chooses another place.
pub fn clusters() -> PathBuf {
    target().join("clusters")
}

/// Cargo's target directory, which `CARGO_TARGET_DIR` may move; a relative one starts at the workspace.
pub(crate) fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").filter(|path| !path.is_empty());
    workspace().join(chosen.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// The repository's root.
pub(crate) fn workspace() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let workspace = crates.and_then(Path::parent);
    workspace.expect("this crate lies two folders below the workspace's root").to_owned()
}
