//! Mail to people: links, and what became of requests. The only place that knows SMTP.

use std::{sync::Arc, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use mayfly_domain::{error::chain, sensitive::Sensitive};

use crate::{App, AppError, approvals::NoticeText, users::Delivery};

/// A mail server that takes longer than this is not waited for.
const DEADLINE: Duration = Duration::from_secs(20);

/// How mail is sent. Read once, at the start.
#[derive(Clone)]
pub struct MailSettings {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// A mail server cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMailSettings {
    /// The address of the server.
    #[error(
        "must be `smtps://user:password@host` (TLS from the start), `smtp://user:password@host?tls=required` (STARTTLS), or \
         `smtp://host` for a server on this very machine"
    )]
    Url,
    /// The sender.
    #[error("must be a sender such as `Mayfly <mayfly@example.com>`")]
    From,
}

impl MailSettings {
    /// Reads both settings. A password in `url` is in no error.
    pub fn new(url: &Sensitive<String>, from: &str) -> Result<Self, InvalidMailSettings> {
        if !is_secured(url.expose()) {
            return Err(InvalidMailSettings::Url);
        }
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose());
        let transport = builder.map_err(|_| InvalidMailSettings::Url)?.timeout(Some(DEADLINE)).build();
        Ok(Self { transport, from: from.parse().map_err(|_| InvalidMailSettings::From)? })
    }
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("MailSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

/// A link is as good as a password for an hour: it goes over TLS, or does not leave the machine.
fn is_secured(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("smtp://") else { return url.starts_with("smtps://") };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let name = host.strip_prefix('[').and_then(|host| host.split(']').next());
    let name = name.unwrap_or_else(|| host.split(':').next().unwrap_or_default());
    let is_here = name == "localhost" || name.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    is_here || rest.split('?').nth(1).is_some_and(|query| query.split('&').any(|pair| pair == "tls=required"))
}

/// Sends mail.
pub(crate) struct Mailer(Arc<MailSettings>);

impl App {
    /// The mailer, where mail is wanted.
    pub(crate) fn mailer_for(&self, delivery: Delivery) -> Result<Option<&Mailer>, AppError> {
        match delivery {
            Delivery::ByHand => Ok(None),
            Delivery::ByMail => self.mailer.as_ref().map(Some).ok_or(AppError::NoMail),
        }
    }
}

impl Mailer {
    pub(crate) fn new(settings: &MailSettings) -> Self {
        Self(Arc::new(settings.clone()))
    }

    /// Tells somebody of a request.
    pub(crate) async fn send_notice(&self, to: &str, notice: &NoticeText) -> Result<(), AppError> {
        send(&self.0, to, notice.subject, &Sensitive::new(notice.body.clone())).await
    }

    /// Sends the link to set a new password.
    pub(crate) async fn send_password_link(&self, to: &str, link: &Sensitive<String>) -> Result<(), AppError> {
        send(&self.0, to, "Set a new password", &password_text(link)).await
    }

    /// The same beside what goes on: whoever asked has the link anyway.
    pub(crate) fn send_password_link_soon(&self, to: String, link: &Sensitive<String>) {
        self.send_soon(to, "Set a new password", password_text(link));
    }

    /// Sends an invitation beside what goes on.
    pub(crate) fn send_invitation_soon(&self, to: String, link: &Sensitive<String>) {
        let text = Sensitive::new(format!(
            "You are invited to Mayfly. Join within seven days:\n\n{}\n\nThe link works once. If you expect no \
             invitation, do nothing.\n",
            link.expose()
        ));
        self.send_soon(to, "You are invited", text);
    }

    fn send_soon(&self, to: String, subject: &'static str, text: Sensitive<String>) {
        let settings = Arc::clone(&self.0);
        tokio::spawn(async move {
            if let Err(error) = send(&settings, &to, subject, &text).await {
                tracing::error!(error = %chain(&error), "a mail could not be sent; its link was shown to whoever asked for it");
            }
        });
    }
}

fn password_text(link: &Sensitive<String>) -> Sensitive<String> {
    Sensitive::new(format!(
        "Somebody asked for a new password for your account at Mayfly. Set it within an hour:\n\n{}\n\nThe link works once. \
         If it was not you, do nothing: your password stays.\n",
        link.expose()
    ))
}

async fn send(settings: &MailSettings, to: &str, subject: &str, text: &Sensitive<String>) -> Result<(), AppError> {
    let to: Mailbox =
        to.parse().map_err(|_| AppError::Mail("no mail can be sent to the person's address".to_owned()))?;
    let message = Message::builder()
        .from(settings.from.clone())
        .to(to)
        .subject(format!("Mayfly: {subject}"))
        .header(ContentType::TEXT_PLAIN)
        .body(text.expose().clone());
    let message = message.map_err(|_| AppError::Bug("a mail could not be written"))?;
    settings.transport.send(message).await.map(drop).map_err(|error| AppError::Mail(chain(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_go_over_tls_or_stay_on_the_machine() {
        for url in ["smtps://u:p@mail.example.com", "smtp://u:p@mail.example.com:587?tls=required"] {
            assert!(is_secured(url), "{url}");
        }
        for url in ["smtp://localhost:1025", "smtp://127.0.0.1:25", "smtp://u:p@[::1]:25"] {
            assert!(is_secured(url), "{url}");
        }
        for url in
            ["smtp://mail.example.com", "smtp://mail.example.com?tls=opportunistic", "smtp://localhost@evil.example"]
        {
            assert!(!is_secured(url), "{url}");
        }
        let url = Sensitive::from("smtp://u:hunter2@mail.example.com");
        let error = MailSettings::new(&url, "x").unwrap_err();
        assert!(error == InvalidMailSettings::Url && !error.to_string().contains("hunter2"));
    }
}
