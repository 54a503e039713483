//! Reading the settings from where they are.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fmt::Display,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use ipnet::IpNet;
use mayfly_api::bootstrap::DATA_DIR;
use mayfly_app::Openings;
use mayfly_domain::{plan::OnRoleChange, sensitive::Sensitive, ttl::Ttl};
use toml::{Table, Value};
use tracing_subscriber::EnvFilter;

use super::{
    AuditConfig, Config, ConfigError, EgressConfig, LeaseConfig, LogConfig, LogFormat, MasterKeyConfig, PeerConfig,
    ServerFlags, TlsConfig, TokenFile, people, settings::KEYS,
};

/// Reads every setting, checks it, and puts the defaults in.
pub fn load(flags: &ServerFlags) -> Result<Config, ConfigError> {
    Source::read(flags, |name| std::env::var_os(name))?.config()
}

/// Variables that look like settings and are none, of those that are set. They are not refused: a cluster sets such
/// names by itself in pods beside a service called `mayfly`.
pub(crate) fn unknown_variables(set: impl Iterator<Item = OsString>) -> Vec<String> {
    let known: Vec<String> = KEYS.iter().map(|key| variable_name(key)).collect();
    let is_strange = |name: &String| {
        let is_ours = known.contains(name) || OTHERS.contains(&name.as_str()) || name.starts_with("MAYFLY_TEST_");
        name.starts_with("MAYFLY_") && !is_ours
    };
    set.filter_map(|name| name.into_string().ok()).filter(is_strange).collect()
}

/// Names that other parts of Mayfly read: where the file is, and what the command line wants.
const OTHERS: [&str; 8] = [
    "MAYFLY_CONFIG",
    "MAYFLY_SERVER",
    "MAYFLY_SERVER_CA_FILE",
    "MAYFLY_PROJECT",
    "MAYFLY_ENV",
    "MAYFLY_TOKEN",
    "MAYFLY_CLIENT_SECRET",
    "MAYFLY_CONFIG_DIR",
];

/// The settings as text, each from the strongest place that has it.
pub(super) struct Source {
    values: BTreeMap<String, Value>,
}

