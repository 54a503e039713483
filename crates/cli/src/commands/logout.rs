//! `mayfly logout`: the end of a session, on the server and here.

use mayfly_api::{
    access_tokens::{AccessTokenRequest, RevokedAccessToken},
    sign_in::SignInMessage,
};
use serde_json::json;

use crate::{
    client::{ApiClient, Connection},
    console::{self, Format},
    context::Context,
    credential::{self, Cache},
    environment::TOKEN,
    error::CliError,
    session::Session,
    time,
};

/// Revokes the access token and forgets it, the latter in any case.
pub(crate) async fn run(context: &Context) -> Result<(), CliError> {
    let folder = context.environment.config_dir()?;
    if context.environment.token.is_some() {
        context.console.say(&format!("note: the token in `{TOKEN}` is left as it is"));
    }
    let Some(session) = Session::load(&folder)? else {
        context.console.say("nobody was signed in");
        return Ok(());
    };
    let revoked = revoke(context, &session).await;
    Session::remove(&folder)?;
    let forgotten = forget_tokens(context, &session);
    match revoked {
        Ok(()) => {}
        // Expired, revoked or unknown: the token is dead, and that is all that was asked for.
        Err(CliError::Refused(refusal)) if refusal.is_dead_token() => {}
        Err(error) => {
            if let Err(error) = forgotten {
                console::complain(&format!("note: what is kept for kubectl is still there: {error}"));
            }
            return Err(CliError::Partly(format!(
                "the session is forgotten, but its access token was not revoked and stays valid{}: {error}",
                until(&session)
            )));
        }
    }
    forgotten?;
    report(context, &session)
}

async fn revoke(context: &Context, session: &Session) -> Result<(), CliError> {
    let connection = Connection {
        server: &session.server,
        ca_file: context.server_ca_file().or(session.server_ca_file.as_ref()).map(AsRef::as_ref),
        patience: context.patience(),
    };
    if session.is_of_person() {
        let client = ApiClient::new(connection, Some(session.access_token.clone()))?;
        let _: SignInMessage = client.post(&["api", "v1", "auth", "logout"], &json!({})).await?;
        return Ok(());
    }
    let client = ApiClient::new(connection, None)?;
    let request = AccessTokenRequest { access_token: session.access_token.expose().to_owned() };
    let _: RevokedAccessToken = client.post(&["api", "v1", "auth", "token", "revoke"], &request).await?;
    Ok(())
}

/// Forgets what is kept for kubectl of whoever signs out. Leases go on: others may work with them.
fn forget_tokens(context: &Context, session: &Session) -> Result<(), CliError> {
    let account = credential::account(&session.server, &session.access_token);
    let all = Cache::new(context.environment.credentials_dir()?).all()?;
    all.iter().filter(|(_, kept)| kept.account == account).try_for_each(|(path, _)| Cache::forget(path))
}

fn report(context: &Context, session: &Session) -> Result<(), CliError> {
    let console = &context.console;
    console.say(&format!("signed out of {}", session.server));
    match console.format {
        Format::Json => console.document(&json!({"server": session.server})),
        Format::Text | Format::Token | Format::Env => Ok(()),
    }
}

fn until(session: &Session) -> String {
    let text = |time: jiff::Timestamp| format!(" until {}", time::moment(&time.to_string(), time::now()));
    session.expires_at.map(text).unwrap_or_default()
}
