//! The dashboard: files that the browser keeps for ever, and one page for every address that is nothing else.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use mayfly_dashboard::{Encoding, File};
use mayfly_domain::hex::hex;

use super::problem;

/// Files of our own, and nothing inline. What a page does with text is held by trusted types.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'";
/// A year, the longest there is (RFC 9111 section 5.2.2.1 has no end; RFC 2616 asked for this one).
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked for each time: the page names the files that belong to this server.
const ASK_FIRST: &str = "no-cache";
/// Whatever is below it is the API's.
const API: &str = "/api";

/// What is at an address that no route has.
pub(super) async fn answer(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let is_read = method == Method::GET || method == Method::HEAD;
    let path = uri.path();
    if !is_read || path.starts_with(API) {
        return problem::unknown_route(&uri);
    }
    let reads = |encoding: Encoding| reads(&headers, encoding);
    if let Some(file) = mayfly_dashboard::file(path.trim_start_matches('/'), reads) {
        return file_of(file, &headers);
    }
    // Programs that mistyped an address are told so, as below `/api`.
    if !wants_page(&headers) {
        return problem::unknown_route(&uri);
    }
    mayfly_dashboard::page(reads).map_or_else(not_built, |page| file_of(page, &headers))
}

fn file_of(file: File, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex(&file.digest));
    let kept = if file.is_named_by_content { FOR_EVER } else { ASK_FIRST };
    let is_there = asked.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response =
        if is_there { StatusCode::NOT_MODIFIED.into_response() } else { Body::from(file.bytes).into_response() };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    if !is_there {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media_type));
        if let Some(encoding) = file.encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        }
    }
    response
}

/// In a binary that was built by `cargo build` alone.
fn not_built() -> Response {
    let text = "This mayfly was built without its dashboard: `cargo xtask build` builds both. The API is below /api, its \
                description at /api/docs.\n";
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// Browsers ask for addresses by `text/html`; programs do not.
fn wants_page(headers: &HeaderMap) -> bool {
    names(headers, &header::ACCEPT).any(|(name, _)| name == "text/html")
}

fn reads(headers: &HeaderMap, encoding: Encoding) -> bool {
    names(headers, &header::ACCEPT_ENCODING).any(|(name, quality)| name == encoding.name() && !is_zero(quality))
}

/// `q=0`, with as many zeros as RFC 9110 section 12.4.2 allows.
fn is_zero(quality: &str) -> bool {
    quality.trim().strip_prefix("q=").is_some_and(|value| value.parse::<f32>().is_ok_and(|value| value == 0.0))
}

/// The parts of a list, each with its first parameter.
fn names<'headers>(
    headers: &'headers HeaderMap,
    name: &header::HeaderName,
) -> impl Iterator<Item = (&'headers str, &'headers str)> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|part| {
        let (name, parameter) = part.split_once(';').unwrap_or((part, ""));
        (name.trim(), parameter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn what_a_browser_reads_follows_from_what_it_says() {
        let table = [
            ("gzip, deflate, br, zstd", Encoding::Brotli, true),
            ("gzip, deflate", Encoding::Brotli, false),
            ("br;q=0, gzip;q=0.5", Encoding::Brotli, false),
            ("br;q=0, gzip;q=0.5", Encoding::Gzip, true),
            ("br;q=0.000", Encoding::Brotli, false),
            ("identity", Encoding::Gzip, false),
        ];
        for (said, encoding, expected) in table {
            assert_eq!(reads(&with(header::ACCEPT_ENCODING, said), encoding), expected, "{said}");
        }
    }

    #[test]
    fn browsers_are_told_from_programs() {
        assert!(wants_page(&with(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")));
        for program in ["*/*", "application/json"] {
            assert!(!wants_page(&with(header::ACCEPT, program)), "{program}");
        }
        assert!(!wants_page(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn the_api_answers_for_itself_whoever_asks() {
        let browser = with(header::ACCEPT, "text/html");
        for (method, path) in [(Method::GET, "/api/nothing"), (Method::POST, "/"), (Method::GET, "/api")] {
            let answer = answer(method.clone(), path.parse().unwrap(), browser.clone()).await;
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
            assert_eq!(answer.headers()[header::CONTENT_TYPE], "application/json", "{method} {path}");
        }
    }
}