impl Source {
    pub(super) fn read(flags: &ServerFlags, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let path = flags.config.clone().or_else(|| variable("MAYFLY_CONFIG").map(PathBuf::from));
        let mut values = match path {
            Some(path) => read_file(&path)?,
            None => BTreeMap::new(),
        };
        for key in KEYS {
            if let Some(value) = variable(&variable_name(key)) {
                let value = value.into_string().map_err(|_| invalid(key, "must be text in UTF-8"))?;
                values.insert((*key).to_owned(), Value::from(value));
            }
        }
        let given = [
            ("listen", flags.listen.map(|address| address.to_string())),
            ("data_dir", flags.data_dir.as_ref().map(|path| path.display().to_string())),
            ("database_url", flags.database_url.as_ref().map(|url| url.expose().clone())),
        ];
        values.extend(given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), Value::from(value?)))));
        Ok(Self { values })
    }

    pub(super) fn config(&self) -> Result<Config, ConfigError> {
        let listen = self.parsed("listen")?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8420)));
        Ok(Config {
            listen,
            public_url: people::public_url(self, listen)?,
            sessions: people::sessions(self)?,
            second_factor_of: people::second_factor_of(self)?,
            mail: people::mail(self)?,
            data_dir: self.text("data_dir")?.map_or_else(|| PathBuf::from(DATA_DIR), PathBuf::from),
            database_url: self.text("database_url")?.map(database_url).transpose()?,
            master_key: self.master_key("master_key", ["master_key.file", "master_key.value", "master_key.command"])?,
            next_master_key: self.master_key(
                "master_key.next",
                ["master_key.next.file", "master_key.next.value", "master_key.next.command"],
            )?,
            leases: LeaseConfig {
                longest_seconds: self.longest_lease()?,
                on_role_change: self.on_role_change()?,
                most_of_secret: self.count("leases.most_of_secret")?,
                most_of_holder: self.count("leases.most_of_holder")?,
            },
            private_connections: self.openings()?,
            token_files: self.token_files()?,
            egress: EgressConfig { allow: self.ranges("egress.allow")?, deny: self.ranges("egress.deny")? },
            server_tls: self.server_tls()?,
            peers: self.peers()?,
            http: self.http()?,
            tls: TlsConfig { allow_unverified: self.parsed("tls.allow_unverified")?.unwrap_or(false) },
            audit: self.audit()?,
            log: LogConfig { format: self.log_format()?, filter: self.log_filter()? },
        })
    }

    fn master_key(
        &self,
        key: &'static str,
        [file, value, command]: [&'static str; 3],
    ) -> Result<MasterKeyConfig, ConfigError> {
        let file = self.text(file)?.map(PathBuf::from);
        let value = self.text(value)?.map(Sensitive::new);
        let command = self.text(command)?;
        let given = [file.is_some(), value.is_some(), command.is_some()].iter().filter(|is_given| **is_given).count();
        if given > 1 {
            let problem = "must be given in one way only: `file`, `value` or `command`".to_owned();
            return Err(ConfigError::Invalid { key, problem });
        }
        Ok(MasterKeyConfig { file, value, command })
    }

    /// Where others find this server has to be said where it listens everywhere: that is no address to go to.
    fn peers(&self) -> Result<Option<PeerConfig>, ConfigError> {
        let address = self.text("peers.address")?;
        if self.text("peers.listen")?.is_some() && self.text("database_url")?.is_none() {
            return Err(invalid("peers.listen", "needs `database_url`: the embedded database has one server only"));
        }
        let Some(listen) = self.parsed::<SocketAddr>("peers.listen")? else {
            let alone = || invalid("peers.address", "needs `peers.listen`: nobody would answer there");
            return address.map_or(Ok(None), |_| Err(alone()));
        };
        let is_place = |address: &str| {
            address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        match &address {
            Some(address) if !is_place(address) => {
                Err(invalid("peers.address", "must be a host and a port, such as `10.0.0.5:8421`"))
            }
            None if listen.ip().is_unspecified() => {
                let why = "is required where `peers.listen` is every address: where do others find this server?";
                Err(invalid("peers.address", why))
            }
            Some(_) | None => Ok(Some(PeerConfig { listen, address })),
        }
    }

    fn longest_lease(&self) -> Result<u64, ConfigError> {
        const DAY: u64 = 86_400;
        Ok(self.parsed::<Ttl>("leases.longest")?.map_or(DAY, |ttl| ttl.seconds()))
    }

    /// What was given, as it was.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    pub(super) fn count(&self, key: &'static str) -> Result<Option<u32>, ConfigError> {
        let text = self.text_or_number(key)?;
        let number = |text: String| {
            let number = text.trim().parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| invalid(key, "must be a whole number from 1; leave it out for no limit"))
        };
        text.map(number).transpose()
    }

    /// Up to a hundred years.
    fn days(&self, key: &'static str) -> Result<Option<u32>, ConfigError> {
        const MOST: u32 = 36_500;
        match self.count(key)? {
            Some(days) if days > MOST => Err(invalid(key, "must be at most 36500 days")),
            days => Ok(days),
        }
    }

    fn audit(&self) -> Result<AuditConfig, ConfigError> {
        const KEPT: u32 = 90;
        const REQUESTS: u32 = 1_000;
        const REQUEST_DAYS: u32 = 30;
        let retention_days = match self.text_or_number("audit.retention_days")?.as_deref() {
            Some("forever") => None,
            _ => Some(self.days("audit.retention_days")?.unwrap_or(KEPT)),
        };
        Ok(AuditConfig {
            retention_days,
            heads_file: self.text("audit.heads_file")?.map(PathBuf::from),
            file: self.text("audit.file")?.map(PathBuf::from),
            most_requests_of_lease: self.count("audit.most_requests_of_lease")?.unwrap_or(REQUESTS),
            request_days: self.days("audit.request_days")?.unwrap_or(REQUEST_DAYS),
        })
    }

    fn text_or_number(&self, key: &'static str) -> Result<Option<String>, ConfigError> {
        match self.values.get(key) {
            Some(Value::Integer(number)) => Ok(Some(number.to_string())),
            _ => self.text(key),
        }
    }

    fn on_role_change(&self) -> Result<OnRoleChange, ConfigError> {
        match self.text("leases.on_role_change")?.as_deref() {
            None | Some("warn") => Ok(OnRoleChange::Warn),
            Some("block") => Ok(OnRoleChange::Block),
            Some(_) => Err(invalid("leases.on_role_change", "must be `warn` or `block`")),
        }
    }

    fn openings(&self) -> Result<Openings, ConfigError> {
        const KEY: &str = "private_connections.allow";
        let mut openings = Openings::default();
        for opening in self.list(KEY, "such as `whole-cluster`")? {
            match opening.as_str() {
                "system-namespaces" => openings.system_namespaces = true,
                "escalating-roles" => openings.escalating_roles = true,
                "whole-cluster" => openings.whole_cluster = true,
                _ => {
                    let problem = format!(
                        "has `{opening}`, which is none of `system-namespaces`, `escalating-roles`, `whole-cluster`"
                    );
                    return Err(invalid(KEY, problem));
                }
            }
        }
        Ok(openings)
    }

    fn token_files(&self) -> Result<Vec<TokenFile>, ConfigError> {
        const KEY: &str = "connections.token_files";
        const EXAMPLE: &str =
            "such as `in-cluster https://kubernetes.default.svc /var/run/secrets/kubernetes.io/serviceaccount/token`";
        let mut files: Vec<TokenFile> = Vec::new();
        for text in self.list(KEY, EXAMPLE)? {
            let file = token_file(&text).map_err(|why| invalid(KEY, format!("has `{text}`, {why}: {EXAMPLE}")))?;
            if files.iter().any(|known| known.name == file.name) {
                return Err(invalid(KEY, format!("has `{}` twice", file.name)));
            }
            files.push(file);
        }
        Ok(files)
    }

    fn log_format(&self) -> Result<LogFormat, ConfigError> {
        match self.text("log.format")?.as_deref() {
            None | Some("text") => Ok(LogFormat::Text),
            Some("json") => Ok(LogFormat::Json),
            Some(_) => Err(invalid("log.format", "must be `text` or `json`")),
        }
    }

    fn log_filter(&self) -> Result<String, ConfigError> {
        let filter = self.text("log.filter")?.unwrap_or_else(|| "info".to_owned());
        match EnvFilter::try_new(&filter) {
            Ok(_) => Ok(filter),
            Err(_) => Err(invalid("log.filter", "must be levels such as `info` or `mayfly_app=debug,info`")),
        }
    }

    pub(super) fn ranges(&self, key: &'static str) -> Result<Vec<IpNet>, ConfigError> {
        let range = |text: &String| {
            let address = || text.parse().ok().map(|address: std::net::IpAddr| IpNet::from(address));
            let range = text.parse().ok().or_else(address).and_then(mayfly_domain::identity::unmapped);
            range.ok_or_else(|| invalid(key, format!("has `{text}`, which is no address range such as `10.0.0.0/8`")))
        };
        self.list(key, "such as `10.0.0.0/8`")?.iter().map(range).collect()
    }

    /// A list in the file, or a text with commas.
    fn list(&self, key: &'static str, example: &str) -> Result<Vec<String>, ConfigError> {
        let Some(value) = self.values.get(key) else { return Ok(Vec::new()) };
        let not_text = || invalid(key, format!("must be a list of texts, or one text with commas, {example}"));
        match value {
            Value::Array(entries) => {
                entries.iter().map(|entry| entry.as_str().map(str::to_owned).ok_or_else(not_text)).collect()
            }
            Value::String(text) => {
                Ok(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect())
            }
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => {
                Err(not_text())
            }
        }
    }

    pub(super) fn parsed<T>(&self, key: &'static str) -> Result<Option<T>, ConfigError>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.text(key)?.map(|text| text.parse().map_err(|error: T::Err| invalid(key, unreadable(&error)))).transpose()
    }

    pub(super) fn text(&self, key: &'static str) -> Result<Option<String>, ConfigError> {
        match self.values.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Boolean(answer)) => Ok(Some(answer.to_string())),
            Some(_) => Err(invalid(key, "must be text")),
        }
    }
}

