//! How the processes of a gateway prove themselves, as somebody says it.

use jiff::Timestamp;
use mayfly_app::{dynamic_secrets::check, gateways as operations};
use mayfly_domain::gateway::{ClusterKeys, EnrolmentMethod, KeyChanges, PublishedKeys, ServiceAccountTrust};

use super::super::{
    form::{Field, Form, at_most},
    outside_auth::address,
};

/// The fields that say so.
pub(super) const OF_ENROLMENT: [&str; 7] =
    ["method", "issuer", "keys", DISCOVERY_URL, DISCOVERY_CA, "namespace", "serviceAccountName"];

/// Whether the gateway may say that the keys are others.
pub(super) const FOLLOWS: &str = "followsKeys";

const DISCOVERY_URL: &str = "discoveryUrl";
const DISCOVERY_CA: &str = "discoveryCaCert";

/// Nothing where none of its fields is given.
pub(super) fn enrolment(form: &Form<'_>, now: Timestamp) -> Field<Option<EnrolmentMethod>> {
    if !OF_ENROLMENT.iter().any(|name| form.has(name)) {
        return Some(None);
    }
    match form.required::<String>("method")?.as_str() {
        "token" => {
            for name in OF_ENROLMENT.iter().chain(&[FOLLOWS]).filter(|name| **name != "method" && form.has(name)) {
                form.fault::<()>(name, "invalid_value", "must be left out where `method` is `token`");
            }
            Some(Some(EnrolmentMethod::Token))
        }
        "service-account" => {
            let issuer = form.required_with("issuer", |text| at_most(text, 2_048));
            let keys = keys(form, now);
            let (namespace, name) = (form.required("namespace"), form.required("serviceAccountName"));
            let (issuer, keys, key_changes) = (issuer?, keys?, KeyChanges::default());
            let trust = ServiceAccountTrust { issuer, keys, namespace: namespace?, name: name?, key_changes };
            Some(Some(EnrolmentMethod::ServiceAccount(trust)))
        }
        _ => form.fault("method", "invalid_value", "must be `token` or `service-account`"),
    }
}

/// Pasted, or published somewhere.
fn keys(form: &Form<'_>, now: Timestamp) -> Field<ClusterKeys> {
    if form.get(DISCOVERY_URL).is_none() {
        if form.get(DISCOVERY_CA).is_some() {
            form.fault::<()>(DISCOVERY_CA, "invalid_value", "goes with `discoveryUrl`");
        }
        return form.required_with("keys", operations::keys).map(ClusterKeys::Pasted);
    }
    for name in ["keys", FOLLOWS].into_iter().filter(|name| form.get(name).is_some()) {
        form.fault::<()>(name, "invalid_value", "must be left out beside `discoveryUrl`: keys are read there");
    }
    let url = address(form, DISCOVERY_URL);
    let ca = form.optional_with(DISCOVERY_CA, |pem| check::ca(pem, now).map(|()| pem.to_owned()));
    let (discovery_url, ca) = (url??, ca?.filter(|pem| !pem.trim().is_empty()));
    Some(ClusterKeys::Published(PublishedKeys { discovery_url, ca }))
}

/// Nothing where it is not said.
pub(super) fn key_changes(form: &Form<'_>) -> Field<Option<KeyChanges>> {
    let follows = form.boolean(FOLLOWS)?;
    Some(follows.map(|follows| if follows { KeyChanges::Told } else { KeyChanges::Pasted }))
}
