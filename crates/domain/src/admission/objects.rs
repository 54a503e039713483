//! What holds for every object, whatever its kind: its labels and annotations, that it is never changed, that only ours are
//! removed; and that nothing else is written at all.

use super::{
    AdmissionPolicy, Confinement, Matches, Operation,
    cel::{ID, all, is_empty, list, present, text},
    policy::RBAC,
};
use crate::plan::{EXPIRES_ANNOTATION, INSTALLATION_LABEL, LEASE_LABEL, MANAGED_BY, MANAGED_BY_LABEL, SEAL_ANNOTATION};

/// Kinds in the core group.
const CORE_KINDS: &[&str] = &["serviceaccounts", "secrets"];
/// Kinds about roles.
const ROLE_KINDS: &[&str] = &["roles", "rolebindings", "clusterroles", "clusterrolebindings"];

/// The longest name: that of a label.
const LONGEST_NAME: usize = 63;

const fn every_kind(operations: &'static [Operation]) -> Matches {
    Matches { operations, resources: &[("", CORE_KINDS), (RBAC, ROLE_KINDS)] }
}

/// Whether the map at `labels` says that an object is ours.
fn is_ours(labels: &str, confinement: &Confinement) -> String {
    let equals = |key: &str, value: &str| {
        let key = text(key);
        format!("{key} in {labels} && {labels}[{key}] == {}", text(value))
    };
    all(&[
        equals(MANAGED_BY_LABEL, MANAGED_BY),
        equals(INSTALLATION_LABEL, &confinement.installation.to_string()),
        format!("{key} in {labels} && {labels}[{key}].matches('^{ID}$')", key = text(LEASE_LABEL)),
    ])
}

/// What an object that is made must carry, and what it must not.
pub(super) fn made(confinement: &Confinement) -> AdmissionPolicy {
    let only = |ours: &[&str], allowed: &[String], map: &str| {
        let keys = list(ours.iter().copied().chain(allowed.iter().map(String::as_str)));
        format!("{map}.all(key, key in {keys})")
    };
    let labels = only(&[MANAGED_BY_LABEL, INSTALLATION_LABEL, LEASE_LABEL], &confinement.labels, "variables.labels");
    let annotations = only(&[SEAL_ANNOTATION, EXPIRES_ANNOTATION], &confinement.annotations, "variables.annotations");
    let sealed = all(&[
        format!("{} in variables.annotations", text(SEAL_ANNOTATION)),
        format!("{} in variables.annotations", text(EXPIRES_ANNOTATION)),
    ]);
    let named = all(&[
        "has(object.metadata.name)".to_owned(),
        "!has(object.metadata.generateName)".to_owned(),
        format!("size(object.metadata.name) <= {LONGEST_NAME}"),
    ]);
    AdmissionPolicy::new(confinement, "objects", every_kind(&[Operation::Create]))
        .with("labels", present("object.metadata.labels", "{}"))
        .with("annotations", present("object.metadata.annotations", "{}"))
        .must(is_ours("variables.labels", confinement), "an object must carry the labels of this installation")
        .must(labels, "an object must carry no labels but those that are allowed")
        .must(sealed, "an object must carry a seal and its end")
        .must(annotations, "an object must carry no annotations but those that are allowed")
        .must(is_empty("object.metadata.finalizers"), "an object must have no finalizers")
        .must(is_empty("object.metadata.ownerReferences"), "an object must have no owners")
        .must(named, "an object must have a name of its own")
}

/// Mayfly changes nothing, ever; it removes what it made.
pub(super) fn changed_or_removed(confinement: &Confinement) -> AdmissionPolicy {
    let ours = is_ours("variables.labels", confinement);
    AdmissionPolicy::new(confinement, "changes", every_kind(&[Operation::Update, Operation::Delete]))
        .with(
            "labels",
            "oldObject != null && has(oldObject.metadata.labels) ? oldObject.metadata.labels : {}".to_owned(),
        )
        .must("request.operation != 'UPDATE'", "an object must not be changed")
        .must(
            format!("request.operation != 'DELETE' || (\n{ours})"),
            "only objects of this installation may be removed",
        )
}

/// Everything but the kinds above. Reviews write nothing: the issuer asks by them what it may do, and who it is.
pub(super) fn elsewhere(confinement: &Confinement) -> AdmissionPolicy {
    const EVERYTHING: Matches = Matches {
        operations: &[Operation::Create, Operation::Update, Operation::Delete, Operation::Connect],
        resources: &[("*", &["*/*"])],
    };
    let subresource = "(has(request.subResource) ? request.subResource : '')";
    let core = format!(
        "!(request.resource.group == '' && request.resource.resource in {} && {subresource} in ['', 'token'])",
        list(CORE_KINDS)
    );
    let roles = format!(
        "!(request.resource.group == {} && request.resource.resource in {} && {subresource} == '')",
        text(RBAC),
        list(ROLE_KINDS)
    );
    AdmissionPolicy::new(confinement, "elsewhere", EVERYTHING)
        .only_if("is-elsewhere", all(&[core, roles]))
        .only_if(
            "is-no-review",
            "!(request.resource.group in ['authorization.k8s.io', 'authentication.k8s.io'])".to_owned(),
        )
        .must("false", "an issuer must write nothing but accounts, anchors, roles and bindings")
}
