//! `mayfly login`: a machine identity's access token, kept for the commands to come.

use std::path::{self, PathBuf};

use clap::Args;
use jiff::Timestamp;
use mayfly_api::{
    access_tokens::{GrantedAccessToken, LoginRequest},
    outside_auth::OutsideLoginRequest,
};
use serde_json::json;

use crate::{
    client::ApiClient,
    commands::identity::Method,
    console::Format,
    context::Context,
    environment::TOKEN,
    error::CliError,
    secret::Secret,
    secret_input::{Prompt, Wanted},
    server_url::ServerUrl,
    session::Session,
    time,
};

/// Sign in as a machine identity
///
/// With client id and client secret, or with the token of somebody who vouches for it: a CI system or a cluster.
#[derive(Debug, Args)]
#[command(after_help = "\
The client secret is asked for. In scripts it comes from a file, the environment or standard input:
  mayfly login https://mayfly.example.com --client-id 0198c0d2-a1b2-7f3e-8000-5e5f3a1b2c3d
  mayfly login --client-id \"$ID\" --client-secret-file secret
  MAYFLY_CLIENT_SECRET=… mayfly login --client-id \"$ID\"
In pipelines and pods:
  MAYFLY_IDENTITY_TOKEN=… mayfly login --method oidc --identity \"$ID\"
  mayfly login --method kubernetes --identity \"$ID\" --jwt-file /var/run/secrets/mayfly/token")]
pub(crate) struct LoginArguments {
    /// The server, in place of `--server`
    url: Option<ServerUrl>,
    /// How to sign in
    #[arg(long, value_enum, default_value = "universal")]
    method: Method,
    /// Client id of the identity
    #[arg(long, value_name = "ID", required_if_eq("method", "universal"))]
    client_id: Option<String>,
    /// File with the client secret; `-` is standard input
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// The identity itself, where its CI system or cluster vouches for it
    #[arg(long, value_name = "ID", required_if_eq_any([("method", "oidc"), ("method", "kubernetes")]))]
    identity: Option<String>,
    /// File with the token of the CI system or cluster; `-` is standard input
    #[arg(long, value_name = "FILE")]
    jwt_file: Option<PathBuf>,
}

/// Signs in.
pub(crate) async fn run(arguments: &LoginArguments, context: &Context) -> Result<(), CliError> {
    let server = arguments.url.clone().unwrap_or_else(|| context.server(None));
    let client = context.anonymous_client(&server)?;
    let granted = match arguments.method {
        Method::Universal => by_client_secret(arguments, context, &client).await?,
        Method::Oidc | Method::Kubernetes => by_outside_token(arguments, context, &client).await?,
    };
    let mut session = Session::new(server, Secret::new(granted.access_token));
    session.expires_at = time::after(granted.expires_in, time::now());
    let file = keep(context, &mut session)?;
    match context.console.format {
        Format::Json => {
            let Session { server, expires_at, .. } = session;
            context.console.document(&json!({"server": server, "expiresAt": expires_at, "file": file}))
        }
        Format::Text | Format::Token | Format::Env => Ok(()),
    }
}

async fn by_client_secret(
    arguments: &LoginArguments,
    context: &Context,
    client: &ApiClient,
) -> Result<GrantedAccessToken, CliError> {
    let secret = Wanted {
        what: "client secret",
        file: arguments.client_secret_file.as_deref(),
        given: context.environment.client_secret.as_ref(),
        hint: "give it by `--client-secret-file`, in `MAYFLY_CLIENT_SECRET` or on standard input",
        prompt: Prompt::Once,
    };
    let secret = secret.get(&context.console)?;
    let client_id = arguments.client_id.clone().unwrap_or_default();
    let request = LoginRequest { client_id, client_secret: secret.expose().to_owned() };
    client.post(&["api", "v1", "auth", Method::Universal.segment(), "login"], &request).await
}

async fn by_outside_token(
    arguments: &LoginArguments,
    context: &Context,
    client: &ApiClient,
) -> Result<GrantedAccessToken, CliError> {
    let token = Wanted {
        what: "token of the CI system or cluster",
        file: arguments.jwt_file.as_deref(),
        given: context.environment.identity_token.as_ref(),
        hint: "give it by `--jwt-file`, in `MAYFLY_IDENTITY_TOKEN` or on standard input",
        prompt: Prompt::Once,
    };
    let token = token.get(&context.console)?;
    let identity_id = arguments.identity.clone().unwrap_or_default();
    let request = OutsideLoginRequest { identity_id, jwt: token.expose().to_owned() };
    client.post(&["api", "v1", "auth", arguments.method.segment(), "login"], &request).await
}

/// Keeps a session, and says where.
pub(super) fn keep(context: &Context, session: &mut Session) -> Result<PathBuf, CliError> {
    session.server_ca_file = context.server_ca_file().map(absolute).transpose()?;
    let file = session.save(&context.environment.config_dir()?)?;
    let until = session.expires_at.map(until).unwrap_or_default();
    let console = &context.console;
    console.say(&format!("signed in to {}{until}; the access token is in `{}`", session.server, file.display()));
    if context.environment.token.is_some() {
        console.say(&format!("note: `{TOKEN}` is set, and comes before it"));
    }
    Ok(file)
}

fn until(time: Timestamp) -> String {
    format!(" until {}", time::moment(&time.to_string(), time::now()))
}

/// Later commands may be typed in another folder.
fn absolute(path: &PathBuf) -> Result<PathBuf, CliError> {
    path::absolute(path).map_err(|source| CliError::Read { path: path.clone(), source })
}
