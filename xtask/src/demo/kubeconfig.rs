//! A kubeconfig that was named: one context of it, with a token or a client certificate.
//!
//! Whatever would run a program or weaken the connection is refused with its name rather than guessed at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail, ensure};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::IgnoredAny};

use super::api::{Api, Proof};

/// A cluster and how to sign in there.
pub(super) struct Kubeconfig {
    /// The name of the context.
    pub(super) context: String,
    /// The API server's address.
    pub(super) server: String,
    /// PEM of its authority, if it is not one of the system's.
    pub(super) authority: Option<String>,
    credential: Credential,
}

enum Credential {
    Token(String),
    Certificate(String),
}

impl Kubeconfig {
    /// Reads one context of a file, its current one if none is named.
    pub(super) fn read(path: &Path, context: Option<&str>) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("read `{}`", path.display()))?;
        // Not the parser's words: they may repeat a line, and lines hold credentials.
        let file: File =
            serde_saphyr::from_str(&text).ok().with_context(|| format!("`{}` is no kubeconfig", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        file.choose(context, folder).with_context(|| format!("use `{}`", path.display()))
    }

    /// A client with the kubeconfig's credential.
    pub(super) fn api(&self) -> anyhow::Result<Api> {
        let proof = match &self.credential {
            Credential::Token(token) => Proof::Token(token),
            Credential::Certificate(pem) => Proof::Certificate(pem),
        };
        Api::new(&self.server, self.authority.as_deref(), proof)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    #[serde(default)]
    current_context: String,
    #[serde(default)]
    contexts: Vec<NamedContext>,
    #[serde(default)]
    clusters: Vec<NamedCluster>,
    #[serde(default)]
    users: Vec<NamedUser>,
}

#[derive(Deserialize)]
struct NamedContext {
    name: String,
    context: ContextFields,
}

#[derive(Deserialize)]
struct ContextFields {
    cluster: String,
    #[serde(default)]
    user: String,
}

#[derive(Deserialize)]
struct NamedCluster {
    name: String,
    cluster: ClusterFields,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct ClusterFields {
    server: String,
    certificate_authority: Option<PathBuf>,
    certificate_authority_data: Option<String>,
    #[serde(default)]
    insecure_skip_tls_verify: bool,
    tls_server_name: Option<String>,
    proxy_url: Option<String>,
}

#[derive(Deserialize)]
struct NamedUser {
    name: String,
    user: UserFields,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct UserFields {
    token: Option<String>,
    #[serde(rename = "tokenFile")]
    token_file: Option<PathBuf>,
    client_certificate: Option<PathBuf>,
    client_certificate_data: Option<String>,
    client_key: Option<PathBuf>,
    client_key_data: Option<String>,
    exec: Option<IgnoredAny>,
    auth_provider: Option<IgnoredAny>,
    username: Option<IgnoredAny>,
    #[serde(rename = "as")]
    impersonate: Option<IgnoredAny>,
}

impl File {
    fn choose(self, context: Option<&str>, folder: &Path) -> anyhow::Result<Kubeconfig> {
        let name = context.unwrap_or(&self.current_context).to_owned();
        ensure!(!name.is_empty(), "it has no current context: name one with `--context`");
        let context = self.contexts.into_iter().find(|entry| entry.name == name);
        let context = context.with_context(|| format!("it has no context `{name}`"))?.context;
        let cluster = self.clusters.into_iter().find(|entry| entry.name == context.cluster);
        let cluster = cluster.with_context(|| format!("it has no cluster `{}`", context.cluster))?.cluster;
        let user = self.users.into_iter().find(|entry| entry.name == context.user);
        let user = user.with_context(|| format!("it has no user `{}`", context.user))?.user;
        cluster.refuse_what_is_not_done()?;
        let authority = either(cluster.certificate_authority_data, cluster.certificate_authority, folder)?;
        Ok(Kubeconfig { context: name, server: cluster.server, authority, credential: user.credential(folder)? })
    }
}

impl ClusterFields {
    fn refuse_what_is_not_done(&self) -> anyhow::Result<()> {
        ensure!(self.server.starts_with("https://"), "its cluster's address `{}` is not https", self.server);
        ensure!(!self.insecure_skip_tls_verify, "it skips verification of the cluster, which the demo does not");
        ensure!(self.tls_server_name.is_none(), "it has a `tls-server-name`, which the demo cannot use");
        ensure!(self.proxy_url.is_none(), "it has a `proxy-url`, which the demo cannot use");
        Ok(())
    }
}

impl UserFields {
    fn credential(self, folder: &Path) -> anyhow::Result<Credential> {
        ensure!(self.impersonate.is_none(), "its user acts as somebody else, which the demo does not");
        if let Some(token) = self.token.filter(|token| !token.is_empty()) {
            return Ok(Credential::Token(token));
        }
        if let Some(path) = self.token_file {
            return Ok(Credential::Token(read(&folder.join(path))?.trim().to_owned()));
        }
        let certificate = either(self.client_certificate_data, self.client_certificate, folder)?;
        let key = either(self.client_key_data, self.client_key, folder)?;
        if let (Some(certificate), Some(key)) = (certificate, key) {
            return Ok(Credential::Certificate(format!("{certificate}\n{key}")));
        }
        let found = match (self.exec, self.auth_provider, self.username) {
            (Some(_), _, _) => "a program to run (`exec`)",
            (None, Some(_), _) => "an `auth-provider`",
            (None, None, Some(_)) => "a user name and password",
            (None, None, None) => "nothing",
        };
        bail!("its user signs in with {found}; the demo can use a token or a client certificate only")
    }
}

/// Data in the file itself come before a file it names.
fn either(data: Option<String>, path: Option<PathBuf>, folder: &Path) -> anyhow::Result<Option<String>> {
    match (data.filter(|data| !data.is_empty()), path) {
        (Some(data), _) => {
            let bytes = STANDARD.decode(data.trim()).ok().context("some of its data are not base64")?;
            Ok(Some(String::from_utf8(bytes).ok().context("some of its data are no PEM")?))
        }
        (None, Some(path)) => read(&folder.join(path)).map(Some),
        (None, None) => Ok(None),
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("read `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(cluster: &str, user: &str, context: Option<&str>) -> anyhow::Result<Kubeconfig> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), "from-file\n").unwrap();
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: one\nclusters:\n- name: c\n  cluster: {{{cluster}}}\n\
             users:\n- name: u\n  user: {{{user}}}\ncontexts:\n- name: one\n  context: {{cluster: c, user: u}}\n\
             - name: two\n  context: {{cluster: gone, user: u}}\n"
        );
        let path = folder.path().join("kubeconfig");
        fs::write(&path, text).unwrap();
        Kubeconfig::read(&path, context)
    }

    const CLUSTER: &str = "server: 'https://k:6443', certificate-authority-data: UEVN";

    fn refusal(cluster: &str, user: &str, context: Option<&str>) -> String {
        format!("{:#}", read_text(cluster, user, context).err().unwrap())
    }

    #[test]
    fn tokens_and_certificates_are_taken() {
        let found = read_text(CLUSTER, "token: abc", None).unwrap();
        assert_eq!((found.server.as_str(), found.authority.as_deref()), ("https://k:6443", Some("PEM")));
        assert!(matches!(found.credential, Credential::Token(token) if token == "abc"));
        let found = read_text(CLUSTER, "tokenFile: token", Some("one")).unwrap();
        assert!(matches!(found.credential, Credential::Token(token) if token == "from-file"));
        let found = read_text(CLUSTER, "client-certificate-data: QQ==, client-key-data: Qg==", None).unwrap();
        assert!(matches!(found.credential, Credential::Certificate(pem) if pem == "A\nB"));
    }

    #[test]
    fn what_would_run_a_program_or_weaken_the_connection_is_refused_by_name() {
        for (user, word) in [
            ("exec: {command: aws}", "`exec`"),
            ("auth-provider: {name: gcp}", "`auth-provider`"),
            ("username: a, password: hunter2", "password"),
            ("client-certificate-data: QQ==", "nothing"),
            ("token: abc, as: root", "somebody else"),
        ] {
            let text = refusal(CLUSTER, user, None);
            assert!(text.contains(word) && !text.contains("hunter2"), "{text}");
        }
        for (more, word) in [
            ("insecure-skip-tls-verify: true", "verification"),
            ("tls-server-name: x", "`tls-server-name`"),
            ("proxy-url: 'http://p'", "`proxy-url`"),
        ] {
            assert!(refusal(&format!("{CLUSTER}, {more}"), "token: abc", None).contains(word), "{more}");
        }
        assert!(refusal("server: 'http://k'", "token: abc", None).contains("not https"));
    }

    #[test]
    fn names_that_lead_nowhere_are_told() {
        assert!(refusal(CLUSTER, "token: abc", Some("three")).contains("no context `three`"));
        assert!(refusal(CLUSTER, "token: abc", Some("two")).contains("no cluster `gone`"));
    }
}
