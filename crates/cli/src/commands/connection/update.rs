//! `mayfly connection update`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::cluster_connections::ClusterConnectionBody;
use serde_json::{Value, json};

use crate::{
    arguments::path_segment,
    commands::approval,
    console::Format,
    context::Context,
    error::CliError,
    request_fields::{read_fields, set},
};

/// Change a cluster connection: its name, who may use it and for what, whether its token is renewed
///
/// For another address or token there is `mayfly connection rotate`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly connection update 018f… --renews-token true
  mayfly connection update 018f… -f limits.yaml")]
pub(crate) struct UpdateArguments {
    /// The cluster connection, as `mayfly connection ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// A YAML or JSON file with the fields of the API that change
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Where those who hold tokens find the API server
    #[arg(long, value_name = "URL")]
    client_url: Option<String>,
    /// Whether its token is exchanged for fresh ones in time
    #[arg(long, value_name = "true|false")]
    renews_token: Option<bool>,
    /// The projects that may use it, instead of those that may now
    #[arg(long = "project-id", value_name = "ID")]
    project_ids: Vec<String>,
}

/// Changes it.
pub(super) async fn run(arguments: &UpdateArguments, context: &Context) -> Result<(), CliError> {
    let mut fields = arguments.file.as_deref().map(read_fields).transpose()?.unwrap_or_default();
    set(&mut fields, [("name", arguments.name.clone()), ("clientUrl", arguments.client_url.clone())]);
    fields.extend(arguments.renews_token.map(|renews| ("renewsToken".to_owned(), json!(renews))));
    if !arguments.project_ids.is_empty() {
        fields.insert("projectIds".to_owned(), json!(arguments.project_ids));
    }
    if fields.is_empty() {
        return Err(CliError::Usage("nothing was changed: say what, or name a file with `-f`".to_owned()));
    }
    let path = ["api", "v1", "cluster-connections", &arguments.id];
    let changed: Result<ClusterConnectionBody, _> = context.client()?.patch(&path, &Value::Object(fields)).await;
    let changed = changed.map_err(|error| {
        approval::with_hint(error, |id| {
            format!(
                "nothing has changed yet: another person types `mayfly approval approve {id} --organization`, and the \
                 approval that leases need changes at once; what else you asked for you send again"
            )
        })
    })?;
    match context.console.format {
        Format::Json => context.console.document(&changed),
        Format::Text | Format::Token | Format::Env => context.console.data(&changed.cluster_connection.id),
    }
}
