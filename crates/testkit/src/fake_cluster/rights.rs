//! Who may do what in the fake cluster: a handful of rights instead of RBAC's objects, with RBAC's verdicts and words.

use super::resources::{Resource, qualified};

/// A right that a user holds. As with RBAC, `*` as verb or resource stands for all of them: everywhere, it is what
/// administrators hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeRight {
    /// Such as `create`.
    pub verb: String,
    /// Such as `serviceaccounts/token`.
    pub resource: String,
    /// Where; `None` is everywhere, and the only kind that covers objects outside namespaces.
    pub namespace: Option<String>,
    /// On which object; `None` is all.
    pub name: Option<String>,
}

impl FakeRight {
    /// A right everywhere.
    pub fn everywhere(verb: &str, resource: &str) -> Self {
        Self { verb: verb.to_owned(), resource: resource.to_owned(), namespace: None, name: None }
    }

    /// A right in one namespace.
    pub fn within(namespace: &str, verb: &str, resource: &str) -> Self {
        Self { namespace: Some(namespace.to_owned()), ..Self::everywhere(verb, resource) }
    }

    /// The same right on one object only.
    #[must_use]
    pub fn on(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    fn covers(&self, needed: &Needed) -> bool {
        let fits = |held: &Option<String>, wanted: &Option<String>| held.is_none() || held == wanted;
        let is_among = |held: &str, wanted: &str| held == "*" || held == wanted;
        is_among(&self.verb, &needed.verb)
            && is_among(&self.resource, &needed.resource())
            && fits(&self.namespace, &needed.namespace)
            && fits(&self.name, &needed.name)
    }
}

/// What a call takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Needed {
    pub(super) verb: String,
    pub(super) group: String,
    pub(super) plural: String,
    pub(super) subresource: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
}

impl Needed {
    pub(super) fn new(verb: &str, plural: &str, namespace: Option<&str>, name: Option<&str>) -> Self {
        Self {
            verb: verb.to_owned(),
            plural: plural.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.map(str::to_owned),
            ..Self::default()
        }
    }

    /// For an object of one of the table's kinds, or for all of them.
    pub(super) fn of(resource: &Resource, verb: &str, namespace: Option<&str>, name: Option<&str>) -> Self {
        Self { group: resource.group.to_owned(), ..Self::new(verb, resource.plural, namespace, name) }
    }

    pub(super) fn with_subresource(self, subresource: &str) -> Self {
        Self { subresource: Some(subresource.to_owned()), ..self }
    }

    /// Rights say nothing of groups, but resources that we know are in one group only.
    pub(super) fn is_held_by(&self, rights: &[FakeRight]) -> bool {
        let is_where_it_is = Resource::group_of(&self.plural).is_none_or(|group| group == self.group);
        is_where_it_is && rights.iter().any(|right| right.covers(self))
    }

    pub(super) fn object_name(&self) -> String {
        self.name.clone().unwrap_or_default()
    }

    fn resource(&self) -> String {
        match &self.subresource {
            Some(subresource) => format!("{}/{subresource}", self.plural),
            None => self.plural.clone(),
        }
    }

    /// The API server's words for a refusal.
    pub(super) fn refusal(&self, user: &str) -> String {
        let object = self.name.as_ref().map_or_else(String::new, |name| format!(" {name:?}"));
        let place = match &self.namespace {
            Some(namespace) => format!("in the namespace {namespace:?}"),
            None => "at the cluster scope".to_owned(),
        };
        format!(
            "{}{object} is forbidden: User {user:?} cannot {} resource {:?} in API group {:?} {place}",
            qualified(&self.plural, &self.group),
            self.verb,
            self.resource(),
            self.group,
        )
    }
}
