//! Settings about people: where they reach the server, how long they stay signed in, how mail gets to them.

use std::net::SocketAddr;

use http::Uri;
use jiff::SignedDuration;
use mayfly_app::{InvalidMailSettings, MailSettings, SecondFactorOf};
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

/// Which people have to have a second factor.
pub(super) fn second_factor_of(source: &Source) -> Result<SecondFactorOf, ConfigError> {
    const KEY: &str = "sessions.second_factor_of";
    match source.text(KEY)?.as_deref() {
        None | Some("nobody") => Ok(SecondFactorOf::Nobody),
        Some("admins") => Ok(SecondFactorOf::Admins),
        Some("everybody") => Ok(SecondFactorOf::Everybody),
        Some(_) => Err(invalid(KEY, "must be `nobody`, `admins` or `everybody`")),
    }
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

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::config::{Config, ServerFlags};

    fn loaded(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variable =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value));
        Source::read(&ServerFlags::default(), variable)?.config()
    }

    fn refusal(variables: &[(&str, &str)]) -> String {
        loaded(variables).unwrap_err().to_string()
    }

    #[test]
    fn people_reach_the_server_where_it_listens_unless_told_otherwise() {
        let config = loaded(&[("MAYFLY_LISTEN", "127.0.0.1:9000")]).unwrap();
        assert_eq!(config.public_url, "http://127.0.0.1:9000");
        assert!(config.sessions == SessionLimits::default() && config.mail.is_none());
        let config = loaded(&[("MAYFLY_PUBLIC_URL", "https://mayfly.example.com/app/")]).unwrap();
        assert_eq!(config.public_url, "https://mayfly.example.com/app");
        for bad in ["mayfly.example.com", "ftp://x", "https://", "https://u:p@x", "https://x?y", "https://x#y"] {
            assert!(refusal(&[("MAYFLY_PUBLIC_URL", bad)]).contains("must be an address"), "{bad}");
        }
    }

    #[test]
    fn sessions_have_sensible_ends() {
        let config = loaded(&[("MAYFLY_SESSIONS_LONGEST", "8h"), ("MAYFLY_SESSIONS_IDLE", "10m")]).unwrap();
        let wanted = SessionLimits { absolute: SignedDuration::from_hours(8), idle: SignedDuration::from_mins(10) };
        assert_eq!(config.sessions, wanted);
        assert!(refusal(&[("MAYFLY_SESSIONS_IDLE", "1m")]).contains("at least `5m`"));
        assert!(refusal(&[("MAYFLY_SESSIONS_LONGEST", "20m")]).contains("must not be shorter"));
        assert!(refusal(&[("MAYFLY_SESSIONS_IDLE", "soon")]).contains("sessions.idle"));
    }

    #[test]
    fn mail_takes_a_server_and_a_sender() {
        let (url, from) = (("MAYFLY_SMTP_URL", "smtps://u:hunter2@x"), ("MAYFLY_SMTP_FROM", "Mayfly <m@example.com>"));
        assert!(loaded(&[url, from]).unwrap().mail.is_some());
        assert!(refusal(&[url]).contains("`smtp.from` must be given"));
        assert!(refusal(&[from]).contains("`smtp.url` must be given"));
        let open = refusal(&[("MAYFLY_SMTP_URL", "smtp://u:hunter2@x"), from]);
        assert!(open.contains("STARTTLS") && !open.contains("hunter2"), "{open}");
        assert!(refusal(&[url, ("MAYFLY_SMTP_FROM", "nobody")]).contains("must be a sender"));
        assert!(!format!("{:?}", loaded(&[url, from]).unwrap()).contains("hunter2"));
    }
}
