//! As much of a browser as a sign-in takes: redirects, cookies, and forms that are filled in. No script is run.

use std::sync::Mutex;

use reqwest::{Certificate, Client, Method, Url, header, redirect::Policy};

use super::provider::{OpenIdProvider, PUBLIC_URL};

/// Pages on one way; a sign-in has a dozen.
const MOST_STEPS: usize = 30;

/// A cookie, the host it is of and the path it is for.
struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
}

/// One person's browser.
pub(crate) struct Browser {
    client: Client,
    server: String,
    cookies: Mutex<Vec<Cookie>>,
}

/// A page that leads nowhere by itself.
pub(crate) struct Page {
    pub(crate) text: String,
}

impl Browser {
    /// One that trusts the provider, and finds the server at `server` when it is sent to its public address.
    pub(crate) fn of(provider: &OpenIdProvider, server: &str) -> Self {
        let ca = Certificate::from_pem(provider.ca.as_bytes()).unwrap();
        let client = Client::builder().tls_certs_only([ca]).no_proxy().redirect(Policy::none());
        // A connection that the provider closes for want of use would break the next request.
        let client = client.pool_max_idle_per_host(0).build().unwrap();
        Self { client, server: server.to_owned(), cookies: Mutex::default() }
    }

    /// Goes to an address, follows every redirect, and fills in every form of which it knows all that is asked for.
    pub(crate) async fn visit(&self, address: &str, known: &[(&str, &str)]) -> Page {
        let (mut url, mut form) = (self.found(address), None);
        for _ in 0..MOST_STEPS {
            let (next, text) = self.ask(&url, form.take()).await;
            if let Some(next) = next {
                url = self.found(url.join(&next).unwrap().as_str());
                continue;
            }
            match filled(&text, known) {
                Some((action, fields)) => {
                    url = self.found(url.join(&action).unwrap().as_str());
                    form = Some(fields);
                }
                None => return Page { text },
            }
        }
        panic!("{address} leads nowhere");
    }

    /// What stands behind the server's public address, as a proxy would find it.
    fn found(&self, address: &str) -> Url {
        address.replace(PUBLIC_URL, &self.server).parse().unwrap()
    }

    async fn ask(&self, url: &Url, form: Option<Vec<(String, String)>>) -> (Option<String>, String) {
        let method = if form.is_some() { Method::POST } else { Method::GET };
        let mut request = self.client.request(method, url.clone()).header(header::ACCEPT, "text/html");
        if let Some(fields) = &form {
            request = request.form(fields);
        }
        let cookies = self.cookies_for(url);
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies);
        }
        let answer = request.send().await.unwrap();
        for line in answer.headers().get_all(header::SET_COOKIE) {
            self.keep(url, line.to_str().unwrap());
        }
        let next = answer.headers().get(header::LOCATION).map(|next| next.to_str().unwrap().to_owned());
        (next, answer.text().await.unwrap())
    }

    /// Cookies do not tell ports apart (RFC 6265 section 8.5).
    fn cookies_for(&self, url: &Url) -> String {
        let cookies = self.cookies.lock().unwrap();
        let is_for =
            |cookie: &&Cookie| Some(cookie.host.as_str()) == url.host_str() && url.path().starts_with(&cookie.path);
        let pairs = cookies.iter().filter(is_for).map(|cookie| format!("{}={}", cookie.name, cookie.value));
        pairs.collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, url: &Url, line: &str) {
        let mut parts = line.split(';').map(str::trim);
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        let attribute = |part: &str| {
            part.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case("path")).map(|(_, path)| path.to_owned())
        };
        let path = parts.find_map(attribute).unwrap_or_else(|| "/".to_owned());
        let (host, name) = (url.host_str().unwrap().to_owned(), name.to_owned());
        let mut cookies = self.cookies.lock().unwrap();
        cookies.retain(|kept| (&kept.host, &kept.path, &kept.name) != (&host, &path, &name));
        if !value.is_empty() {
            cookies.push(Cookie { host, path, name, value: value.to_owned() });
        }
    }
}

/// Where the form of a page goes and what it is filled in with; nothing where there is none, or something is asked for that
/// nobody knows.
fn filled(text: &str, known: &[(&str, &str)]) -> Option<(String, Vec<(String, String)>)> {
    let form = text.split_once("<form")?.1.split_once("</form>")?.0;
    let action = attribute(form.split_once('>')?.0, "action")?;
    let mut fields = Vec::new();
    for input in form.split("<input").skip(1) {
        let tag = input.split_once('>')?.0;
        let name = attribute(tag, "name")?;
        let typed = known.iter().find(|(field, _)| *field == name).map(|(_, value)| (*value).to_owned());
        fields.push((name, typed.or_else(|| attribute(tag, "value"))?));
    }
    Some((action, fields))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let rest = tag.split_once(&format!("{name}=\""))?.1;
    Some(rest.split_once('"')?.0.to_owned())
}
