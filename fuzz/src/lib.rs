//! WORKSHOP: what must hold for whatever bytes are handed to the parsers of outside data.
//!
//! Each function takes bytes and panics if a promise is broken: what was accepted reads back as the same, a refusal
//! says nothing of a secret, a bound is kept, two ways to ask get one answer. The programs in `fuzz/libfuzzer` call them
//! with bytes of their own making (`cargo xtask fuzz`); the test `corpus` calls them with the kept ones in `fuzz/corpus`,
//! with the stable compiler and in every run. Read next: `docs/guides/fuzzing.md`.
#![expect(clippy::missing_panics_doc, reason = "a promise that is broken is a panic, in each of them")]

mod access;
mod answers;
mod api;
mod cluster;
mod passkeys;
mod places;
mod times;

pub use access::{conditions, patterns, role_rules};
pub use answers::cluster_answers;
pub use api::{access_tokens, request_bodies};
pub use cluster::{bundles, cluster_tokens, cluster_urls, label_selectors};
pub use passkeys::passkeys;
pub use places::{folder_paths, name_templates};
pub use times::durations;

/// A function that judges bytes.
pub type Property = fn(&[u8]);

/// Every target by its name, sorted: the name of its program, of its corpus and of its function.
pub const TARGETS: &[(&str, Property)] = &[
    ("access_tokens", access_tokens),
    ("bundles", bundles),
    ("cluster_answers", cluster_answers),
    ("cluster_tokens", cluster_tokens),
    ("cluster_urls", cluster_urls),
    ("conditions", conditions),
    ("durations", durations),
    ("folder_paths", folder_paths),
    ("label_selectors", label_selectors),
    ("name_templates", name_templates),
    ("passkeys", passkeys),
    ("patterns", patterns),
    ("request_bodies", request_bodies),
    ("role_rules", role_rules),
];

/// The bytes as text, cut at line ends into `N` parts; those that are missing are empty, the last has the rest.
fn lines<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let text = str::from_utf8(data).ok()?;
    let mut parts = text.splitn(N, '\n');
    Some(std::array::from_fn(|_| parts.next().unwrap_or_default()))
}

/// What serde writes of a value is what it reads as that value.
fn reads_back<T>(value: &T)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let written = serde_json::to_string(value).expect("what was read can be written");
    let read: T = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(&read, value, "written as {written}");
}
