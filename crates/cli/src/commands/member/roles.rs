//! The roles that are given.

use clap::Args;
use mayfly_api::memberships::{MembershipRequest, RoleRequest};

/// Which, and for how long.
#[derive(Debug, Args)]
pub(super) struct GivenRoles {
    /// admin, member, viewer, provisioner, no-access or a role of the project's own; `SLUG=TIME` gives it for a time.
    /// Several times for several
    #[arg(long = "role", value_name = "SLUG[=TIME]", required = true)]
    roles: Vec<String>,
    /// For how long, where a role does not say so itself, such as 8h
    #[arg(long = "for", value_name = "TIME")]
    time: Option<String>,
}

impl GivenRoles {
    /// As the API takes them.
    pub(super) fn request(&self) -> MembershipRequest {
        let roles = self.roles.iter().map(|typed| {
            let (role, time) = typed.split_once('=').map_or((typed.as_str(), None), |(role, time)| (role, Some(time)));
            let range = time.map(str::to_owned).or_else(|| self.time.clone());
            RoleRequest {
                role: role.to_owned(),
                is_temporary: range.is_some().then_some(true),
                temporary_mode: range.is_some().then(|| "relative".to_owned()),
                temporary_range: range,
                temporary_access_start_time: None,
            }
        });
        MembershipRequest { roles: Some(roles.collect()), ..MembershipRequest::default() }
    }
}