/// A name, an address and a path, with blanks between them.
fn token_file(text: &str) -> Result<TokenFile, String> {
    let mut words = text.splitn(3, ' ');
    let (Some(name), Some(url), Some(path)) = (words.next(), words.next(), words.next()) else {
        return Err("which is not a name, an address and a path".to_owned());
    };
    Ok(TokenFile {
        name: name.parse().map_err(|error| format!("whose name {error}"))?,
        url: url.parse().map_err(|error| format!("whose address {error}"))?,
        path: PathBuf::from(path.trim()),
    })
}

fn database_url(url: String) -> Result<Sensitive<String>, ConfigError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Sensitive::new(url));
    }
    let problem =
        "must be a PostgreSQL URL such as `postgresql://user@host/database`; leave it out for the embedded database";
    Err(invalid("database_url", problem))
}

fn unreadable(error: &impl Display) -> String {
    let text = error.to_string();
    if text.starts_with("must ") || text.starts_with("needs ") { text } else { format!("cannot be read: {text}") }
}

pub(super) fn invalid(key: &'static str, problem: impl Into<String>) -> ConfigError {
    ConfigError::Invalid { key, problem: problem.into() }
}

/// `egress.allow` → `MAYFLY_EGRESS_ALLOW`.
fn variable_name(key: &str) -> String {
    format!("MAYFLY_{}", key.replace('.', "_").to_uppercase())
}

