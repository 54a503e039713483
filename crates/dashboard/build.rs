//! A binary that was built without the dashboard finds it once there is one: a release by being built anew, a debug binary
//! because the folder that it reads is there from the start, and its path therefore known without `..`.

use std::fs;

/// What `npm run build` fills.
const BUILT: &str = "../../web/dist";

fn main() {
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed={BUILT}");
        return;
    }
    println!("cargo::rerun-if-changed=build.rs");
    // `rust_embed` compares paths with that of the folder as it was at compile time; one that is not there has none.
    if let Err(error) = fs::create_dir_all(BUILT) {
        println!("cargo::warning=the dashboard will not be found: make `{BUILT}`: {error}");
    }
}
