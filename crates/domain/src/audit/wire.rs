//! An event as it is stored and sent: its name, and the fields of its kind.

use std::collections::BTreeMap;

use super::Event;

impl Event {
    /// The event's name on the wire and in the table.
    pub fn name(&self) -> String {
        self.parts().0
    }

    /// Its fields, as they are stored and sent.
    pub fn metadata(&self) -> serde_json::Value {
        self.parts().1
    }

    fn parts(&self) -> (String, serde_json::Value) {
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut fields: BTreeMap<String, serde_json::Value> = serde_json::from_value(value).unwrap_or_default();
        let name = fields.remove("type").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        (name, fields.remove("metadata").unwrap_or_default())
    }
}