/// No error repeats a line of the file: it may hold a password or the master key.
fn read_file(path: &Path) -> Result<BTreeMap<String, Value>, ConfigError> {
    let at = path.display();
    let text = fs::read_to_string(path).map_err(|error| ConfigError::Unreadable(format!("`{at}`: {error}")))?;
    let table: Table = toml::from_str(&text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).map_or(1, |before| before.lines().count().max(1));
        ConfigError::Unreadable(format!("`{at}` is not valid TOML near line {line}: {}", error.message()))
    })?;
    let mut values = BTreeMap::new();
    flatten("", table, &mut values);
    match values.keys().find(|key| !KEYS.contains(&key.as_str())) {
        Some(key) => Err(ConfigError::UnknownKey { key: key.clone(), known: format!("`{}`", KEYS.join("`, `")) }),
        None => Ok(values),
    }
}

/// `[egress] allow = …` → `egress.allow`.
fn flatten(prefix: &str, table: Table, into: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) => flatten(&key, inner, into),
            other => {
                into.insert(key, other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, os::unix::ffi::OsStringExt as _};

    use super::*;

    fn loaded(flags: &ServerFlags, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        Source::read(flags, variable)?.config()
    }

    #[test]
    fn what_is_closed_is_opened_by_name() {
        let config = loaded(&ServerFlags::default(), &[]).unwrap();
        assert_eq!(config.private_connections, Openings::default());
        assert_eq!(config.leases.on_role_change, OnRoleChange::Warn);
        let (_file, flags) = file("[private_connections]\nallow = [\"whole-cluster\"]");
        let variables = [("MAYFLY_LEASES_ON_ROLE_CHANGE", "block")];
        let config = loaded(&flags, &variables).unwrap();
        assert_eq!(config.private_connections, Openings { whole_cluster: true, ..Openings::default() });
        assert_eq!(config.leases.on_role_change, OnRoleChange::Block);
        let variables = [("MAYFLY_PRIVATE_CONNECTIONS_ALLOW", "system-namespaces, everything")];
        assert!(loaded(&ServerFlags::default(), &variables).unwrap_err().to_string().contains("has `everything`"));
        let (_file, flags) = file("[leases]\nmost_of_secret = 7");
        let config = loaded(&flags, &[("MAYFLY_LEASES_MOST_OF_HOLDER", "3")]).unwrap();
        assert_eq!((config.leases.most_of_secret, config.leases.most_of_holder), (Some(7), Some(3)));
        let variables = [("MAYFLY_LEASES_MOST_OF_HOLDER", "0")];
        assert!(loaded(&ServerFlags::default(), &variables).unwrap_err().to_string().contains("whole number from 1"));
        let variables = [("MAYFLY_LEASES_ON_ROLE_CHANGE", "shrug")];
        assert!(loaded(&ServerFlags::default(), &variables).unwrap_err().to_string().contains("`warn` or `block`"));
    }

    #[test]
    fn token_files_are_a_name_an_address_and_a_path_each() {
        let text = "[connections]\ntoken_files = [\"in-cluster https://kubernetes.default.svc /var/run/a token\"]";
        let (_file, flags) = file(text);
        let files = loaded(&flags, &[]).unwrap().token_files;
        let [found] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!((found.name.as_str(), found.path.to_str()), ("in-cluster", Some("/var/run/a token")));
        for (text, why) in [
            ("a https://b", "not a name, an address and a path"),
            ("A https://b /c", "whose name must contain only"),
            ("a http://b /c", "whose address must start with"),
            ("a https://b /c, a https://d /e", "`a` twice"),
        ] {
            let error = loaded(&ServerFlags::default(), &[("MAYFLY_CONNECTIONS_TOKEN_FILES", text)]).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
    }

    fn file(text: &str) -> (tempfile::NamedTempFile, ServerFlags) {
        let mut file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let flags = ServerFlags { config: Some(file.path().to_owned()), ..ServerFlags::default() };
        (file, flags)
    }

    #[test]
    fn a_flag_beats_a_variable_beats_the_file_beats_the_default() {
        let (_file, mut flags) = file("listen = \"127.0.0.1:1\"\n[leases]\nlongest = \"2h\"\n");
        assert_eq!(loaded(&ServerFlags::default(), &[]).unwrap().listen.port(), 8420);
        assert_eq!(loaded(&flags, &[]).unwrap().listen.port(), 1);
        assert_eq!(loaded(&flags, &[]).unwrap().leases.longest_seconds, 7_200);
        assert_eq!(loaded(&flags, &[("MAYFLY_LISTEN", "127.0.0.1:2")]).unwrap().listen.port(), 2);
        flags.listen = Some("127.0.0.1:3".parse().unwrap());
        assert_eq!(loaded(&flags, &[("MAYFLY_LISTEN", "127.0.0.1:2")]).unwrap().listen.port(), 3);
    }

    #[test]
    fn ranges_are_a_list_or_a_text_with_commas() {
        let (_file, flags) = file("[egress]\nallow = [\"127.0.0.0/8\", \"::1\"]\n");
        assert_eq!(loaded(&flags, &[]).unwrap().egress.allow.len(), 2);
        let from_variable = loaded(&ServerFlags::default(), &[("MAYFLY_EGRESS_ALLOW", "127.0.0.0/8, ::1/128")]);
        assert_eq!(from_variable.unwrap().egress.allow.len(), 2);
    }

    #[test]
    fn a_variable_that_is_no_text_is_refused_and_a_misspelt_one_is_noticed() {
        let broken = |name: &str| (name == "MAYFLY_EGRESS_DENY").then(|| OsString::from_vec(vec![0xff]));
        let error = Source::read(&ServerFlags::default(), broken).err().unwrap().to_string();
        assert!(error.contains("`egress.deny` must be text in UTF-8"), "{error}");
        let set = ["PATH", "MAYFLY_EGRES_DENY", "MAYFLY_EGRESS_DENY", "MAYFLY_CONFIG", "MAYFLY_TEST_COUNTS"];
        assert_eq!(unknown_variables(set.into_iter().map(OsString::from)), ["MAYFLY_EGRES_DENY"]);
    }

    #[test]
    fn a_broken_file_is_not_repeated() {
        for broken in ["database_url = \"postgresql://u:hunter2@h/db\n", "[master_key]\nvalue = hunter2\n"] {
            let (_file, flags) = file(broken);
            let error = loaded(&flags, &[]).unwrap_err().to_string();
            assert!(error.contains("line") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn a_database_url_is_not_shown() {
        let of = |url: &str| ServerFlags { database_url: Some(url.into()), ..ServerFlags::default() };
        let flags = of("postgresql://u:hunter2@h/db");
        let config = loaded(&flags, &[]).unwrap();
        assert_eq!(config.database_url, flags.database_url, "it is read all the same");
        for shown in [format!("{flags:?}"), format!("{config:?}")] {
            assert!(shown.contains("database_url: Some([hidden])") && !shown.contains("hunter2"), "{shown}");
        }
        let wrong = "mysql://u:hunter2@h/db";
        for refused in [loaded(&of(wrong), &[]), loaded(&ServerFlags::default(), &[("MAYFLY_DATABASE_URL", wrong)])] {
            let error = refused.unwrap_err();
            assert!(error.to_string().contains("`database_url`"), "{error}");
            assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn each_faulty_setting_is_named() {
        let (_file, flags) = file("[egress]\nalow = []\n");
        let error = loaded(&flags, &[]).unwrap_err().to_string();
        assert!(error.contains("`egress.alow`") && error.contains("`egress.allow`"), "{error}");
        for (name, value, expected) in [
            ("MAYFLY_LISTEN", "8420", "`listen`"),
            ("MAYFLY_DATABASE_URL", "mysql://x", "`database_url`"),
            ("MAYFLY_LEASES_LONGEST", "3600", "`leases.longest` needs a unit"),
            ("MAYFLY_EGRESS_DENY", "10.0.0.0/33", "`egress.deny`"),
            ("MAYFLY_TLS_ALLOW_UNVERIFIED", "yes", "`tls.allow_unverified`"),
            ("MAYFLY_TLS_CERTIFICATE", "tls.crt", "`tls.key` must be given with `tls.certificate`"),
            ("MAYFLY_TLS_KEY", "tls.key", "`tls.certificate` must be given with `tls.key`"),
            ("MAYFLY_HTTP_TRUSTED_PROXIES", "0.0.0.0/0", "`http.trusted_proxies` has `0.0.0.0/0`, which is too wide"),
            ("MAYFLY_HTTP_TRUSTED_PROXIES", "10.0.0.1, ::/0", "`http.trusted_proxies` has `::/0`, which is too wide"),
            ("MAYFLY_HTTP_PROXY_HEADER", "x forwarded", "`http.proxy_header` must be the name of a header"),
            ("MAYFLY_HTTP_PROXY_HEADER", "Forwarded", "`Forwarded` is not read"),
            ("MAYFLY_HTTP_MOST_REQUESTS", "0", "`http.most_requests`"),
            ("MAYFLY_AUDIT_RETENTION_DAYS", "9999999", "`audit.retention_days` must be at most 36500 days"),
            ("MAYFLY_RATE_LIMITS_AUTH", "none", "`rate_limits.auth` must be a whole number from 1, or `off`"),
            ("MAYFLY_LOG_FORMAT", "xml", "`log.format`"),
            ("MAYFLY_LOG_FILTER", "mayfly_app=loud", "`log.filter`"),
        ] {
            let error = loaded(&ServerFlags::default(), &[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        for value in ["[10]", "5", "[\"10.0.0.0/8\", true]"] {
            let (_file, flags) = file(&format!("[egress]\ndeny = {value}\n"));
            let error = loaded(&flags, &[]).unwrap_err().to_string();
            assert!(error.contains("`egress.deny` must be a list of texts"), "{value}: {error}");
        }
        let two = [("MAYFLY_MASTER_KEY_FILE", "k"), ("MAYFLY_MASTER_KEY_COMMAND", "c")];
        assert!(loaded(&ServerFlags::default(), &two).unwrap_err().to_string().contains("one way only"));
        let two = two.map(|(name, value)| (name.replace("MASTER_KEY", "MASTER_KEY_NEXT"), value));
        let two = two.each_ref().map(|(name, value)| (name.as_str(), *value));
        let error = loaded(&ServerFlags::default(), &two).unwrap_err().to_string();
        assert!(error.contains("`master_key.next` must be given in one way only"), "{error}");
    }

    #[test]
    fn limits_are_numbers_or_off() {
        let (_file, flags) = file("[rate_limits]\nread = 7\nwrite = \"off\"\n[http]\nmost_connections = 9\n");
        let http = loaded(&flags, &[("MAYFLY_RATE_LIMITS_AUTH", "off")]).unwrap().http;
        let limits = http.rate_limits;
        assert_eq!((limits.read, limits.write, limits.secrets, limits.auth), (Some(7), None, Some(3_000), None));
        assert_eq!((http.connections.altogether, http.connections.of_source), (9, 1_024));
        assert_eq!((http.longest_request.as_secs(), http.idle_connection.as_secs()), (60, 75));
    }
}
