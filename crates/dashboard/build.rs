//! A binary that was built without the dashboard is built anew once there is one.

fn main() {
    // Debug binaries read the folder each time.
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../../web/dist");
    } else {
        println!("cargo::rerun-if-changed=build.rs");
    }
}
