//! Lists, in pages and by label.

use http::StatusCode;
use serde_json::{Value, json};

use super::{super::rights::Needed, Answer, Asked};

impl Asked<'_> {
    pub(super) fn list_namespaces(&self) -> Answer {
        self.require(&Needed::new("list", "namespaces", None, None))?;
        let objects = self.state.objects();
        let items = objects.namespaces.keys().filter_map(|name| objects.namespace(name));
        Ok((StatusCode::OK, self.list("NamespaceList", items.collect())))
    }

    pub(super) fn list_accounts(&self, namespace: Option<&str>) -> Answer {
        self.require(&Needed::new("list", "serviceaccounts", namespace, None))?;
        let objects = self.state.objects();
        let wanted = objects.accounts.keys().filter(|(home, _)| namespace.is_none_or(|wanted| wanted == home));
        let items = wanted.filter_map(|key| objects.account(key));
        Ok((StatusCode::OK, self.list("ServiceAccountList", items.collect())))
    }

    /// One page; `continue` is simply the number of items before it.
    fn list(&self, kind: &str, items: Vec<Value>) -> Value {
        let items: Vec<Value> = items.into_iter().filter(|item| self.selects(item)).map(without_type).collect();
        let number = |key: &str| self.query.get(key).and_then(|text| text.parse::<usize>().ok());
        let start = number("continue").unwrap_or(0);
        let limit = number("limit").filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        let end = start.saturating_add(limit).min(items.len());
        let page = items.get(start..end).unwrap_or_default();
        let mut metadata = json!({ "resourceVersion": "1" });
        if let (Value::Object(fields), true) = (&mut metadata, end < items.len()) {
            fields.insert("continue".to_owned(), json!(end.to_string()));
            fields.insert("remainingItemCount".to_owned(), json!(items.len() - end));
        }
        json!({ "kind": kind, "apiVersion": "v1", "metadata": metadata, "items": page })
    }

    /// Selectors of the form `key=value` only.
    fn selects(&self, item: &Value) -> bool {
        let Some(selector) = self.query.get("labelSelector").filter(|selector| !selector.is_empty()) else {
            return true;
        };
        let label = |key: &str| item.pointer("/metadata/labels").and_then(|labels| labels.get(key));
        selector
            .split(',')
            .all(|part| part.split_once('=').is_some_and(|(key, value)| label(key).is_some_and(|found| found == value)))
    }
}

/// Items of a list do not repeat their kind.
fn without_type(mut item: Value) -> Value {
    if let Value::Object(fields) = &mut item {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    item
}
