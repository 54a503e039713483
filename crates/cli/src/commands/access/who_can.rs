//! `mayfly access who-can`.

use clap::Args;
use mayfly_api::access::{Explanation, WhoCanList, WhoCanRequest};

use super::place::AskedPlace;
use crate::{
    commands::{principal::Names, role::right},
    context::Context,
    error::CliError,
    pages,
};

/// List the people and machines who can do something
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly access who-can --project web-shop --env prod
  mayfly access who-can dynamic-secrets:approve-leases --project web-shop --env prod")]
pub(crate) struct WhoCanArguments {
    /// What
    #[arg(value_name = "SUBJECT:ACTION", default_value = "dynamic-secrets:lease", value_parser = right)]
    right: (String, String),
    #[command(flatten)]
    place: AskedPlace,
}

/// Lists them.
pub(super) async fn run(arguments: &WhoCanArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let place = arguments.place.named(context)?;
    let (subject, action) = arguments.right.clone();
    let request = WhoCanRequest {
        project_slug: place.project,
        subject: Some(subject),
        action: Some(action),
        environment_slug: place.environment,
        path: place.path,
        dynamic_secret_name: place.secret,
        cursor: None,
        limit: None,
    };
    let all = pages::every(async |cursor| {
        let request = WhoCanRequest { cursor: cursor.map(str::to_owned), ..request.clone() };
        let page: WhoCanList = client.post(&["api", "v1", "access", "who-can"], &request).await?;
        Ok((page.holders, page.next_cursor))
    });
    let list = WhoCanList { holders: all.await?, next_cursor: None };
    let names = Names::read(&client, context).await?;
    context.console.answer(&list, |console| {
        if list.holders.is_empty() {
            console.say("nobody can");
            return Ok(());
        }
        console.table(&["TYPE", "NAME", "REASON", "ID"], list.holders.iter().map(|holder| row(holder, &names)))
    })
}

fn row(holder: &Explanation, names: &Names) -> Vec<String> {
    let who = &holder.principal;
    vec![who.kind.clone(), names.of(&who.id).to_owned(), holder.reason.clone(), who.id.clone()]
}
