//! Files that tell kubectl where a cluster is and who calls it.
//!
//! The fields are those of <https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>.

mod lock;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use mayfly_api::leases::LeaseCluster;
use serde_json::{Value, json};

pub(crate) use self::lock::Lock;
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

/// A context and what it leads to.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// What the context is called.
    pub(crate) name: String,
    /// What its cluster and its user are called: nothing that contexts of others lead to.
    pub(crate) parts: String,
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

/// Whether nothing is lost where a file of this one context takes the place of `config`.
pub(crate) fn is_of(config: &Value, entry: &Entry) -> bool {
    let Some(fields) = config.as_object() else { return false };
    let all_are = |list: &Value, name: &str| {
        list.is_null() || list.as_array().is_some_and(|all| all.iter().all(|one| one["name"] == *name))
    };
    fields.iter().all(|(field, value)| match field.as_str() {
        "apiVersion" | "kind" | "current-context" => true,
        "clusters" | "users" => all_are(value, &entry.parts),
        "contexts" => all_are(value, &entry.name),
        _ => false,
    })
}

/// `config` with the context in it, in place of those of its name. `None` where `config` is no kubeconfig.
pub(crate) fn merged(mut config: Value, entry: &Entry, current: Current) -> Option<Value> {
    let fields = config.as_object_mut()?;
    fields.entry("apiVersion").or_insert_with(|| json!("v1"));
    fields.entry("kind").or_insert_with(|| json!("Config"));
    let Entry { name, parts, .. } = entry;
    let context = json!({"cluster": parts, "namespace": entry.namespace, "user": parts});
    let parts = [
        ("clusters", "cluster", parts, cluster(&entry.cluster)),
        ("contexts", "context", name, context),
        ("users", "user", parts, user(&entry.user)),
    ];
    for (list, kind, name, part) in parts {
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
            "interactiveMode": "Never",
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
    let path = followed(path);
    if let Some(folder) = path.parent() {
        private_file::make_folder(folder)?;
    }
    private_file::replace(&path, &text(config)?)
}

/// Where the links lead that begin at `path`, if it is one. What they lead to need not be there yet.
fn followed(path: &Path) -> PathBuf {
    // As many as Linux follows.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(next) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(&path).join(next);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(user: User) -> Entry {
        let cluster = LeaseCluster { server: "https://k8s:6443".to_owned(), ca_data: None, for_clients: true };
        Entry { name: "ours".to_owned(), parts: "mayfly:ours".to_owned(), namespace: "shop".to_owned(), cluster, user }
    }

    #[test]
    fn others_stay_as_they_are_and_ours_is_replaced() {
        let theirs = json!({
            "preferences": {"colors": true}, "current-context": "theirs", "users": null,
            "contexts": [{"name": "ours", "context": {"cluster": "ours"}}, {"name": "theirs", "context": {"cluster": "ours"}}],
            "clusters": [{"name": "ours", "cluster": {"server": "https://a"}}, {"name": "mayfly:ours", "cluster": {"server": "https://b"}}],
        });
        let merged = merged(theirs, &entry(User::Token("t".to_owned())), Current::AsItWas).unwrap();
        assert_eq!(merged["current-context"], "theirs");
        assert_eq!(merged["preferences"]["colors"], true);
        let clusters = merged["clusters"].as_array().unwrap();
        let servers: Vec<_> = clusters.iter().map(|one| &one["cluster"]["server"]).collect();
        assert_eq!(servers, ["https://a", "https://k8s:6443"], "their cluster of the context's name is theirs");
        assert_eq!(merged["users"], json!([{"name": "mayfly:ours", "user": {"token": "t"}}]));
        let context = json!({"cluster": "mayfly:ours", "namespace": "shop", "user": "mayfly:ours"});
        assert_eq!(merged["contexts"][1], json!({"name": "ours", "context": context}));
        assert_eq!(merged["contexts"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_kubeconfig_is_left_alone() {
        for other in [json!([]), json!("text"), json!({"clusters": "none"})] {
            assert_eq!(merged(other, &entry(User::Exec(vec![])), Current::ThisOne), None);
        }
    }

    #[test]
    #[cfg(unix)]
    fn where_a_link_leads_is_written_whether_it_is_there_or_not() {
        let home = tempfile::tempdir().unwrap();
        let (link, next, path) = (home.path().join("link"), home.path().join("next"), home.path().join("new/config"));
        std::os::unix::fs::symlink("next", &link).unwrap();
        std::os::unix::fs::symlink("new/config", &next).unwrap();
        for token in ["one", "two"] {
            write(&link, &alone(&entry(User::Token(token.to_owned())))).unwrap();
            assert!(link.is_symlink() && next.is_symlink());
            assert_eq!(read(&path).unwrap()["users"][0]["user"]["token"], token);
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
