//! Pages for a browser that signs in: no script, no style, nothing from elsewhere.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use mayfly_app::{AppError, sso::SsoRequest};
use mayfly_domain::sso::ReturnPath;

use crate::http::{problem, request_id, time};

/// The page's own form may be sent to us, and nothing else is allowed.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Whether whoever asks wants to see a page: a browser does, a program does not.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let kinds = headers.get_all(header::ACCEPT).iter().filter_map(|kinds| kinds.to_str().ok());
    kinds.flat_map(|kinds| kinds.split(',')).any(|kind| kind.trim().starts_with("text/html"))
}

/// The page of a failure, with its code.
pub(super) fn failed(error: &AppError) -> Response {
    let (status, code, text) = problem::for_a_page(error);
    let request = request_id::current();
    let body = format!(
        "<h1>You are not signed in</h1><p>{}.</p><p>Code: <code>{}</code>. Request: <code>{}</code>.</p>",
        escaped(&text),
        escaped(code),
        escaped(&request)
    );
    page(status, "Not signed in", "", &body)
}

/// The page of somebody who is signed in. A session's cookie is not sent along with what another site made a browser do, and
/// a redirect would still be the provider's doing: so it is this page that goes on.
pub(super) fn signed_in(return_path: Option<&ReturnPath>) -> Response {
    let Some(path) = return_path.map(|path| escaped(path.as_str())) else {
        return page(StatusCode::OK, "Signed in", "", "<h1>You are signed in</h1><p>You may close this page.</p>");
    };
    let head = format!("<meta http-equiv=\"refresh\" content=\"0; url={path}\">");
    let body = format!("<h1>You are signed in</h1><p><a href=\"{path}\">Go on</a></p>");
    page(StatusCode::OK, "Signed in", &head, &body)
}

/// The page that asks whether it was oneself who asked.
pub(super) fn to_confirm(request: &SsoRequest, email: &str) -> Response {
    let address = request.ip_address.map_or_else(|| "an unknown address".to_owned(), |address| address.to_string());
    let body = format!(
        "<h1>Let a command line sign in as {email}?</h1>\
         <p>A command line on <b>{host}</b> wants to act as you. It asked at {at} from <b>{address}</b>, with \
         <code>{agent}</code>. The name of the machine is what it says of itself.</p>\
         <p><b>If you did not just run <code>mayfly login --sso</code> yourself, close this page.</b> Whoever sent you here, \
         and whatever code they gave you, wants to act as you.</p>\
         <form method=\"post\" action=\"/api/v1/auth/sso/requests/{id}/confirm\">\
         <p><label>The code that your terminal shows: <input name=\"code\" required maxlength=\"16\" autocomplete=\"off\" \
         autofocus></label></p><p><button>Let it sign in as me</button></p></form>",
        email = escaped(email),
        host = escaped(&request.host),
        at = time::text(request.created_at),
        address = escaped(&address),
        agent = escaped(&request.user_agent),
        id = request.id,
    );
    page(StatusCode::OK, "Confirm a sign-in", "", &body)
}

/// The page of a request that was confirmed.
pub(super) fn confirmed(request: &SsoRequest) -> Response {
    let body = format!(
        "<h1>The command line on {} is signed in</h1><p>You may close this page. <code>mayfly session ls</code> shows where \
         you are signed in.</p>",
        escaped(&request.host)
    );
    page(StatusCode::OK, "Confirmed", "", &body)
}

fn page(status: StatusCode, title: &str, head: &str, body: &str) -> Response {
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} - Mayfly</title>\
         <meta name=\"viewport\" content=\"width=device-width\">{head}</head><body><main>{body}</main></body></html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    ];
    (status, headers, text).into_response()
}

/// `text` as itself, in text and in attributes.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_markup() {
        assert_eq!(escaped("<b a=\"'&\">"), "&lt;b a=&quot;&#39;&amp;&quot;&gt;");
    }
}
