//! Every statement there is, so that a test can prepare each one on both databases.
//!
//! A file with a [`crate::sql::statements`] block has a line here; a test counts the blocks.

use crate::{
    access_tokens, approvals, audit_events, client_secrets, connections, custom_roles, dynamic_secrets, environments,
    folders, groups, identities, installation, invitations, keepers, key_rotations, leases, login_failures,
    lost_rights, memberships, organizations, outside_auths, password_links, policies, projects, seal_keys, sealed,
    second_factors, sessions, sign_in_attempts, signing_keys, sql::Sql, stops, universal_auths, users,
};

/// The statements of each file.
pub(crate) static STATEMENTS: &[&[&Sql]] = &[
    access_tokens::STATEMENTS,
    approvals::STATEMENTS,
    audit_events::STATEMENTS,
    client_secrets::STATEMENTS,
    connections::STATEMENTS,
    custom_roles::STATEMENTS,
    connections::sealed_columns::STATEMENTS,
    dynamic_secrets::STATEMENTS,
    environments::STATEMENTS,
    folders::STATEMENTS,
    groups::STATEMENTS,
    identities::STATEMENTS,
    installation::STATEMENTS,
    keepers::STATEMENTS,
    invitations::STATEMENTS,
    key_rotations::STATEMENTS,
    leases::STATEMENTS,
    leases::many::STATEMENTS,
    leases::removing::STATEMENTS,
    leases::reserving::STATEMENTS,
    login_failures::STATEMENTS,
    lost_rights::STATEMENTS,
    memberships::STATEMENTS,
    organizations::STATEMENTS,
    policies::STATEMENTS,
    password_links::STATEMENTS,
    outside_auths::STATEMENTS,
    projects::STATEMENTS,
    seal_keys::STATEMENTS,
    sealed::STATEMENTS,
    second_factors::STATEMENTS,
    sessions::STATEMENTS,
    sign_in_attempts::STATEMENTS,
    sealed::columns::STATEMENTS,
    signing_keys::STATEMENTS,
    stops::STATEMENTS,
    universal_auths::STATEMENTS,
    users::STATEMENTS,
];
