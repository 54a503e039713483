//! Where the objects are kept.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    ops::Bound,
};

use jiff::Timestamp;
use mayfly_domain::plan::ObjectKind;
use serde_json::json;

use super::object::{Key, Object};

/// The objects of one kind, in the order of lists.
pub(super) type Shelf = BTreeMap<Key, Object>;

/// Namespaces, and the objects of all kinds.
#[derive(Default)]
pub(super) struct Store {
    namespaces: Shelf,
    shelves: BTreeMap<ObjectKind, Shelf>,
    version: u64,
}

/// What came of a removal.
pub(super) enum Removal {
    /// It is gone; this is what it was.
    Gone(Object),
    /// Something holds it; this is what it is now.
    Held(Object),
}

impl Store {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn namespaces(&self) -> &Shelf {
        &self.namespaces
    }

    pub(super) fn namespace(&self, name: &str) -> Option<&Object> {
        self.namespaces.get(&(String::new(), name.to_owned()))
    }

    pub(super) fn put_namespace(&mut self, name: &str, mut object: Object) {
        object.set_version(self.next_version());
        self.namespaces.insert((String::new(), name.to_owned()), object);
    }

    /// Marks a namespace as going. False if there is none.
    pub(super) fn terminate_namespace(&mut self, name: &str, now: Timestamp) -> bool {
        let version = self.next_version();
        let namespace = self.namespaces.get_mut(&(String::new(), name.to_owned()));
        namespace.is_some_and(|namespace| {
            namespace.mark_deleted(now);
            namespace.set_version(version);
            namespace.set("status", json!({ "phase": "Terminating" }));
            true
        })
    }

    /// Removes a namespace with all that is in it.
    pub(super) fn remove_namespace(&mut self, name: &str) {
        self.namespaces.remove(&(String::new(), name.to_owned()));
        for shelf in self.shelves.values_mut() {
            shelf.retain(|(namespace, _), _| namespace != name);
        }
    }

    pub(super) fn shelf(&self, kind: ObjectKind) -> Option<&Shelf> {
        self.shelves.get(&kind)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (ObjectKind, &Key, &Object)> {
        self.shelves.iter().flat_map(|(kind, shelf)| shelf.iter().map(|(key, object)| (*kind, key, object)))
    }

    pub(super) fn get(&self, kind: ObjectKind, key: &Key) -> Option<&Object> {
        self.shelves.get(&kind)?.get(key)
    }

    /// Stores an object, in place of one that had its name, and returns it as stored.
    pub(super) fn put(&mut self, kind: ObjectKind, key: Key, mut object: Object) -> &Object {
        object.set_version(self.next_version());
        match self.shelves.entry(kind).or_default().entry(key) {
            Entry::Vacant(entry) => entry.insert(object),
            Entry::Occupied(entry) => {
                let slot = entry.into_mut();
                *slot = object;
                slot
            }
        }
    }

    /// Changes an object, which gets a new version. False if there is none.
    pub(super) fn change(&mut self, kind: ObjectKind, key: &Key, change: impl FnOnce(&mut Object)) -> bool {
        let version = self.next_version();
        let object = self.shelves.get_mut(&kind).and_then(|shelf| shelf.get_mut(key));
        object.is_some_and(|object| {
            change(object);
            object.set_version(version);
            true
        })
    }

    /// Removes an object, or notes that it is to go.
    pub(super) fn remove(&mut self, kind: ObjectKind, key: &Key, now: Timestamp) -> Option<Removal> {
        let object = self.get(kind, key)?;
        if object.is_held() {
            if object.deleted_at.is_none() {
                self.change(kind, key, |object| object.tell_to_go(now));
            }
            return self.get(kind, key).cloned().map(Removal::Held);
        }
        let mut gone = self.take(kind, key)?;
        gone.set_version(self.next_version());
        Some(Removal::Gone(gone))
    }

    /// Removes an object, whatever holds it.
    pub(super) fn take(&mut self, kind: ObjectKind, key: &Key) -> Option<Object> {
        self.shelves.get_mut(&kind)?.remove(key)
    }

    fn next_version(&mut self) -> u64 {
        self.version += 1;
        self.version
    }
}

/// What comes after `after` on a shelf, in one namespace or in all.
pub(super) fn following<'a>(
    shelf: &'a Shelf,
    namespace: Option<&'a str>,
    after: Option<Key>,
) -> impl Iterator<Item = (&'a Key, &'a Object)> {
    let first = namespace.map(|namespace| (namespace.to_owned(), String::new()));
    let start = match (after, first) {
        (Some(after), _) => Bound::Excluded(after),
        (None, Some(first)) => Bound::Included(first),
        (None, None) => Bound::Unbounded,
    };
    let items = shelf.range((start, Bound::Unbounded));
    items.take_while(move |((home, _), _)| namespace.is_none_or(|wanted| wanted == home))
}
