//! `mayfly bootstrap`: the first administrator of a new server.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::bootstrap::{BootstrapRequest, Bootstrapped};
use serde_json::json;

use super::login;
use crate::{
    console::Format,
    context::Context,
    error::CliError,
    secret::Secret,
    secret_input::{self, Prompt, Wanted},
    session::Session,
};

/// Make the first administrator of a new server, its organization and a machine identity
///
/// It works once. From the server's own machine nothing else is needed; from elsewhere the server asks for the setup
/// code that lies in its data folder.
#[derive(Debug, Args)]
#[command(after_help = "\
The password is asked for, or read from standard input. The identity's access token is printed this once:
  mayfly bootstrap --email ana@example.com --organization Acme --login
  MAYFLY_TOKEN=$(mayfly bootstrap --email ana@example.com --organization Acme --password-file password)")]
pub(crate) struct BootstrapArguments {
    /// Address of the administrator
    #[arg(long)]
    email: String,
    /// Name of the organization
    #[arg(long, value_name = "NAME")]
    organization: String,
    /// File with the administrator's password, 12 to 128 characters; `-` is standard input
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// File with the setup code, for servers on other machines
    #[arg(long, value_name = "FILE")]
    setup_code_file: Option<PathBuf>,
    /// Keep the access token as `mayfly login` does, in place of printing it
    #[arg(long)]
    login: bool,
}

/// Does it.
pub(crate) async fn run(arguments: &BootstrapArguments, context: &Context) -> Result<(), CliError> {
    let client = context.anonymous_client(&context.server(None))?;
    let request = request(arguments, context)?;
    let made: Bootstrapped = client.post(&["api", "v1", "admin", "bootstrap"], &request).await?;
    let console = &context.console;
    console
        .say(&format!("organization `{}` and its administrator {} are made", made.organization.name, made.user.email));
    if arguments.login {
        let token = Secret::new(made.identity.credentials.token.clone());
        login::keep(context, &mut Session::new(client.server().clone(), token))?;
    }
    print(arguments, context, &made)
}

/// A token that is kept is not printed too.
fn print(arguments: &BootstrapArguments, context: &Context, made: &Bootstrapped) -> Result<(), CliError> {
    let (console, identity) = (&context.console, &made.identity);
    match (console.format, arguments.login) {
        (Format::Json, true) => console.document(&json!({
            "organization": made.organization,
            "user": made.user,
            "identity": {"id": identity.id, "name": identity.name},
        })),
        (Format::Json, false) => console.document(made),
        (Format::Text | Format::Token | Format::Env, true) => Ok(()),
        (Format::Text | Format::Token | Format::Env, false) => {
            console.say(&format!("access token of identity `{}`, printed this once:", identity.name));
            console.data(&identity.credentials.token)
        }
    }
}

fn request(arguments: &BootstrapArguments, context: &Context) -> Result<BootstrapRequest, CliError> {
    let password = Wanted {
        what: "password of the administrator",
        file: arguments.password_file.as_deref(),
        given: None,
        hint: "give it by `--password-file` or on standard input",
        prompt: Prompt::Twice,
    };
    let setup_code = arguments.setup_code_file.as_deref().map(secret_input::from_file).transpose()?;
    Ok(BootstrapRequest {
        email: arguments.email.clone(),
        password: password.get(&context.console)?.expose().to_owned(),
        organization: arguments.organization.clone(),
        setup_code: setup_code.map(|code| code.expose().to_owned()),
    })
}
