//! Secrets at rest.
//!
//! A master key, which is never in the database, wraps data keys: one for the organization and one for each project.
//! Data keys seal values with AES-256-GCM. What a value is sealed for, its [`Place`], is authenticated with it: moved to
//! another row, column or project, or bound to another text, it does not open.
//!
//! [`cipher`] is the algorithm, [`data_key`] the format of a sealed value, [`keyring`] which key is used, [`master_key`]
//! where the first key comes from. Each value names its key and each data key the version of its master key, so that
//! both can be replaced while old values still open: [`columns`] knows every column with such values, and
//! [`crate::key_rotations`] replaces them.

mod cipher;
pub(crate) mod columns;
mod data_key;
mod keyring;
mod master_key;
mod place;

#[cfg(test)]
pub(crate) use self::keyring::STATEMENTS;
pub use self::master_key::MasterKeySource;
pub(crate) use self::{
    data_key::Sealed,
    keyring::{FoundMasterKeys, Keyring, MasterKeySources, find, first_data_key},
    master_key::MasterKey,
    place::{Place, Scope},
};
