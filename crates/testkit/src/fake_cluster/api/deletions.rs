//! `DELETE` of an object.

use http::StatusCode;
use jiff::Timestamp;
use mayfly_domain::plan::ObjectKind;
use serde_json::{Value, json};

use super::{
    super::{
        object::Object,
        resources::{Place, Resource},
        rights::Needed,
        status::{Status, details_with},
        store::Removal,
    },
    Answer, Asked,
};

impl Asked<'_> {
    pub(super) fn delete_object(&self, place: &Place<'_>, name: &str) -> Answer {
        let resource = place.resource;
        self.require(&Needed::of(resource, "delete", place.namespace, Some(name)))?;
        let key = place.key(name);
        let mut objects = self.state.objects();
        let found = objects.store.get(resource.kind, &key).ok_or_else(|| Status::no_such_object(resource, name))?;
        self.require_precondition(resource, name, found)?;
        let now = self.state.ambient.now();
        let removal = if self.is_dry_deletion() {
            Some(imagined(found.clone(), now))
        } else {
            objects.store.remove(resource.kind, &key, now)
        };
        Ok((StatusCode::OK, answer(resource, name, removal.ok_or_else(|| Status::no_such_object(resource, name))?)))
    }

    /// Options come from the body, and only without one from the query: `?dryRun=All` beside a body deletes.
    fn is_dry_deletion(&self) -> bool {
        match self.body.get("dryRun").and_then(Value::as_array) {
            Some(stages) => stages.iter().any(|stage| stage == "All"),
            None => self.body.is_null() && self.query.get("dryRun").is_some_and(|wanted| wanted == "All"),
        }
    }

    fn require_precondition(&self, resource: &Resource, name: &str, found: &Object) -> Result<(), Status> {
        let wanted = |field: &str| self.body.get("preconditions")?.get(field)?.as_str();
        let differs = |field: &str, wanted: &str, is: &str, why: &str| {
            let first =
                format!("the {field} in the precondition ({wanted}) does not match the {field} in record ({is})");
            Err(Status::conflict(
                resource.name(),
                resource.group,
                name,
                &format!("{first}. The object might have been {why}"),
            ))
        };
        match (wanted("uid"), wanted("resourceVersion")) {
            (Some(uid), _) if uid != found.uid => differs("UID", uid, &found.uid, "deleted and then recreated"),
            (_, Some(version)) if version != found.version() => {
                differs("ResourceVersion", version, found.version(), "modified")
            }
            _ => Ok(()),
        }
    }
}

/// What a removal would come to.
fn imagined(mut object: Object, now: Timestamp) -> Removal {
    if object.is_held() {
        object.tell_to_go(now);
        Removal::Held(object)
    } else {
        Removal::Gone(object)
    }
}

/// An object that is gone answers a Status, but a service account answers itself as it was; one that is held answers
/// itself in every kind, with its `deletionTimestamp`.
fn answer(resource: &Resource, name: &str, removal: Removal) -> Value {
    match removal {
        Removal::Held(object) => object.body,
        Removal::Gone(object) if resource.kind == ObjectKind::ServiceAccount => object.body,
        Removal::Gone(object) => {
            let details = details_with(name, resource.group, resource.plural, &[("uid", json!(object.uid))]);
            json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details })
        }
    }
}
