//! `mayfly secret update`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::dynamic_secrets::DynamicSecretBody;
use serde_json::{Map, Value, json};

use super::{LeasesThen, without_token};
use crate::{
    arguments::path_segment,
    console::Format,
    context::{Context, Place},
    error::CliError,
    request_fields::{object, read_fields, set},
    secret_input,
};

/// Change a dynamic secret
///
/// The server tests what changes first. Running leases keep what they had, unless `--leases` says otherwise; to end
/// them it asks.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly secret update ci-deployer --project web-shop --default-ttl 30m
  mayfly secret update ci-deployer --project web-shop --connection 018f… --leases end -y
  mayfly secret update ci-deployer --project web-shop -f changes.yaml

The file has the fields of `data` in the API:
  maxTTL: 8h
  inputs:
    namespace: shop,shop-test")]
pub(crate) struct UpdateArguments {
    /// Its name
    #[arg(value_parser = path_segment)]
    name: String,
    /// A YAML or JSON file with the fields that change
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Another name
    #[arg(long, value_name = "NAME")]
    new_name: Option<String>,
    /// Lifetime of a token that is asked for without one: one number and one of s, m, h, d, w, y
    #[arg(long, value_name = "TIME")]
    default_ttl: Option<String>,
    /// The longest lifetime that can be asked for
    #[arg(long, value_name = "TIME")]
    max_ttl: Option<String>,
    /// The cluster connection that it is pointed at from now on
    #[arg(long, value_name = "ID")]
    connection: Option<String>,
    /// File with a new cluster token; `-` is standard input
    #[arg(long, value_name = "FILE")]
    cluster_token_file: Option<PathBuf>,
    /// What becomes of its leases
    #[arg(long, value_enum, default_value = "run-out")]
    leases: LeasesThen,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Changes it.
pub(super) async fn run(arguments: &UpdateArguments, context: &Context) -> Result<(), CliError> {
    let request = request(arguments, context.place()?)?;
    if arguments.leases == LeasesThen::End && !arguments.yes {
        let question = format!("Change `{}`? {}", arguments.name, arguments.leases.effect());
        context.console.confirm(&question, "nothing was changed")?;
    }
    let path = ["api", "v1", "dynamic-secrets", &arguments.name];
    let changed: DynamicSecretBody = context.client()?.patch(&path, &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&without_token(changed)),
        Format::Text | Format::Token | Format::Env => context.console.data(&changed.dynamic_secret.name),
    }
}

fn request(arguments: &UpdateArguments, place: Place<'_>) -> Result<Value, CliError> {
    let mut data = arguments.file.as_deref().map(read_fields).transpose()?.unwrap_or_default();
    let texts = [
        ("newName", arguments.new_name.clone()),
        ("defaultTTL", arguments.default_ttl.clone()),
        ("maxTTL", arguments.max_ttl.clone()),
    ];
    set(&mut data, texts);
    let token = arguments.cluster_token_file.as_deref().map(secret_input::from_file).transpose()?;
    if token.is_some() || arguments.connection.is_some() {
        let texts = [
            ("clusterToken", token.map(|token| token.expose().to_owned())),
            ("clusterConnectionId", arguments.connection.clone()),
        ];
        set(object(&mut data, "inputs")?, texts);
    }
    if data.is_empty() {
        return Err(CliError::Usage("nothing was changed: say what, or name a file with `-f`".to_owned()));
    }
    let mut fields = Map::new();
    set(&mut fields, place.query().map(|(name, text)| (name, Some(text.to_owned()))));
    fields.insert("leases".to_owned(), json!(arguments.leases.word()));
    fields.insert("data".to_owned(), Value::Object(data));
    Ok(Value::Object(fields))
}
