//! `mayfly gateway authority`: what signs both ends of every tunnel.

use clap::{Args, Subcommand};
use mayfly_api::gateway_authorities::{DeleteGatewayAuthority, GatewayAuthority, GatewayAuthorityList};
use serde_json::json;

use crate::{context::Context, error::CliError, time};

const PATH: [&str; 3] = ["api", "v1", "gateway-authorities"];

/// See, exchange and remove the authority that gateways are believed by
#[derive(Debug, Subcommand)]
pub(crate) enum AuthorityCommand {
    /// List the authorities: one, or two while they change
    Ls,
    Rotate(RotateArguments),
    Rm(RmArguments),
}

/// Make the next authority; it signs 25 hours later, when every gateway was given it
///
/// Enrolments that are copied from now on name the new one. Those in files of values name the old one: put new ones there before
/// you remove that.
#[derive(Debug, Args)]
pub(crate) struct RotateArguments {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Remove an authority with its key, once no gateway is believed by it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly gateway authority rm 018f6c1e-0000-7000-8000-000000000001
  mayfly gateway authority rm 018f6c1e-0000-7000-8000-000000000001 --force --reason 'a backup was stolen'")]
pub(crate) struct RmArguments {
    /// Its id
    authority: String,
    /// Remove it although gateways are believed by it: they are cut, and enrol anew
    #[arg(long, requires = "reason")]
    force: bool,
    /// Why, for the audit log
    #[arg(long, value_name = "TEXT", requires = "force")]
    reason: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Does it.
pub(super) async fn run(command: AuthorityCommand, context: &Context) -> Result<(), CliError> {
    match command {
        AuthorityCommand::Ls => {
            let there = context.client()?.get(&PATH, &[]).await?;
            shown(&there, context)
        }
        AuthorityCommand::Rotate(arguments) => rotate(&arguments, context).await,
        AuthorityCommand::Rm(arguments) => rm(arguments, context).await,
    }
}

async fn rotate(arguments: &RotateArguments, context: &Context) -> Result<(), CliError> {
    if !arguments.yes {
        context.console.confirm("Make the next authority for gateways?", "nothing was made")?;
    }
    let there: GatewayAuthorityList = context.client()?.post(&PATH, &json!({})).await?;
    shown(&there, context)
}

async fn rm(arguments: RmArguments, context: &Context) -> Result<(), CliError> {
    let RmArguments { authority, force, reason, yes } = arguments;
    if !yes {
        let fate = if force { " Gateways that came by it are cut, and enrol anew." } else { "" };
        let question = format!("Remove the authority {authority}?{fate}");
        context.console.confirm(&question, "nothing was removed")?;
    }
    let request = DeleteGatewayAuthority { is_forced: force.then_some(true), reason };
    let [api, version, collection] = PATH;
    let left = context.client()?.delete(&[api, version, collection, &authority], &request).await?;
    shown(&left, context)
}

fn shown(there: &GatewayAuthorityList, context: &Context) -> Result<(), CliError> {
    context.console.answer(there, |console| {
        if there.gateway_authorities.is_empty() {
            console.say("no authority yet: the first one is made when a gateway is first spoken of");
            return Ok(());
        }
        console.table(&["ID", "STATE", "UNTIL", "MADE", "DIGEST"], there.gateway_authorities.iter().map(row))
    })
}

/// Until when it is what it is.
fn row(authority: &GatewayAuthority) -> Vec<String> {
    let GatewayAuthority { id, digest, state, signs_from, signs_until, removable_from, created_at } = authority;
    let until = signs_from.as_ref().or(signs_until.as_ref()).or(removable_from.as_ref());
    let moment = |text: &String| time::moment(text, time::now());
    let until = until.map_or_else(|| "-".to_owned(), moment);
    vec![id.clone(), state.clone(), until, moment(created_at), digest.clone()]
}
