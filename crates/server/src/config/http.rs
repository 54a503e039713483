//! Reading what the listener takes, and from whom.

use std::{path::PathBuf, time::Duration};

use http::HeaderName;
use toml::Value;

use super::{
    ConfigError, HttpConfig,
    load::{Source, invalid},
};
use crate::{
    http::{Most, guards::Hardening, proxies::TrustedProxies, rate_limits::RateLimits},
    listener::{IDLE_DEADLINE, MOST_CONNECTIONS},
    tls::TlsFiles,
};

/// Behind one address there may be many people, and a program that holds on to its connections.
const MOST_CONNECTIONS_OF_SOURCE: usize = 1_024;

impl Source {
    pub(super) fn http(&self) -> Result<HttpConfig, ConfigError> {
        let Most { altogether, of_source } = Hardening::REQUESTS;
        Ok(HttpConfig {
            proxies: self.proxies()?,
            is_reached_by_tls: self.parsed("http.reached_by_tls")?.unwrap_or(false),
            connections: Most {
                altogether: self.size("http.most_connections")?.unwrap_or(MOST_CONNECTIONS),
                of_source: self.size("http.most_connections_of_source")?.unwrap_or(MOST_CONNECTIONS_OF_SOURCE),
            },
            requests: Most {
                altogether: self.size("http.most_requests")?.unwrap_or(altogether),
                of_source: self.size("http.most_requests_of_source")?.unwrap_or(of_source),
            },
            longest_request: self.seconds("http.longest_request_seconds")?.unwrap_or(Hardening::LONGEST_REQUEST),
            idle_connection: self.seconds("http.idle_connection_seconds")?.unwrap_or(IDLE_DEADLINE),
            rate_limits: self.rate_limits()?,
        })
    }

    pub(super) fn server_tls(&self) -> Result<Option<TlsFiles>, ConfigError> {
        let path = |key| self.text(key).map(|text| text.map(PathBuf::from));
        match (path("tls.certificate")?, path("tls.key")?) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
            (None, Some(_)) => Err(invalid("tls.certificate", "must be given with `tls.key`")),
            (Some(_), None) => Err(invalid("tls.key", "must be given with `tls.certificate`")),
        }
    }

    fn proxies(&self) -> Result<TrustedProxies, ConfigError> {
        let ranges = self.ranges("http.trusted_proxies")?;
        let header = match self.text("http.proxy_header")? {
            None => HeaderName::from_static("x-forwarded-for"),
            Some(name) => name
                .parse()
                .map_err(|_| invalid("http.proxy_header", "must be the name of a header such as `x-forwarded-for`"))?,
        };
        if header == http::header::FORWARDED {
            return Err(invalid("http.proxy_header", "must be a header that lists addresses; `Forwarded` is not read"));
        }
        TrustedProxies::new(ranges, header).map_err(|wide| invalid("http.trusted_proxies", wide.to_string()))
    }

    fn rate_limits(&self) -> Result<RateLimits, ConfigError> {
        let RateLimits { read, write, secrets, auth, enrolment } = RateLimits::default();
        Ok(RateLimits {
            read: self.rate("rate_limits.read", read)?,
            write: self.rate("rate_limits.write", write)?,
            secrets: self.rate("rate_limits.secrets", secrets)?,
            auth: self.rate("rate_limits.auth", auth)?,
            enrolment: self.rate("rate_limits.enrolment", enrolment)?,
        })
    }

    /// Requests in a minute; `off` for as many as there are.
    fn rate(&self, key: &'static str, default: Option<u32>) -> Result<Option<u32>, ConfigError> {
        if self.value(key) == Some(&Value::from("off")) {
            return Ok(None);
        }
        let counted =
            self.count(key).map_err(|_| invalid(key, "must be a whole number from 1, or `off` for no limit"))?;
        Ok(counted.or(default))
    }

    fn seconds(&self, key: &'static str) -> Result<Option<Duration>, ConfigError> {
        Ok(self.count(key)?.map(|seconds| Duration::from_secs(u64::from(seconds))))
    }

    fn size(&self, key: &'static str) -> Result<Option<usize>, ConfigError> {
        Ok(self.count(key)?.map(|number| usize::try_from(number).unwrap_or(usize::MAX)))
    }
}
