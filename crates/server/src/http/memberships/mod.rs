//! What machines, people and groups may do in a project.

mod groups;
mod identities;
mod members;
mod roles;
mod users;

pub(super) use groups::{
    __path_create as __path_create_group, __path_delete as __path_delete_group, __path_get as __path_get_group,
    __path_list as __path_list_groups, __path_update as __path_update_group, create as create_group,
    delete as delete_group, get as get_group, list as list_groups, update as update_group,
};
pub(super) use identities::*;
pub(super) use users::{
    __path_create as __path_create_user, __path_delete as __path_delete_user, __path_get as __path_get_user,
    __path_list as __path_list_users, __path_update as __path_update_user, create as create_user,
    delete as delete_user, get as get_user, list as list_users, update as update_user,
};

use super::{form::Form, identities::page as limit_and_offset, problem::Failure};

/// `limit` and `offset` of a list of members.
fn page(form: &Form<'_>) -> Result<(i64, i64), Failure> {
    const USUAL_PAGE: i64 = 100;
    let (limit, offset) = limit_and_offset(form);
    Ok(form.finish(|| Some((limit?.unwrap_or(USUAL_PAGE), offset?.unwrap_or(0))))?)
}
