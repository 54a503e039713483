//! Where things lie, and what they are called.

use jiff::Timestamp;
use mayfly_domain::{
    ids::LeaseId,
    kubernetes_name::ObjectName,
    name_template::{NameFacts, NameTemplate},
    project::FolderPath,
};

/// A path is plain, reads back as itself, and leads to the root by its parents and down again by its names.
pub fn folder_paths(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let Ok(path) = FolderPath::parse(text) else { return };
    let plain = path.as_str();
    assert!(plain.starts_with('/') && plain.len() <= FolderPath::LONGEST, "{plain}");
    assert!(path.is_root() || plain.split('/').skip(1).all(|part| !["", ".", ".."].contains(&part)), "{plain}");
    assert!(plain.bytes().all(|byte| byte.is_ascii_graphic() && !b"%\\?#".contains(&byte)), "{plain}");
    assert_eq!(FolderPath::parse(plain).as_ref(), Ok(&path));
    let mut here = path;
    while let Some(parent) = here.parent() {
        let name = here.name().parse().expect("a segment is a folder's name");
        assert_eq!(parent.join(&name).as_ref(), Ok(&here));
        here = parent;
    }
    assert!(here.is_root());
}

/// A template gives names of Kubernetes, the same for the same facts, and never one name for two leases. The first line
/// is the template, the rest the holder's name.
pub fn name_templates(data: &[u8]) {
    let Some([text, holder]) = crate::lines(data) else { return };
    let template: NameTemplate = match text.parse() {
        Ok(template) => template,
        Err(refusal) => return assert!(!refusal.to_string().is_empty()),
    };
    assert_eq!(template.as_str(), text);
    crate::reads_back(&template);
    let name = |number: u128| -> ObjectName {
        let lease = LeaseId::from_uuid(uuid::Uuid::from_u128(0x0189_3b9e_7c1a_7def_8abc_0123_4567_0000 + number));
        template.name(NameFacts { lease, now: Timestamp::UNIX_EPOCH, holder })
    };
    assert_eq!(name(1), name(1));
    assert_ne!(name(1), name(2), "two leases want one name");
    assert!(name(1).as_str().len() <= 63, "{}", name(1));
    assert!(!name(1).as_str().contains('.'), "{} is no label", name(1));
}
