//! `mayfly login`: a machine identity's access token, kept for the commands to come.

use std::path::{self, PathBuf};

use clap::Args;
use jiff::Timestamp;
use mayfly_api::access_tokens::{GrantedAccessToken, LoginRequest};
use serde_json::json;

use crate::{
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

/// Sign in as a machine identity, with client id and client secret
#[derive(Debug, Args)]
#[command(after_help = "\
The client secret is asked for. In scripts it comes from a file, the environment or standard input:
  mayfly login https://mayfly.example.com --client-id 0198c0d2-a1b2-7f3e-8000-5e5f3a1b2c3d
  mayfly login --client-id \"$ID\" --client-secret-file secret
  MAYFLY_CLIENT_SECRET=… mayfly login --client-id \"$ID\"")]
pub(crate) struct LoginArguments {
    /// The server, in place of `--server`
    url: Option<ServerUrl>,
    /// Client id of the identity
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// File with the client secret; `-` is standard input
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
}

/// Signs in.
pub(crate) async fn run(arguments: &LoginArguments, context: &Context) -> Result<(), CliError> {
    let server = arguments.url.clone().unwrap_or_else(|| context.server(None));
    let client = context.anonymous_client(&server)?;
    let secret = Wanted {
        what: "client secret",
        file: arguments.client_secret_file.as_deref(),
        given: context.environment.client_secret.as_ref(),
        hint: "give it by `--client-secret-file`, in `MAYFLY_CLIENT_SECRET` or on standard input",
        prompt: Prompt::Once,
    };
    let secret = secret.get(&context.console)?;
    let request = LoginRequest { client_id: arguments.client_id.clone(), client_secret: secret.expose().to_owned() };
    let granted: GrantedAccessToken = client.post(&["api", "v1", "auth", "universal-auth", "login"], &request).await?;
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
