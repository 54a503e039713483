//! `mayfly login`: a person's session, or a machine identity's access token, kept for the commands to come.

mod sso;

use std::path::{self, PathBuf};

use clap::{ArgGroup, Args};
use jiff::Timestamp;
use mayfly_api::{
    access_tokens::{GrantedAccessToken, LoginRequest},
    outside_auth::OutsideLoginRequest,
    sign_in::{PasswordLoginRequest, SignedIn},
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
    secret_input::{self, Prompt, Wanted},
    server_url::ServerUrl,
    session::Session,
    time,
};

/// Sign in as a person or a machine identity
///
/// A person signs in with a password, or by single sign-on in a browser, on this machine or another.
///
/// A machine signs in with client id and client secret, or with the token of somebody who vouches for it: a CI system or a
/// cluster.
#[derive(Debug, Args)]
#[command(after_help = "\
Secrets are asked for. In scripts they come from a file, the environment or standard input:
  mayfly login https://mayfly.example.com --email ana@example.com
  mayfly login https://mayfly.example.com --sso
  mayfly login https://mayfly.example.com --client-id 0198c0d2-a1b2-7f3e-8000-5e5f3a1b2c3d
  mayfly login --client-id \"$ID\" --client-secret-file secret
  MAYFLY_CLIENT_SECRET=… mayfly login --client-id \"$ID\"
In pipelines and pods:
  MAYFLY_IDENTITY_TOKEN=… mayfly login --method oidc --identity \"$ID\"
  mayfly login --method kubernetes --identity \"$ID\" --jwt-file /var/run/secrets/mayfly/token")]
#[command(group = ArgGroup::new("who").required(true).args(["email", "sso", "client_id", "identity"]))]
pub(crate) struct LoginArguments {
    /// The server, in place of `--server`
    url: Option<ServerUrl>,
    /// Address of the person
    #[arg(long)]
    email: Option<String>,
    /// Sign in by an identity provider: its short name, which may be left out where there is one
    #[arg(long, value_name = "PROVIDER", num_args = 0..=1, default_missing_value = "")]
    sso: Option<String>,
    /// File with the password of the person; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "email")]
    password_file: Option<PathBuf>,
    /// File with a code of the second factor, or a recovery code; asked for where one is needed
    #[arg(long, value_name = "FILE", requires = "email")]
    code_file: Option<PathBuf>,
    /// How a machine signs in
    #[arg(long, value_enum, default_value = "universal", conflicts_with_all = ["email", "sso"])]
    method: Method,
    /// Client id of the identity
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// File with the client secret; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "client_id")]
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
    let mut session = match (&arguments.email, arguments.method) {
        (Some(email), _) => as_person(email, arguments, context, &client).await?,
        (None, _) if arguments.sso.is_some() => {
            let provider = arguments.sso.as_deref().filter(|slug| !slug.is_empty());
            begun(&client, sso::sign_in(provider, context, &client).await?)?
        }
        (None, Method::Universal) => granted(&client, by_client_secret(arguments, context, &client).await?),
        (None, Method::Oidc | Method::Kubernetes) => {
            granted(&client, by_outside_token(arguments, context, &client).await?)
        }
    };
    let file = keep(context, &mut session)?;
    match context.console.format {
        Format::Json => {
            let Session { server, expires_at, .. } = session;
            context.console.document(&json!({"server": server, "expiresAt": expires_at, "file": file}))
        }
        Format::Text | Format::Token | Format::Env => Ok(()),
    }
}

fn granted(client: &ApiClient, granted: GrantedAccessToken) -> Session {
    let mut session = Session::new(client.server().clone(), Secret::new(granted.access_token));
    session.expires_at = time::after(granted.expires_in, time::now());
    session
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

async fn as_person(
    email: &str,
    arguments: &LoginArguments,
    context: &Context,
    client: &ApiClient,
) -> Result<Session, CliError> {
    let password = Wanted {
        what: "password",
        file: arguments.password_file.as_deref(),
        given: None,
        hint: "give it by `--password-file` or on standard input",
        prompt: Prompt::Once,
    };
    let code = arguments.code_file.as_deref().map(secret_input::from_file).transpose()?;
    let mut request = PasswordLoginRequest {
        email: email.to_owned(),
        password: password.get(&context.console)?.expose().to_owned(),
        code: code.map(|code| code.expose().to_owned()),
        // One takes a browser.
        passkey: None,
        kind: Some("token".to_owned()),
    };
    let path = ["api", "v1", "auth", "login"];
    let signed_in: SignedIn = match client.post(&path, &request).await {
        Err(CliError::Refused(refusal)) if refusal.wants_code() && context.console.may_ask() => {
            let code = Wanted { what: "code", file: None, given: None, hint: "", prompt: Prompt::Once };
            request.code = Some(code.get(&context.console)?.expose().to_owned());
            client.post(&path, &request).await?
        }
        answer => answer?,
    };
    begun(client, signed_in)
}

/// The session of somebody who just signed in.
fn begun(client: &ApiClient, signed_in: SignedIn) -> Result<Session, CliError> {
    let token = signed_in
        .token
        .ok_or_else(|| CliError::Absurd { server: client.server().to_string(), what: "it has no token".to_owned() })?;
    let mut session = Session::new(client.server().clone(), Secret::new(token));
    session.expires_at = signed_in.session.expires_at.parse().ok();
    Ok(session)
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
