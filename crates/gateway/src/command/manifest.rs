//! Printing what a cluster needs for a gateway to run in it.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
};

use anyhow::Context as _;
use clap::Args;
use mayfly_domain::kubernetes_name::{Namespace, ObjectName};
use mayfly_gateway::manifest::{OwnNamespace, Release, Values, objects, warnings};

/// Print what a cluster needs for this gateway to run in it, for `kubectl apply -f -`
///
/// The same objects that the Helm chart makes of the same values: an account with the least rights that the policy takes, the policy,
/// the pods, and what guards them. Nothing is sent anywhere.
#[derive(Debug, Args)]
pub(crate) struct ManifestArguments {
    /// YAML file with values, as the chart takes them; may be given again, and what a later one says counts
    #[arg(long, short = 'f', value_name = "FILE", required = true)]
    values: Vec<PathBuf>,
    /// What its objects are called
    #[arg(long, default_value = "mayfly-gateway")]
    name: ObjectName,
    /// The namespace of its pods
    #[arg(long, short, default_value = "mayfly")]
    namespace: Namespace,
    /// Print that namespace, too
    #[arg(long)]
    create_namespace: bool,
}

/// Prints it.
pub(crate) fn perform(arguments: ManifestArguments) -> anyhow::Result<()> {
    let ManifestArguments { values: paths, name, namespace, create_namespace } = arguments;
    let own_namespace = if create_namespace { OwnNamespace::IsMade } else { OwnNamespace::IsThere };
    let release = Release { name, namespace, own_namespace };
    let read =
        |path: &PathBuf| fs::read_to_string(path).with_context(|| format!("read the values `{}`", path.display()));
    let texts = paths.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    let values = Values::read(texts.iter().map(String::as_str)).context("the values")?;
    let objects = objects(&values, &release).context("the values")?;
    for warning in warnings(&values, &release) {
        tracing::warn!("{warning}");
    }
    let mut said = String::new();
    for object in objects {
        said += "---\n";
        said += serde_saphyr::to_string(&object).context("write YAML")?.trim_end();
        said.push('\n');
    }
    io::stdout().write_all(said.as_bytes()).context("say so")
}
