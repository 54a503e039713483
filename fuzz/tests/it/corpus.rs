//! What was found once stays found: every kept input is judged in every run, without a nightly compiler.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use mayfly_fuzz::TARGETS;

/// What is kept of one target at most, in bytes: seeds, not what a run of hours grew.
const LARGEST_CORPUS: u64 = 32 * 1024;

fn own(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn kept(target: &str) -> Vec<PathBuf> {
    let folder = own("corpus").join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn names(folder: &str) -> BTreeSet<String> {
    let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    fs::read_dir(own(folder)).unwrap().map(|entry| stem(entry.unwrap().path())).collect()
}

#[test]
fn every_kept_input_keeps_every_promise() {
    let mut broken = Vec::new();
    for (target, judge) in TARGETS {
        let files = kept(target);
        assert!(files.len() >= 5, "{target} has {} inputs to begin with", files.len());
        for file in files {
            let input = fs::read(&file).unwrap();
            if std::panic::catch_unwind(|| judge(&input)).is_err() {
                broken.push(file);
            }
        }
    }
    assert!(broken.is_empty(), "these break a promise, as is told above: {broken:?}");
}

#[test]
fn every_target_has_its_program_and_a_corpus_of_seeds() {
    let known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names("corpus"), known);
    assert_eq!(names("libfuzzer/fuzz_targets"), known);
    let manifest = fs::read_to_string(own("libfuzzer/Cargo.toml")).unwrap();
    for target in known {
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target} is no program of the manifest");
        let size: u64 = kept(&target).iter().map(|file| fs::metadata(file).unwrap().len()).sum();
        assert!(size <= LARGEST_CORPUS, "{target} keeps {size} bytes");
    }
}
