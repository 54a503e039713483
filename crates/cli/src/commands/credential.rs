//! `mayfly credential`: the exec plugin that kubectl starts.

use clap::Args;
use serde_json::{Value, json};

use super::{token, wish::WishArguments};
use crate::{context::Context, credential::Kept, error::CliError};

/// Hand kubectl a token, as an exec plugin
///
/// kubectl starts it by itself, where a kubeconfig of `mayfly kubeconfig` says so. The token is kept and handed out again
/// until a fifth of its life is left, so that many calls share one lease. Whoever is not signed in is told so; nothing
/// is opened.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly credential ci-deployer --project web-shop --env prod
  mayfly credential ci-deployer --project web-shop --ttl 30m --min-left 5m")]
pub(crate) struct CredentialArguments {
    #[command(flatten)]
    wish: WishArguments,
    /// Print it on a terminal too
    #[arg(long)]
    show: bool,
}

/// The group of all versions of what exec plugins say (`client.authentication.k8s.io` in client-go).
const GROUP: &str = "client.authentication.k8s.io/";

/// Prints it.
pub(crate) async fn run(arguments: CredentialArguments, context: &Context) -> Result<(), CliError> {
    let name = &arguments.wish.lease.name;
    token::expect_out_of_sight(arguments.show, &format!("credential {name}"), context)?;
    let version = version(context.environment.exec_info.as_deref())?;
    let client = context.client()?;
    let kept = arguments.wish.acquire(&client, context).await?;
    context.console.data(&said(&kept, version).to_string())
}

/// What kubectl reads (<https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>).
fn said(kept: &Kept, version: &str) -> Value {
    json!({
        "apiVersion": format!("{GROUP}{version}"),
        "kind": "ExecCredential",
        "status": {"expirationTimestamp": kept.ends_at.to_string(), "token": kept.token.expose()},
    })
}

/// The version that kubectl wants to be answered in; the newest where nobody says.
fn version(info: Option<&str>) -> Result<&'static str, CliError> {
    const NEWEST: &str = "v1";
    let Some(info) = info else { return Ok(NEWEST) };
    let asked: Value = serde_json::from_str(info)
        .map_err(|_| CliError::Usage("`KUBERNETES_EXEC_INFO` is not the JSON that kubectl gives".to_owned()))?;
    let asked = asked.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    let known = [NEWEST, "v1beta1"].into_iter().find(|known| asked.strip_prefix(GROUP) == Some(known));
    known.ok_or_else(|| {
        CliError::Usage(format!("this speaks `{GROUP}v1` and `v1beta1`, and the kubeconfig asks for `{asked}`"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_is_answered_in_its_own_version() {
        let asked =
            |version: &str| format!(r#"{{"apiVersion":"{GROUP}{version}","kind":"ExecCredential","spec":{{}}}}"#);
        assert_eq!(version(None).unwrap(), "v1");
        assert_eq!(version(Some(&asked("v1"))).unwrap(), "v1");
        assert_eq!(version(Some(&asked("v1beta1"))).unwrap(), "v1beta1");
        for bad in [asked("v1alpha1"), "{}".to_owned(), "nonsense".to_owned()] {
            assert!(version(Some(&bad)).is_err(), "`{bad}` was accepted");
        }
    }
}
