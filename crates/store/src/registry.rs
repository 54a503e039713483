//! Every statement there is, so that a test can prepare each one on both databases.
//!
//! A file with a [`crate::sql::statements`] block has a line here; a test counts the blocks.

use crate::{
    access_tokens, audit_chain, audit_events, audit_reading, audit_streams, client_secrets, cluster_requests,
    connections, dynamic_secrets, environments, folders, identities, installation, leases, memberships, organizations,
    projects, seal_keys, sealed, signing_keys, sql::Sql, stops, universal_auths,
};

/// The statements of each file.
pub(crate) static STATEMENTS: &[&[&Sql]] = &[
    access_tokens::STATEMENTS,
    audit_chain::STATEMENTS,
    audit_chain::retain::STATEMENTS,
    audit_chain::seal::STATEMENTS,
    audit_chain::verify::STATEMENTS,
    audit_events::STATEMENTS,
    audit_reading::STATEMENTS,
    audit_streams::STATEMENTS,
    client_secrets::STATEMENTS,
    cluster_requests::STATEMENTS,
    connections::STATEMENTS,
    dynamic_secrets::STATEMENTS,
    environments::STATEMENTS,
    folders::STATEMENTS,
    identities::STATEMENTS,
    installation::STATEMENTS,
    leases::STATEMENTS,
    leases::many::STATEMENTS,
    leases::removing::STATEMENTS,
    leases::reserving::STATEMENTS,
    memberships::STATEMENTS,
    organizations::STATEMENTS,
    projects::STATEMENTS,
    seal_keys::STATEMENTS,
    sealed::STATEMENTS,
    signing_keys::STATEMENTS,
    stops::STATEMENTS,
    universal_auths::STATEMENTS,
];
