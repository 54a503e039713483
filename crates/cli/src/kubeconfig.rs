//! Files that tell kubectl where a cluster is and who calls it.
//!
//! The fields are those of <https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>.

use std::{fs, io, path::Path};

use mayfly_api::leases::LeaseCluster;
use serde_json::{Value, json};

use crate::{error::CliError, private_file};

/// What kubectl says where the program is not installed, which it cannot know otherwise.
const INSTALL_HINT: &str = "\
mayfly is not on the PATH. It signs you in to clusters with tokens that last minutes: install it where your \
organization keeps its tools, then run `mayfly login`.";

/// Who calls.
#[derive(Clone, Debug)]
pub(crate) enum User {
    /// Whoever holds this token.
    Token(String),
    /// Whoever `mayfly` is signed in as; the arguments of `mayfly credential`.
    Exec(Vec<String>),
}

/// A context and what it leads to; all three bear its name.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) cluster: LeaseCluster,
    pub(crate) user: User,
}

/// Whether `kubectl` uses the context from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Current {
    ThisOne,
    AsItWas,
}

/// A file of this one context.
pub(crate) fn alone(entry: &Entry) -> Value {
    merged(json!({}), entry, Current::ThisOne).unwrap_or_default()
}

/// `config` with the context in it, in place of those of its name. `None` where `config` is no kubeconfig.
pub(crate) fn merged(mut config: Value, entry: &Entry, current: Current) -> Option<Value> {
    let fields = config.as_object_mut()?;
    fields.entry("apiVersion").or_insert_with(|| json!("v1"));
    fields.entry("kind").or_insert_with(|| json!("Config"));
    let name = &entry.name;
    let context = json!({"cluster": name, "namespace": entry.namespace, "user": name});
    let parts = [
        ("clusters", "cluster", cluster(&entry.cluster)),
        ("contexts", "context", context),
        ("users", "user", user(&entry.user)),
    ];
    for (list, kind, part) in parts {
        let all = fields.entry(list).or_insert_with(|| json!([]));
        if all.is_null() {
            *all = json!([]);
        }
        let all = all.as_array_mut()?;
        all.retain(|other| other["name"] != **name);
        all.push(json!({"name": name, kind: part}));
    }
    if current == Current::ThisOne {
        fields.insert("current-context".to_owned(), json!(name));
    }
    Some(config)
}

fn cluster(cluster: &LeaseCluster) -> Value {
    match &cluster.ca_data {
        Some(data) => json!({"server": cluster.server, "certificate-authority-data": data}),
        None => json!({"server": cluster.server}),
    }
}

fn user(user: &User) -> Value {
    match user {
        User::Token(token) => json!({"token": token}),
        User::Exec(arguments) => json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "mayfly",
            "args": arguments,
            "installHint": INSTALL_HINT,
            "interactiveMode": "IfAvailable",
            "provideClusterInfo": false,
        }}),
    }
}

/// The config in the file `path`; an empty one where there is none.
pub(crate) fn read(path: &Path) -> Result<Value, CliError> {
    let text = match fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => return Ok(json!({})),
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(json!({})),
        Err(source) => return Err(CliError::Read { path: path.to_owned(), source }),
    };
    // Not the parser's words: they may repeat a token.
    serde_saphyr::from_str(&text)
        .map_err(|_| CliError::Content { path: path.to_owned(), what: "it is no kubeconfig".to_owned() })
}

/// As people read it.
pub(crate) fn text(config: &Value) -> Result<String, CliError> {
    serde_saphyr::to_string(config).map_err(CliError::Yaml)
}

/// Writes the file, as a whole or not at all, for its owner alone: a kubeconfig holds credentials. Where the path is a
/// link, what it leads to is written; a folder that is not there, as in a new home, is made.
pub(crate) fn write(path: &Path, config: &Value) -> Result<(), CliError> {
    if let Some(folder) = path.parent() {
        private_file::make_folder(folder)?;
    }
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    private_file::replace(&path, &text(config)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(user: User) -> Entry {
        let cluster = LeaseCluster { server: "https://k8s:6443".to_owned(), ca_data: None, for_clients: true };
        Entry { name: "ours".to_owned(), namespace: "shop".to_owned(), cluster, user }
    }

    #[test]
    fn others_stay_as_they_are_and_ours_is_replaced() {
        let theirs = json!({
            "preferences": {"colors": true}, "current-context": "theirs", "users": null,
            "clusters": [{"name": "theirs", "cluster": {"server": "https://a"}}, {"name": "ours", "cluster": {"server": "https://b"}}],
        });
        let merged = merged(theirs, &entry(User::Token("t".to_owned())), Current::AsItWas).unwrap();
        assert_eq!(merged["current-context"], "theirs");
        assert_eq!(merged["preferences"]["colors"], true);
        assert_eq!(merged["clusters"].as_array().unwrap().len(), 2);
        assert_eq!(merged["clusters"][1]["cluster"]["server"], "https://k8s:6443");
        assert_eq!(merged["users"], json!([{"name": "ours", "user": {"token": "t"}}]));
    }

    #[test]
    fn what_is_no_kubeconfig_is_left_alone() {
        for other in [json!([]), json!("text"), json!({"clusters": "none"})] {
            assert_eq!(merged(other, &entry(User::Exec(vec![])), Current::ThisOne), None);
        }
    }

    #[test]
    fn it_is_written_whole_and_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("config");
        for token in ["one", "two"] {
            write(&path, &alone(&entry(User::Token(token.to_owned())))).unwrap();
        }
        let back = read(&path).unwrap();
        assert_eq!((&back["users"][0]["user"]["token"], &back["current-context"]), (&json!("two"), &json!("ours")));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "an unfinished file was left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(read(&home.path().join("none")).unwrap(), json!({}));
    }
}
