//! What leases are called on a screen, and what ending one does. The words promise no more than is so.

use mayfly_api::leases::{Lease, LeaseCluster};

use crate::{console, time};

/// Whose token it is, as namespace and name.
pub(crate) fn account(lease: &Lease) -> String {
    format!("{}/{}", lease.namespace, lease.service_account_name)
}

/// The state, as people say it.
pub(crate) fn state(lease: &Lease) -> String {
    let word = match (lease.state.as_str(), lease.outcome.as_deref()) {
        ("reserved", _) => "issuing",
        ("active", _) => "active",
        ("closed", _) => "ended early, token still valid",
        ("ending", _) if lease.status.is_some() => "clean-up waiting",
        ("ending", _) => "revoking",
        ("ended", Some("never_issued")) => "never issued",
        ("ended", Some("possibly_issued")) => "failed, possibly issued",
        ("ended", Some(outcome)) => outcome,
        (other, _) => other,
    };
    word.to_owned()
}

/// What ending it would do.
pub(crate) fn effect_of_ending(lease: &Lease) -> String {
    if lease.ends_when == "deleted" {
        return "ending it early makes the cluster refuse its token".to_owned();
    }
    format!("ending it early closes the lease, but {}", remains(lease))
}

/// Where its token is good for nothing, if that is so.
pub(crate) fn works_only_there(cluster: Option<&LeaseCluster>) -> Option<String> {
    let cluster = cluster.filter(|cluster| !cluster.for_clients)?;
    let server = &cluster.server;
    Some(format!("{server} is where Mayfly finds the cluster: the token works only inside that network"))
}

/// That its role is not what somebody once looked at, if that is so.
pub(crate) fn role_changed(lease: &Lease) -> Option<&'static str> {
    const TEXT: &str =
        "its role has other rules than when the dynamic secret was saved: look at them and save it again";
    lease.role_changed.then_some(TEXT)
}

/// What ending it did.
pub(crate) fn effect_of_ended(lease: &Lease) -> String {
    match lease.state.as_str() {
        "closed" => format!("closed; {}", remains(lease)),
        "ending" => match &lease.status_details {
            Some(why) => format!("clean-up waits and is tried again: {why}"),
            None => "its objects in the cluster are being removed".to_owned(),
        },
        _ => format!("{}; the cluster refuses its token", state(lease)),
    }
}

/// Tells which leases are not over although what they came from is gone.
pub(crate) fn complain_of_left(leases: Option<&[Lease]>) {
    for lease in leases.unwrap_or_default() {
        console::complain(&format!("{} ({}): {}", lease.id, account(lease), state(lease)));
    }
}

fn remains(lease: &Lease) -> String {
    match &lease.token_expires_at {
        Some(time) => {
            format!("nobody can take its token back: it stays valid until {}", time::moment(time, time::now()))
        }
        None => "nobody can take its token back: it stays valid until it expires".to_owned(),
    }
}
