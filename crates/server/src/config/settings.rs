//! The settings themselves, with their defaults.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;
use mayfly_app::{MailSettings, Openings, SecondFactorOf};
use mayfly_domain::{
    connection::ClusterUrl, plan::OnRoleChange, sensitive::Sensitive, session::SessionLimits, slug::TokenFileName,
};

use crate::{
    http::{Most, proxies::TrustedProxies, rate_limits::RateLimits},
    tls::TlsFiles,
};

/// Every key there is, as the TOML file writes it.
pub(super) const KEYS: &[&str] = &[
    "listen",
    "public_url",
    "sessions.longest",
    "sessions.idle",
    "sessions.second_factor_of",
    "smtp.url",
    "smtp.from",
    "data_dir",
    "database_url",
    "master_key.file",
    "master_key.value",
    "master_key.command",
    "master_key.next.file",
    "master_key.next.value",
    "master_key.next.command",
    "leases.longest",
    "leases.on_role_change",
    "leases.most_of_secret",
    "leases.most_of_holder",
    "private_connections.allow",
    "connections.token_files",
    "egress.allow",
    "egress.deny",
    "tls.allow_unverified",
    "tls.certificate",
    "tls.key",
    "peers.listen",
    "peers.address",
    "http.trusted_proxies",
    "http.proxy_header",
    "http.reached_by_tls",
    "http.most_connections",
    "http.most_connections_of_source",
    "http.most_requests",
    "http.most_requests_of_source",
    "http.longest_request_seconds",
    "http.idle_connection_seconds",
    "rate_limits.read",
    "rate_limits.write",
    "rate_limits.secrets",
    "rate_limits.auth",
    "rate_limits.enrolment",
    "audit.retention_days",
    "audit.heads_file",
    "audit.file",
    "audit.most_requests_of_lease",
    "audit.request_days",
    "log.format",
    "log.filter",
];

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen. `127.0.0.1:8420` unless set.
    pub listen: SocketAddr,
    /// Where people reach this server, without a slash at its end. The address it listens on, unless set.
    pub public_url: String,
    /// How long people stay signed in. Twelve hours, and half an hour without a request, unless set.
    pub sessions: SessionLimits,
    /// Which people have to have a second factor.
    pub second_factor_of: SecondFactorOf,
    /// How mail is sent. None is, unless set.
    pub mail: Option<MailSettings>,
    /// Where the embedded database, the master key and the setup code are. `mayfly-data` unless set.
    pub data_dir: PathBuf,
    /// A PostgreSQL URL; absent, the embedded SQLite database in the data folder is used.
    pub database_url: Option<Sensitive<String>>,
    /// Where the master key comes from.
    pub master_key: MasterKeyConfig,
    /// Where the master key comes from that is to follow it.
    pub next_master_key: MasterKeyConfig,
    /// Leases.
    pub leases: LeaseConfig,
    /// What connections that come with a dynamic secret may be used for, beyond what is open to all. Nothing unless
    /// set.
    pub private_connections: Openings,
    /// Files with tokens that cluster connections may name. None unless set.
    pub token_files: Vec<TokenFile>,
    /// Where the server may connect to.
    pub egress: EgressConfig,
    /// Connections to clusters.
    pub tls: TlsConfig,
    /// Certificate and key of the listener. Without TLS unless set.
    pub server_tls: Option<TlsFiles>,
    /// How other servers of the installation ask for gateways that came to this one. They do not, unless set.
    pub peers: Option<PeerConfig>,
    /// What the listener takes.
    pub http: HttpConfig,
    /// The audit log.
    pub audit: AuditConfig,
    /// Logs.
    pub log: LogConfig,
}

/// How other servers of the installation ask for gateways that came to this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerConfig {
    /// Where to listen for them.
    pub listen: SocketAddr,
    /// Where they find that: host and port. What is listened on, unless set.
    pub address: Option<String>,
}

/// Where the master key comes from; one of them at most.
#[derive(Clone, Debug, Default)]
pub struct MasterKeyConfig {
    /// A file that holds it, as base64.
    pub file: Option<PathBuf>,
    /// The key itself, as base64.
    pub value: Option<Sensitive<String>>,
    /// A command that prints it.
    pub command: Option<String>,
}

/// Leases.
#[derive(Clone, Copy, Debug)]
pub struct LeaseConfig {
    /// The longest lease in seconds. A day unless set.
    pub longest_seconds: u64,
    /// What is done when a role has other rules than when its dynamic secret was saved. Issued and shown unless set.
    pub on_role_change: OnRoleChange,
    /// Live leases of one dynamic secret at most. No limit unless set.
    pub most_of_secret: Option<u32>,
    /// Live leases of one holder at most. No limit unless set.
    pub most_of_holder: Option<u32>,
}

/// The audit log.
#[derive(Clone, Debug)]
pub struct AuditConfig {
    /// Days for which events are kept; none keeps all. 90 unless set.
    pub retention_days: Option<u32>,
    /// A file to which the head of the chain is appended each minute. None unless set.
    pub heads_file: Option<PathBuf>,
    /// A file to which each event is appended. None unless set.
    pub file: Option<PathBuf>,
    /// Requests that are kept of one lease at most, from clusters' audit logs. 1,000 unless set.
    pub most_requests_of_lease: u32,
    /// Days for which they are kept. 30 unless set.
    pub request_days: u32,
}

/// A file with the token of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFile {
    /// What connections call it.
    pub name: TokenFileName,
    /// The only API server that its token may be sent to.
    pub url: ClusterUrl,
    /// Where it is.
    pub path: PathBuf,
}

/// Where the server may connect to.
#[derive(Clone, Debug, Default)]
pub struct EgressConfig {
    /// Loopback ranges that may be connected to.
    pub allow: Vec<IpNet>,
    /// Private ranges that may not.
    pub deny: Vec<IpNet>,
}

/// Connections to clusters.
#[derive(Clone, Copy, Debug, Default)]
pub struct TlsConfig {
    /// Whether a connection may skip verification.
    pub allow_unverified: bool,
}

/// What the listener takes, from whom.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Proxies that are believed when they say who asked them. None unless set.
    pub proxies: TrustedProxies,
    /// Whether a proxy in front serves by TLS, so that browsers are told to come back by TLS only. Not unless set.
    pub is_reached_by_tls: bool,
    /// Connections at a time: 4096, and 1024 from one address, unless set.
    pub connections: Most,
    /// Requests at a time: 1024, and 512 from one address, unless set.
    pub requests: Most,
    /// How long a request may take; 60 seconds unless set.
    pub longest_request: Duration,
    /// How long a connection without a request is kept; 75 seconds unless set.
    pub idle_connection: Duration,
    /// How often somebody may ask in a minute.
    pub rate_limits: RateLimits,
}

/// Logs.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// `text` or `json`.
    pub format: LogFormat,
    /// What to log, such as `info` or `mayfly_app=debug,info`.
    pub filter: String,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// JSON for programs.
    Json,
}
