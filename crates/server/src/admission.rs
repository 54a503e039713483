//! What `mayfly admission-policy` speaks of: the command line knows no crate but this one.

pub use mayfly_domain::{
    admission::{AdmissionPolicy, Confinement, ExistingAccount, InvalidConfinement, OwnRules, OwnTokens, PlainTokens},
    ids::InstallationId,
    kubernetes_name::{Namespace, ObjectName, RoleName},
    label_selector::LabelSelector,
    name_template::NameTemplate,
};
