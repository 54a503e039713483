//! `mayfly user new-password`: setting a password by a link, where there is no browser.

use std::path::{Path, PathBuf};

use clap::Args;
use mayfly_api::sign_in::{ResetPasswordRequest, SignInMessage};

use crate::{
    console::Format,
    context::Context,
    error::CliError,
    secret_input::{Prompt, Wanted},
};

/// Set a new password by a link
///
/// Link and password are asked for. All your sessions end.
#[derive(Debug, Args)]
pub(crate) struct NewPasswordArguments {
    /// File with the link; `-` is standard input
    #[arg(long, value_name = "FILE")]
    link_file: Option<PathBuf>,
    /// File with the password you choose
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Sets it.
pub(super) async fn run(arguments: &NewPasswordArguments, context: &Context) -> Result<(), CliError> {
    let client = context.anonymous_client(&context.server(None))?;
    let request = ResetPasswordRequest {
        token: secret_of_link(arguments.link_file.as_deref(), context)?,
        password: chosen_password(arguments.password_file.as_deref(), context)?,
    };
    let told: SignInMessage = client.post(&["api", "v1", "auth", "password", "reset"], &request).await?;
    match context.console.format {
        Format::Json => context.console.document(&told),
        Format::Text | Format::Token | Format::Env => {
            context.console.say(&told.message);
            Ok(())
        }
    }
}

/// What stands behind the `#` of a link; or the whole, if somebody gives that alone.
pub(super) fn secret_of_link(file: Option<&Path>, context: &Context) -> Result<String, CliError> {
    let hint = "give it by `--link-file` or on standard input";
    let link = Wanted { what: "link", file, given: None, hint, prompt: Prompt::Once }.get(&context.console)?;
    let text = link.expose().trim();
    Ok(text.rsplit_once('#').map_or(text, |(_, secret)| secret).to_owned())
}

/// The new password.
pub(super) fn chosen_password(file: Option<&Path>, context: &Context) -> Result<String, CliError> {
    let hint = "give it by `--password-file`";
    let password = Wanted { what: "new password", file, given: None, hint, prompt: Prompt::Twice };
    Ok(password.get(&context.console)?.expose().to_owned())
}
