//! `mayfly bootstrap`: the first administrator of a new server.

use std::{io::ErrorKind, path::PathBuf};

use clap::Args;
use mayfly_api::bootstrap::{BootstrapRequest, Bootstrapped, DATA_DIR, SETUP_CODE_FILE};
use serde_json::json;

use super::login;
use crate::{
    console::Format,
    context::Context,
    error::CliError,
    secret::Secret,
    secret_input::{self, Prompt, Wanted},
    server_url::Reach,
    session::Session,
};

/// Make the first administrator of a new server, its organization and a machine identity
///
/// It works once, and needs the setup code that lies in the server's data folder. On the server's own machine the code is
/// read from there; from elsewhere, bring it.
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
    /// The data folder of a server on this machine, where its setup code is read
    #[arg(long, value_name = "FOLDER", env = "MAYFLY_DATA_DIR", default_value = DATA_DIR)]
    data_dir: PathBuf,
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
    let request = request(arguments, context, client.server().reach())?;
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

fn request(arguments: &BootstrapArguments, context: &Context, reach: Reach) -> Result<BootstrapRequest, CliError> {
    let password = Wanted {
        what: "password of the administrator",
        file: arguments.password_file.as_deref(),
        given: None,
        hint: "give it by `--password-file` or on standard input",
        prompt: Prompt::Twice,
    };
    let setup_code = setup_code(arguments, reach)?;
    Ok(BootstrapRequest {
        email: arguments.email.clone(),
        password: password.get(&context.console)?.expose().to_owned(),
        organization: arguments.organization.clone(),
        setup_code: setup_code.map(|code| code.expose().to_owned()),
    })
}

/// The code that was brought, or the one that a server on this machine has on the disk. That one goes nowhere else.
fn setup_code(arguments: &BootstrapArguments, reach: Reach) -> Result<Option<Secret>, CliError> {
    if let Some(file) = &arguments.setup_code_file {
        return secret_input::from_file(file).map(Some);
    }
    if reach == Reach::Network {
        return Ok(None);
    }
    match secret_input::from_file(&arguments.data_dir.join(SETUP_CODE_FILE)) {
        Err(CliError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(None),
        read => read.map(Some),
    }
}
