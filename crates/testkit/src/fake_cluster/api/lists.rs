//! Lists, in pages and by label.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::{
    super::{
        object::{Key, Object},
        resources::Place,
        rights::Needed,
        status::Status,
        store::{Shelf, following},
    },
    Answer, Asked,
    selector::Selector,
};

/// What a list says of itself, and the version of the store it was read from.
struct ListOf<'a> {
    api_version: String,
    kind: &'a str,
    namespace: Option<&'a str>,
    version: u64,
}

impl Asked<'_> {
    pub(super) fn list_namespaces(&self) -> Answer {
        self.require(&Needed::new("list", "namespaces", None, None))?;
        let objects = self.state.objects();
        let version = objects.store.version();
        let list = ListOf { api_version: "v1".to_owned(), kind: "NamespaceList", namespace: None, version };
        self.page(&list, objects.store.namespaces())
    }

    pub(super) fn list_objects(&self, place: &Place<'_>) -> Answer {
        self.require(&Needed::of(place.resource, "list", place.namespace, None))?;
        let objects = self.state.objects();
        let list = ListOf {
            api_version: place.resource.api_version(),
            kind: &format!("{}List", place.resource.name()),
            namespace: place.namespace,
            version: objects.store.version(),
        };
        self.page(&list, objects.store.shelf(place.resource.kind).unwrap_or(&Shelf::new()))
    }

    /// One page; `continue` is simply the last item before it.
    fn page(&self, header: &ListOf<'_>, objects: &Shelf) -> Answer {
        let text = |key: &str| self.query.get(key).map(String::as_str).filter(|text| !text.is_empty());
        let selector = Selector::read(text("labelSelector").unwrap_or_default())?;
        let after = text("continue").map(key_of).transpose()?;
        let limit = text("limit").and_then(|text| text.parse().ok()).filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        let mut rest = following(objects, header.namespace, after).filter(|(_, object)| selector.selects(object));
        let page: Vec<(&Key, &Object)> = rest.by_ref().take(limit).collect();
        let left = rest.count();
        let mut metadata = json!({ "resourceVersion": header.version.to_string() });
        if let (Some(((namespace, name), _)), Value::Object(fields)) = (page.last().filter(|_| left > 0), &mut metadata)
        {
            fields.insert("continue".to_owned(), json!(format!("{namespace}/{name}")));
            // The real one does not count what a selector may leave out.
            fields.extend(selector.is_empty().then(|| ("remainingItemCount".to_owned(), json!(left))));
        }
        let items: Vec<Value> = page.iter().map(|(_, object)| without_type(&object.body)).collect();
        let list =
            json!({ "kind": header.kind, "apiVersion": header.api_version, "metadata": metadata, "items": items });
        Ok((StatusCode::OK, list))
    }
}

fn key_of(token: &str) -> Result<Key, Status> {
    let key = token.split_once('/').map(|(namespace, name)| (namespace.to_owned(), name.to_owned()));
    key.ok_or_else(|| Status::bad_request("invalid continue token: continue key is not valid".to_owned()))
}

/// Items of a list do not repeat their kind.
fn without_type(body: &Value) -> Value {
    let fields = body.as_object().into_iter().flatten();
    let kept = fields.filter(|(field, _)| !["kind", "apiVersion"].contains(&field.as_str()));
    Value::Object(kept.map(|(field, value)| (field.clone(), value.clone())).collect::<Map<_, _>>())
}
