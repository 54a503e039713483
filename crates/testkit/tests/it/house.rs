//! The house style, as far as a program can hold it: paths that exist, arrows that point one way, files that fit a
//! screen or two, a dependency count that does not creep.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Crates in the lock file. Raised on purpose, in the commit that brings the new one and says why.
const DEPENDENCY_BUDGET: usize = 437;

/// No source file is longer. The style asks for 150 lines and a pause at 300.
const LONGEST_FILE: usize = 600;

/// Which crates of ours each crate may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("api", &[]),
    ("store", &["domain"]),
    ("cluster", &["domain"]),
    ("providers", &["domain", "cluster"]),
    ("app", &["domain", "store", "cluster", "providers"]),
    ("dashboard", &[]),
    ("server", &["domain", "api", "app", "store", "cluster", "providers", "dashboard", "tunnel", "system"]),
    ("cli", &["api", "server"]),
    ("testkit", &["domain", "system"]),
    ("gateway", &["domain", "cluster", "tunnel", "system"]),
    ("system", &["domain"]),
    ("tunnel", &["domain"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Paths between back-ticks or in links, as `text` names them.
fn named_paths(text: &str) -> BTreeSet<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let is_path = |part: &&str| {
        ["charts/", "crates/", "docs/", "dev/", "xtask", "api/", "e2e", "fuzz/"]
            .iter()
            .any(|start| part.starts_with(start))
            && !part.contains([' ', '<', '*', '{', '…', '#'])
    };
    quoted.chain(linked).filter(is_path).map(str::to_owned).collect()
}

fn sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = ["bench", "crates", "dev/cluster", "dev/reference-peer", "e2e", "fuzz", "xtask"]
        .map(|folder| root().join(folder))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && name != "node_modules" && name != "target" {
                folders.push(path);
            } else if [".rs", ".go", ".py", ".mjs"].iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn every_path_the_maps_name_exists() {
    for map in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let paths = named_paths(&read(map));
        assert!(paths.len() >= 2, "{map} names {} paths: the search finds nothing", paths.len());
        let missing: Vec<_> = paths.iter().filter(|path| !root().join(path).exists()).collect();
        assert!(missing.is_empty(), "{map} names what is not there: {missing:?}");
    }
}

#[test]
fn every_page_that_documents_link_to_exists() {
    let mut folders = vec![root().join("docs")];
    let mut links = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                for target in
                    fs::read_to_string(&path).unwrap().split("](").skip(1).filter_map(|rest| rest.split(')').next())
                {
                    let target = target.split('#').next().unwrap_or_default();
                    if !target.is_empty() && !target.contains("://") {
                        links += 1;
                        assert!(folder.join(target).exists(), "{} links to `{target}`", path.display());
                    }
                }
            }
        }
    }
    assert!(links > 10, "only {links} links were found");
}

#[test]
fn every_scenario_is_in_its_table_once_and_every_test_it_names_exists() {
    table_is_whole("docs/reference/peer-scenarios.md", "", 67, 40);
}

#[test]
fn every_bad_input_is_in_its_table_once_and_every_test_it_names_exists() {
    table_is_whole("docs/reference/bad-input.md", "B", 110, 25);
}

#[test]
fn every_threat_is_in_its_table_once_and_every_test_it_names_exists() {
    table_is_whole("docs/reference/threat-model.md", "A", 83, 150);
}

/// Each number from 1 to `rows`, after `letter`, begins one row, in order; more than `least` tests are named, and each is
/// there.
fn table_is_whole(page: &str, letter: &str, rows: usize, least: usize) {
    let (text, start) = (read(page), format!("| {letter}"));
    let numbers = text.lines().filter_map(|row| row.strip_prefix(&start)?.split(' ').next()?.parse::<usize>().ok());
    assert!(numbers.eq(1..=rows), "{page}: each number once, in order");
    let named = named_tests(&text);
    assert!(named.len() > least, "{page}: only {} tests are named", named.len());
    let missing: Vec<_> = named.iter().filter(|(path, test)| !read(path).contains(&format!("fn {test}("))).collect();
    assert!(missing.is_empty(), "{page}: no such tests: {missing:?}");
}

/// `path::test`, wherever it stands between back-ticks.
fn named_tests(text: &str) -> BTreeSet<(&str, &str)> {
    text.split('`').skip(1).step_by(2).filter_map(|quoted| quoted.split_once("::")).collect()
}

#[test]
fn arrows_point_one_way() {
    for (name, allowed) in ARROWS {
        let manifest = read(format!("crates/{name}/Cargo.toml"));
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for line in dependencies.lines().filter_map(|line| line.strip_prefix("mayfly-")) {
            let other = line.split(['.', ' ', '=']).next().unwrap_or_default();
            assert!(allowed.contains(&other), "{name} → {other} is no arrow of the house");
        }
    }
    let folders: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let known: BTreeSet<String> = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(folders, known, "a crate without its arrows");
}

#[test]
fn the_server_names_store_and_cluster_in_its_wiring_only() {
    for path in sources().iter().filter(|path| path.to_string_lossy().contains("crates/server/src")) {
        let text = fs::read_to_string(path).unwrap();
        let is_wiring = path.to_string_lossy().contains("crates/server/src/wiring");
        assert!(
            is_wiring
                || !(["mayfly_store", "mayfly_cluster", "mayfly_providers"].iter().any(|name| text.contains(name))),
            "{} names store or cluster",
            path.display()
        );
    }
}

#[test]
fn no_file_is_longer_than_a_reader_follows() {
    let sources = sources();
    assert!(sources.len() > 100, "only {} sources were found", sources.len());
    for path in sources {
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines", path.display());
    }
}

#[test]
fn the_number_of_dependencies_stays_within_its_budget() {
    let count = read("Cargo.lock").lines().filter(|line| *line == "[[package]]").count();
    assert!(count > 100, "only {count} packages were found");
    assert!(count <= DEPENDENCY_BUDGET, "{count} crates in the lock file, the budget is {DEPENDENCY_BUDGET}");
}

#[test]
fn no_lint_is_silenced_without_a_reason() {
    for path in sources().iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
        let text = fs::read_to_string(path).unwrap();
        // Put together here, or this file would find itself.
        let silencer = ["#[", "allow("].concat();
        assert!(!text.contains(&silencer), "{} silences a lint with `allow`", path.display());
    }
}
