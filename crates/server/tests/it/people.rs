//! People: signing in and staying signed in, who is let in during an attack, joining, and being looked after.

mod administration;
mod cross_origin;
mod invitations;
pub(crate) mod passkeys;
mod passwords;
mod second_factor;
mod sessions;
mod sign_in;
mod throttling;

use serde_json::Value;

use crate::support::{Answer, Caller};

const LOGIN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/users/me";

/// What stands behind the `#` of a link.
#[track_caller]
fn secret_of(answer: &Value) -> String {
    answer["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
}

#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Whether a session counts.
async fn is_signed_in(caller: &Caller) -> bool {
    let answer: Answer = caller.get(ME).await;
    if answer.status != 200 {
        answer.refused(401, "session_ended");
    }
    answer.status == 200
}
