//! What a thief tries where an operator has opened every kind of lease.

mod bindings;
mod changes;
mod elsewhere;
mod objects;
mod roles;
mod tokens;

use serde_json::{Value, json};

use super::{
    ground::{Ground, Request},
    honest::Shapes,
    round::Attack,
};

pub(super) use elsewhere::refused_by_rights;

pub(super) fn all(ground: &Ground, shapes: &Shapes) -> Vec<Attack> {
    let mut attacks = bindings::all(ground, shapes);
    attacks.extend(objects::all(ground, shapes));
    attacks.extend(tokens::all(ground, shapes));
    attacks.extend(changes::all(ground, shapes));
    attacks.extend(roles::all(ground, shapes));
    attacks.extend(elsewhere::all(ground, shapes));
    attacks
}

/// An honest request with one field set; `null` takes it away.
pub(super) fn faulty(mut request: Request, pointer: &str, value: Value) -> Request {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let parent = request.body.pointer_mut(parent).and_then(Value::as_object_mut).expect("the parent is an object");
    let field = field.replace("~1", "/");
    match value {
        Value::Null => parent.remove(&field),
        value => parent.insert(field, value),
    };
    request
}

/// Somebody else's object of a kind.
fn strangers(path: String, more: Value) -> Request {
    let mut body = json!({ "metadata": { "name": "stranger" } });
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    Request::post(path, body)
}
