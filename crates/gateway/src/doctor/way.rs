//! The way to the server, leg by leg.
//!
//! Whoever is enrolled hears what the server says and goes before it is a tunnel: one that runs keeps its own. Whoever is not
//! goes as far as the inner TLS with the pinned authority, and does not show its token.

use jiff::{SignedDuration, Timestamp};
use mayfly_domain::{clock::Ambient, error::chain};
use mayfly_tunnel::{
    answering::hear,
    carrier::Carrier,
    enrolment::EnrolmentText,
    protocol::{ENROLMENT_PATH, ENROLMENT_SUBPROTOCOL, TUNNEL_PATH, TUNNEL_SUBPROTOCOL},
    record::Hello,
    tls::{HandshakeFailed, connect_enrolment, connect_tunnel},
};

use super::{Check, Finding};
use crate::{
    dial::{DialFailed, Leg, Server},
    identity::Identity,
};

/// Clocks that are farther apart make certificates and leases wrong.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_secs(60);

/// As whom somebody goes.
pub enum Who<'a> {
    /// A gateway.
    Enrolled(&'a Identity),
    /// One that is to be.
    Enrolling(&'a EnrolmentText),
    /// Nobody: it is seen how far that leads.
    Nobody,
}

/// Goes to `server`, and says how far that led.
pub async fn look(ambient: &Ambient, server: &Server, who: &Who<'_>) -> Vec<Finding> {
    let (path, subprotocol) = match who {
        Who::Enrolled(_) => (TUNNEL_PATH, TUNNEL_SUBPROTOCOL),
        Who::Enrolling(_) | Who::Nobody => (ENROLMENT_PATH, ENROLMENT_SUBPROTOCOL),
    };
    let dialled = server.dial(ambient, path, subprotocol).await;
    let failed = dialled.as_ref().err();
    let issuer = match failed.map(|failed| failed.leg) {
        Some(leg) if leg < Leg::OuterTls => None,
        Some(_) | None => server.outer_issuer(ambient).await,
    };
    let mut findings: Vec<Finding> =
        server.legs().into_iter().map(|leg| of_leg(leg, failed, issuer.as_deref())).collect();
    match dialled {
        Ok(carrier) => findings.extend(look_inside(ambient, carrier, who).await),
        Err(_) => findings.extend(inside_skipped("the server was not reached")),
    }
    findings
}

fn of_leg(leg: Leg, failed: Option<&DialFailed>, issuer: Option<&str>) -> Finding {
    let check = check_of(leg);
    let seen = match (leg, issuer) {
        (Leg::OuterTls, Some(issuer)) => format!("the certificate that is shown was issued by `{issuer}`"),
        _ => String::new(),
    };
    match failed {
        Some(failed) if failed.leg == leg => {
            let advice = if seen.is_empty() {
                String::new()
            } else {
                format!("; {seen}: if that is a proxy that reads along, give its authority by --server-ca")
            };
            Finding::failed(check, format!("{}{advice}", failed.why))
        }
        Some(failed) if failed.leg < leg => Finding::skipped(check, "the way ended before it"),
        Some(_) | None => Finding::good(check, seen),
    }
}

const fn check_of(leg: Leg) -> Check {
    match leg {
        Leg::Dns => Check::Dns,
        Leg::Tcp => Check::Tcp,
        Leg::ProxyTls => Check::ProxyTls,
        Leg::Proxy => Check::Proxy,
        Leg::OuterTls => Check::OuterTls,
        Leg::Upgrade => Check::Upgrade,
    }
}

/// The findings of a way that was not gone.
pub fn skipped(why: &str) -> Vec<Finding> {
    let legs = [Check::Dns, Check::Tcp, Check::Upgrade].map(|check| Finding::skipped(check, why));
    legs.into_iter().chain(inside_skipped(why)).collect()
}

fn inside_skipped(why: &str) -> [Finding; 3] {
    [Check::InnerTls, Check::Hello, Check::Clock].map(|check| Finding::skipped(check, why))
}

async fn look_inside(ambient: &Ambient, carrier: impl Carrier, who: &Who<'_>) -> Vec<Finding> {
    let secured = match who {
        Who::Nobody => return inside_skipped("there is no identity and no enrolment").into(),
        Who::Enrolling(text) => connect_enrolment(ambient, text.authority, carrier).await.map(|_| None),
        Who::Enrolled(identity) => connect_tunnel(ambient, &identity.trust, identity.shown(), carrier).await.map(Some),
    };
    match secured {
        Err(error) => {
            let told = Finding::failed(Check::InnerTls, untrusted(&error));
            let later = [Check::Hello, Check::Clock].map(|check| Finding::skipped(check, "the server is not believed"));
            std::iter::once(told).chain(later).collect()
        }
        Ok(None) => {
            let believed = "the server has the pinned authority; the enrolment's token was not shown";
            let later = [Check::Hello, Check::Clock].map(|check| Finding::skipped(check, "told once it is enrolled"));
            std::iter::once(Finding::good(Check::InnerTls, believed)).chain(later).collect()
        }
        Ok(Some(stream)) => {
            let secured = Finding::good(Check::InnerTls, "both ends believe each other");
            match hear(ambient, stream).await {
                Ok(hello) => vec![secured, greeted(&hello), compare(hello.clock, ambient.now())],
                Err(error) => vec![
                    secured,
                    Finding::failed(Check::Hello, chain(&error)),
                    Finding::skipped(Check::Clock, "the server did not say its time"),
                ],
            }
        }
    }
}

fn untrusted(error: &HandshakeFailed) -> String {
    format!(
        "{}; the authority is the one that the enrolment or the identity names, and no other is believed",
        chain(error)
    )
}

fn greeted(hello: &Hello) -> Finding {
    let Hello { version, replica, .. } = hello;
    Finding::good(Check::Hello, format!("server {version}, replica {replica}"))
}

/// The server's time against this machine's.
fn compare(theirs: Timestamp, ours: Timestamp) -> Finding {
    let ahead = ours.duration_since(theirs);
    let seconds = ahead.abs().as_secs();
    if ahead.abs() <= CLOCKS_DIFFER {
        return Finding::good(Check::Clock, format!("{seconds} s from the server's"));
    }
    let which = if ahead.is_positive() { "ahead of" } else { "behind" };
    Finding::failed(Check::Clock, format!("this machine's clock is {seconds} s {which} the server's: set it right"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Verdict;

    #[test]
    fn clocks_may_be_a_minute_apart() {
        let theirs: Timestamp = "2030-01-02T03:04:05Z".parse().unwrap();
        for (seconds, verdict, says) in [
            (0, Verdict::Good, "0 s from"),
            (60, Verdict::Good, "60 s from"),
            (-60, Verdict::Good, "60 s from"),
            (61, Verdict::Failed, "61 s ahead of"),
            (-3_600, Verdict::Failed, "3600 s behind"),
        ] {
            let finding = compare(theirs, theirs + SignedDuration::from_secs(seconds));
            assert!(finding.verdict == verdict && finding.text.contains(says), "{finding:?}");
        }
    }
}
