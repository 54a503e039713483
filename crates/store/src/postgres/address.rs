//! The URL of a database.
//!
//! The driver knows `sslmode` only up to `require` and no `sslrootcert`: both are taken out here and mean what they mean
//! to PostgreSQL's own programs.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::PathBuf,
    str::FromStr as _,
    time::Duration,
};

use tokio_postgres::{
    Config,
    config::{Host, SslMode},
};

use super::tls::{Roots, Verification};
use crate::error::StoreError;

/// Unanswered data for this long, and the connection is dead: a firewall or a machine between us is gone.
const DEAD_AFTER: Duration = Duration::from_secs(10);

/// Where the database is and whom to trust there.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) verification: Verification,
}

impl Address {
    /// Reads `url`. No error repeats any of it: it has a password.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        if !url.starts_with("postgresql://") && !url.starts_with("postgres://") {
            return Err(refused("must begin with `postgresql://`"));
        }
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut mode = "prefer".to_owned();
        let mut roots = None;
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match url::form_urlencoded::parse(pair.as_bytes()).next() {
                Some((name, value)) if name == "sslmode" => mode = value.into_owned(),
                Some((name, value)) if name == "sslrootcert" => roots = Some(value.into_owned()),
                Some(_) | None => rest.push(pair),
            }
        }
        let mut config = Config::from_str(&format!("{place}?{}", rest.join("&")))
            .map_err(|error| refused(&mayfly_domain::error::chain(&error)))?;
        let (ssl_mode, verification) = verification(&mode, roots.as_deref())?;
        config.ssl_mode(ssl_mode).tcp_user_timeout(DEAD_AFTER).keepalives_idle(DEAD_AFTER);
        if config.get_application_name().is_none() {
            config.application_name("mayfly");
        }
        Ok(Self { config, verification })
    }
}

impl Address {
    /// The network addresses of the servers it names, as they resolve now. Names that do not resolve give none.
    ///
    /// With `hostaddr` the driver connects there, and a name beside it only says whose certificate is expected; both are
    /// given, because nobody else may be sent to either.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        const USUAL_PORT: u16 = 5432;
        let ports = self.config.get_ports();
        let port = |position: usize| ports.get(position).or_else(|| ports.first()).copied().unwrap_or(USUAL_PORT);
        let resolve = |(position, host): (usize, &Host)| match host {
            Host::Tcp(name) => {
                (name.as_str(), port(position)).to_socket_addrs().map(Vec::from_iter).unwrap_or_default()
            }
            Host::Unix(_) => Vec::new(),
        };
        let named = self.config.get_hosts().iter().enumerate().flat_map(resolve);
        let numbered = self.config.get_hostaddrs().iter().enumerate();
        numbered.map(|(position, address)| SocketAddr::new(*address, port(position))).chain(named).collect()
    }
}

fn verification(mode: &str, roots: Option<&str>) -> Result<(SslMode, Verification), StoreError> {
    let given = match roots {
        None | Some("system") => Roots::Public,
        Some(path) => Roots::File(PathBuf::from(path)),
    };
    match (mode, roots) {
        ("disable", _) => Ok((SslMode::Disable, Verification::Nobody)),
        ("prefer", _) => Ok((SslMode::Prefer, Verification::Nobody)),
        ("require", None) => Ok((SslMode::Require, Verification::Nobody)),
        // With an authority at hand it is asked, whatever the mode's name.
        ("require" | "verify-ca", _) => Ok((SslMode::Require, Verification::Authority(given))),
        ("verify-full", _) => Ok((SslMode::Require, Verification::Full(given))),
        _ => Err(refused(
            "has an unknown `sslmode`: `disable`, `prefer`, `require`, `verify-ca` and `verify-full` exist",
        )),
    }
}

fn refused(problem: &str) -> StoreError {
    StoreError::Refused(format!("the database URL {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Address {
        Address::parse(&format!("postgresql://user:secret@host:5433/base?{query}")).unwrap()
    }

    #[test]
    fn modes_mean_what_they_mean_to_postgres() {
        let file = || Roots::File(PathBuf::from("/etc/ca one.pem"));
        for (query, mode, verification) in [
            ("", SslMode::Prefer, Verification::Nobody),
            ("sslmode=disable", SslMode::Disable, Verification::Nobody),
            ("sslmode=require", SslMode::Require, Verification::Nobody),
            ("sslmode=require&sslrootcert=/etc/ca%20one.pem", SslMode::Require, Verification::Authority(file())),
            ("sslmode=verify-ca&sslrootcert=system", SslMode::Require, Verification::Authority(Roots::Public)),
            ("sslrootcert=/etc/ca%20one.pem&sslmode=verify-full", SslMode::Require, Verification::Full(file())),
            ("sslmode=verify-full", SslMode::Require, Verification::Full(Roots::Public)),
        ] {
            let address = parse(query);
            assert_eq!((address.config.get_ssl_mode(), address.verification), (mode, verification), "{query}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_driver() {
        let address = parse("application_name=x&sslmode=require&connect_timeout=7");
        assert_eq!(address.config.get_application_name(), Some("x"));
        assert_eq!(address.config.get_connect_timeout(), Some(&Duration::from_secs(7)));
        assert_eq!((address.config.get_user(), address.config.get_dbname()), (Some("user"), Some("base")));
    }

    #[test]
    fn every_server_has_its_addresses() {
        let addresses = |url: &str| {
            let found = Address::parse(url).unwrap().addresses();
            found.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(addresses("postgresql://user@192.0.2.1/base"), ["192.0.2.1:5432"]);
        assert_eq!(addresses("postgresql://user@192.0.2.1:1,[2001:db8::1]:2/base"), ["192.0.2.1:1", "[2001:db8::1]:2"]);
        assert_eq!(addresses("postgresql:///base?hostaddr=192.0.2.9&port=6"), ["192.0.2.9:6"]);
        let both = "postgresql://user@unknown.invalid:1,192.0.2.1:2/base?hostaddr=192.0.2.8,2001:db8::9";
        assert_eq!(addresses(both), ["192.0.2.8:1", "[2001:db8::9]:2", "192.0.2.1:2"]);
        assert_eq!(addresses("postgresql:///base?host=/run/postgresql"), Vec::<String>::new());
    }

    #[test]
    fn refusals_do_not_repeat_the_password() {
        for url in [
            "mysql://user:secret@host/base",
            "postgresql://user:secret@host/base?sslmode=sometimes",
            "postgresql://user:secret@host/base?sslcert=/secret",
            "postgresql://user:secret@host:port/base",
        ] {
            let refusal = Address::parse(url).unwrap_err().to_string();
            assert!(refusal.contains("the database URL") && !refusal.contains("secret"), "{refusal}");
        }
    }
}
