//! Every statement there is, so that a test can prepare each one on both databases.
//!
//! A file with a [`crate::sql::statements`] block has a line here; a test counts the blocks.

use crate::{
    access_tokens, audit_events, client_secrets, connections, dynamic_secrets, environments, folders, identities,
    installation, key_rotations, leases, memberships, organizations, projects, seal_keys, sealed, signing_keys,
    sql::Sql, stops, universal_auths,
};

/// The statements of each file.
pub(crate) static STATEMENTS: &[&[&Sql]] = &[
    access_tokens::STATEMENTS,
    audit_events::STATEMENTS,
    client_secrets::STATEMENTS,
    connections::STATEMENTS,
    connections::sealed_columns::STATEMENTS,
    dynamic_secrets::STATEMENTS,
    environments::STATEMENTS,
    folders::STATEMENTS,
    identities::STATEMENTS,
    installation::STATEMENTS,
    key_rotations::STATEMENTS,
    leases::STATEMENTS,
    leases::many::STATEMENTS,
    leases::removing::STATEMENTS,
    leases::reserving::STATEMENTS,
    memberships::STATEMENTS,
    organizations::STATEMENTS,
    projects::STATEMENTS,
    seal_keys::STATEMENTS,
    sealed::STATEMENTS,
    sealed::columns::STATEMENTS,
    signing_keys::STATEMENTS,
    stops::STATEMENTS,
    universal_auths::STATEMENTS,
];
