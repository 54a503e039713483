//! Temporary accounts, and the anchors of existing ones.

use super::{
    AdmissionPolicy, Confinement, Matches, Operation,
    cel::{all, is_empty, is_inside, is_our_name, list, text},
};
use crate::plan::LEASE_LABEL;

const ACCOUNTS: Matches = Matches { operations: &[Operation::Create], resources: &[("", &["serviceaccounts"])] };
const SECRETS: Matches = Matches { operations: &[Operation::Create], resources: &[("", &["secrets"])] };

/// Said of every kind that temporary accounts come with.
pub(super) const OUTSIDE: &str = "the namespace is closed";
/// Said of every kind that temporary accounts come with.
pub(super) const NAME: &str = "the name is none that Mayfly gives";

/// An account holds nothing, and no pod gets its token by itself.
pub(super) fn temporary(confinement: &Confinement) -> AdmissionPolicy {
    let bare = all(&[
        "has(object.automountServiceAccountToken) && object.automountServiceAccountToken == false".to_owned(),
        is_empty("object.secrets"),
        is_empty("object.imagePullSecrets"),
    ]);
    AdmissionPolicy::new(confinement, "accounts", ACCOUNTS)
        .must(is_inside(confinement), OUTSIDE)
        .must(is_our_name("object.metadata.name", confinement), NAME)
        .must(bare, "an account must hold nothing, and its token must not be mounted")
}

/// An anchor is named for its lease, and empty for ever.
pub(super) fn anchors(confinement: &Confinement) -> AdmissionPolicy {
    let key = text(LEASE_LABEL);
    let lease =
        format!("has(object.metadata.labels) && {key} in object.metadata.labels ? object.metadata.labels[{key}] : ''");
    let homes = list(confinement.accounts.iter().map(|account| &account.namespace));
    let empty = all(&[
        "object.type == 'Opaque'".to_owned(),
        is_empty("object.data"),
        is_empty("object.stringData"),
        "has(object.immutable) && object.immutable == true".to_owned(),
    ]);
    AdmissionPolicy::new(confinement, "anchors", SECRETS)
        .with("lease", lease)
        .must(format!("request.namespace in {homes}"), OUTSIDE)
        .must("object.metadata.name == 'mayfly-' + variables.lease", NAME)
        .must(empty, "a secret must be opaque, immutable and empty")
}
