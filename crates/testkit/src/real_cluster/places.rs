//! Where the sources are, and where built and running things go.

use std::env;
use std::path::{Path, PathBuf};

/// The Go module of the test cluster.
pub(super) fn sources() -> PathBuf {
    workspace().join("dev/cluster")
}

/// Built binaries, one directory per key.
pub(super) fn binaries() -> PathBuf {
    target().join("cluster-bin")
}

/// State directories, one per cluster, unless the caller chooses another place.
pub fn clusters() -> PathBuf {
    target().join("clusters")
}

/// Cargo's target directory, which `CARGO_TARGET_DIR` may move; a relative one starts at the workspace.
fn target() -> PathBuf {
    let chosen = env::var_os("CARGO_TARGET_DIR").filter(|path| !path.is_empty());
    workspace().join(chosen.map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

fn workspace() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let workspace = crates.and_then(Path::parent);
    workspace.expect("this crate lies two folders below the workspace's root").to_owned()
}
