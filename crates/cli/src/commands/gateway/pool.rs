//! `mayfly gateway pool`: gateways that lead to the same network.

use clap::{Args, Subcommand};
use mayfly_api::gateways::{AddToGatewayPool, CreateGatewayPool, GatewayPool, UpdateGatewayPool};
use serde_json::json;

use super::id_of as gateway_id_of;
use crate::{client::ApiClient, commands::principal, context::Context, error::CliError};

const PATH: [&str; 3] = ["api", "v1", "gateway-pools"];

/// Make, fill, show and remove pools of gateways: whichever of a pool is there is asked
#[derive(Debug, Subcommand)]
pub(crate) enum PoolCommand {
    /// List the pools
    Ls,
    /// Show a pool
    Show(PoolArguments),
    /// Make a pool, without gateways
    Create(CreateArguments),
    /// Give a pool another name
    Rename(RenameArguments),
    /// Put a gateway into a pool
    Add(MemberArguments),
    /// Take a gateway out of a pool
    Remove(MemberArguments),
    /// Remove a pool that nothing leads through; its gateways stay
    Rm(RmArguments),
}

#[derive(Debug, Args)]
pub(crate) struct PoolArguments {
    /// The pool, by name or id
    pool: String,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct RenameArguments {
    /// The pool, by name or id
    pool: String,
    /// Another name
    name: String,
}

#[derive(Debug, Args)]
pub(crate) struct MemberArguments {
    /// The pool, by name or id
    pool: String,
    /// The gateway, by name or id
    gateway: String,
}

#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    /// The pool, by name or id
    pool: String,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Does it.
pub(super) async fn run(command: PoolCommand, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    match command {
        PoolCommand::Ls => ls(&client, context).await,
        PoolCommand::Show(arguments) => {
            let id = id_of(&client, &arguments.pool).await?;
            let found: GatewayPool = client.get(&under(&id, &[]), &[]).await?;
            context.console.answer(&found, |console| console.sheet(&found))
        }
        PoolCommand::Create(arguments) => {
            let made: GatewayPool = client.post(&PATH, &CreateGatewayPool { name: arguments.name }).await?;
            context.console.answer(&made, |console| console.data(&made.id))
        }
        PoolCommand::Rename(arguments) => {
            let id = id_of(&client, &arguments.pool).await?;
            let request = UpdateGatewayPool { name: Some(arguments.name) };
            told(context, &client.patch(&under(&id, &[]), &request).await?)
        }
        PoolCommand::Add(arguments) => {
            let (id, gateway_id) = both(&client, &arguments).await?;
            told(context, &client.post(&under(&id, &["memberships"]), &AddToGatewayPool { gateway_id }).await?)
        }
        PoolCommand::Remove(arguments) => {
            let (id, gateway) = both(&client, &arguments).await?;
            told(context, &client.delete(&under(&id, &["memberships", &gateway]), &json!({})).await?)
        }
        PoolCommand::Rm(arguments) => {
            if !arguments.yes {
                let question = format!("Remove the pool {}?", arguments.pool);
                context.console.confirm(&question, "nothing was removed")?;
            }
            let id = id_of(&client, &arguments.pool).await?;
            let gone: GatewayPool = client.delete(&under(&id, &[]), &json!({})).await?;
            context.console.answer(&gone, |console| console.data(&gone.id))
        }
    }
}

async fn ls(client: &ApiClient, context: &Context) -> Result<(), CliError> {
    let pools = all(client).await?;
    context.console.answer(&json!({ "gatewayPools": pools }), |console| {
        if pools.is_empty() {
            console.say("no pools of gateways: `mayfly gateway pool create` makes one");
            return Ok(());
        }
        let row = |pool: &GatewayPool| {
            let there = format!("{}/{}", pool.healthy_member_count, pool.member_count);
            vec![pool.id.clone(), pool.name.clone(), there, pool.connected_resources_count.to_string()]
        };
        console.table(&["ID", "NAME", "THERE", "CONNECTIONS"], pools.iter().map(row))
    })
}

fn told(context: &Context, pool: &GatewayPool) -> Result<(), CliError> {
    context.console.answer(pool, |console| console.sheet(pool))
}

async fn all(client: &ApiClient) -> Result<Vec<GatewayPool>, CliError> {
    client.get(&PATH, &[]).await
}

async fn both(client: &ApiClient, arguments: &MemberArguments) -> Result<(String, String), CliError> {
    Ok((id_of(client, &arguments.pool).await?, gateway_id_of(client, &arguments.gateway).await?))
}

/// The id of the pool of that name, or with that id.
pub(in super::super) async fn id_of(client: &ApiClient, name: &str) -> Result<String, CliError> {
    if principal::is_id(name) {
        return Ok(name.to_owned());
    }
    let found = all(client).await?.into_iter().filter(|pool| pool.name == name);
    principal::only(&found.map(|pool| pool.id).collect::<Vec<_>>(), "gateway pool", name)
}

fn under<'a>(id: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    PATH.into_iter().chain([id]).chain(rest.iter().copied()).collect()
}
