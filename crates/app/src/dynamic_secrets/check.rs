//! Checks of a dynamic secret's fields: pure, so that the front door can show all faults of a request together.

use jiff::Timestamp;
use mayfly_domain::{
    connection::Verification,
    error::FieldError,
    kubernetes_name::Namespace,
    plan::LeasePlan,
    sensitive::Sensitive,
    ttl::{EndsWhen, Ttl},
};

use crate::{Settings, VerificationOff, error::field};

/// Longest text of an audience; real ones are URLs and names.
const LONGEST_AUDIENCE: usize = 256;
/// Most audiences of a token: more would not fit into a request header.
const MOST_AUDIENCES: usize = 16;

/// The PEM text of a CA. Blank is allowed, and means the system's roots. Returns the text of the fault.
pub fn ca(pem: &str, now: Timestamp) -> Result<(), String> {
    if pem.trim().is_empty() {
        return Ok(());
    }
    mayfly_cluster::parse_bundle(pem, now).map(|_| ()).map_err(|invalid| invalid.to_string())
}

/// The bearer token for a cluster.
pub fn cluster_token(text: &str, now: Timestamp) -> Result<Sensitive<String>, String> {
    let credential = mayfly_cluster::parse_credential(text.trim(), now).map_err(|invalid| invalid.to_string())?;
    Ok(credential.token)
}

/// A list of audiences; the fault names the entry, counted from 1.
pub fn audiences(given: &[String]) -> Result<(), String> {
    if given.len() > MOST_AUDIENCES {
        return Err(format!("must have at most {MOST_AUDIENCES} entries, got {}", given.len()));
    }
    for (position, audience) in (1..).zip(given) {
        if audience.trim().is_empty() {
            return Err(format!("must not have an empty entry (entry {position})"));
        }
        if audience.len() > LONGEST_AUDIENCE {
            return Err(format!("must have entries of at most {LONGEST_AUDIENCE} characters (entry {position})"));
        }
        if audience.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(format!("must have entries without blanks and control characters (entry {position})"));
        }
    }
    Ok(())
}

/// One namespace, or several with commas between them.
pub fn namespaces(text: &str) -> Result<Vec<Namespace>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let read = |(number, part): (usize, &str)| {
        let name = part.trim();
        if name.is_empty() {
            return Err(format!("must not have an empty entry (entry {number})"));
        }
        name.parse::<Namespace>().map_err(|invalid| invalid.to_string())
    };
    (1..).zip(text.split(',')).map(read).collect()
}

/// The lifetimes of a dynamic secret, against each other and the server's cap.
pub fn lifetimes(
    default_ttl: &Ttl,
    max_ttl: Option<&Ttl>,
    ends_when: EndsWhen,
    settings: &Settings,
) -> Vec<FieldError> {
    let mut faults = Vec::new();
    if let Some(max) = max_ttl.filter(|max| default_ttl.seconds() > max.seconds()) {
        let message = format!("must not be above `maxTTL`: got `{default_ttl}` and `{max}`");
        faults.push(field(&["defaultTTL"], "ttl_above_max", message));
    }
    let cap = settings.longest_lease_seconds;
    for (name, ttl) in [("defaultTTL", Some(default_ttl)), ("maxTTL", max_ttl)] {
        let Some(ttl) = ttl else { continue };
        if ttl.seconds() > cap {
            let message = format!("must not be above this server's limit of {cap} s; got `{ttl}`");
            faults.push(field(&[name], "ttl_above_limit", message));
        }
        if ends_when == EndsWhen::Expired && ttl.seconds() < LeasePlan::SHORTEST_TOKEN_SECONDS {
            let message = format!(
                "must be at least `10m` for a token of an existing service account, which cannot be ended earlier; got \
                 `{ttl}`"
            );
            faults.push(field(&[name], "ttl_too_short", message));
        }
    }
    faults
}

/// Whether the server lets a connection skip verification.
pub fn verification(wish: Verification, settings: &Settings) -> Option<FieldError> {
    let is_refused = wish == Verification::Off && settings.verification_off == VerificationOff::Refused;
    is_refused.then(|| {
        let message = "must be true: this server does not allow connections without verification";
        field(&["provider", "inputs", "sslRejectUnauthorized"], "verification_required", message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_faulty_audience_is_counted() {
        let list = |entries: &[&str]| entries.iter().map(|entry| (*entry).to_owned()).collect::<Vec<_>>();
        assert_eq!(audiences(&list(&["https://kubernetes.default.svc", "vault"])), Ok(()));
        assert!(audiences(&list(&["a", ""])).unwrap_err().contains("entry 2"));
        assert!(audiences(&list(&["a b"])).unwrap_err().contains("entry 1"));
        assert!(audiences(&vec!["a".to_owned(); 17]).unwrap_err().contains("at most 16"));
    }
}
