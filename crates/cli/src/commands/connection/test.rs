//! `mayfly connection test`.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::cluster_connections::{ClusterConnectionTest, ClusterConnectionTestBody, TestedRight};
use serde_json::{Value, json};

use crate::{
    arguments::path_segment,
    console::{self, Format},
    context::Context,
    error::CliError,
    request_fields::read_fields,
};

/// Test a cluster connection, and whether leases of a sample could be issued through it
///
/// Nothing is left in the cluster. With `--manifest`, what would give the missing rights is printed alone, for
/// `kubectl apply -f -`.
#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// The cluster connection, as `mayfly connection ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// A YAML or JSON file with what leases would be: `credentialType`, `namespace` and so on, as in a dynamic secret
    #[arg(long, value_name = "FILE")]
    sample: Option<PathBuf>,
    /// Print the manifest alone
    #[arg(long)]
    manifest: bool,
}

/// Tests it.
pub(super) async fn run(arguments: &TestArguments, context: &Context) -> Result<(), CliError> {
    let sample = arguments.sample.as_deref().map(read_fields).transpose()?;
    let body = sample.map_or_else(|| json!({}), |sample| json!({"credential": Value::Object(sample)}));
    let path = ["api", "v1", "cluster-connections", &arguments.id, "test"];
    let found: ClusterConnectionTestBody = context.client()?.post(&path, &body).await?;
    let test = &found.test;
    match (arguments.manifest, context.console.format) {
        // As `kubectl` takes it, without the fields of our own documents.
        (true, _) => test.manifest.iter().try_for_each(|manifest| context.console.data(&format!("{manifest:#}")))?,
        (false, Format::Json) => context.console.document(&found)?,
        (false, Format::Text | Format::Token | Format::Env) => print(test, context)?,
    }
    match &test.problem {
        None => Ok(()),
        Some(problem) => Err(CliError::Partly(format!("the test failed: {problem}"))),
    }
}

fn print(test: &ClusterConnectionTest, context: &Context) -> Result<(), CliError> {
    let version = test.version.as_deref().unwrap_or("unknown version");
    context.console.say(&format!("`{}` at cluster {} ({version})", test.who, test.cluster));
    let columns = ["HELD", "VERB", "RESOURCE", "NAMESPACE", "NAME"];
    context.console.table(&columns, test.rights.iter().map(row))?;
    test.refused.iter().for_each(|refused| console::complain(&format!("{}: {}", refused.object, refused.why)));
    if test.manifest.is_some() {
        context.console.say("add `--manifest` for what would give the missing rights");
    }
    Ok(())
}

fn row(right: &TestedRight) -> Vec<String> {
    let held = match (right.is_held, right.is_required) {
        (true, _) => "yes",
        (false, true) => "no",
        (false, false) => "no, optional",
    };
    let resource =
        if right.group.is_empty() { right.resource.clone() } else { format!("{}.{}", right.resource, right.group) };
    let or_all = |name: &Option<String>| name.clone().unwrap_or_else(|| "*".to_owned());
    vec![held.to_owned(), right.verb.clone(), resource, or_all(&right.namespace), or_all(&right.name)]
}
