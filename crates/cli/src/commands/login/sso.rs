//! `mayfly login --sso`: a browser signs in, here or elsewhere, and confirms the code that is shown here.

use std::time::Duration;

use mayfly_api::{
    sign_in::SignedIn,
    sso::{SsoClaimRequest, SsoClaimed, SsoSignInAsked, SsoSignInRequest},
};

use crate::{client::ApiClient, context::Context, environment::host, error::CliError, time};

const REQUESTS: [&str; 5] = ["api", "v1", "auth", "sso", "requests"];
/// Longest time between two tries, in seconds, whatever a server says.
const LONGEST_INTERVAL: u64 = 30;
/// Requests end after ten minutes.
const LONGEST_WAIT: Duration = Duration::from_mins(11);

/// Signs in. Nothing secret is in the address that is shown: whoever follows it signs in themselves.
pub(super) async fn sign_in(
    provider: Option<&str>,
    context: &Context,
    client: &ApiClient,
) -> Result<SignedIn, CliError> {
    let request = SsoSignInRequest { provider: provider.map(str::to_owned), host: host() };
    let asked: SsoSignInAsked = client.post(&REQUESTS, &request).await?;
    let console = &context.console;
    console.say(&format!("open this in a browser and sign in by {}:\n  {}", asked.provider.name, asked.url));
    console.say(&format!("then type this code there: {}", asked.code));
    claimed(&asked, context, client).await
}

async fn claimed(asked: &SsoSignInAsked, context: &Context, client: &ApiClient) -> Result<SignedIn, CliError> {
    let path = [&REQUESTS[..], &["claim"]].concat();
    let request = SsoClaimRequest { token: asked.token.clone() };
    let pause = Duration::from_secs(asked.interval.clamp(1, LONGEST_INTERVAL));
    let begun = time::now();
    // The server refuses a request that is over; one that is away says nothing.
    while Duration::try_from(time::now().duration_since(begun)).unwrap_or_default() < LONGEST_WAIT {
        time::pause(pause).await;
        match client.post::<SsoClaimed>(&path, &request).await {
            Ok(SsoClaimed { signed_in: Some(signed_in), .. }) => return Ok(signed_in),
            Ok(_) => {}
            // A server that restarts is no reason to begin again.
            Err(error) if error.is_passing() => context.console.say(&format!("{error}; trying again")),
            Err(error) => return Err(error),
        }
    }
    Err(CliError::StillWaiting("nobody confirmed in time: run `mayfly login --sso` again".to_owned()))
}
