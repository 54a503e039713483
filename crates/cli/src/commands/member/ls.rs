//! `mayfly member ls`.

use mayfly_api::memberships::{GroupMembershipList, MembershipList, UserMembershipList};
use serde_json::json;

use super::membership::Member;
use crate::{commands::project::find_project, context::Context, error::CliError, pages};

/// Lists them: people, then machines, then groups.
pub(super) async fn run(context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let project = find_project(&client, context.project()?).await?.id;
    let path = |kind| ["api", "v1", "projects", &project, "memberships", kind];
    let users = |page: UserMembershipList| (page.user_memberships, page.total_count);
    let identities = |page: MembershipList| (page.identity_memberships, page.total_count);
    let groups = |page: GroupMembershipList| (page.group_memberships, page.total_count);
    let users = pages::by_offset(&client, &path("users"), users).await?;
    let identities = pages::by_offset(&client, &path("identities"), identities).await?;
    let groups = pages::by_offset(&client, &path("groups"), groups).await?;
    let members = users.into_iter().map(Member::from).chain(identities.into_iter().map(Member::from));
    let members: Vec<Member> = members.chain(groups.into_iter().map(Member::from)).collect();
    context.console.answer(&json!({"members": members}), |console| {
        console.table(&["TYPE", "NAME", "ROLES", "ID"], members.iter().map(Member::row))
    })
}
