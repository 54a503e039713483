//! Settings about people: where they reach the server, how long they stay signed in, how mail gets to them.

use std::net::SocketAddr;

use http::Uri;
use jiff::SignedDuration;
use mayfly_app::{InvalidMailSettings, MailSettings};
use mayfly_domain::{sensitive::Sensitive, session::SessionLimits, ttl::Ttl};

use super::{
    ConfigError,
    load::{Source, invalid},
};

/// Where people reach the server: scheme, host, and a path where a proxy has one.
pub(super) fn public_url(source: &Source, listen: SocketAddr) -> Result<String, ConfigError> {
    const KEY: &str = "public_url";
    let Some(text) = source.text(KEY)? else { return Ok(format!("http://{listen}")) };
    let url: Option<Uri> = text.parse().ok();
    let is_right = url.is_some_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https"))
            && url.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && url.query().is_none()
    });
    if is_right && !text.contains('#') {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err(invalid(KEY, "must be an address such as `https://mayfly.example.com`"))
    }
}

/// How long people stay signed in.
pub(super) fn sessions(source: &Source) -> Result<SessionLimits, ConfigError> {
    let usual = SessionLimits::default();
    let limits = SessionLimits {
        absolute: duration(source, "sessions.longest")?.unwrap_or(usual.absolute),
        idle: duration(source, "sessions.idle")?.unwrap_or(usual.idle),
    };
    // Use is written down each minute: a shorter idle time would end sessions in use.
    if limits.idle < SignedDuration::from_mins(5) {
        return Err(invalid("sessions.idle", "must be at least `5m`"));
    }
    if limits.absolute < limits.idle {
        return Err(invalid("sessions.longest", "must not be shorter than `sessions.idle`"));
    }
    Ok(limits)
}

fn duration(source: &Source, key: &'static str) -> Result<Option<SignedDuration>, ConfigError> {
    let ttl = source.parsed::<Ttl>(key)?;
    Ok(ttl.map(|ttl| SignedDuration::from_secs(i64::try_from(ttl.seconds()).unwrap_or(i64::MAX))))
}

/// How mail is sent: both settings, or none.
pub(super) fn mail(source: &Source) -> Result<Option<MailSettings>, ConfigError> {
    let url = source.text("smtp.url")?.map(Sensitive::new);
    match (url, source.text("smtp.from")?) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(invalid("smtp.from", "must be given with `smtp.url`")),
        (None, Some(_)) => Err(invalid("smtp.url", "must be given with `smtp.from`")),
        (Some(url), Some(from)) => MailSettings::new(&url, &from).map(Some).map_err(|error| {
            let key = if error == InvalidMailSettings::Url { "smtp.url" } else { "smtp.from" };
            invalid(key, error.to_string())
        }),
    }
}
