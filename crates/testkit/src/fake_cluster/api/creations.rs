//! `POST` of an object.

use http::StatusCode;
use mayfly_domain::{plan::ObjectKind, rules::PolicyRule};
use serde_json::Value;

use super::{
    super::{
        escalation,
        object::Object,
        resources::{Place, Resource},
        rights::Needed,
        state::groups_of,
        status::Status,
    },
    Answer, Asked,
};

impl Asked<'_> {
    /// Checks in the order of the real one: rights, form, namespace, escalation, content, and last the name.
    pub(super) fn create_object(&self, place: &Place<'_>) -> Answer {
        let resource = place.resource;
        self.require(&Needed::of(resource, "create", place.namespace, None))?;
        self.require_kind(resource)?;
        self.require_same_namespace(place.namespace)?;
        let name = self.text("/metadata/name").unwrap_or_default();
        if let Some(namespace) = place.namespace {
            self.require_open(namespace, resource, name)?;
        }
        self.require_no_escalation(place, name)?;
        if name.is_empty() {
            let cause = "Required value: name or generateName is required";
            return Err(Status::invalid(resource, name, "metadata.name", "FieldValueRequired", cause));
        }
        let key = place.key(name);
        let mut objects = self.state.objects();
        if let Some(taken) = objects.store.get(resource.kind, &key) {
            return Err(Status::already_exists(resource, name, taken.deleted_at.is_some()));
        }
        let object = Object::new(resource, &key, self.body.clone(), self.state.birth());
        let is_dry_run = self.query.get("dryRun").is_some_and(|wanted| wanted == "All");
        let body = if is_dry_run { object.body } else { objects.store.put(resource.kind, key, object).body.clone() };
        Ok((StatusCode::CREATED, body))
    }

    fn text(&self, pointer: &str) -> Option<&str> {
        self.body.pointer(pointer).and_then(Value::as_str)
    }

    fn require_kind(&self, resource: &Resource) -> Result<(), Status> {
        match self.text("/kind") {
            Some(said) if said != resource.name() => {
                let version = self.text("/apiVersion").unwrap_or_default();
                let name = resource.name();
                let message =
                    format!("{said} in version {version:?} cannot be handled as a {name}: unknown conversion");
                Err(Status::bad_request(message))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn require_no_escalation(&self, place: &Place<'_>, name: &str) -> Result<(), Status> {
        match place.resource.kind {
            ObjectKind::ServiceAccount | ObjectKind::Secret => Ok(()),
            ObjectKind::Role | ObjectKind::ClusterRole => self.require_escalate(place, name),
            ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding => self.require_bind(place, name),
        }
    }

    /// Whoever makes a role holds its rules, or may escalate. That right cannot be for one name only: the real API
    /// server asks for it without a name, because a role that is being made has none yet.
    fn require_escalate(&self, place: &Place<'_>, name: &str) -> Result<(), Status> {
        let may_escalate = Needed::of(place.resource, "escalate", place.namespace, None);
        if self.holds(&may_escalate) { Ok(()) } else { self.require_rules(place, name, self.body.get("rules")) }
    }

    /// Whoever binds a role holds its rules, or may bind it. In the second case nobody looks whether it exists.
    fn require_bind(&self, place: &Place<'_>, name: &str) -> Result<(), Status> {
        let role_kind = self.text("/roleRef/kind").unwrap_or_default();
        let role = self.text("/roleRef/name").unwrap_or_default();
        let (resource, namespace) = match (role_kind, place.resource.kind) {
            ("Role", ObjectKind::RoleBinding) => (Resource::of(ObjectKind::Role), place.namespace),
            ("ClusterRole", _) => (Resource::of(ObjectKind::ClusterRole), None),
            (_, of) => {
                let supported =
                    if of == ObjectKind::RoleBinding { r#""Role", "ClusterRole""# } else { r#""ClusterRole""# };
                let cause = format!("Unsupported value: {role_kind:?}: supported values: {supported}");
                return Err(Status::invalid(place.resource, name, "roleRef.kind", "FieldValueNotSupported", &cause));
            }
        };
        if self.holds(&Needed::of(resource, "bind", place.namespace, Some(role))) {
            return Ok(());
        }
        let key = (namespace.unwrap_or_default().to_owned(), role.to_owned());
        let found = self.state.objects().store.get(resource.kind, &key).map(|role| role.body.clone());
        // The real one says so, too: the resource is the binding's, the name the role's.
        let role = found.ok_or_else(|| Status::no_such_object(place.resource, role))?;
        self.require_rules(place, name, role.get("rules"))
    }

    fn require_rules(&self, place: &Place<'_>, name: &str, rules: Option<&Value>) -> Result<(), Status> {
        let rules = rules.filter(|rules| !rules.is_null()).cloned().unwrap_or_else(|| Value::Array(Vec::new()));
        let rules: Vec<PolicyRule> =
            serde_json::from_value(rules).map_err(|error| Status::bad_request(error.to_string()))?;
        let missing = escalation::missing(&rules, self.state.objects().rights_of(&self.user), place.namespace);
        if missing.is_empty() {
            return Ok(());
        }
        Err(Status::escalation(place.resource, name, &self.user, &groups_of(&self.user), &missing))
    }
}
