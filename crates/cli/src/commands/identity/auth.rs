//! `mayfly identity auth`: how an identity signs in.

mod kubernetes;
mod oidc;

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use mayfly_api::{
    outside_auth::OutsideTokenRequest,
    universal_auth::{UniversalAuthBody, UniversalAuthRequest},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    arguments::path_segment,
    client::ApiClient,
    console::Format,
    context::Context,
    error::{CliError, Exit},
};

/// Say how a machine identity signs in
#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    Oidc(Box<oidc::OidcArguments>),
    Kubernetes(Box<kubernetes::KubernetesArguments>),
    Universal(UniversalArguments),
    /// Show what lets an identity in by one of the ways to sign in
    Show(OfMethod),
    /// Take one way to sign in away, with the access tokens that it gave
    Rm(RmArguments),
}

/// A way to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Method {
    /// Tokens of an identity provider, such as a CI system
    Oidc,
    /// Tokens of service accounts
    Kubernetes,
    /// Client id and client secret
    Universal,
}

impl Method {
    /// Its name in paths.
    pub(crate) const fn segment(self) -> &'static str {
        match self {
            Self::Oidc => "oidc-auth",
            Self::Kubernetes => "kubernetes-auth",
            Self::Universal => "universal-auth",
        }
    }
}

/// One way in which one identity signs in.
#[derive(Debug, Args)]
pub(crate) struct OfMethod {
    /// The identity, as `mayfly identity ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// Which way
    #[arg(value_enum)]
    method: Method,
}

/// Which way to take away.
#[derive(Debug, Args)]
pub(crate) struct RmArguments {
    #[command(flatten)]
    of: OfMethod,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Limits of the access tokens that a way to sign in gives.
#[derive(Debug, Args)]
pub(super) struct Limits {
    /// Seconds an access token lives
    #[arg(long, value_name = "SECONDS")]
    access_token_ttl: Option<i64>,
    /// Seconds that no renewal of it passes
    #[arg(long, value_name = "SECONDS")]
    access_token_max_ttl: Option<i64>,
}

/// Let an identity sign in with client id and client secret
///
/// `mayfly identity create` does this for a new one and makes a client secret too.
#[derive(Debug, Args)]
pub(crate) struct UniversalArguments {
    /// The identity, as `mayfly identity ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    #[command(flatten)]
    limits: Limits,
}

/// What an outside token has to be beside its claims.
#[derive(Debug, Args)]
pub(super) struct OutsideToken {
    /// Longest time since the token was issued, in seconds
    #[arg(long, value_name = "SECONDS")]
    max_token_age: Option<i64>,
    /// Take each token once only
    #[arg(long)]
    accept_once: bool,
    #[command(flatten)]
    limits: Limits,
}

impl OutsideToken {
    fn request(&self) -> OutsideTokenRequest {
        OutsideTokenRequest {
            max_token_age: self.max_token_age,
            accept_once: self.accept_once.then_some(true),
            access_token_ttl: self.limits.access_token_ttl,
            access_token_max_ttl: self.limits.access_token_max_ttl,
            ..OutsideTokenRequest::default()
        }
    }
}

/// Does it.
pub(super) async fn run(command: AuthCommand, context: &Context) -> Result<(), CliError> {
    match command {
        AuthCommand::Oidc(arguments) => oidc::run(&arguments, context).await,
        AuthCommand::Kubernetes(arguments) => kubernetes::run(&arguments, context).await,
        AuthCommand::Universal(arguments) => universal(&arguments, context).await,
        AuthCommand::Show(of) => {
            let shown: Value = context.client()?.get(&path(of.method, &of.id), &[]).await?;
            context.console.document(&shown)
        }
        AuthCommand::Rm(RmArguments { of, yes }) => {
            if !yes {
                let question = format!("Take this way to sign in from the identity {}? Its access tokens end", of.id);
                context.console.confirm(&question, "nothing was removed")?;
            }
            let path = path(of.method, &of.id);
            let removed: Value = context.client()?.delete(&path, &serde_json::json!({})).await?;
            show(&removed, &of.id, context)
        }
    }
}

async fn universal(arguments: &UniversalArguments, context: &Context) -> Result<(), CliError> {
    let request = UniversalAuthRequest {
        access_token_ttl: arguments.limits.access_token_ttl,
        access_token_max_ttl: arguments.limits.access_token_max_ttl,
        ..UniversalAuthRequest::default()
    };
    let set: UniversalAuthBody =
        set(Method::Universal, &arguments.id, (&request, &request), &context.client()?).await?;
    show(&set, &set.identity_universal_auth.client_id, context)
}

fn path(method: Method, id: &str) -> [&str; 6] {
    ["api", "v1", "auth", method.segment(), "identities", id]
}

/// Changes what is there by the first request, or makes it by the second.
async fn set<T: DeserializeOwned>(
    method: Method,
    id: &str,
    (change, new): (&impl Serialize, &impl Serialize),
    client: &ApiClient,
) -> Result<T, CliError> {
    let path = path(method, id);
    match client.get::<Value>(&path, &[]).await {
        Ok(_) => client.patch(&path, change).await,
        Err(error) if error.exit() == Exit::NotFound => client.post(&path, new).await,
        Err(error) => Err(error),
    }
}

fn show(set: &impl Serialize, text: &str, context: &Context) -> Result<(), CliError> {
    match context.console.format {
        Format::Json => context.console.document(set),
        Format::Text | Format::Token | Format::Env => context.console.data(text),
    }
}

/// The text of a file that holds no secret.
fn read(path: Option<&Path>) -> Result<Option<String>, CliError> {
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|source| CliError::Read { path: path.to_owned(), source });
    path.map(read).transpose()
}
