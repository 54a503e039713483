//! `mayfly kubeconfig`: a context for kubectl.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{lease::words, token, wish::WishArguments};
use crate::{
    context::Context,
    credential::Kept,
    error::CliError,
    kubeconfig::{self, Current, Entry, User},
};

/// Write a kubeconfig for the cluster of a dynamic secret
///
/// The file holds no token: kubectl fetches one whenever it needs it, with `mayfly credential`. With `--mode token` it
/// holds the token of a lease, and is of no use after its end.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly kubeconfig ci-deployer --project web-shop --env prod > prod.yaml
  mayfly kubeconfig ci-deployer --project web-shop --merge --use
  mayfly kubeconfig ci-deployer --project web-shop --mode token --file ci.yaml")]
pub(crate) struct KubeconfigArguments {
    #[command(flatten)]
    wish: WishArguments,
    /// What it holds
    #[arg(long, value_enum, default_value = "exec")]
    mode: Mode,
    /// Where to write it; a file with more in it is left alone [default: standard output]
    #[arg(long, value_name = "FILE", conflicts_with = "merge")]
    file: Option<PathBuf>,
    /// Add it to your own kubeconfig: the first file of `KUBECONFIG`, else `~/.kube/config`
    #[arg(long)]
    merge: bool,
    /// The context's name [default: mayfly-PROJECT-ENV-SECRET]
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Make it the context that kubectl uses
    #[arg(long = "use", requires = "merge")]
    is_used: bool,
    /// Print a token on a terminal too
    #[arg(long)]
    show: bool,
}

/// What a kubeconfig holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// The call that fetches tokens
    Exec,
    /// The token of one lease
    Token,
}

/// Writes it.
pub(crate) async fn run(arguments: KubeconfigArguments, context: &Context) -> Result<(), CliError> {
    let is_printed = arguments.file.is_none() && !arguments.merge;
    if is_printed && arguments.mode == Mode::Token {
        let command = format!("kubeconfig {} --mode token", arguments.wish.lease.name);
        token::expect_out_of_sight(arguments.show, &command, context)?;
    }
    let own = if arguments.merge { Some(context.environment.own_kubeconfig()?) } else { None };
    let client = context.client()?;
    let kept = arguments.wish.acquire(&client, context).await?;
    let entry = entry(&arguments, &kept, context)?;
    if let Some(note) = words::works_only_there(kept.cluster.as_ref()) {
        context.console.say(&note);
    }
    match own.as_deref().or(arguments.file.as_deref()) {
        Some(path) => write(path, &entry, &arguments, context).await,
        None => context.console.data(kubeconfig::text(&kubeconfig::alone(&entry))?.trim_end()),
    }
}

async fn write(path: &Path, entry: &Entry, arguments: &KubeconfigArguments, context: &Context) -> Result<(), CliError> {
    let _lock = kubeconfig::Lock::take(path).await?;
    let config = if arguments.merge {
        let current = if arguments.is_used { Current::ThisOne } else { Current::AsItWas };
        kubeconfig::merged(kubeconfig::read(path)?, entry, current).ok_or_else(|| CliError::Content {
            path: path.to_owned(),
            what: "it is no kubeconfig; it was left as it is".to_owned(),
        })?
    } else {
        refuse_to_lose(path, entry)?;
        kubeconfig::alone(entry)
    };
    kubeconfig::write(path, &config)?;
    context.console.answer(&json!({"file": path, "context": entry.name}), |console| {
        console.say(&format!("context {} is in {}", entry.name, path.display()));
        Ok(())
    })
}

/// Refuses a file that holds more than this context: `--file` is short of `--merge`.
fn refuse_to_lose(path: &Path, entry: &Entry) -> Result<(), CliError> {
    if kubeconfig::is_of(&kubeconfig::read(path)?, entry) {
        return Ok(());
    }
    Err(CliError::Usage(format!(
        "nothing was written: `{}` holds what `--file` would lose. To add the context to your own kubeconfig, type \
         `--merge`; else name another file, or remove this one",
        path.display()
    )))
}

fn entry(arguments: &KubeconfigArguments, kept: &Kept, context: &Context) -> Result<Entry, CliError> {
    let cluster = kept.cluster()?;
    let user = match arguments.mode {
        Mode::Exec => User::Exec(call(&arguments.wish, kept, context)?),
        Mode::Token => User::Token(kept.token.expose().to_owned()),
    };
    let usual = || format!("mayfly-{}-{}-{}", kept.project, kept.environment, kept.dynamic_secret);
    let name = arguments.context.clone().unwrap_or_else(usual);
    // A person may have a cluster or a user of that name, which other contexts of theirs lead to.
    let parts = arguments.context.as_ref().map_or_else(usual, |name| format!("mayfly:{name}"));
    Ok(Entry { name, parts, namespace: kept.namespace.clone(), cluster, user })
}

/// The call of `mayfly credential` that asks for the same, from wherever it is made.
fn call(wish: &WishArguments, kept: &Kept, context: &Context) -> Result<Vec<String>, CliError> {
    let ca_file = context.absolute_server_ca_file()?.map(|path| path.display().to_string());
    let least_left = wish.min_left.map(|time| time.to_string());
    let server = kept.server.to_string();
    let flags = [
        ("--server", Some(&server)),
        ("--server-ca-file", ca_file.as_ref()),
        ("--project", Some(&kept.project)),
        ("--env", Some(&kept.environment)),
        ("--path", Some(&kept.path)),
        ("--ttl", wish.lease.ttl.as_ref()),
        ("--namespace", wish.lease.namespace.as_ref()),
        ("--reason", wish.lease.reason.as_ref()),
        ("--min-left", least_left.as_ref()),
    ];
    let given = flags.into_iter().filter_map(|(flag, value)| value.map(|value| format!("{flag}={value}")));
    Ok(["credential".to_owned(), kept.dynamic_secret.clone()].into_iter().chain(given).collect())
}
